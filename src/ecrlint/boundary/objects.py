"""The objects of a repository, printed by one git that answers as long as it is asked."""

from __future__ import annotations

import os
import select
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from ecrlint.boundary import git
from ecrlint.boundary.reader import Unread

if TYPE_CHECKING:
    import subprocess

SECONDS = 20
"""Git is not waited for longer than that for one object."""

_PIECE = 1 << 16
_LONGEST_LINE = 4096


class GitObject(NamedTuple):
    """An object: its id, its kind (`blob`, `tree`, `commit`), its size in bytes, and the first of these."""

    id: str
    kind: str
    size: int
    data: bytes


class ObjectStream:
    """Gives the objects of a repository by their names, until it is closed. Nothing of the repository's configuration is read."""

    def __init__(self, top: str, hashing: str) -> None:
        self._top, self._hashing = top, hashing
        self._git: subprocess.Popen[bytes] | None = None
        self._buffer = bytearray()
        self._until = 0.0

    def get(self, name: str, most: int) -> GitObject:
        """An object, of a larger one no more than the first `most` bytes. Raises `Unread`."""
        self._until = time.monotonic() + SECONDS
        try:
            return self._asked(name, most)
        except (OSError, ValueError):
            self.close()
            raise Unread("this cannot be read: git does not give the object") from None
        except Unread:
            self.close()
            raise

    def close(self) -> None:
        """End git, which starts again where it is asked again."""
        if self._git is not None:
            self._git.kill()
            self._git.communicate()
            self._git = None
        self._buffer.clear()

    def _asked(self, name: str, most: int) -> GitObject:
        if self._git is None:
            self._git = git.start_reading(self._top, self._hashing)
        if self._git is None or self._git.stdin is None:
            raise Unread("there is no repository that can be read")
        self._git.stdin.write(f"{name}\n".encode())
        while (end := self._buffer.find(b"\n")) < 0 and len(self._buffer) < _LONGEST_LINE:
            self._more()
        words = self._take(end + 1).split()
        if len(words) != 3:  # `NAME missing`
            raise Unread("this cannot be read: its object is not in the repository")
        own, kind, size = words[0].decode(), words[1].decode(), int(words[2])
        if size > most:
            while len(self._buffer) < most:
                self._more()
            found = GitObject(own, kind, size, self._take(most))
            self.close()  # sooner than to read the rest of what may be huge
            return found
        while len(self._buffer) <= size:
            self._more()
        return GitObject(own, kind, size, self._take(size + 1)[:-1])

    def _take(self, length: int) -> bytes:
        taken = bytes(self._buffer[:length])
        del self._buffer[:length]
        return taken

    def _more(self) -> None:
        """Wait for more of what git prints. Raises `Unread` where it takes too long, and OSError where there is no more."""
        pipe = None if self._git is None else self._git.stdout
        if pipe is None:
            raise OSError
        if os.name != "nt" and not select.select([pipe], [], [], max(0, self._until - time.monotonic()))[0]:
            raise Unread("this cannot be read: git takes too long")
        data = os.read(pipe.fileno(), _PIECE)
        if not data:
            raise OSError
        self._buffer += data

    def __del__(self) -> None:
        with suppress(Exception):
            self.close()
