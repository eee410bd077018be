"""A command that is about to run."""

from __future__ import annotations

from collections.abc import Mapping

from ecrlint.model.dataclass import dataclass
from ecrlint.model.node import Node
from ecrlint.model.script import Command, Word
from ecrlint.model.source import Span
from ecrlint.model.value import Value


@dataclass(frozen=True, slots=True)
class Target:
    """The file that output goes to: the word that names it, what that is worth, and whether the file grows."""

    word: Node
    path: Value
    appends: bool


@dataclass(frozen=True, slots=True)
class SimpleCommand:
    """The words of a command, its own variables, what it reads, and where its output goes."""

    words: tuple[Word, ...]
    own: Mapping[str, Value | None]
    stdin: tuple[Command, ...] | Value | None
    target: Target | None
    span: Span
