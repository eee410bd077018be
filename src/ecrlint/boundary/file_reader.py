"""Files below some folders, opened so that nothing in a scanned tree leads the reader out of them.

A path is walked from its folder by descriptors, one component after the other, and no component is ever followed by the
system: a link is read as text and walked like any other path, from the folders again. What is renamed or replaced meanwhile
changes nothing about that. Where a system has no such calls (Windows), the real path is compared instead, which is weaker:
between the look and the opening a link may come in.
"""

from __future__ import annotations

import os
import stat
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from ecrlint.boundary.reader import MAX_LINKS, Absent, Child, Unread, bound, leads_out, outermost_last, too_large

if TYPE_CHECKING:
    from ecrlint.boundary.writing import FilePlace

MAX_FOLDERS = 64
"""How many folders are kept open, whatever the number of readers."""

INSTALLED = (".terraform", ".terragrunt-cache")
"""Folders in which tools clone repositories for the root that these lie in: a `.git` below is no boundary."""

BY_DESCRIPTOR = hasattr(os, "O_NOFOLLOW") and os.open in os.supports_dir_fd and os.readlink in os.supports_dir_fd

_ONLY_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_OPEN_FILE = _ONLY_READ | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_OPEN_FOLDER = _ONLY_READ | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_DIRECTORY", 0)


class FileReader:
    """Reads below some folders (full real paths). Every path that it takes is full and normalised."""

    _opened: ClassVar[OrderedDict[tuple[int, str], int]] = OrderedDict()
    """The open folders of all readers together, by the `id` of the reader and their paths, those used last at the end."""

    def __init__(self, folders: Sequence[str]) -> None:
        self.folders = outermost_last(folders)

    def __del__(self) -> None:
        for key in [key for key in self._opened if key[0] == id(self)]:
            _close(self._opened.pop(key))

    def take_in(self, folder: str) -> None:
        """Read below one more folder (a full real path)."""
        self.folders = outermost_last([*self.folders, folder])

    def bound(self, path: str) -> str | None:
        """The innermost of the folders that a path lies in; None where it lies in none."""
        return bound(self.folders, path)

    def read(self, path: str, most: int) -> bytes:
        """All bytes of a file. Raises `Unread` where it is longer than `most`, or not to be read."""
        data = self.head(path, most + 1)
        if len(data) > most:
            raise too_large(most)
        return data

    def head(self, path: str, most: int) -> bytes:
        """The first bytes of a file, at most so many. Raises `Unread`."""
        try:
            descriptor = self._open(path)
        except OSError as error:
            raise Unread(f"this file cannot be read: {error.strerror}") from None
        except ValueError:  # a NUL in the name
            raise Absent("this is no name of a file") from None
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise Unread("this is not a file that can be read")
            return _bytes(descriptor, found.st_size, most)
        except OSError as error:
            raise Unread(f"this file cannot be read: {error.strerror}") from None
        finally:
            _close(descriptor)

    def entries(self, path: str) -> list[Child]:
        """What a folder holds, by name. Raises `Unread`."""
        try:
            with os.scandir(self._folder(path) if BY_DESCRIPTOR else self._real(path)) as found:
                return sorted(map(_entry, found), key=lambda entry: entry.name)
        except OSError as error:
            raise Unread(f"this folder cannot be read: {error.strerror}") from None

    def kind(self, path: str) -> str:
        """What is at a path once its links are followed: a folder, a file or something else. Raises `Unread`."""
        try:
            if not BY_DESCRIPTOR:
                return _kind(os.stat(self._real(path)).st_mode)
            folder, _, mode = self._place(path)
            return _kind(os.fstat(folder).st_mode if mode is None else mode)
        except OSError as error:
            raise Unread(f"this cannot be read: {error.strerror}") from None
        except ValueError:
            raise Absent("this is no name of a file") from None

    def look(self, path: str) -> str:
        """What is at a path itself, which need not lie in the folders: a folder, a file, a link or something else; empty where
        there is nothing."""
        try:
            mode = os.lstat(path).st_mode
        except (OSError, ValueError):
            return ""
        return "link" if stat.S_ISLNK(mode) else _kind(mode)

    def is_folder(self, path: str) -> bool:
        """Whether a path leads to a folder, though it may lie outside. Nothing of it is opened."""
        return os.path.isdir(path)

    def real(self, path: str) -> str:
        """A path once its links are followed, wherever they lead; there may be nothing."""
        return os.path.realpath(path)

    def is_repository(self, folder: str) -> bool:
        """Whether a folder is the top of a repository."""
        return is_repository(folder)

    def origin(self, top: str) -> str:
        """The remote `origin` of the repository at a full path, as `github.com/acme/shop`; nothing where there is none."""
        from ecrlint.boundary import origin

        try:
            return origin.origin(self.read(os.path.join(top, ".git", "config"), origin.MAX_BYTES))
        except Unread:
            return ""

    def begun(self, top: str) -> int | None:
        """When the history of a repository begins, in seconds since 1970; None where git cannot tell or has a part of it."""
        from ecrlint.boundary import git

        return git.begun(top)

    def write(self, files: Mapping[str, bytes]) -> None:
        """Put files, by their paths, in their places, or in those that their links lead to: all of them or none.

        Raises `Unread`, and OSError where one cannot be written.
        """
        from ecrlint.boundary.writing import replace_all

        replace_all([(partial(self._target, path), data) for path, data in files.items()])

    def _target(self, path: str) -> FilePlace:
        from ecrlint.boundary.writing import FilePlace

        if not BY_DESCRIPTOR:
            return FilePlace(None, self._real(path, may_be_new=True))
        folder, name, mode = self._place(path, may_be_new=True)
        if mode is not None and not stat.S_ISREG(mode):
            raise Unread("this is not a file that can be written")
        return FilePlace(folder, name)

    def _open(self, path: str) -> int:
        if not BY_DESCRIPTOR:
            return os.open(self._regular(self._real(path)), _OPEN_FILE)
        folder, name, mode = self._place(path)
        if mode is None or not stat.S_ISREG(mode):
            raise Unread("this is not a file that can be read")
        return os.open(name, _OPEN_FILE, dir_fd=folder)

    def _place(self, path: str, may_be_new: bool = False) -> tuple[int, str, int | None]:
        """The folder that something really lies in, its name there, and its mode: None where it is one of the folders
        themselves, or where it is not there yet."""
        linked = False
        for _ in range(MAX_LINKS):
            parent, name = os.path.split(path)
            if path in self.folders:
                return self._folder(path), "", None
            at = self._opened.get((id(self), parent))
            if at is None:
                target = self._descend(parent)
                if isinstance(target, str):
                    path, linked = os.path.normpath(os.path.join(target, name)), True
                    continue
                at = target
            else:
                self._opened.move_to_end((id(self), parent))
            try:
                mode = os.stat(name, dir_fd=at, follow_symlinks=False).st_mode
            except (FileNotFoundError, NotADirectoryError):
                if may_be_new:
                    return at, name, None
                raise Unread("this link leads nowhere") if linked else Absent("there is no such file") from None
            if not stat.S_ISLNK(mode):
                return at, name, mode
            path, linked = os.path.normpath(os.path.join(parent, os.readlink(name, dir_fd=at))), True
        raise Unread("this link leads nowhere")

    def _folder(self, path: str) -> int:
        """The descriptor of a folder, once its links are followed."""
        for _ in range(MAX_LINKS):
            found = self._descend(path)
            if isinstance(found, int):
                return found
            path = found
        raise Unread("this link leads nowhere")

    def _descend(self, path: str) -> int | str:
        """The descriptor of a folder; where a link stands in its path, the path that this one leads to instead."""
        bound = self.bound(path)
        if bound is None:
            raise leads_out()
        here, names = path, []
        while here != bound and (id(self), here) not in self._opened:
            here, name = os.path.split(here)
            names.append(name)
        at = self._kept(here, here, None)
        for name in reversed(names):
            below = os.path.join(here, name)
            try:
                at = self._kept(below, name, at)
            except OSError as error:
                try:
                    target = os.readlink(name, dir_fd=at)
                except FileNotFoundError:
                    raise Absent("there is no such folder") from None
                except OSError:
                    raise Absent("there is no such folder") if isinstance(error, NotADirectoryError) else error from None
                rest = path[len(below) :].lstrip(os.sep)
                return os.path.normpath(os.path.join(here, target, rest))
            here = below
        return at

    def _kept(self, path: str, name: str, above: int | None) -> int:
        """The descriptor of a folder without links in its path, opened from the one above it unless it is open."""
        key = (id(self), path)
        found = self._opened.get(key)
        if found is None:
            found = self._opened[key] = os.open(name, _OPEN_FOLDER, dir_fd=above)
            if len(self._opened) > MAX_FOLDERS:
                _close(self._opened.popitem(last=False)[1])
        else:
            self._opened.move_to_end(key)
        return found

    def _real(self, path: str, may_be_new: bool = False) -> str:
        """The real path, for systems without descriptors of folders."""
        real = os.path.realpath(path)
        if self.bound(real) is None:
            raise leads_out()
        if not may_be_new and not os.path.exists(real):
            raise Unread("this link leads nowhere") if os.path.islink(path) else Absent("there is no such file")
        return real

    def _regular(self, real: str) -> str:
        if not os.path.isfile(real):
            raise Unread("this is not a file that can be read")
        return real


def is_repository(folder: str) -> bool:
    """Whether a folder of the disk is the top of a repository."""
    return os.path.lexists(os.path.join(folder, ".git")) and not any(f"{os.sep}{name}{os.sep}" in folder for name in INSTALLED)


def read_named(path: str, most: int) -> bytes:
    """The bytes of a file that the user has named on the command line, wherever it lies. Raises `Unread`."""
    real = os.path.realpath(path)
    return FileReader([os.path.dirname(real)]).read(real, most)


def _close(descriptor: int) -> None:
    """Close a folder, which is closed whatever the system says."""
    with suppress(OSError):
        os.close(descriptor)


def _bytes(descriptor: int, size: int, most: int) -> bytes:
    """The first bytes of a file that seems to be of this size; of one that grows as it is read, no more than `most`."""
    data = os.read(descriptor, min(size + 1, most))
    while len(data) < most and (piece := os.read(descriptor, min(most - len(data), 1 << 20))):
        data += piece
    return data


def _entry(entry: os.DirEntry[str]) -> Child:
    if entry.is_symlink():
        return Child(entry.name, "link")
    folder = entry.is_dir(follow_symlinks=False)
    return Child(entry.name, "folder" if folder else "file" if entry.is_file(follow_symlinks=False) else "other")


def _kind(mode: int) -> str:
    return "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "other"
