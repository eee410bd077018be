"""A worker process: `python -m ecrlint.bulk.worker`, started by `bulk/executors/processes.py`."""

from __future__ import annotations

import gc
from typing import Any

from ecrlint.boundary.worker_process import end_after, limit_memory, serve
from ecrlint.bulk.scan import scan_repository
from ecrlint.bulk.task import ScanLimits, ScanResult, ScanTask


class RepositoryWorker:
    """Scans one repository after the other, each within the limits that it is told first."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def answer(self, question: Any) -> ScanResult | None:
        """The result of a task; limits are taken on, and have none."""
        match question:
            case ScanLimits(seconds=seconds, memory=memory):
                self._seconds = 2 * seconds  # whoever asks ends this process sooner, if that one is still there
                limit_memory(memory)
                gc.freeze()
                return None
            case ScanTask():
                return self._scanned(question)
        raise TypeError(question)

    def _scanned(self, task: ScanTask) -> ScanResult:
        end_after(self._seconds)
        try:
            return scan_repository(task)
        except MemoryError:
            return ScanResult(task.name, task.ref, "memory", "it needs more memory than is allowed", task.commit)
        finally:
            end_after(0)
            gc.collect()


if __name__ == "__main__":
    serve(RepositoryWorker().answer)
