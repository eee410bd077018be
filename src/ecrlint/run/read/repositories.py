"""Which repository of a scanned tree a path lies in."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from ecrlint.run.read.files import Tree


def repository_of(tree: Tree) -> Callable[[str], str]:
    """Gives the folder of the repository that a path lies in: the nearest one with `.git`, or the scanned root."""
    known = {"": ""}

    def of(path: str) -> str:
        passed: list[str] = []
        while path not in known and not tree.reader.is_repository(tree.full(path)):
            passed.append(path)
            path = posixpath.dirname(path)
        found = known.setdefault(path, path)
        known.update(dict.fromkeys(passed, found))
        return found

    return lambda name: of(posixpath.dirname(name) if name != "." else "")
