"""What several scans of one process make of the same files: their texts, their syntax trees, and what shows in their bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

MadeOfFile = TypeVar("MadeOfFile")


class KnownFiles:
    """What has been made of files, each by its folder and path, kept as long as its bytes are the same."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], tuple[bytes, dict[object, Any]]] = {}

    def of(self, top: str, path: str, data: bytes) -> dict[object, Any]:
        """What has been made of a file of these bytes, by what it is."""
        found = self._files.get((top, path))
        if found is None or found[0] != data:
            found = self._files[top, path] = (data, {})
        return found[1]

    def once(self, top: str, path: str, data: bytes, what: object, make: Callable[[], MadeOfFile]) -> MadeOfFile:
        """What `make` makes of a file, of nothing but its bytes and its path."""
        kept = self.of(top, path, data)
        if what not in kept:
            kept[what] = make()
        made: MadeOfFile = kept[what]
        return made
