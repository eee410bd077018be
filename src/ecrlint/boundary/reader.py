"""What a scan asks of the files below some folders, wherever these lie: on the disk, in the objects of git, or in an editor.

A scan opens nothing itself. It asks the `SourceReader` that its `Boundary` makes, and so reads a commit without a checkout as
it reads a folder. There are two readers: `FileReader` reads the disk, and `TreeReader` the tree of a commit. Another one, which
puts texts of its own before those of a reader, has these methods, hands over what it does not change, and is given to a scan so:
`replace(boundary, opens=lambda folders: Texts(boundary.reader(), texts))`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from ecrlint.model.dataclass import dataclass

MAX_LINKS = 40
"""A path with more links in it leads nowhere, as in Linux."""


class Unread(Exception):
    """A file or folder is not read; the text says why."""


class Absent(Unread):
    """There is nothing of this name."""


class LeadsOut(Unread):
    """It lies outside of the folders, itself or by a link."""


@dataclass(frozen=True, slots=True)
class Child:
    """What a folder holds: a name, and whether that is a folder, a file, a link or something else."""

    name: str
    kind: str


class SourceReader(Protocol):
    """Reads below some folders. Every path is full and normalised; links are followed as far as the folders go."""

    folders: tuple[str, ...]

    def take_in(self, folder: str) -> None:
        """Read below one more folder (a full real path)."""

    def bound(self, path: str) -> str | None:
        """The innermost of the folders that a path lies in; None where it lies in none."""

    def read(self, path: str, most: int) -> bytes:
        """All bytes of a file. Raises `Unread` where it is longer than `most`, or not to be read."""

    def head(self, path: str, most: int) -> bytes:
        """The first bytes of a file, at most so many. Raises `Unread`."""

    def entries(self, path: str) -> list[Child]:
        """What a folder holds, by name. Raises `Unread`."""

    def kind(self, path: str) -> str:
        """What is at a path once its links are followed: a folder, a file or something else. Raises `Unread`."""

    def look(self, path: str) -> str:
        """What is at a path itself: a folder, a file, a link or something else; empty where there is nothing."""

    def is_folder(self, path: str) -> bool:
        """Whether a path leads to a folder, though it may lie outside. Nothing of it is opened."""

    def real(self, path: str) -> str:
        """A path once its links are followed, wherever they lead; there may be nothing."""

    def is_repository(self, folder: str) -> bool:
        """Whether a folder is the top of a repository."""

    def origin(self, top: str) -> str:
        """Where a repository is cloned from, as `github.com/acme/shop`; empty where that is not known."""

    def begun(self, top: str) -> int | None:
        """When the history of a repository begins, in seconds since 1970; None where that is not known."""

    def write(self, files: Mapping[str, bytes]) -> None:
        """Put files, by their paths, in their places: all of them or none. Raises `Unread`, and OSError."""


def outermost_last(folders: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(dict.fromkeys(folders), key=len, reverse=True))


def bound(folders: Sequence[str], path: str) -> str | None:
    """The first of some folders that a path lies in; None where it lies in none."""
    for folder in folders:
        if path == folder or path.startswith(folder if folder.endswith(os.sep) else folder + os.sep):
            return folder
    return None


def too_large(most: int) -> Unread:
    return Unread(f"this file is larger than {most >> 20} MiB and is not read")


def leads_out() -> LeadsOut:
    return LeadsOut("this leads out of the scanned folder and is not read")
