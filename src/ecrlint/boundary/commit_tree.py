"""The files of a commit, read from the objects of its repository as if they were checked out.

A file is what git has stored: no filter, line end or encoding of an attribute is applied to it. A submodule is an empty folder,
and of a large file that LFS keeps elsewhere there is the pointer. What git would not check out (`..`, `.git`) is not there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from ecrlint.boundary import git, origin
from ecrlint.boundary.file_reader import FileReader
from ecrlint.boundary.objects import ObjectStream
from ecrlint.boundary.reader import MAX_LINKS, Absent, Child, Unread, bound, leads_out, outermost_last, too_large
from ecrlint.boundary.repository import Boundary, is_in

MAX_FOLDER_BYTES = 16 << 20
"""A larger tree object is not read: some 400,000 names."""

MAX_NAMES = 1_000_000
"""No more names of a tree are listed; a few objects can hold billions, each folder the one below it many times."""

MAX_LINK_BYTES = 4096
"""A longer link leads nowhere, as in Linux."""

_KINDS = {b"40000": "folder", b"120000": "link"}
_SUBMODULE = b"160000"


class TreeEntry(NamedTuple):
    """What a folder of a commit holds under a name: a folder, a file or a link, and its object; a submodule has none here."""

    kind: str
    id: str


class CommitTree:
    """The files of one commit, named as if they lay in the folder `top` (a full path, where nothing need be).

    `id` is that of the tree: two commits with the same one have the same files. `history_was_asked`: a scan has asked when the
    history begins, which the tree does not say. Raises `Unread`.
    """

    def __init__(self, repository: str, commit: str, top: str) -> None:
        self.repository, self.commit, self.top = repository, commit, top
        self.history_was_asked = False
        self._objects = ObjectStream(repository, "sha1" if len(commit) == 40 else "sha256")
        self._folders: dict[str, dict[str, TreeEntry]] = {"": {}}
        self._listed = 0
        tree = self._objects.get(f"{commit}^{{tree}}", MAX_FOLDER_BYTES)
        self.id = tree.id
        self.root = TreeEntry("folder", tree.id)

    @property
    def boundary(self) -> Boundary:
        """The boundary for a scan of the whole tree. For a part of it, a boundary of files may have `reader` as its `opens`."""
        return Boundary(self.top, (self.top,), True, self.reader)

    def reader(self, folders: Sequence[str]) -> TreeReader:
        """What reads below some folders of the tree."""
        return TreeReader(self, folders)

    def children(self, folder: TreeEntry) -> dict[str, TreeEntry]:
        """What a folder holds, by name. Raises `Unread`."""
        found = self._folders.get(folder.id)
        if found is None:
            tree = self._objects.get(folder.id, MAX_FOLDER_BYTES)
            if tree.size > MAX_FOLDER_BYTES or tree.kind != "tree":
                raise Unread("this folder cannot be read: it has too many names")
            found = self._folders[folder.id] = _entries(tree.data, len(self.commit) // 2)
        return found

    def listed(self, folder: TreeEntry) -> dict[str, TreeEntry]:
        """What a folder holds, for who goes through the whole tree. Raises `Unread` where there is no end of it."""
        found = self.children(folder)
        self._listed += len(found)
        if self._listed > MAX_NAMES:
            raise Unread(f"this folder is not read: the commit has more than {MAX_NAMES} names")
        return found

    def content(self, file: TreeEntry, most: int) -> tuple[bytes, int]:
        """The first bytes of a file, and its whole size. Raises `Unread`."""
        found = self._objects.get(file.id, most)
        return found.data, found.size

    def close(self) -> None:
        self._objects.close()


def repository_origin(repository: str) -> str:
    """Where a repository, which may be bare, is cloned from (`github.com/acme/shop`), by the text of its configuration."""
    path = git.configuration(repository)
    try:
        return origin.origin(FileReader([os.path.dirname(path)]).read(path, origin.MAX_BYTES)) if path else ""
    except Unread:
        return ""


@contextmanager
def open_tree(repository: str, name: str = "HEAD", top: str = "") -> Iterator[CommitTree]:
    """The files of the commit that a name or an id stands for in a repository, which may be bare. Raises `Unread`."""
    commit = name if git.is_id(name) else git.commit(repository, name)
    if not commit:
        raise Unread(f"there is no commit {name} that can be read")
    tree = CommitTree(repository, commit, top or repository)
    try:
        yield tree
    finally:
        tree.close()


class TreeReader:
    """Reads the files of a commit below some folders (full paths in its `top`): a `SourceReader`."""

    def __init__(self, tree: CommitTree, folders: Sequence[str]) -> None:
        self._tree = tree
        self.folders = outermost_last(folders)

    def take_in(self, folder: str) -> None:
        self.folders = outermost_last([*self.folders, folder])

    def bound(self, path: str) -> str | None:
        return bound(self.folders, path)

    def read(self, path: str, most: int) -> bytes:
        data, size = self._tree.content(self._file(path), most)
        if size > most:
            raise too_large(most)
        return data

    def head(self, path: str, most: int) -> bytes:
        return self._tree.content(self._file(path), most)[0]

    def entries(self, path: str) -> list[Child]:
        found = self._tree.listed(self._find(path, "folder")[1])
        return [Child(name, found[name].kind) for name in sorted(found)]

    def kind(self, path: str) -> str:
        return self._find(path, "file")[1].kind

    def look(self, path: str) -> str:
        above, name = os.path.split(path)
        try:
            if path in self.folders:
                return self.kind(path)
            entry = self._tree.children(self._find(above, "folder")[1]).get(name)
        except Unread:
            return ""
        return "" if entry is None else entry.kind

    def is_folder(self, path: str) -> bool:
        """Whether a path leads to a folder of the commit: nobody knows what lies outside."""
        try:
            return self.kind(path) == "folder"
        except Unread:
            return False

    def real(self, path: str) -> str:
        try:
            return self._find(path, "file")[0]
        except Unread:
            return path

    def is_repository(self, folder: str) -> bool:
        return folder == self._tree.top

    def origin(self, top: str) -> str:
        """Where the repository of the commit is cloned from, by its configuration, which is read as text."""
        return repository_origin(self._tree.repository) if self.is_repository(top) else ""

    def begun(self, top: str) -> int | None:
        self._tree.history_was_asked = True
        return git.begun(self._tree.repository, self._tree.commit) if self.is_repository(top) else None

    def write(self, files: Mapping[str, bytes]) -> None:
        raise Unread("a commit is not written")

    def _file(self, path: str) -> TreeEntry:
        found = self._find(path, "file")[1]
        if found.kind != "file":
            raise Unread("this is not a file that can be read")
        return found

    def _find(self, path: str, what: str) -> tuple[str, TreeEntry]:
        """What is at a path once its links are followed, and where that is. Raises `Unread`."""
        linked = False
        for _ in range(MAX_LINKS):
            if self.bound(path) is None or not is_in(path, self._tree.top):
                raise leads_out()
            here, entry = self._tree.top, self._tree.root
            names = [name for name in path[len(here) :].split(os.sep) if name]
            for at, name in enumerate(names):
                is_last = at == len(names) - 1
                below = self._tree.children(entry).get(name) if entry.kind == "folder" else None
                if below is None:
                    if not is_last or entry.kind != "folder" or what == "folder":
                        raise Absent("there is no such folder")
                    raise Unread("this link leads nowhere") if linked else Absent("there is no such file")
                if below.kind == "link":
                    target = os.path.join(here, self._target(below), *names[at + 1 :])
                    path, linked = os.path.normpath(target), linked or is_last
                    break
                here, entry = os.path.join(here, name), below
            else:
                if what == "folder" and entry.kind != "folder":
                    raise Absent("there is no such folder")
                return path, entry
        raise Unread("this link leads nowhere")

    def _target(self, link: TreeEntry) -> str:
        data, size = self._tree.content(link, MAX_LINK_BYTES)
        if size > MAX_LINK_BYTES or b"\0" in data:
            raise Unread("this link leads nowhere")
        return os.fsdecode(data)


def _entries(tree: bytes, length: int) -> dict[str, TreeEntry]:
    """The entries of a tree object: `MODE NAME`, a NUL, and an id of so many bytes.

    https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
    """
    found: dict[str, TreeEntry] = {}
    at = 0
    while (end := tree.find(b"\0", at)) >= 0:
        mode, _, name = tree[at:end].partition(b" ")
        at = end + 1 + length
        if b"/" not in name and name.lower() not in (b"", b".", b"..", b".git"):
            kind = "folder" if mode == _SUBMODULE else _KINDS.get(mode, "file")
            found[os.fsdecode(name)] = TreeEntry(kind, "" if mode == _SUBMODULE else tree[end + 1 : at].hex())
    return found
