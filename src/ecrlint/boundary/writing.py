"""Files that the user has named for a report, and the standard streams."""

from __future__ import annotations

import os
from typing import IO


def put(path: str, text: str, append: bool = False) -> None:
    """Write a text to where the user says. Raises OSError."""
    with open(path, "a" if append else "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
        stream.write(text)


def silence(stream: IO[str]) -> None:
    """Let a stream lead nowhere, or the interpreter complains at its exit that nobody reads it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
