"""Scans in this process, one after the other, without limits: for debugging, and where no process can be started."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecrlint.bulk.scan import scan_repository
from ecrlint.bulk.task import ScanResult, ScanTask


def execute(tasks: Iterable[ScanTask]) -> Iterator[ScanResult]:
    """The results of tasks, in their order."""
    return map(scan_repository, tasks)
