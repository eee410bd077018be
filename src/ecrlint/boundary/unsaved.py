"""The disk with some texts in the place of files, such as those that an editor holds and nobody has saved."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from ecrlint.boundary.file_reader import FileReader
from ecrlint.boundary.reader import Child


class UnsavedReader:
    """Reads below some folders, the texts (bytes by full real path) before the files: a `SourceReader`."""

    def __init__(self, texts: Mapping[str, bytes], folders: Sequence[str]) -> None:
        self._texts = texts
        self._disk = FileReader(folders)
        self.folders = self._disk.folders

    def take_in(self, folder: str) -> None:
        self._disk.take_in(folder)
        self.folders = self._disk.folders

    def bound(self, path: str) -> str | None:
        return self._disk.bound(path)

    def _text(self, path: str) -> bytes | None:
        return self._texts.get(path) if self.bound(path) is not None else None

    def read(self, path: str, most: int) -> bytes:
        text = self._text(path)
        return self._disk.read(path, most) if text is None or len(text) > most else text

    def head(self, path: str, most: int) -> bytes:
        text = self._text(path)
        return self._disk.head(path, most) if text is None else text[:most]

    def entries(self, path: str) -> list[Child]:
        found = {child.name: child for child in self._disk.entries(path)}
        new = (os.path.basename(text) for text in self._texts if os.path.dirname(text) == path)
        found.update((name, Child(name, "file")) for name in new if name not in found)
        return sorted(found.values(), key=lambda child: child.name)

    def kind(self, path: str) -> str:
        return self._disk.kind(path) if self._text(path) is None else "file"

    def look(self, path: str) -> str:
        return self._disk.look(path) if self._text(path) is None else "file"

    def is_folder(self, path: str) -> bool:
        return self._disk.is_folder(path)

    def real(self, path: str) -> str:
        return self._disk.real(path)

    def is_repository(self, folder: str) -> bool:
        return self._disk.is_repository(folder)

    def origin(self, top: str) -> str:
        return self._disk.origin(top)

    def begun(self, top: str) -> int | None:
        return self._disk.begun(top)

    def write(self, files: Mapping[str, bytes]) -> None:
        self._disk.write(files)
