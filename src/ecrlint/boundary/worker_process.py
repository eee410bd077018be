"""Processes of our own Python that work for this one, and end with it. Nothing of what is scanned is run in them."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class WorkerLost(Exception):
    """A worker ended before it answered; the text says how. `is_late`: it was ended because it took too long."""

    def __init__(self, reason: str, is_late: bool = False) -> None:
        super().__init__(reason)
        self.is_late = is_late


class WorkerProcess:
    """A process that runs a module of ours, which calls `serve`: it is asked one thing after the other."""

    def __init__(self, module: str, folder: str) -> None:
        self._late = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=folder,  # where nobody else puts modules
            env={**os.environ, "TMPDIR": folder},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def ask(self, question: object, seconds: float) -> Any:
        """What the worker answers. Raises `WorkerLost`, after which it is of no use any more."""
        timer = threading.Timer(seconds, self._end_late)
        timer.daemon = True
        timer.start()
        try:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            pickle.dump(question, self._process.stdin)
            self._process.stdin.flush()
            return pickle.load(self._process.stdout)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            self.end()
            if self._late:
                raise WorkerLost(f"it took longer than {seconds:g} s", is_late=True) from None
            raise WorkerLost(f"its process ended ({_ending(self._process.returncode)})") from None
        finally:
            timer.cancel()

    def end(self) -> None:
        """End the worker with all that it has started."""
        self._kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        self._process.wait()

    def _end_late(self) -> None:
        self._late = True
        self._kill()

    def _kill(self) -> None:
        if self._process.returncode is not None:  # the system may have given its number to another one
            return
        with suppress(OSError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()


def serve(answer: Callable[[Any], object]) -> None:
    """Answer what the process that started this one asks, until it asks no more."""
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed by mistake is no answer
    while True:
        try:
            question = pickle.load(questions)
        except EOFError:
            return
        with suppress(BrokenPipeError):
            pickle.dump(answer(question), answers)
            answers.flush()
            continue
        return


def limit_memory(mebibytes: int) -> None:
    """Let this process, and each that it starts, have no more memory than that, where the system can hold it to it."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (mebibytes << 20, mebibytes << 20))


def end_after(seconds: float) -> None:
    """End this process after so many seconds, whatever it does then; 0: do not. So none is left over by one that was killed."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _ending(status: int | None) -> str:
    if status is None or status >= 0:
        return f"status {status}"
    with suppress(ValueError):
        return signal.Signals(-status).name
    return f"signal {-status}"
