"""What is asked of whoever scans a repository, and what comes back: plain data, which may travel between machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from ecrlint.model.dataclass import dataclass

ScanStatus: TypeAlias = Literal["scanned", "unchanged", "failed", "timeout", "memory", "killed"]
"""What became of a repository. `scanned` and `unchanged`: its findings are known. `failed`: it cannot be read; `killed`: the
process that scanned it ended twice."""


@dataclass(frozen=True, slots=True)
class BulkSettings:
    """What holds for all repositories of a run. `config` is the path of a configuration for all, or `none`; `sarif`: each result
    has a SARIF report too."""

    config: str | None = None
    fail_on: str = ""
    sarif: bool = False


@dataclass(frozen=True, slots=True)
class ScanTask:
    """One commit of one repository. `place` is the full path of the repository, `commit` an id, or empty for that of `ref`.

    `known_tree` is the tree of which the result is known already, whatever the commit; empty where there is none.
    """

    name: str
    place: str
    ref: str
    commit: str
    settings: BulkSettings
    known_tree: str = ""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a scan of one commit gave. `report` is the object of `ecrlint --format json`.

    `causes` and `owners` have an item for each finding of it: the fingerprint of the cause alone, and who owns the file. A result
    is of the commit, not only of its tree, where `by_commit`, and of the day `day` where that is not empty. `seconds` is how long
    it took, `memory` the most that the process has had, in KiB.
    """

    name: str
    ref: str
    status: ScanStatus
    reason: str = ""
    commit: str = ""
    tree: str = ""
    by_commit: bool = False
    day: str = ""
    report: Mapping[str, Any] | None = None
    causes: tuple[str, ...] = ()
    owners: tuple[tuple[str, ...], ...] = ()
    sarif: str = ""
    fails: bool = False
    unread: bool = False
    seconds: float = 0.0
    memory: int = 0


@dataclass(frozen=True, slots=True)
class ScanLimits:
    """What one repository may cost: seconds, and MiB of memory."""

    seconds: float = 120.0
    memory: int = 1024
