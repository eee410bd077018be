"""Which files there are, and their text. Nothing outside the boundary is read, but what the user names."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field

from ecrlint.boundary.file_reader import FileReader, read_named
from ecrlint.boundary.reader import Absent, Child, LeadsOut, SourceReader, Unread
from ecrlint.boundary.repository import Boundary
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Problem
from ecrlint.model.source import Language, Source
from ecrlint.run.read.known_files import KnownFiles, MadeOfFile
from ecrlint.run.read.language import SCRIPT, language, plan_alone

MAX_BYTES = 24 << 20
"""A larger file is not read."""

MAX_TERRAFORM_BYTES = 2 << 20
"""A larger file of Terraform is not read: nobody writes one, and it would take seconds."""

LARGE_BYTES = 1 << 20
KEPT_BYTES = 64 << 20
"""How many bytes of files are kept; a large file beyond them is read again when it is asked for."""

TERRAFORM = (".tf", ".tofu", ".tf.json")
VARIABLES = (".tfvars", ".tfvars.json")
TEMPLATES = (".json", ".yaml", ".yml", ".template", ".tpl", ".tftpl", ".tmpl")
TERRAGRUNT = "terragrunt.hcl"
_CANDIDATES = (*TERRAFORM, *VARIABLES, *TEMPLATES, SCRIPT, TERRAGRUNT)

HEAD = 1 << 16
"""How much of a file that is too large is looked at for what it is."""

_SKIPPED = frozenset(
    {".git", ".terraform", ".terragrunt-cache", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".mypy_cache"}
)


@dataclass
class Tree:
    """The files within a boundary. Paths are relative to its top, with `/`. Each file is read once. `texts` are the bytes of
    files that are read as if they were those on the disk, whether or not there are such files.

    `closed` is what is said of folders that cannot be listed, `out` of links to folders outside.
    """

    boundary: Boundary
    texts: Mapping[str, bytes] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    closed: list[Problem] = field(default_factory=list)
    out: list[Problem] = field(default_factory=list)
    _bytes: dict[str, bytes | None] = field(default_factory=dict)
    _sources: dict[str, Source | None] = field(default_factory=dict)
    _kept: int = 0
    _languages: dict[str, Language] = field(default_factory=dict)
    _named: dict[str, str] = field(default_factory=dict)
    known: KnownFiles | None = None

    def __post_init__(self) -> None:
        self.real = self.boundary.top
        self.reader = self.boundary.reader()
        self._bytes.update(self.texts)

    def full(self, path: str) -> str:
        """The full path of a file or folder."""
        return os.path.normpath(os.path.join(self.real, path)) if path else self.real

    def name(self, full: str) -> str:
        """A file that the user has named, which is read wherever it lies, by its path from the top."""
        path = self.boundary.inside(full)
        if self.reader.bound(full) is None:
            self._named[path] = full
        return path

    def admits(self, folder: str) -> bool:
        """Whether a module that a root calls is read: it lies within the boundary, or nobody has stated one."""
        full = self.full(folder)
        if self.reader.bound(full) is None and self.boundary.admits(full):
            self.reader.take_in(full)
        return self.reader.bound(full) is not None

    def reader_of(self, full: str) -> SourceReader:
        """What reads a file that the configuration names. One outside lies beside a configuration that the user has named."""
        return self.reader if self.reader.bound(full) is not None else FileReader([os.path.dirname(full)])

    def walk(self, start: str) -> Iterator[str]:
        """The candidate files below a folder, in order. Links to folders are not followed."""
        waiting = [start]
        while waiting:
            folder = waiting.pop()
            prefix = folder + "/" if folder else ""
            below = []
            entries = self._entries(folder)
            yield from (path for path in self._new_in(folder, entries) if path.endswith(_CANDIDATES))
            for entry in entries:
                path = prefix + entry.name
                if entry.kind == "folder":
                    if entry.name not in _SKIPPED and not entry.name.startswith("asset."):
                        below.append(path)
                elif entry.name.endswith(_CANDIDATES) and not (entry.kind == "link" and self._is_folder(path)):
                    yield path
                elif entry.kind == "link" and entry.name not in _SKIPPED:
                    self._note_link(path)
            waiting += reversed(below)

    def _new_in(self, folder: str, entries: Iterable[Child]) -> list[str]:
        """The files of a folder whose bytes are given, and which are not among those on the disk."""
        names = {entry.name for entry in entries} if self.texts else frozenset()
        return [path for path in self.texts if posixpath.dirname(path) == folder and posixpath.basename(path) not in names]

    def _entries(self, folder: str) -> list[Child]:
        try:
            return self.reader.entries(self.full(folder))
        except Unread as error:
            self.closed.append(Problem(str(error), folder or "."))
            return []

    def _is_folder(self, path: str) -> bool:
        return self.reader.is_folder(self.full(path))

    def _note_link(self, path: str) -> None:
        """A link to a folder outside is told; where it leads to inside, the folder itself is walked."""
        try:
            self.reader.kind(self.full(path))
        except LeadsOut as error:
            if self._is_folder(path):
                self.out.append(Problem(str(error), path))
        except Unread:
            pass

    def siblings(self, folder: str) -> Iterator[str]:
        """The Terraform files of one folder."""
        try:
            entries = self.reader.entries(self.full(folder))
        except Unread:
            return
        for entry in entries:
            if entry.kind != "folder" and entry.name.endswith((*TERRAFORM, *VARIABLES)):
                yield posixpath.join(folder, entry.name)
        yield from (path for path in self._new_in(folder, entries) if path.endswith((*TERRAFORM, *VARIABLES)))

    def data(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none inside the boundary that can be read."""
        if path in self._bytes:
            return self._bytes[path]
        data = self._read(path)
        if data is None or len(data) < LARGE_BYTES or self._kept + len(data) <= KEPT_BYTES:
            self._bytes[path] = data
            self._kept += len(data or b"")
        return data

    def _read(self, path: str) -> bytes | None:
        most = MAX_TERRAFORM_BYTES if path.endswith(TERRAFORM) else MAX_BYTES
        try:
            return read_named(self._named[path], most) if path in self._named else self.reader.read(self.full(path), most)
        except Absent:
            return None
        except Unread as error:
            if isinstance(error, LeadsOut) and not self.reader.look(self.full(path)):
                return None
            self.problems.append(Problem(str(error), path))
            return None

    def head(self, path: str, most: int = HEAD) -> bytes:
        """The beginning of a file that may be too large to be read."""
        try:
            return self.reader.head(self.full(path), most)
        except Unread:
            return b""

    def exists(self, path: str) -> bool:
        """Whether there is a file of this path, within the boundary or among what the user gives."""
        try:
            return path in self._bytes or self.reader.kind(self.full(path)) == "file"
        except Unread:
            return False

    def language(self, path: str) -> Language:
        """The language of a file, whether or not it concerns ECR."""
        if path not in self._languages:
            self._languages[path] = language(path, self.data(path) or b"")
        return self._languages[path]

    def source(self, path: str) -> Source | None:
        """The text of a file. Bytes that are not UTF-8, and NUL bytes, are a problem; the rest of it is read."""
        if path not in self._sources:
            data = self.data(path)
            self._sources[path] = None if data is None else self._source(path, data)
        return self._sources[path]

    def _source(self, path: str, data: bytes) -> Source:
        kept = {} if self.known is None else self.known.of(self.real, path, data)
        source = kept.get("source")
        if source is None:
            before = len(self.problems)
            source = self._decode(path, data)
            if len(self.problems) == before:  # otherwise each scan has to come to the problem
                kept["source"] = source
        assert isinstance(source, Source)
        return source

    def once(self, path: str, what: object, make: Callable[[], MadeOfFile]) -> MadeOfFile:
        """What `make` makes of a file, of nothing but its bytes and its path, unless an earlier scan has made it."""
        if self.known is None:
            return make()
        return self.known.once(self.real, path, self.data(path) or b"", what, make)

    def for_expressions(self, path: str) -> Source | None:
        """The text of a file that an expression reads. Raises `Exceeded` where it is longer than what is evaluated."""
        from ecrlint.evaluate.budget import LENGTH, Exceeded

        data = self._bytes[path] if path in self._bytes else self.head(path, LENGTH + 1)
        if data is not None and len(data) > LENGTH:
            raise Exceeded(f'the file "{path}" is larger than {LENGTH} bytes')
        return self.source(path)

    def _decode(self, path: str, data: bytes) -> Source:
        language = self.language(path)
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            self.problems.append(Problem("this file is UTF-16; it must be UTF-8", path))
            return Source(path, data.decode("utf-16", errors="replace"), language)
        try:
            text = data.decode("utf-8-sig")
            if language == "terraform-plan":
                text = plan_alone(text)
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
