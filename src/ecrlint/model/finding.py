"""What ecrlint says: findings about the stack, problems of its own reading, and what became of each file."""

from __future__ import annotations

import enum
from typing import Literal, TypeAlias

from ecrlint.model.address import within_module
from ecrlint.model.dataclass import dataclass
from ecrlint.model.source import Span


class Severity(enum.IntEnum):
    """`ERROR` it fails; `WARNING` it fails or is unsafe under a condition the files do not settle; `NOTE` hardening."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to a finding, with a word on what it is."""

    span: Span
    message: str


Root: TypeAlias = tuple[str, str]
"""An address, and what is wrong with it or missing in it."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of a file, and what stands there once it is mended."""

    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause of one failure, at the one line that a person would edit.

    A rule gives place, message and the rest that it knows; `run` attaches the rule's name, family and, where the
    finding has none of its own, severity and predicted AWS message. `address` is the resource concerned, `cause` what
    is wrong in a word or two that do not change when code moves: both go into the fingerprint. `roots` is what it comes
    from, each an address and what is wrong with it or missing in it, `explains` what else goes away with its fix: of
    several rules that see one cause, one speaks (`ecrlint.wording.precedence`). `unsafe`: the fix lets somebody do more than
    before, so that it is made on demand alone. `former` is the rule that said it before `rule` was there: what silences that
    silences this. `unasked`: a note that nobody asked for, which the text report counts and does not show.
    """

    span: Span
    message: str
    help: str
    address: str
    cause: str = ""
    severity: Severity | None = None
    related: tuple[Related, ...] = ()
    aws: str = ""
    roots: tuple[Root, ...] = ()
    explains: tuple[Root, ...] = ()
    rule: str = ""
    family: str = ""
    former: str = ""
    fix: tuple[Edit, ...] = ()
    unsafe: bool = False
    unasked: bool = False

    @property
    def fingerprint(self) -> str:
        """Names this finding in baselines: made of rule, path, address and cause, never of a line number.

        Of the address without modules: a fault in a module is one, whichever caller a scan begins with.
        """
        return fingerprint(self.rule, self.span.path, self.address, self.cause)


def fingerprint(rule: str, path: str, address: str, cause: str) -> str:
    """The fingerprint of what is at a path, which a baseline takes from its own folder."""
    import hashlib

    own = within_module(address)
    return hashlib.sha256("\n".join((rule, path, own, cause)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Problem:
    """Our own reading failed: at a place in a file, or (`span` None) for the file `path` as a whole.

    `harmless`: it is wrong, and was read all the same as its author means it, or as whoever takes it reads it.
    """

    message: str
    path: str
    span: Span | None = None
    harmless: bool = False


def here_twice(name: str, span: Span) -> Problem:
    """The problem of a key that a map has twice, as every reader of JSON and YAML takes it."""
    return Problem(f'"{name}" is here twice: the last one counts', span.path, span, harmless=True)


Status = Literal["analysed", "partial", "skipped", "failed"]

IRRELEVANT = "no ECR-related resources"
"""Why a file of a kind that ecrlint reads was skipped."""


@dataclass(frozen=True, slots=True)
class FileStatus:
    """What became of one file of ours; `reason` is empty only for `analysed`."""

    path: str
    kind: str
    status: Status
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """Why a set may hold more than the files say, so that nothing is said to be missing in it: whose set, at `span`, which
    (`policies`, `rules`), and the reason."""

    address: str
    span: Span
    set: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """The whole result of a run, in the order in which it is shown. Every format renders this.

    `suppressed` counts the findings that the user does not want to see, `known` those that were there before, where only new
    ones are asked for; `fails`: one that is here makes the exit status 1.
    `root` is the full path of the folder that all paths are relative to.
    """

    files: tuple[FileStatus, ...]
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    suppressed: int = 0
    fails: bool = False
    open: tuple[Opening, ...] = ()
    root: str = ""
    known: int = 0

    @property
    def unread(self) -> bool:
        """Whether something of ours could not be read."""
        harmful = any(not problem.harmless for problem in self.problems)
        return harmful or any(file.status == "failed" for file in self.files)
