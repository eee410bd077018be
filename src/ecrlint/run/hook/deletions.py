"""A commit that takes files away: pre-commit gives a hook none of their names, so git is asked for them.

What a deletion breaks is written in files that stay. It is what the tree of the last commit has not, found in a scan of both.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from ecrlint.boundary.reader import Unread
from ecrlint.boundary.repository import Boundary, boundary, real, repository
from ecrlint.model.dataclass import replace
from ecrlint.model.finding import Report
from ecrlint.run.hook.owner import changed_files, ends, places_of
from ecrlint.run.read.files import MAX_BYTES, TERRAFORM, VARIABLES
from ecrlint.run.read.language import language
from ecrlint.run.scan_state import ScanOptions


def with_deletions(report: Report, files: Sequence[str], options: ScanOptions, within: Boundary | None) -> Report:
    """The report of a hook on changed files, with what the deletions of the same commit break elsewhere.

    Where pre-commit splits its list over several calls, the call with the first of the files says it.
    """
    top = repository(os.path.realpath(within.top if within is not None and files else "."))
    if within is not None and within.top != top:  # the user has stated a part of it
        return report
    gone = changed_files(top, gone=True) if top is not None else []
    if top is None or not gone:
        return report
    changed = set(changed_files(top))
    given = {os.path.relpath(real(path), top).replace(os.sep, "/") for path in files}
    if (given and changed and min(changed) not in given) or not _is_ours(top, gone):
        return report
    from ecrlint.run import new_from

    before = ends()[0] or "HEAD"
    try:
        found = new_from.scan([top], boundary([top]), options, before).report
    except new_from.NoSuchCommit:
        return report
    more = tuple(finding for finding in found.findings if changed.isdisjoint(places_of(finding)))
    if not more:
        return report
    return replace(report, findings=(*report.findings, *more), fails=report.fails or found.fails)


def _is_ours(top: str, paths: Sequence[str]) -> bool:
    """Whether one of the files that are gone was of a kind that ecrlint reads."""
    if any(path.endswith((*TERRAFORM, *VARIABLES)) for path in paths):
        return True
    from ecrlint.boundary.commit_tree import open_tree

    try:
        with open_tree(top, ends()[0] or "HEAD") as tree:
            reader = tree.reader([top])
            return any(language(path, _data(reader.read, os.path.join(top, path))) != "other" for path in paths)
    except Unread:
        return True


def _data(read: Callable[[str, int], bytes], path: str) -> bytes:
    try:
        return read(path, MAX_BYTES)
    except Unread:
        return b""
