"""The reading boundary: the repository that the given paths lie in, or what the user names where there is none."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ecrlint.boundary.file_reader import FileReader, is_repository
from ecrlint.model.dataclass import dataclass

if TYPE_CHECKING:
    from ecrlint.boundary.reader import SourceReader


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where reading ends. Paths are named from `top`, a full real path; `folders`, in or below it, are what may be read.

    `is_stated`: the folders are a repository, or stated by the user. Otherwise they are only what was given, and the modules
    that a root in them calls by relative paths are read too, as Terraform does. `opens` makes what reads below folders: the disk,
    unless a scan is one of a commit or of texts that nobody has saved.
    """

    top: str
    folders: tuple[str, ...]
    is_stated: bool
    opens: Callable[[Sequence[str]], SourceReader] = FileReader

    def reader(self) -> SourceReader:
        """What opens the files within this boundary."""
        return self.opens(self.folders)

    def admits(self, folder: str) -> bool:
        """Whether a module (full path) that lies outside may be read because a root calls it: where nobody has stated the
        boundary, and both lie in one folder that is not the whole disk, the user's home or the folder of what is temporary."""
        import tempfile

        shared = os.path.commonpath([self.top, folder])
        own = os.path.realpath(os.path.expanduser("~"))
        too_wide = {os.path.dirname(shared), own, os.path.realpath(tempfile.gettempdir())}
        is_real = os.path.realpath(folder) == folder and os.path.isdir(folder)
        return not self.is_stated and is_real and shared not in too_wide and not is_in(own, shared)

    def inside(self, path: str) -> str:
        """A full path as it is named from the top."""
        return os.path.relpath(path, self.top).replace(os.sep, "/")

    def shown(self, path: str) -> str:
        """A path from the top as the user finds it: from the working directory."""
        here = os.getcwd()
        return path if here == self.top else os.path.relpath(os.path.join(self.top, path), here).replace(os.sep, "/")


def boundary(paths: Sequence[str], root: str | None = None) -> Boundary:
    """The boundary of some paths: `root` where the user gives it, else their repositories, or what they are themselves.

    Several that have no repository in common are each read for themselves, and nothing between them.
    """
    reals = [real(path) for path in paths] or [os.path.realpath(".")]
    if root is not None:
        return around(root, reals)
    folders = [path if os.path.isdir(path) else os.path.dirname(path) for path in reals]
    tops = [repository(folder) for folder in folders]
    here = os.path.realpath(".")
    loose = [folder for folder, top in zip(folders, tops, strict=True) if top is None]
    if loose and here != os.path.dirname(here) and all(is_in(folder, here) for folder in loose):
        loose = [here]
    bounds = _outermost([*(top for top in tops if top is not None), *loose])
    return Boundary(bounds[0] if len(bounds) == 1 else os.path.commonpath(bounds), bounds, not loose)


def around(root: str, paths: Sequence[str]) -> Boundary:
    """The boundary that the user states: a folder, and any paths outside of it that are given with it."""
    top = os.path.realpath(root)
    beside = [path if os.path.isdir(path) else os.path.dirname(path) for path in map(real, paths) if not is_in(path, top)]
    bounds = _outermost([top, *beside] if len(beside) < len(paths) or not paths else beside)
    return Boundary(bounds[0] if len(bounds) == 1 else os.path.commonpath(bounds), bounds, True)


def real(path: str) -> str:
    """The full path of something that the user names. A link in a repository that leads out of it stays what it is."""
    above, name = os.path.split(os.path.abspath(path))
    link = os.path.join(os.path.realpath(above), name)
    target = os.path.realpath(link)
    if target != link and os.path.islink(link):
        top = repository(os.path.dirname(link))
        return target if top is None or is_in(target, top) else link
    return target


def repository(folder: str) -> str | None:
    """The nearest folder at or above a full path that has a `.git`: a folder, or the file of a worktree or a submodule.

    A clone that a tool has installed for a root belongs to the repository of this root.
    """
    while not is_repository(folder):
        folder, before = os.path.dirname(folder), folder
        if folder == before:
            return None
    return folder


def is_in(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies in it, by their full names."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _outermost(folders: Sequence[str]) -> tuple[str, ...]:
    """The folders without those that lie in others."""
    distinct = sorted(dict.fromkeys(folders))
    return tuple(one for one in distinct if not any(one != other and is_in(one, other) for other in distinct))
