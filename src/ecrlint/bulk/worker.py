"""A worker process: `python -m ecrlint.bulk.worker`, started by `bulk/executors/processes.py`."""

from __future__ import annotations

import gc
from typing import Any

from ecrlint.boundary.worker_process import limit_memory, serve
from ecrlint.bulk.scan import scan_repository
from ecrlint.bulk.task import ScanLimits, ScanResult, ScanTask


def answer(question: Any) -> ScanResult | None:
    """The result of a task; limits are taken on, and have none."""
    match question:
        case ScanLimits(memory=memory):
            limit_memory(memory)
            gc.freeze()
            return None
        case ScanTask():
            try:
                return scan_repository(question)
            except MemoryError:
                return ScanResult(question.name, question.ref, "memory", "it needs more memory than is allowed", question.commit)
            finally:
                gc.collect()
    raise TypeError(question)


if __name__ == "__main__":
    serve(answer)
