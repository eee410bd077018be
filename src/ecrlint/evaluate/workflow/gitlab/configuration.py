"""The configuration of a GitLab pipeline: the file with what it includes, and its jobs with what they extend.

https://docs.gitlab.com/ci/yaml/
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import field

from ecrlint.evaluate.budget import INSTANCE, Budget
from ecrlint.model.dataclass import dataclass
from ecrlint.model.script import ReadFile
from ecrlint.model.value import List, Map, Unknown, Value, string

REFERENCE = "!reference"
"""The key under which the tag of this name stands, with the path that it holds."""

_MAX_INCLUDES = 50
_MAX_DEPTH = 11
"""How many levels `extends` and `!reference` may have, as in GitLab.

https://docs.gitlab.com/ci/yaml/#extends
"""

_GLOBAL = frozenset(
    {
        *("default", "include", "stages", "variables", "workflow", "spec", "cache", "services", "image", "types"),
        *("before_script", "after_script", "pages", "true", "false", "nil"),
    }
)
"""What stands at the top of a file and is no job, unless it has a script."""


@dataclass
class PipelineConfiguration:
    """What a pipeline states, includes and all. Not `whole`: something is included that is not here, and may add to any job."""

    entries: dict[str, Value]
    budget: Budget
    whole: bool = True
    notes: list[str] = field(default_factory=list)
    included: set[str] = field(default_factory=set)

    def jobs(self) -> Iterator[tuple[str, Map, bool]]:
        """The jobs by their names, with what they extend, and whether that is all of it."""
        for name, entry in self.entries.items():
            if isinstance(entry, Map) and not name.startswith("."):
                job, whole = self._extended(entry, 0)
                if name not in _GLOBAL or "script" in job.entries:
                    yield name, job, whole

    def _extended(self, job: Map, depth: int) -> tuple[Map, bool]:
        self.budget.step(1 + len(job.entries))
        stated = job.entries.get("extends")
        names = stated.items if isinstance(stated, List) else (stated,) if stated is not None else ()
        merged: Map | None = None
        whole = True
        for item in names:
            name = string(item)
            entry = None if name is None else self.entries.get(name)
            if not isinstance(entry, Map) or depth >= _MAX_DEPTH:
                whole = False
                continue
            above, complete = self._extended(entry, depth + 1)
            whole = whole and complete
            merged = above if merged is None else self._merge(merged, above)
        return job if merged is None else self._merge(merged, job), whole

    def _merge(self, above: Map, below: Map, depth: int = 0) -> Map:
        """Two maps in one: what both have is that of the second, and maps are merged; lists are not."""
        self.budget.step(1 + len(above.entries) + len(below.entries))
        entries = dict(above.entries)
        for name, value in below.entries.items():
            before = entries.get(name)
            both = isinstance(before, Map) and isinstance(value, Map) and depth < _MAX_DEPTH
            entries[name] = self._merge(before, value, depth + 1) if both else value  # type: ignore[arg-type]
        return Map(entries, below.span, above.complete and below.complete)

    def add(self, entries: Map) -> None:
        """Take over what a file states, after what it includes."""
        self.entries = dict(self._merge(Map(self.entries, entries.span), entries).entries)

    def resolved(self, value: Value | None, depth: int = 0) -> Value | None:
        """A value where a reference to another one may stand."""
        path = _reference(value)
        if path is None or value is None:
            return value
        found: Value | None = Map(self.entries, value.span)
        for at, name in enumerate(path):
            entry = found.entries.get(name) if isinstance(found, Map) else None
            found = self._extended(entry, 0)[0] if at == 0 and isinstance(entry, Map) else entry
        if found is None or depth >= _MAX_DEPTH:
            return Unknown(f"{'.'.join(path)} is not here", value.span)
        return self.resolved(found, depth + 1)

    def lines(self, value: Value | None, depth: int = 0) -> Iterator[Value]:
        """The lines of a script, whose lists may stand in lists."""
        self.budget.step()
        value = self.resolved(value)
        if isinstance(value, List) and depth < _MAX_DEPTH:
            for item in value.items:
                yield from self.lines(item, depth + 1)
        elif value is not None:
            yield value


def configuration(path: str, document: ReadFile, budget: Budget) -> PipelineConfiguration:
    """The configuration in a file, which lies at the top of its repository; `document` has the files by their paths."""
    found = PipelineConfiguration({}, budget, included={path})
    _load(path, posixpath.dirname(path), document, found)
    found.included.remove(path)
    return found


def _load(path: str, top: str, document: ReadFile, found: PipelineConfiguration) -> None:
    found.budget.step(INSTANCE)
    value = document(path)
    if not isinstance(value, Map):
        found.whole = False
        found.notes.append(f"{path} is not here")
        return
    for item in _includes(value.entries.get("include")):
        inner = _local(item)
        if inner is None or len(found.included) >= _MAX_INCLUDES:
            found.whole = False
            found.notes.append(f"{_source(item)} is not here")
            continue
        full = posixpath.normpath(posixpath.join(top, inner.lstrip("/")))
        if full not in found.included:
            found.included.add(full)
            _load(full, top, document, found)
    own = {name: entry for name, entry in value.entries.items() if name != "include"}
    found.add(Map(own, value.span, value.complete))


def _includes(value: Value | None) -> tuple[Value, ...]:
    return value.items if isinstance(value, List) else () if value is None else (value,)


def _local(item: Value) -> str | None:
    """The path of a file of this repository that is included for sure; None where it is anything else."""
    text = string(item)
    if isinstance(item, Map) and not item.entries.keys() & {"rules", "inputs", "project", "remote", "template", "component"}:
        text = string(item.entries.get("local"))
    plain = text is not None and "://" not in text and "$" not in text and "*" not in text
    return text if plain else None


def _source(item: Value) -> str:
    entries: Mapping[str, Value] = item.entries if isinstance(item, Map) else {"local": item}
    names = ("file", "template", "component", "remote", "project", "local")
    return next((text for name in names if (text := string(entries.get(name)))), "what it includes")


def _reference(value: Value | None) -> tuple[str, ...] | None:
    held = value.entries.get(REFERENCE) if isinstance(value, Map) and len(value.entries) == 1 else None
    names = tuple(string(item) or "" for item in held.items) if isinstance(held, List) else ()
    return names or None
