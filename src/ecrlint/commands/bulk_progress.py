"""How far a run over many repositories is: a line that is written over on a terminal, plain lines in a log."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from ecrlint.commands.output import say
from ecrlint.model.visible import one_line

if TYPE_CHECKING:
    from ecrlint.bulk.run import RunProgress
    from ecrlint.bulk.task import ScanResult

EVERY_SECONDS = 15
"""How often a log is told how far a run is."""

_ON_TERMINAL = 0.2
_GOOD = ("scanned", "unchanged")


def counted(number: int, several: str, one: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


class Watcher:
    """Tells on standard error what becomes of repositories that cannot be scanned, and how far the run is."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr is not None and sys.stderr.isatty()
        self._told = time.monotonic()
        self._width = 0

    def tell(self, progress: RunProgress, result: ScanResult | None) -> None:
        if result is not None and result.status not in _GOOD:
            self._clear()
            say(f"ecrlint: {result.name} ({result.ref}): {result.status}: {result.reason}")
        now = time.monotonic()
        if now - self._told >= (_ON_TERMINAL if self._is_terminal else EVERY_SECONDS):
            self._told = now
            line = one_line(_line(progress, now))
            if self._is_terminal:
                self._write(f"\r{line:<{self._width}}")
                self._width = len(line)
            else:
                say(line)

    def end(self) -> None:
        self._clear()

    def _clear(self) -> None:
        if self._width:
            self._write(f"\r{'':<{self._width}}\r")
            self._width = 0

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()


def _line(progress: RunProgress, now: float) -> str:
    """`[123/300] 2 failed, 45 findings, 12.3 repositories a second, 0:14 left`."""
    bad = sum(count for status, count in progress.statuses.items() if status not in _GOOD)
    rate = progress.done / max(now - progress.started, 0.001)
    left = int((progress.total - progress.done) / rate) if rate else 0
    said = f"[{progress.done}/{progress.total}] {bad} failed, {progress.findings} findings"
    return f"{said}, {rate:.1f} repositories a second, {left // 60}:{left % 60:02} left"
