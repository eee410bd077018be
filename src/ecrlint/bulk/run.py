"""A run over many repositories: what is known of each is kept, the rest is scanned, and all of it is put into the store."""

from __future__ import annotations

import datetime
import hashlib
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from fnmatch import fnmatchcase
from typing import Protocol

from ecrlint import __version__
from ecrlint.boundary import clone, git
from ecrlint.boundary.file_reader import read_named
from ecrlint.boundary.writing import put
from ecrlint.bulk.clones import PreparedSource
from ecrlint.bulk.sources import RepositorySource
from ecrlint.bulk.store import KnownCommit, Store, as_text
from ecrlint.bulk.task import BulkSettings, ScanResult, ScanTask
from ecrlint.config import MAX_BYTES
from ecrlint.iam import actions, managed
from ecrlint.model.dataclass import dataclass, replace

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


@dataclass(frozen=True, slots=True)
class RefChoice:
    """Which branches of each repository are scanned: those that a pattern matches and that have changed since a moment, in
    seconds since 1970. Without patterns it is HEAD, or what a source says itself."""

    patterns: tuple[str, ...] = ()
    since: int = 0


@dataclass
class BulkRun:
    """One run into a store. `prepare` gives each source once its repository is on this machine, and `release` is told of its path
    when that has been scanned. `watch` is told of each result, with None for those that are known. `again`: what is known is
    scanned too. `sarif_folder`: where the SARIF report of each repository that is scanned goes."""

    store: Store
    settings: BulkSettings
    prepare: Callable[[list[RepositorySource]], Iterator[PreparedSource]]
    release: Callable[[str], None]
    watch: Watch
    refs: RefChoice = RefChoice()
    again: bool = False
    sarif_folder: str = ""
    progress: RunProgress = field(default_factory=lambda: RunProgress(0, time.monotonic()))
    _key: str = ""
    _asked: dict[tuple[str, str], tuple[RepositorySource, str]] = field(default_factory=dict)
    _known: list[int] = field(default_factory=list)

    def over(self, sources: list[RepositorySource], execute: ExecutesTasks, shard: str = "") -> RunProgress:
        """Scan what is not known of some repositories. The run may end anywhere; the next one of the same settings goes on."""
        self._key = settings_key(self.settings)
        self.store.begin(__version__, self._key, shard)
        self.progress.total = len(sources)
        for result in execute(self._tasks(sources)):
            source, path = self._asked.pop((result.name, result.ref))
            if result.sarif:
                put(os.path.join(self.sarif_folder, sarif_name(source)), result.sarif)
            self._record(source, result)
            self.release(path)
        self._take_down()
        self.store.end()
        self.progress.findings = self.store.value("SELECT count(*) FROM open_findings")
        self.progress.fails = bool(self.store.value("SELECT count(*) FROM latest WHERE fails"))
        self.progress.unread = bool(self.store.value("SELECT count(*) FROM latest WHERE unread OR status != 'scanned'"))
        return self.progress

    def _tasks(self, sources: list[RepositorySource]) -> Iterator[ScanTask]:
        """What has to be scanned, as its repository is there; what is known, and what cannot be scanned, is taken down."""
        for prepared in self.prepare(sources):
            if prepared.problem:
                self._fail(prepared.source, prepared.problem)
                continue
            commits = list(self._commits(prepared))
            self.progress.total += len(commits) - 1 if commits else 0
            if not commits:
                self._fail(prepared.source, "no branch is of a name and of an age that are asked for")
            for source, commit in commits:
                before = self._usable(source)
                if before is not None and before.commit == commit:
                    self._keep(before)
                    continue
                tree = "" if before is None or before.by_commit else before.tree
                self._asked[source.name, source.ref] = source, prepared.path
                yield ScanTask(source.name, prepared.path, source.ref, commit, self.settings, tree)

    def _commits(self, prepared: PreparedSource) -> Iterator[tuple[RepositorySource, str]]:
        """The commits of a repository that are asked for; the id is empty where git is asked when it is scanned."""
        source, path = prepared.source, prepared.path
        if self.refs.patterns:
            for name, id in git.heads(path, self.refs.since):
                if name != clone.DEFAULT and any(fnmatchcase(name, pattern) for pattern in self.refs.patterns):
                    yield replace(source, ref=as_text(name)), id
        elif source.is_url or source.ref == "HEAD":
            yield source, git.head(path)
        else:
            yield source, git.commit(path, source.ref)

    def _usable(self, source: RepositorySource) -> KnownCommit | None:
        """What is known of a source, if nothing that it depends on beside the commit has changed."""
        found = self.store.known(source.name, source.ref)
        if found is None or found.status != "scanned" or (found.settings, found.origin) != (self._key, source.origin):
            return None
        is_past = bool(found.day) and found.day != datetime.date.today().isoformat()
        is_old = self.again and found.scanned_run != self.store.run
        return None if is_past or is_old else found

    def _keep(self, known: KnownCommit) -> None:
        self._known.append(known.id)
        if len(self._known) >= BATCH:
            self._take_down()
        self.progress.done += 1
        self.progress.statuses["unchanged"] += 1
        self.watch(self.progress, None)

    def _take_down(self) -> None:
        self.store.keep(self._known)
        self._known.clear()

    def _fail(self, source: RepositorySource, reason: str) -> None:
        self._record(source, ScanResult(source.name, source.ref, "failed", reason))

    def _record(self, source: RepositorySource, result: ScanResult) -> None:
        self.store.put(result, source.shown_place, source.origin, source.owner, self._key)
        self.progress.done += 1
        self.progress.statuses[result.status] += 1
        self.progress.findings += len(result.causes)
        self.watch(self.progress, result)


def settings_key(settings: BulkSettings) -> str:
    """What names the settings of a run, and all else that a result depends on beside the commit: the version of ecrlint, that of
    its tables, and the configuration that is stated for all."""
    stated = settings.config or ""
    text = read_named(stated, MAX_BYTES) if stated not in ("", "none") else stated.encode()
    parts = (__version__, actions.source(), managed.source(), settings.fail_on, "sarif" * settings.sarif)
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + text).hexdigest()[:16]


def sarif_name(source: RepositorySource) -> str:
    """The name of the SARIF report of a source: its own, as far as it is a name of a file, and what tells it from others."""
    words = re.sub(r"[^\w.-]", "_", source.name if source.ref == "HEAD" else f"{source.name}_{source.ref}")
    digest = hashlib.sha256(f"{source.name}\n{source.ref}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{words[:120].lstrip('.')}-{digest}.sarif"


def in_shard(source: RepositorySource, shard: str) -> bool:
    """Whether a repository belongs to a shard `i/n` (`1/4` is the first of four), by a hash of its name."""
    number, _, count = shard.partition("/")
    own = int(hashlib.sha256(source.name.encode("utf-8", "surrogatepass")).hexdigest()[:12], 16)
    return own % int(count) == int(number) - 1
