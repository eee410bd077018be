"""`data "aws_iam_policy_document"`: the JSON document that the provider makes of its blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.json_document import decode
from ecrlint.evaluate.terraform.operators import MAX_CHOICES
from ecrlint.model.dataclass import replace
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, alternatives, assume, is_null, string

_VERSION = "2012-10-17"


def policy_document(attributes: Map, budget: Budget) -> Value:
    """The document as IAM reads it, in places where its author wrote it.

    Sources come first, then the statements, then overrides; a statement with the Sid of an earlier one replaces it
    where it comes from an override. What a source may add is an unknown statement; what it adds under a condition is a
    choice between a statement and null.
    """
    statements: list[Value] = []
    complete = True
    for name in ("source_json", "source_policy_documents"):
        for source in _documents(attributes.get(name)):
            complete = _extend(statements, source, False, budget) and complete
    own = attributes.get("statement")
    if isinstance(own, List):
        for block in own.items:
            statements.append(_statement(block))
            budget.step(budget.weigh(statements[-1]))
        complete = complete and own.complete
    elif not is_null(own):
        complete = False
    for name in ("override_json", "override_policy_documents"):
        for source in _documents(attributes.get(name)):
            complete = _extend(statements, source, True, budget) and complete
    span = attributes.span
    version = attributes.get("version")
    entries: dict[str, Value] = {
        "Version": Scalar(_VERSION, span) if version is None or is_null(version) else version,
        "Statement": List(tuple(statements), span, complete),
    }
    return Json(Map(entries, span), span)


def _documents(value: Value | None) -> Iterator[Value]:
    if value is None or is_null(value):
        return
    if isinstance(value, Choice):
        for side in (True, False):
            for document in _documents(value.then if side else value.otherwise):
                yield _only(value, side, document)
    elif isinstance(value, List):
        yield from (item for item in value.items if not is_null(item))
        if not value.complete:
            yield Unknown("a list of documents is not known", value.span)
    else:
        yield value


def _extend(statements: list[Value], source: Value, override: bool, budget: Budget) -> bool:
    """Add a document's statements; False where it may have others."""
    found, complete = _statements(source)
    for item in found:
        sid = _sid(item)
        budget.step(budget.weigh(item) + (len(statements) if sid else 0))
        at = next((i for i, before in enumerate(statements) if sid and _sid(before) == sid), None)
        if at is not None and override:
            statements[at] = _instead(item, statements[at])
        else:
            statements.append(item)
    return complete


def _statements(source: Value) -> tuple[list[Value], bool]:
    """The statements of a document, and whether these are all."""
    if isinstance(source, Choice):
        then, otherwise = _statements(source.then), _statements(source.otherwise)
        items = [_only(source, side, item) for side, (found, _) in ((True, then), (False, otherwise)) for item in found]
        return items, then[1] and otherwise[1]
    document, _ = decode(source, "policy")
    found = document.entries.get("Statement") if isinstance(document, Map) else None
    if isinstance(found, List):
        return list(found.items), found.complete
    if found is None:
        return [], is_null(source) or string(source) == ""
    return [found], isinstance(found, Map)


def _only(choice: Choice, side: bool, value: Value) -> Value:
    """A value on one side of a choice, null on the other."""
    nothing = Scalar(None, value.span)
    return replace(choice, then=value if side else nothing, otherwise=nothing if side else value)


def _instead(item: Value, before: Value) -> Value:
    """An override in the place of a statement, which stays where a condition leaves the override out."""
    if isinstance(item, Choice):
        return replace(item, then=_instead(item.then, before), otherwise=_instead(item.otherwise, before))
    return before if is_null(item) else item


def _sid(statement: Value) -> str | None:
    """The Sid of a statement, also of one that is there only under a condition."""
    sides = [side for side in alternatives(statement) if not is_null(side)]
    found = {string(side.entries.get("Sid")) if isinstance(side, Map) else None for side in sides}
    return found.pop() if len(found) == 1 else None


_LISTS = {"actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource"}


def _statement(block: Value) -> Value:
    if isinstance(block, Choice):
        return replace(block, then=_statement(block.then), otherwise=_statement(block.otherwise))
    if not isinstance(block, Map):
        return block
    span = block.span
    entries: dict[str, Value] = {}
    effect = block.get("effect")
    entries["Effect"] = Scalar("Allow", span) if effect is None or is_null(effect) else effect
    sid = block.get("sid")
    if sid is not None:
        entries["Sid"] = sid
    for name, element in _LISTS.items():
        value = block.get(name)
        if value is not None and not is_null(value) and not (isinstance(value, List) and value.complete and not value.items):
            entries[element] = _variables(value)
    for name, element in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        value = block.get(name)
        if isinstance(value, List) and (value.items or not value.complete):
            entries[element] = _each_way(value, _principals)
        elif isinstance(value, Unknown):
            entries[element] = value
    conditions = block.get("condition")
    if isinstance(conditions, List) and (conditions.items or not conditions.complete):
        entries["Condition"] = _each_way(conditions, _conditions)
    return Map(entries, span, block.complete)


def _each_way(blocks: List, make: Callable[[List], Value], room: int = MAX_CHOICES) -> Value:
    """What is made of blocks, for each way in which conditions leave some of them out; null where none is left."""
    open_block = next((block for block in blocks.items if isinstance(block, Choice)), None)
    if open_block is None:
        left = tuple(block for block in blocks.items if not is_null(block))
        return make(replace(blocks, items=left)) if left or not blocks.complete else Scalar(None, blocks.span)
    condition = open_block.condition
    if room < 2:
        return Unknown(f"it depends on more than {MAX_CHOICES} combinations of conditions", blocks.span)
    then, otherwise = (
        _each_way(replace(blocks, items=tuple(assume(block, condition, side) for block in blocks.items)), make, room // 2)
        for side in (True, False)
    )
    return Choice(condition, then, otherwise, blocks.span)


def _principals(blocks: List) -> Value:
    by_kind: dict[str, list[Value]] = {}
    complete = blocks.complete
    for block in blocks.items:
        kind = string(block.entries.get("type")) if isinstance(block, Map) else None
        found = block.entries.get("identifiers") if isinstance(block, Map) else None
        if kind is None or found is None:
            complete = False
            continue
        items = by_kind.setdefault(kind, [])
        if isinstance(found, List):
            items.extend(found.items)
            if not found.complete:
                items.append(Unknown("a list of principals is not known", found.span))
        else:
            items.append(found)
    entries: dict[str, Value] = {kind: List(tuple(items), blocks.span) for kind, items in by_kind.items()}
    if set(entries) == {"*"}:
        return Scalar("*", blocks.span) if complete else Unknown("a list of principals is not known", blocks.span)
    return Map(entries, blocks.span, complete)


def _conditions(blocks: List) -> Value:
    by_test: dict[str, dict[str, Value]] = {}
    complete = blocks.complete
    for block in blocks.items:
        if not isinstance(block, Map):
            complete = False
            continue
        test, variable, values = (block.entries.get(name) for name in ("test", "variable", "values"))
        test_name, variable_name = string(test), string(variable)
        if test_name is None or variable_name is None or values is None:
            complete = False
            continue
        keys = by_test.setdefault(test_name, {})
        before = keys.get(variable_name)
        keys[variable_name] = _variables(values) if before is None else _any_of(before, _variables(values))
    entries: dict[str, Value] = {test: Map(keys, blocks.span) for test, keys in by_test.items()}
    return Map(entries, blocks.span, complete)


def _any_of(before: Value, values: Value) -> Value:
    """The values of two blocks with one test and one variable, which become one list."""
    lists = [one if isinstance(one, List) else List((one,), one.span) for one in (before, values)]
    return List(tuple(item for one in lists for item in one.items), before.span, all(one.complete for one in lists))


def _variables(value: Value) -> Value:
    """`&{aws:username}` is how a document writes the policy variable `${aws:username}`."""
    match value:
        case List():
            return List(tuple(map(_variables, value.items)), value.span, value.complete)
        case Scalar(value=str(text)) if "&{" in text:
            return Scalar(text.replace("&{", "${"), value.span)
        case Text():
            return Text(tuple(map(_variables, value.parts)), value.span)
        case Choice():
            return Choice(value.condition, _variables(value.then), _variables(value.otherwise), value.span)
        case Ref() | Unknown() | Map() | Json() | Scalar():
            return value
