"""Files that others name by their path in the repository: what workflows call, build specifications, included pipelines."""

from __future__ import annotations

import posixpath

from ecrlint.model.finding import Problem
from ecrlint.model.script import Script
from ecrlint.model.value import Scalar, Value
from ecrlint.run.read.files import Tree
from ecrlint.run.read.repositories import repository_of

MAX_SCRIPT = 200_000
"""How many characters a script may have that is followed."""


class RepositoryFiles:
    """The YAML documents of a tree by their paths, each read once. `builds` are the paths of those that a project builds by,
    `scripts` those of the scripts that others call; `steps` keeps what the scripts of steps do."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.builds: set[str] = set()
        self.scripts: set[str] = set()
        self.steps: dict[object, Script] = {}
        self._repository_of = repository_of(tree)
        self._documents: dict[str, tuple[Value | None, list[Problem]]] = {}
        self._origins: dict[str, str] = {}

    def document(self, path: str) -> Value | None:
        """The first document of a file; None where there is no such file, or where it is not YAML."""
        if path not in self._documents:
            from ecrlint.evaluate import workflow

            inside = not path.startswith("..") and self.tree.exists(path)
            source = self.tree.source(path) if inside else None
            problems: list[Problem] = []
            document = None if source is None else workflow.document(source, problems)
            self._documents[path] = document, problems
        return self._documents[path][0]

    def text(self, path: str) -> Value | None:
        """The text of a script; None where there is no such file, or where it is longer than what is followed."""
        inside = not path.startswith("..") and self.tree.exists(path)
        source = self.tree.source(path) if inside else None
        is_short = source is not None and len(source.text) <= MAX_SCRIPT
        return Scalar(source.text, source.span(0, len(source.text))) if source is not None and is_short else None

    def called(self, place: str, path: str) -> Value | None:
        """The text of a script at a path of the repository in which a place lies."""
        full = posixpath.normpath(posixpath.join(self._repository_of(place), path))
        found = self.text(full)
        if found is not None:
            self.scripts.add(full)
        return found

    def problems(self, path: str) -> list[Problem]:
        return self._documents[path][1] if path in self._documents else []

    def build(self, place: str, path: str) -> Value | None:
        """The build specification at a path of the repository in which a place lies."""
        full = posixpath.normpath(posixpath.join(self._repository_of(place), path.lstrip("/")))
        found = self.document(full)
        if found is not None:
            self.builds.add(full)
        return found

    def origin(self, place: str) -> str:
        """Where the repository of a place is cloned from (`github.com/acme/shop`); nothing where that is not known."""
        top = self._repository_of(place)
        if top not in self._origins:
            self._origins[top] = self.tree.reader.origin(self.tree.full(top))
        return self._origins[top]
