"""A line on a terminal that says what a long scan does."""

from __future__ import annotations

import os
import sys
import time

AFTER = 1.0  # seconds; nobody wonders before
EVERY = 0.1
_CLEAR = "\r\x1b[K"


class ProgressLine:
    """One line on standard error, written over again, from when a scan takes long; nothing where that is no terminal."""

    def __init__(self) -> None:
        self._next = time.perf_counter() + AFTER
        self._shown = False

    def __call__(self, doing: str) -> None:
        now = time.perf_counter()
        if now < self._next:
            return
        from ecrlint.model.visible import one_line, short

        self._next = now + EVERY
        self._shown = True
        width = _width()
        sys.stderr.write(_CLEAR + short(one_line(doing), width - 1))
        sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
            self._shown = False


def _width() -> int:
    try:
        return max(20, os.get_terminal_size(sys.stderr.fileno()).columns)
    except OSError:
        return 80
