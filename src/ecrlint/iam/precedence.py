"""Which of the rules that see one cause speaks of it: one root cause is one finding.

A rule states the roots of a finding (`Finding.roots`: this role lacks that action, this task has no execution role). Of
the findings that share a root, that of the rule nearest to the top of the table stays.
"""

from __future__ import annotations

from collections.abc import Iterable

from ecrlint.model.finding import Finding, Severity

PRECEDENCE = (
    # 1. There is a line that is meant to grant it and does not: that line is what a person edits.
    "token-on-repository",
    # 2. It is granted to somebody else, who never uses it: that is the misunderstanding.
    "pull-on-task-role",
    "service-account-role-never-pulls",
    # 3. Whoever pulls lacks it: what fails is known.
    "execution-role-missing",
    "batch-without-execution-role",
    "app-runner-without-access-role",
    "codebuild-cannot-pull-image",
    "execution-role-cannot-pull",
    "instance-role-cannot-pull",
    "pod-execution-role-cannot-pull",
    "node-role-cannot-pull",
    "lambda-without-repository-grant",
    # 4. What else the same role lacks, which whatever grants the pull commonly grants too.
    "execution-role-cannot-log",
    "execution-role-cannot-read-secrets",
    # 5. A role lacks it, whoever that is for.
    "login-not-granted",
)
"""The rules that may see one cause, the most telling first. A rule that states roots is in here; a test holds that."""

_RANK = {rule: at for at, rule in enumerate(PRECEDENCE)}


def once(findings: Iterable[Finding]) -> list[Finding]:
    """The findings without those whose every root a rule before theirs speaks of, with no lesser severity."""
    found = list(findings)
    said: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        for root in finding.roots:
            said.setdefault(root, []).append(finding)
    return [
        finding
        for finding in found
        if not finding.roots or not all(any(_covers(other, finding) for other in said[root]) for root in finding.roots)
    ]


def _covers(other: Finding, finding: Finding) -> bool:
    last = len(_RANK)
    severe = (other.severity or Severity.ERROR) >= (finding.severity or Severity.ERROR)
    return severe and _RANK.get(other.rule, last) < _RANK.get(finding.rule, last)
