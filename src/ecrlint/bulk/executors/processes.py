"""Scans in worker processes of this machine, each with a limit of time and memory.

A worker that is lost takes one repository with it, which is tried once more, alone, after all others; so nothing that a
repository does to its worker reaches another one. A worker that has grown is replaced.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from threading import Lock

from ecrlint.boundary.worker_process import WorkerLost, WorkerProcess
from ecrlint.bulk.task import ScanLimits, ScanResult, ScanTask
from ecrlint.model.dataclass import replace

MODULE = "ecrlint.bulk.worker"
KEPT_MIB = 150
"""A worker that has had more memory is not kept for the next repository."""

START_SECONDS = 60


def execute(tasks: Iterable[ScanTask], jobs: int, limits: ScanLimits) -> Iterator[ScanResult]:
    """The results of tasks, in the order in which they are there. Tasks are taken as workers come free."""
    left = iter(tasks)
    again: list[ScanTask] = []
    with _team(limits) as team, ThreadPoolExecutor(jobs) as threads:
        asked: dict[Future[ScanResult], ScanTask] = {}
        try:
            while True:
                asked |= {threads.submit(team.scan, task): task for task in islice(left, 2 * jobs - len(asked))}
                if not asked:
                    break
                for done in wait(asked, return_when=FIRST_COMPLETED).done:
                    task = asked.pop(done)
                    try:
                        yield done.result()
                    except WorkerLost:
                        again.append(task)
            for task in again:
                yield _alone(team, task)
        finally:
            team.end()
            threads.shutdown(cancel_futures=True)


def _alone(team: _WorkerTeam, task: ScanTask) -> ScanResult:
    try:
        return team.scan(task)
    except WorkerLost as lost:
        return ScanResult(task.name, task.ref, "killed", f"{lost}, twice", task.commit)


class _WorkerTeam:
    """The workers of a run: those that wait for a task are kept, and started where none is left."""

    def __init__(self, limits: ScanLimits, folder: str) -> None:
        self._limits, self._folder = limits, folder
        self._waiting: list[WorkerProcess] = []
        self._all: set[WorkerProcess] = set()
        self._lock = Lock()
        self._ended = False

    def scan(self, task: ScanTask) -> ScanResult:
        """The result of a task. Raises `WorkerLost` where its worker ended by itself."""
        worker = self._taken()
        keep = False
        try:
            result: ScanResult = worker.ask(task, self._limits.seconds)
            keep = result.status != "memory" and result.memory < KEPT_MIB << 10
        except WorkerLost as lost:
            if not lost.is_late:
                raise
            result = ScanResult(task.name, task.ref, "timeout", str(lost), task.commit, seconds=self._limits.seconds)
        finally:
            self._given_back(worker, keep)
        return result if result.status != "memory" else replace(result, reason=f"{result.reason}: {self._limits.memory} MiB")

    def _taken(self) -> WorkerProcess:
        with self._lock:
            if self._ended:
                raise WorkerLost("the run has ended")
            if self._waiting:
                return self._waiting.pop()
            worker = WorkerProcess(MODULE, self._folder)
            self._all.add(worker)
        worker.ask(self._limits, START_SECONDS)
        return worker

    def _given_back(self, worker: WorkerProcess, keep: bool) -> None:
        with self._lock:
            if keep and not self._ended:
                self._waiting.append(worker)
                return
            self._all.discard(worker)
        worker.end()

    def end(self) -> None:
        """End all workers, whatever they do."""
        with self._lock:
            self._ended = True
            workers, self._all = self._all, set()
        for worker in workers:
            worker.end()


@contextmanager
def _team(limits: ScanLimits) -> Iterator[_WorkerTeam]:
    with tempfile.TemporaryDirectory(prefix="ecrlint-bulk-", ignore_cleanup_errors=True) as folder:
        team = _WorkerTeam(limits, folder)
        try:
            yield team
        finally:
            team.end()
