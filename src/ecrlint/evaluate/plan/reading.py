"""A plan's text to its contents. Whatever has not the shape of a plan is a problem at its place."""

from __future__ import annotations

from json import JSONDecodeError
from typing import Any

from ecrlint.evaluate.plan.address import module_of
from ecrlint.evaluate.plan.contents import Configuration, Contents, PlannedInstance, mapping
from ecrlint.evaluate.plan.located_json import Located, Original, top
from ecrlint.evaluate.plan.secrets import secrets, without, without_content
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.source import Source, Span

_GONE = (["delete"], ["forget"])
"""What happens to a resource that is no part of the result."""


def read(source: Source) -> Contents | None:
    """The contents of a plan, with a problem for each part that has another shape; None where this is no plan."""
    if not source.text.lstrip().startswith("{"):
        return None
    original = Original(source)
    try:
        places, small = top(original)
        if "format_version" not in places or not {"planned_values", "resource_changes"} & places.keys():
            return None
        contents = Contents(original, Configuration(small.get("configuration")))
        if _is_supported(contents, places["format_version"]):
            _fill(contents, places, small)
            _hide(contents, places)
        return contents
    except JSONDecodeError as error:
        at = min(error.pos, max(len(source.text) - 1, 0))
        said = error.msg.replace("Expecting", "expected")
        message = f"this plan is not valid JSON: {said[:1].lower()}{said[1:]}"
    except RecursionError:
        at, message = 0, "this plan is not read: it is nested too deep"
    return _unread(source, at, message)


def _unread(source: Source, at: int, message: str) -> Contents:
    """A plan that nobody can read. What in it is a secret is not known either, so none of it is shown."""
    original = Original(Source(source.path, without_content(source.text), source.language))
    contents = Contents(original, Configuration(None))
    contents.problem(message, contents.source.span(at, min(at + 1, len(source.text))))
    return contents


def _hide(contents: Contents, places: dict[str, Located]) -> None:
    """Show the plan from now on without its secrets."""
    text = contents.original.text
    found = secrets(text, places.values(), contents)
    if found:
        shown = contents.original.shown = Source(contents.source.path, without(text, found), contents.source.language)
        contents.problems = [
            replace(problem, span=problem.span and Span(shown, problem.span.start, problem.span.end))
            for problem in contents.problems
        ]


def _is_supported(contents: Contents, version: Located) -> bool:
    """Whether the format is one that keeps the promises of version 1; a new major version need not."""
    said = version.data
    if isinstance(said, str) and said.split(".")[0] in ("0", "1"):
        return True
    contents.problem(f"the format of this plan is version {str(said)[:20]}; ecrlint reads version 1", version.span)
    return False


def _fill(contents: Contents, places: dict[str, Located], small: dict[str, Any]) -> None:
    if not contents.configuration.root:
        contents.notes.append("the plan has no configuration, so nobody knows what its unknown values refer to")
    changes = _changes(contents, places.get("resource_changes"))
    if not changes and "resource_changes" not in places:
        contents.notes.append("the plan has no resource_changes, so it does not say which values are unknown")
    planned = places.get("planned_values")
    if planned is not None:
        _walk(contents, _root(contents, planned, "planned_values"), changes, data_only=False)
    else:
        _changed(contents, changes)
    prior = places.get("prior_state")
    if prior is not None:
        values = prior.entries().get("values")
        if values is not None:
            _walk(contents, _root(contents, values, "prior_state"), changes, data_only=True)
    for name, place in places["variables"].entries().items() if "variables" in places else ():
        value = place.entries().get("value")
        if value is not None:
            contents.variables[name] = value
    configuration = places["configuration"].entries() if "configuration" in places else {}
    contents.providers = configuration["provider_config"].entries() if "provider_config" in configuration else {}
    deferred = places.get("deferred_changes")
    if small.get("complete") is False or small.get("errored") is True or (deferred is not None and any(deferred.items())):
        contents.complete = False
        contents.notes.append("the plan is not complete: it was made with -target, deferred changes, or ended in an error")


@dataclass(frozen=True, slots=True, eq=False)
class _Change:
    """What the plan does with one instance, without the values."""

    entry: dict[str, Any]
    place: Located
    gone: bool
    told: bool


def _changes(contents: Contents, section: Located | None) -> dict[str, _Change]:
    """The changes by address, without those of objects that are left over from before."""
    found: dict[str, _Change] = {}
    if section is None:
        return found
    if not section.is_list:
        contents.problem("resource_changes is not a list", section.span)
    for place, entry in section.items():
        address = mapping(entry).get("address")
        change = mapping(entry).get("change")
        if not isinstance(address, str) or not isinstance(change, dict):
            contents.problem("a change of the plan has no address or no change", place.span)
        elif "deposed" not in entry:
            unknown = change.get("after_unknown")
            if not isinstance(unknown, (dict, bool, type(None))):
                contents.problem(f"after_unknown of {address} is not an object", place.span)
            shown = {key: value for key, value in entry.items() if key != "change"}
            shown["values"] = isinstance(change.get("after"), dict)
            found[address] = _Change(shown, place, change.get("actions") in _GONE, isinstance(unknown, dict))
    return found


def _root(contents: Contents, section: Located, name: str) -> Located | None:
    """The root module of a section; None where it has none, which is a plan without resources."""
    root = section.entries().get("root_module")
    if not section.is_map or (root is not None and not root.is_map):
        contents.problem(f"{name} is not an object with a root_module that is one", (root or section).span)
        return None
    return root


def _walk(contents: Contents, root: Located | None, changes: dict[str, _Change], data_only: bool) -> None:
    """Keep the resources of a module and of those below it."""
    waiting = [] if root is None else [root]
    while waiting:
        module = waiting.pop()
        if not module.is_map:
            contents.problem("a module of the plan is not an object", module.span)
            continue
        parts = module.entries()
        for name in ("resources", "child_modules"):
            if name in parts and not parts[name].is_list:
                contents.problem(f"the {name} of a module of the plan are not a list", parts[name].span)
        resources, children = parts.get("resources"), parts.get("child_modules")
        for place, entry in resources.items() if resources else ():
            if not data_only or mapping(entry).get("mode") == "data":
                _planned(contents, place, entry, changes)
        if children:
            waiting.extend(reversed([place for place, _ in children.items()]))


def _planned(contents: Contents, place: Located, entry: Any, changes: dict[str, _Change]) -> None:
    if not _has_identity(entry):
        contents.problem("a resource of the plan has no address, type and name", place.span)
    elif not isinstance(entry.get("values", {}), dict):
        contents.problem(f"the values of {entry['address']} are not an object", place.span)
    else:
        change = changes.get(entry["address"])
        if change is None or not change.gone:
            _add(contents, entry, place, change)


def _changed(contents: Contents, changes: dict[str, _Change]) -> None:
    """The instances of a plan that was stripped of all but its changes."""
    for change in changes.values():
        if change.gone:
            continue
        if not _has_identity(change.entry):
            contents.problem("a change of the plan has no type and name", change.place.span)
        elif change.entry["values"]:
            _add(contents, change.entry, change.place, change)


def _has_identity(entry: Any) -> bool:
    return all(isinstance(mapping(entry).get(name), str) for name in ("address", "type", "name"))


def _add(contents: Contents, entry: dict[str, Any], whole: Located, change: _Change | None) -> None:
    is_data = entry.get("mode") == "data"
    index = entry.get("index")
    contents.add(
        PlannedInstance(
            module=module_of(entry["address"]),
            kind=f"data.{entry['type']}" if is_data else entry["type"],
            name=entry["name"],
            key=index if isinstance(index, (int, str)) else None,
            address=entry["address"],
            whole=whole,
            change=None if change is None else change.place,
            told=is_data if change is None else change.told,
        )
    )
