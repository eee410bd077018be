"""What differs between two stores: the findings that are in one of them alone."""

from __future__ import annotations

from ecrlint.bulk.report.totals import FindingRow, read_findings
from ecrlint.bulk.store import Store
from ecrlint.model.dataclass import dataclass


@dataclass(frozen=True)
class StoreDifference:
    """The findings that are new in the second store, and those that are gone. `left_out` counts the findings of repositories that
    one of the stores has not scanned, of which nothing can be said."""

    new: tuple[FindingRow, ...]
    gone: tuple[FindingRow, ...]
    left_out: int


def difference(before: Store, after: Store) -> StoreDifference:
    """Compare the last runs of two stores, finding by finding, by fingerprint."""
    scanned = [set(store.rows("SELECT name, ref FROM latest WHERE status = 'scanned'")) for store in (before, after)]
    both = scanned[0] & scanned[1]
    rows = [list(read_findings(store)) for store in (before, after)]
    kept = [[one for one in found if (one.repository, one.ref) in both] for found in rows]
    marks = [_counts(found) for found in kept]
    return StoreDifference(
        new=tuple(_beyond(kept[1], marks[0])),
        gone=tuple(_beyond(kept[0], marks[1])),
        left_out=sum(map(len, rows)) - sum(map(len, kept)),
    )


def _mark(one: FindingRow) -> tuple[str, str, str]:
    return one.repository, one.ref, one.fingerprint


def _counts(findings: list[FindingRow]) -> dict[tuple[str, str, str], int]:
    counts: dict[tuple[str, str, str], int] = {}
    for one in findings:
        counts[_mark(one)] = counts.get(_mark(one), 0) + 1
    return counts


def _beyond(findings: list[FindingRow], known: dict[tuple[str, str, str], int]) -> list[FindingRow]:
    """The findings of which the other store has fewer."""
    left = dict(known)
    beyond = []
    for one in findings:
        if left.get(_mark(one), 0):
            left[_mark(one)] -= 1
        else:
            beyond.append(one)
    return beyond
