"""A file's text, and places in it that a user can open."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import field
from functools import cached_property
from itertools import accumulate
from typing import Literal

from ecrlint.model.dataclass import dataclass

Language = Literal[
    "terraform",
    "terraform-json",
    "terraform-plan",
    "terragrunt",
    "cloudformation",
    "task-definition",
    "iam-policy",
    "kubernetes-manifest",
    "compose-file",
    "dockerrun",
    "github-workflow",
    "gitlab-pipeline",
    "buildspec",
    "script",
    "other",
]
"""The language that a file is written in; `terraform` is HCL."""


@dataclass(frozen=True, slots=True)
class SummarizedCall:
    """The call of a module that is not here, in whose place a summary of it is read. `is_exact`: it allows one version."""

    span: Span
    address: str
    module: str
    is_exact: bool


@dataclass(frozen=True, eq=False)
class Source:
    """One file, read once. `path` is relative to the scanned root, with `/`; compared by identity.

    `call`: this is no file but the summary of a module that is called there; `path` is that of the call.
    """

    path: str
    text: str = field(repr=False)
    language: Language = "other"
    call: SummarizedCall | None = None

    @property
    def is_terraform(self) -> bool:
        """Whether it holds Terraform: HCL, JSON, or a plan."""
        return self.language.startswith("terraform")

    @cached_property
    def line_starts(self) -> list[int]:
        """Offset of the first character of each line; a line ends with a line feed, which belongs to it."""
        return list(accumulate((len(line) + 1 for line in self.text.split("\n")), initial=0))[:-1]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a character offset, both 1-based."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line_text(self, line: int) -> str:
        """The text of a 1-based line, without its line end."""
        start = self.line_starts[line - 1]
        end = self.text.find("\n", start)
        return self.text[start : end if end >= 0 else None].rstrip("\r")

    def span(self, start: int, end: int) -> Span:
        return Span(self, start, end)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source: character offsets, end exclusive. Lines and columns (1-based, in characters) on demand."""

    source: Source
    start: int
    end: int

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.position(self.start)[1]

    @property
    def end_line(self) -> int:
        return self.source.position(self.end)[0]

    @property
    def end_column(self) -> int:
        return self.source.position(self.end)[1]

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def place(self) -> Span:
        """Where a user finds it: in the summary of a module, the call of that."""
        return self if self.source.call is None else self.source.call.span


Locate = Callable[[int, int], Span]
"""The place in a real file of a stretch of a decoded or parsed text (character offsets, end exclusive)."""
