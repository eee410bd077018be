"""Scans on a cluster of Dask, one that exists or one that is started here (`pip install ecrlint[bulk-dask]`).

A task of the cluster is a batch of repositories, since a single one is too short for a scheduler. Whoever gets a batch scans it
in a worker process of its own, as on one machine, so that no repository harms the cluster. A batch whose cluster worker is lost
is given to another one by Dask; one that was lost too often is taken apart, and each of its repositories is tried once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any

from ecrlint import __version__
from ecrlint.boundary import git
from ecrlint.bulk.executors import processes
from ecrlint.bulk.task import ScanLimits, ScanResult, ScanTask

MOST_TASKS = 16
MOST_BYTES = 64 << 20
"""A batch has no more repositories than that, and ends with the one whose objects make it larger than that."""

AHEAD = 3
"""So many batches for each thread of the cluster are given to it at once."""

START_SECONDS = 60

_SETTINGS = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.scheduler.allowed-failures": 3,
    "distributed.logging": {"distributed": "critical", "bokeh": "critical", "tornado": "critical"},
}


class ClusterError(Exception):
    """A cluster cannot be used; the text says why."""


def execute(tasks: Iterable[ScanTask], address: str, jobs: int, limits: ScanLimits) -> Iterator[ScanResult]:
    """The results of tasks, as they come. Without an address, a cluster of `jobs` processes is started here.

    Raises `ClusterError`.
    """
    distributed = _distributed()
    with _client(distributed, address, jobs) as client:
        threads = max(1, sum(client.nthreads().values()))
        batches = _batches(tasks, threads)
        given: dict[Any, tuple[list[ScanTask], bool]] = {}
        done = distributed.as_completed()

        def give(batch: list[ScanTask], is_last: bool = False) -> None:
            future = client.submit(scan_batch, batch, limits, pure=False)
            given[future] = batch, is_last
            done.add(future)

        for batch in _first(batches, AHEAD * threads):
            give(batch)
        while given:
            future = next(done)
            batch, is_last = given.pop(future)
            if future.status == "finished":
                yield from future.result()
            elif is_last:
                for task in batch:
                    reason = f"the workers of the cluster that scanned it ended: {type(future.exception()).__name__}"
                    yield ScanResult(task.name, task.ref, "killed", reason, task.commit)
            else:
                for task in batch:
                    give([task], is_last=True)
            for more in _first(batches, 1):
                give(more)


def scan_batch(tasks: list[ScanTask], limits: ScanLimits) -> list[ScanResult]:
    """The results of some tasks, on whatever machine this runs."""
    return list(processes.execute(tasks, 1, limits))


def _first(batches: Iterator[list[ScanTask]], count: int) -> Iterator[list[ScanTask]]:
    for _ in range(count):
        batch = next(batches, None)
        if batch is None:
            return
        yield batch


def _batches(tasks: Iterable[ScanTask], threads: int) -> Iterator[list[ScanTask]]:
    """Tasks in batches, by the size of the objects of their repositories; the first ones are small, so that all have some."""
    batch: list[ScanTask] = []
    weight = count = 0
    for task in tasks:
        batch.append(task)
        weight += git.packed_bytes(task.place)
        if len(batch) >= min(MOST_TASKS, 1 + count // threads) or weight >= MOST_BYTES:
            yield batch
            batch, weight, count = [], 0, count + 1
    if batch:
        yield batch


def _distributed() -> Any:
    try:
        return import_module("distributed")
    except ImportError:
        raise ClusterError("a cluster is Dask's: pip install 'ecrlint[bulk-dask]'") from None


@contextmanager
def _client(distributed: Any, address: str, jobs: int) -> Iterator[Any]:
    """A client of a cluster, which has workers. Nothing of a cluster that is started here listens beyond the loopback."""
    with ExitStack() as stack:
        stack.enter_context(import_module("dask").config.set(_SETTINGS))
        if not address:
            cluster = distributed.LocalCluster(
                n_workers=jobs,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                worker_dashboard_address=None,
                memory_limit=0,
            )
            address = stack.enter_context(cluster).scheduler_address
        try:
            client = stack.enter_context(distributed.Client(address, timeout=START_SECONDS))
            client.wait_for_workers(1, timeout=START_SECONDS)
        except (OSError, ValueError) as error:
            raise ClusterError(f"there is no cluster with a worker at {address}: {error}") from None
        versions = set(client.run(_version).values())
        if versions != {__version__}:
            others = ", ".join(sorted(map(str, versions)))
            raise ClusterError(f"this is ecrlint {__version__}, and the workers of the cluster have {others}")
        yield client


def _version() -> str:
    return __version__
