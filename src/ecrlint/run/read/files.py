"""Which files there are, and their text. Nothing outside the scanned root is read."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import field

from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Problem
from ecrlint.model.source import Language, Source
from ecrlint.run.read.language import language

MAX_BYTES = 24 << 20
"""A larger file is not read."""

MAX_TERRAFORM_BYTES = 2 << 20
"""A larger file of Terraform is not read: nobody writes one, and it would take seconds."""

TERRAFORM = (".tf", ".tofu", ".tf.json")
VARIABLES = (".tfvars", ".tfvars.json")
TEMPLATES = (".json", ".yaml", ".yml", ".template", ".tpl", ".tftpl", ".tmpl")

_SKIPPED = frozenset(
    {".git", ".terraform", ".terragrunt-cache", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".mypy_cache"}
)


@dataclass
class Tree:
    """The scanned root. Paths are relative to it, with `/`. Each file is read once.

    `granted` are files outside of it that the user has named (full paths), `closed` what is said of folders that cannot
    be listed.
    """

    root: str
    granted: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    closed: list[Problem] = field(default_factory=list)
    _bytes: dict[str, bytes | None] = field(default_factory=dict)
    _sources: dict[str, Source | None] = field(default_factory=dict)
    _languages: dict[str, Language] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.real = os.path.realpath(self.root)

    def walk(self, start: str) -> Iterator[str]:
        """The candidate files below a folder, in order. Links to what lies outside the root are not followed."""
        top = os.path.join(self.root, start)
        for folder, folders, names in os.walk(top, onerror=self._note_closed):
            folders[:] = sorted(
                name
                for name in folders
                if name not in _SKIPPED and not name.startswith("asset.") and not os.path.islink(os.path.join(folder, name))
            )
            below = os.path.relpath(folder, self.root).replace(os.sep, "/")
            prefix = "" if below == "." else below + "/"
            for name in sorted(names):
                if name.endswith(TERRAFORM) or name.endswith(TEMPLATES) or name.endswith(VARIABLES):
                    yield prefix + name

    def _note_closed(self, error: OSError) -> None:
        path = os.path.relpath(error.filename, self.root).replace(os.sep, "/")
        self.closed.append(Problem(f"this folder cannot be read: {error.strerror}", path))

    def data(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none inside the root that can be read."""
        if path not in self._bytes:
            self._bytes[path] = self._read(path)
        return self._bytes[path]

    def _read(self, path: str) -> bytes | None:
        full = os.path.join(self.root, path)
        real = os.path.realpath(full)
        if real != self.real and not real.startswith(self.real + os.sep) and real not in self.granted:
            self._unread(path, "this leads out of the scanned folder and is not read")
            return None
        try:
            if not os.path.isfile(real):
                lost = os.path.islink(full) and not os.path.exists(full)
                self._unread(path, "this link leads nowhere" if lost else "this is not a file that can be read")
                return None
            most = MAX_TERRAFORM_BYTES if path.endswith(TERRAFORM) else MAX_BYTES
            if os.path.getsize(real) > most:
                self.problems.append(Problem(f"this file is larger than {most >> 20} MiB and is not read", path))
                return None
            with open(real, "rb") as file:
                return file.read()
        except OSError as error:
            self.problems.append(Problem(f"this file cannot be read: {error.strerror}", path))
            return None

    def _unread(self, path: str, why: str) -> None:
        if os.path.lexists(os.path.join(self.root, path)):
            self.problems.append(Problem(why, path))

    def exists(self, path: str) -> bool:
        """Whether there is a file of this path, in the scanned root or among what the user gives."""
        return path in self._bytes or os.path.isfile(os.path.join(self.root, path))

    def language(self, path: str) -> Language:
        """The language of a file, whether or not it concerns ECR."""
        if path not in self._languages:
            self._languages[path] = language(path, self.data(path) or b"")
        return self._languages[path]

    def source(self, path: str) -> Source | None:
        """The text of a file. Bytes that are not UTF-8, and NUL bytes, are a problem; the rest of it is read."""
        if path not in self._sources:
            data = self.data(path)
            self._sources[path] = None if data is None else self._decode(path, data)
        return self._sources[path]

    def _decode(self, path: str, data: bytes) -> Source:
        language = self.language(path)
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            self.problems.append(Problem("this file is UTF-16; it must be UTF-8", path))
            return Source(path, data.decode("utf-16", errors="replace"), language)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            if b"\0" in data[:8000]:
                self.problems.append(Problem("this is a binary file", path))
                return Source(path, "", language)
            text = data.decode("utf-8-sig", errors="replace")
            source = Source(path, text, language)
            at = len(data[: error.start].decode("utf-8-sig", errors="replace"))
            self.problems.append(Problem("this is not valid UTF-8", path, source.span(at, at + 1)))
            return source
        at = text.find("\0")
        if at >= 0:
            source = Source(path, text.replace("\0", " "), language)
            self.problems.append(Problem("there is a NUL byte here", path, source.span(at, at + 1)))
            return source
        return Source(path, text, language)


def root_of(paths: Sequence[str], start: str) -> str:
    """The folder that all of the paths lie in: `start` where they do, otherwise what they have in common."""
    real = os.path.realpath(start)
    reals = [os.path.realpath(path) for path in paths]
    if all(path == real or path.startswith(real + os.sep) for path in reals):
        return start
    common = os.path.commonpath(reals)
    return common if os.path.isdir(common) else os.path.dirname(common)


def siblings(tree: Tree, folder: str) -> Iterator[str]:
    """The Terraform files of one folder."""
    try:
        names = sorted(os.listdir(os.path.join(tree.root, folder)))
    except OSError:
        return
    for name in names:
        if name.endswith(TERRAFORM) or name.endswith(VARIABLES):
            yield posixpath.join(folder, name)
