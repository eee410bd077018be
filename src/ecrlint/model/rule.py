"""A rule, as everybody but its author sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.stack import Stack


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `doc` is its page in Markdown, whose first line is the `summary`; `symptoms` are the AWS texts it predicts.

    `exposure`: how grave what is laid open is, from 0.1 to 10 as in CVSS; None for a rule on what does not work. `former`: the
    rule that had said the same before this one was there.
    """

    name: str
    family: str
    severity: Severity
    symptoms: tuple[str, ...]
    summary: str
    doc: str
    check: Callable[[Stack], Iterator[Finding]]
    exposure: float | None = None
    former: str = ""

    @property
    def page(self) -> str:
        """The page with the messages that AWS prints, in Markdown."""
        predicted = "\n".join(f"    {symptom}" for symptom in self.symptoms)
        return f"{self.doc}\n\n## What AWS prints\n\n{predicted}\n"
