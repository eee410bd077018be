"""The baseline: findings that were there before, each known by its fingerprint, in a file that people may merge.

A finding is in it by rule, file, address and cause, and by no line number. What has moved is found again: in another
file of the same Terraform folder, or anywhere where the file that it was in is gone.
"""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Iterable, Mapping

from ecrlint.config import ConfigError, shown
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Finding, fingerprint
from ecrlint.run.suppress.ignores import past

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Entry:
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
    """What a baseline says of the findings of a run: the entry of each that has one, and the entries that have none."""

    entries: Mapping[int, Entry]
    gone: tuple[Entry, ...]


def load(path: str) -> tuple[Entry, ...]:
    """The entries of a baseline. Raises `ConfigError` where it cannot be read."""
    try:
        with open(path, encoding="utf-8") as file:
            listed = json.load(file)
        if listed["schema"] != SCHEMA:
            raise ConfigError(f"{shown(path)}: this baseline is of schema {listed['schema']}; ecrlint reads {SCHEMA}")
        return tuple(
            Entry(
                str(one["rule"]),
                str(one["path"]),
                str(one["address"]),
                str(one["cause"]),
                int(one.get("count", 1)),
                str(one.get("until", "")),
            )
            for one in listed["findings"]
        )
    except OSError as error:
        raise ConfigError(f"{shown(path)}: this baseline cannot be read: {error.strerror}; baseline write makes it") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigError(f"{shown(path)}: this is not a baseline: {type(error).__name__}: {error}") from None


def dump(entries: Iterable[Entry]) -> str:
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


def entry_of(finding: Finding, root: str, path: str) -> Entry:
    """The entry that a finding of a scan of `root` has in the baseline at `path`."""
    below = os.path.relpath(os.path.join(root, finding.span.path), os.path.dirname(path)).replace(os.sep, "/")
    return Entry(finding.rule, below, finding.address, finding.cause)


def match(entries: Iterable[Entry], path: str, root: str, findings: Mapping[int, Finding]) -> Matched:
    """Which findings are in the baseline at `path`; first those that are where they were, then those that have moved."""
    left: dict[str, list[Entry]] = {}
    for entry in entries:
        left.setdefault(entry.fingerprint, []).extend([entry] * entry.count)
    found: dict[int, Entry] = {}
    for number, finding in findings.items():
        same = left.get(entry_of(finding, root, path).fingerprint)
        if same:
            found[number] = same.pop(0)
    moved: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in (one for same in left.values() for one in same):
        moved.setdefault((entry.rule, entry.address, entry.cause), []).append(entry)
    for number, finding in findings.items():
        alike = moved.get((finding.rule, finding.address, finding.cause), []) if number not in found else []
        here = entry_of(finding, root, path).path
        came = [entry for entry in alike if _may_have_moved(entry.path, here, os.path.dirname(path))]
        if came:
            found[number] = min(came, key=lambda entry: posixpath.basename(entry.path) != posixpath.basename(here))
            alike.remove(found[number])
    return Matched(found, tuple(entry for alike in moved.values() for entry in alike))


def _may_have_moved(before: str, now: str, folder: str) -> bool:
    """Whether what was in one file may be in another now. An address is one thing in a Terraform folder, whatever its file."""
    beside = posixpath.dirname(before) == posixpath.dirname(now) and before.endswith(".tf") and now.endswith(".tf")
    return beside or not os.path.exists(os.path.join(folder, before))


def expired(entry: Entry) -> str:
    """Why an entry no longer counts; empty where it does."""
    return past(entry.until) if entry.until else ""
