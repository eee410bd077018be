"""Why a role may or may not do something: the decision, and every statement that spoke, in IAM's order."""

from __future__ import annotations

from typing import Literal

from ecrlint.model.dataclass import dataclass
from ecrlint.model.policy import Role
from ecrlint.model.source import Span
from ecrlint.model.truth import Truth

Effect = Literal["Deny", "Allow", "Allow or Deny", "boundary"]


@dataclass(frozen=True, slots=True)
class Voice:
    """A statement that speaks about a request, or would if it met its conditions, then with `truth` `NO`.

    `why` says what is not known of it, or what keeps it from speaking. A `boundary` with `NO` is one that lets nothing
    like the request through.
    """

    effect: Effect
    truth: Truth
    policy: str
    span: Span
    why: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The decision on one action for one role. `open` says why there may be policies that are not here, `hints` what to ask
    instead."""

    role: Role
    action: str
    resource: str
    truth: Truth
    denied: bool
    voices: tuple[Voice, ...]
    open: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
