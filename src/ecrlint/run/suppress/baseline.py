"""The baseline: findings that were there before, each known by its fingerprint, in a file that people may merge.

A finding is in it by rule, file, address and cause, and by no line number. What has moved is found again: in another
file of the same Terraform folder, or anywhere where the file that it was in is gone.
"""

from __future__ import annotations

import json
import os
import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping

from ecrlint.boundary.reader import Absent, SourceReader, Unread
from ecrlint.config import ConfigError, shown
from ecrlint.model.address import within_module
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.finding import Finding, fingerprint
from ecrlint.run.suppress.ignores import past

SCHEMA = 1

MAX_BYTES = 24 << 20
"""A larger baseline is not read."""


@dataclass(frozen=True, slots=True)
class BaselineEntry:
    """Findings of one fingerprint. `path` is relative to the folder of the baseline; `until`, the last day of the entry."""

    rule: str
    path: str
    address: str
    cause: str
    count: int = 1
    until: str = ""

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.rule, self.path, self.address, self.cause)


@dataclass(frozen=True, slots=True)
class Matched:
    """What a baseline says of the findings of a run: the entry of each that has one, and the entries that have none, each
    with how many of it are gone."""

    entries: Mapping[int, BaselineEntry]
    gone: tuple[BaselineEntry, ...]


def load(reader: SourceReader, path: str) -> tuple[BaselineEntry, ...]:
    """The entries of a baseline. Raises `ConfigError` where it cannot be read."""
    try:
        listed = json.loads(reader.read(path, MAX_BYTES))
        if listed["schema"] != SCHEMA:
            raise ConfigError(f"{shown(path)}:1: this baseline is of schema {listed['schema']}; ecrlint reads {SCHEMA}")
        return tuple(
            BaselineEntry(
                str(one["rule"]),
                str(one["path"]),
                str(one["address"]),
                str(one["cause"]),
                max(0, int(one.get("count", 1))),
                str(one.get("until", "")),
            )
            for one in listed["findings"]
        )
    except Absent:
        raise ConfigError(f"{shown(path)}:1: this baseline cannot be read: there is none; baseline write makes it") from None
    except Unread as error:
        raise ConfigError(f"{shown(path)}:1: {error}") from None
    except json.JSONDecodeError as error:
        raise ConfigError(f"{shown(path)}:{error.lineno}: this is not a baseline: {error.msg.lower()}") from None
    except (ValueError, OverflowError, KeyError, TypeError, AttributeError, RecursionError):
        said = 'it is to have "schema" and "findings", each with a rule, a path, an address, a cause and a count'
        raise ConfigError(f"{shown(path)}:1: this is not a baseline of ecrlint: {said}") from None


def dump(entries: Iterable[BaselineEntry]) -> str:
    """A baseline as text: sorted, one entry a line."""
    lines = []
    for entry in sorted(entries, key=lambda one: (one.path, one.rule, one.address, one.cause, one.until)):
        fields: dict[str, object] = {"fingerprint": entry.fingerprint, "rule": entry.rule, "path": entry.path}
        fields |= {"address": entry.address, "cause": entry.cause}
        fields |= {"count": entry.count} if entry.count > 1 else {}
        fields |= {"until": entry.until} if entry.until else {}
        lines.append(json.dumps(fields))
    body = "\n" + ",\n".join(lines) + "\n" if lines else ""
    return f'{{"schema": {SCHEMA}, "findings": [{body}]}}\n'


def entry_of(finding: Finding, root: str, path: str) -> BaselineEntry:
    """The entry that a finding of a scan of `root` has in the baseline at `path`."""
    below = os.path.relpath(os.path.join(root, finding.span.path), os.path.dirname(path)).replace(os.sep, "/")
    return BaselineEntry(finding.rule, below, finding.address, finding.cause)


def match(
    reader: SourceReader, entries: Iterable[BaselineEntry], path: str, root: str, findings: Mapping[int, Finding]
) -> Matched:
    """Which findings are in the baseline at `path`; first those that are where they were, then those that have moved."""
    left: dict[str, Counter[BaselineEntry]] = {}
    for entry in entries:
        left.setdefault(entry.fingerprint, Counter())[replace(entry, count=1)] += entry.count
    found: dict[int, BaselineEntry] = {}
    for number, finding in findings.items():
        before = [replace(finding, rule=finding.former)] if finding.former else []
        marks = (entry_of(one, root, path).fingerprint for one in (finding, *before))
        same = next((some for mark in marks if (some := _some(left.get(mark, Counter())))), [])
        if same:
            found[number] = _taken(left[same[0].fingerprint], same[0])
    moved: dict[tuple[str, str, str], Counter[BaselineEntry]] = {}
    for each in left.values():
        for entry in _some(each):
            moved.setdefault((entry.rule, within_module(entry.address), entry.cause), Counter())[entry] += each[entry]
    for number, finding in findings.items():
        key = (finding.rule, within_module(finding.address), finding.cause)
        alike = moved.get(key, Counter()) if number not in found else Counter()
        here = entry_of(finding, root, path).path
        if number not in found and not alike:
            alike = next((each for (rule, *_), each in moved.items() if rule == finding.rule and _is_cut(each, finding)), alike)
        came = [entry for entry in _some(alike) if _may_have_moved(reader, entry.path, here, os.path.dirname(path))]
        if came:
            nearest = min(came, key=lambda entry: posixpath.basename(entry.path) != posixpath.basename(here))
            found[number] = _taken(alike, nearest)
    return Matched(found, tuple(replace(entry, count=alike[entry]) for alike in moved.values() for entry in _some(alike)))


def _some(entries: Counter[BaselineEntry]) -> list[BaselineEntry]:
    """The entries of which some are left, in their order."""
    return [entry for entry, count in entries.items() if count > 0]


def _taken(entries: Counter[BaselineEntry], entry: BaselineEntry) -> BaselineEntry:
    entries[entry] -= 1
    return entry


_CUT = '..."'
"""What ends a value that ecrlint 0.1.0 cut in a cause."""


def _is_cut(entries: Counter[BaselineEntry], finding: Finding) -> bool:
    """Whether entries of ecrlint 0.1.0, which cut long values, are of a finding."""
    entry = next(iter(entries))
    is_same = within_module(entry.address) == within_module(finding.address)
    return is_same and entry.cause.endswith(_CUT) and finding.cause.startswith(entry.cause.removesuffix(_CUT))


def _may_have_moved(reader: SourceReader, before: str, now: str, folder: str) -> bool:
    """Whether what was in one file may be in another now. An address is one thing in a Terraform folder, whatever its file."""
    beside = posixpath.dirname(before) == posixpath.dirname(now) and before.endswith(".tf") and now.endswith(".tf")
    return before == now or beside or not reader.look(os.path.normpath(os.path.join(folder, before)))


def expired(entry: BaselineEntry) -> str:
    """Why an entry no longer counts; empty where it does."""
    return past(entry.until) if entry.until else ""
