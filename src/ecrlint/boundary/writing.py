"""Files that are written, each as a whole or not at all, and the standard streams."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO, NamedTuple

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_OLD = os.O_WRONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_LONGEST_NAME = 200


class FilePlace(NamedTuple):
    """Where a file is, or will be: its name in an open folder, or its full path without one."""

    folder: int | None
    name: str


def put(path: str, text: str, append: bool = False) -> None:
    """Write a text to where the user says, which may be a device. Raises OSError."""
    real = os.path.realpath(path)
    if append or (os.path.exists(real) and not os.path.isfile(real)):
        with open(path, "a" if append else "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(text)
    else:
        replace_all([(lambda: FilePlace(None, real), text.encode(errors="backslashreplace"))])


def replace_all(files: Sequence[tuple[Callable[[], FilePlace], bytes]]) -> None:
    """Put new contents in the place of some files: in all of them, or, where anything fails, in none. Raises OSError.

    Each is written to a file beside it, which then takes its name: whoever looks, even after a crash, finds the old content or
    the new one. Mode and owner stay. The places are asked for anew at each step, so that their folders need not stay open.
    """
    new: list[tuple[Callable[[], FilePlace], str]] = []
    old: list[tuple[Callable[[], FilePlace], str]] = []
    begun = 0
    try:
        for at, data in files:
            new.append((at, _beside(at(), data)))
        if len(files) > 1:
            for at, _ in files:
                old.append((at, _kept(at())))
        for at, name in new:
            begun += 1
            _rename(at(), name)
    except BaseException:
        for at, name in old[:begun]:
            with suppress(Exception):  # the others are put back all the same
                _back(at(), name)
        raise
    finally:
        for at, name in (*new, *old):
            with suppress(Exception):  # a folder that is gone has taken the file with it
                _remove(at(), name)
    for at, _ in files:
        with suppress(OSError):
            _sync(at())


def _beside(place: FilePlace, data: bytes) -> str:
    """The name of a new file beside another one, with its mode and this content."""
    mode = _mode(place)
    name = _name_beside(place)
    descriptor = os.open(name, _NEW, 0o666 if mode is None else 0o600, dir_fd=place.folder)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]
        if mode is not None and hasattr(os, "fchmod"):
            _like(descriptor, mode)
        os.fsync(descriptor)
        os.close(descriptor)
    except BaseException:
        with suppress(OSError):
            os.close(descriptor)
        _remove(place, name)
        raise
    return name


def _mode(place: FilePlace) -> os.stat_result | None:
    """What is known of a file that may be written; None where there is none. Raises OSError where it may not."""
    try:
        descriptor = os.open(place.name, _OLD, dir_fd=place.folder)
    except FileNotFoundError:
        return None
    try:
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _like(descriptor: int, old: os.stat_result) -> None:
    """Give a file the owner of another, if this user may, and its mode."""
    if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
        with suppress(OSError):  # it is this user's then, as of an editor that saves so
            os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))


def _name_beside(place: FilePlace) -> str:
    folder, name = os.path.split(place.name)
    return os.path.join(folder, f".{name[:_LONGEST_NAME]}.{os.urandom(4).hex()}.ecrlint")


def _kept(place: FilePlace) -> str:
    """A second name of a file, by which it can be brought back; empty where there is none yet."""
    name = _name_beside(place)
    try:
        os.link(place.name, name, src_dir_fd=place.folder, dst_dir_fd=place.folder, follow_symlinks=False)
    except FileNotFoundError:
        return ""
    return name


def _rename(place: FilePlace, name: str) -> None:
    os.replace(name, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder)


def _back(place: FilePlace, before: str) -> None:
    if before:
        _rename(place, before)
    else:
        _remove(place, place.name)


def _remove(place: FilePlace, name: str) -> None:
    if name:
        with suppress(OSError):  # it has taken its place, or nothing can be done about it
            os.unlink(name, dir_fd=place.folder)


def _sync(place: FilePlace) -> None:
    """Make the new names in a folder last. Raises OSError where the system cannot."""
    descriptor = os.open(os.path.dirname(place.name) or ".", os.O_RDONLY, dir_fd=place.folder)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def silence(stream: IO[str]) -> None:
    """Let a stream lead nowhere, or the interpreter complains at its exit that nobody reads it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
