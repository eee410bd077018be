"""The scan behind our checks: what is scanned, and what is said of it in the terms of checkov."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence

from ecrlint import api
from ecrlint.integrations.checkov.ids import check_id
from ecrlint.integrations.places import Block, block
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Finding, Problem
from ecrlint.model.visible import one_line

LOGGER = logging.getLogger("ecrlint")


@dataclass(frozen=True, slots=True)
class CheckedFinding:
    """A finding, the full path of its file, and the block or resource around it."""

    finding: Finding
    path: str
    block: Block

    @property
    def check(self) -> str:
        """The id of its check."""
        return check_id(self.finding.rule)

    @property
    def place(self) -> str:
        """Where it is, by its path from the working directory, as checkov's own paths are."""
        return one_line(f"{os.path.relpath(self.path)}:{self.finding.span.line}:{self.finding.span.column}")

    @property
    def title(self) -> str:
        return one_line(f"{self.finding.message} [{self.finding.rule}]")

    @property
    def details(self) -> list[str]:
        """What checkov shows with the check: the place, the message of AWS, what to do, and the other places."""
        top = self.path.removesuffix(self.finding.span.path)
        said = [f"{self.finding.severity} at {self.place}"]
        said += [f"aws: {self.finding.aws}"] if self.finding.aws else []
        said += [f"help: {self.finding.help}"]
        said += [f"{os.path.relpath(top + one.span.path)}:{one.span.line}: {one.message}" for one in self.finding.related]
        return list(map(one_line, said))


@dataclass(frozen=True, slots=True)
class CheckedFiles:
    """All that is said of some paths: the findings, and the problems with the full paths of their files."""

    findings: tuple[CheckedFinding, ...]
    problems: tuple[tuple[str, Problem], ...]


def scan(paths: Iterable[str], var_files: Sequence[str] = ()) -> CheckedFiles:
    """Scan what checkov was given. Raises `ConfigError`."""
    report = api.scan([path for path in paths if os.path.exists(path)], var_files=var_files)

    def full(path: str) -> str:
        return os.path.normpath(os.path.join(report.root, path))

    found = (CheckedFinding(one, full(one.span.path), block(one.span)) for one in report.findings)
    return CheckedFiles(tuple(found), tuple((full(one.path), one) for one in report.problems if not one.harmless))
