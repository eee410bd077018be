"""A run over many repositories: what is known of each is kept, the rest is scanned, and all of it is put into the store."""

from __future__ import annotations

import datetime
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from typing import Protocol

from ecrlint import __version__
from ecrlint.boundary import git
from ecrlint.boundary.file_reader import read_named
from ecrlint.bulk.sources import RepositorySource
from ecrlint.bulk.store import Store
from ecrlint.bulk.task import BulkSettings, ScanResult, ScanTask
from ecrlint.config import MAX_BYTES
from ecrlint.iam import actions, managed
from ecrlint.model.dataclass import dataclass

BATCH = 200
"""So many repositories that have not changed are taken down in one transaction."""


class ExecutesTasks(Protocol):
    """What scans: it takes tasks as it comes to them, and gives their results in any order."""

    def __call__(self, tasks: Iterable[ScanTask]) -> Iterator[ScanResult]: ...


@dataclass
class RunProgress:
    """How far a run is: `total` repositories, of which so many are `done`, with so many open findings."""

    total: int
    started: float
    done: int = 0
    findings: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    fails: bool = False
    unread: bool = False


Watch = Callable[[RunProgress, ScanResult | None], None]


def run_all(
    store: Store,
    sources: list[RepositorySource],
    settings: BulkSettings,
    execute: ExecutesTasks,
    watch: Watch,
    shard: str = "",
    again: bool = False,
) -> RunProgress:
    """Scan repositories into a store. `watch` is told of each result, with None for those that are known.

    `again`: what is known is scanned too. The run may end anywhere; the next one of the same settings goes on with it.
    """
    key = settings_key(settings)
    resumed = store.begin(__version__, key, shard)
    progress = RunProgress(len(sources), time.monotonic())
    by_name = {(source.name, source.ref): source for source in sources}
    known: list[int] = []

    def tasks() -> Iterator[ScanTask]:
        for source in sources:
            commit = git.head(source.place) if source.ref == "HEAD" else git.commit(source.place, source.ref)
            before = None if again and not resumed else store.known(source.name, source.ref)
            usable = (
                before is not None and before.status == "scanned" and (before.settings, before.origin) == (key, source.origin)
            )
            if usable and before is not None and before.day and before.day != datetime.date.today().isoformat():
                usable = False
            if usable and before is not None and commit and before.commit == commit:
                known.append(before.id)
                if len(known) >= BATCH:
                    _take_down(store, known)
                progress.done += 1
                progress.statuses["unchanged"] += 1
                watch(progress, None)
                continue
            tree = before.tree if usable and before is not None and not before.by_commit else ""
            yield ScanTask(source.name, source.place, source.ref, commit, settings, tree)

    for result in execute(tasks()):
        source = by_name[result.name, result.ref]
        store.put(result, source.place, source.origin, source.owner, key)
        progress.done += 1
        progress.statuses[result.status] += 1
        progress.findings += len(result.causes)
        watch(progress, result)
    _take_down(store, known)
    store.end()
    progress.findings = store.value("SELECT count(*) FROM open_findings")
    progress.fails = bool(store.value("SELECT count(*) FROM latest WHERE fails"))
    progress.unread = bool(store.value("SELECT count(*) FROM latest WHERE unread OR status != 'scanned'"))
    return progress


def _take_down(store: Store, known: list[int]) -> None:
    store.keep(known)
    known.clear()


def settings_key(settings: BulkSettings) -> str:
    """What names the settings of a run, and all else that a result depends on beside the commit: the version of ecrlint, that of
    its tables, and the configuration that is stated for all."""
    stated = settings.config or ""
    text = read_named(stated, MAX_BYTES) if stated not in ("", "none") else stated.encode()
    parts = (__version__, actions.source(), managed.source(), settings.fail_on)
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + text).hexdigest()[:16]


def in_shard(source: RepositorySource, shard: str) -> bool:
    """Whether a repository belongs to a shard `i/n` (`1/4` is the first of four), by a hash of its name."""
    number, _, count = shard.partition("/")
    own = int(hashlib.sha256(source.name.encode("utf-8", "surrogatepass")).hexdigest()[:12], 16)
    return own % int(count) == int(number) - 1
