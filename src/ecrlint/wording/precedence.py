"""Which of the rules that see one cause speaks of it: one root cause is one finding.

A rule states the roots of a finding (`Finding.roots`: this role lacks that action, this task has no execution role). A
finding goes where another has all of its roots and more, or the same ones and its rule stands before in the table; and
where another, whose rule stands before, explains it: what it is about goes away with the same fix. What one rule says
several times of the same roots (a role of many tasks) is one finding with all places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecrlint.model.dataclass import replace
from ecrlint.model.finding import Finding, Related, Root, Severity

PRECEDENCE = (
    # 1. There is a line that is meant to grant it and does not: that line is what a person edits.
    "login-denied",
    "boundary-without-ecr",
    "unknown-ecr-action",
    "arn-matches-no-repository",
    "public-registry-confused",
    "token-on-repository",
    "login-condition-never-true",
    # 2. It is granted to somebody else, who never uses it: that is the misunderstanding.
    "pull-on-task-role",
    "service-account-role-never-pulls",
    # 3. Whoever pulls lacks it: what fails is known.
    "execution-role-missing",
    "batch-without-execution-role",
    "app-runner-without-access-role",
    "codebuild-cannot-pull-image",
    "service-role-cannot-pull",
    "execution-role-cannot-pull",
    "instance-role-cannot-pull",
    "pod-execution-role-cannot-pull",
    "node-role-cannot-pull",
    "lambda-without-repository-grant",
    "cache-pull-not-granted",
    # 4. What else the same role lacks, which whatever grants the pull commonly grants too.
    "execution-role-cannot-log",
    "execution-role-cannot-read-secrets",
    # 5. A role lacks it, whoever that is for.
    "grant-misses-repository",
    "pull-set-incomplete",
    "push-set-incomplete",
    "push-without-batch-get-image",
    "login-not-granted",
)
"""The rules that may see one cause, the most telling first. A rule that states roots is in here; a test holds that."""

_RANK = {rule: at for at, rule in enumerate(PRECEDENCE)}


def once(findings: Iterable[Finding]) -> list[Finding]:
    """The findings without those whose cause another speaks of, with no lesser severity."""
    found = list(findings)
    kept: list[Finding] = []
    speaking: dict[Root, dict[object, Finding]] = {}
    for finding in sorted((one for one in found if one.roots), key=lambda one: (-len(one.roots), _rank(one))):
        if not any(_has_all(other, other.roots, finding) for other in speaking.get(finding.roots[0], {}).values()):
            kept.append(finding)
            _note(speaking, finding, finding.roots)
    for finding in kept:
        _note(speaking, finding, finding.explains)
    told = [finding for finding in kept if not any(_explains(other, finding) for other in speaking[finding.roots[0]].values())]
    stay = set(map(id, told))
    return list(_merged(finding for finding in found if not finding.roots or id(finding) in stay))


def _merged(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings of one rule with the same roots as one: the first, with the places of the others."""
    same: dict[object, list[Finding]] = {}
    for finding in findings:
        same.setdefault((finding.rule, finding.roots, finding.severity) if finding.roots else id(finding), []).append(finding)
    for first, *others in same.values():
        more = (Related(other.span, other.message) for other in others)
        yield replace(first, related=(*first.related, *more)) if others else first


def _note(speaking: dict[Root, dict[object, Finding]], finding: Finding, roots: tuple[Root, ...]) -> None:
    """Adds a finding to those that speak of these roots, one of those that a rule says alike."""
    for root in roots:
        said = (finding.rule, finding.severity, finding.roots, finding.explains)
        speaking.setdefault(root, {}).setdefault(said, finding)


def _explains(other: Finding, finding: Finding) -> bool:
    return _rank(other) < _rank(finding) and _has_all(other, other.explains, finding)


def _has_all(other: Finding, roots: tuple[Root, ...], finding: Finding) -> bool:
    severe = (other.severity or Severity.ERROR) >= (finding.severity or Severity.ERROR)
    return severe and other.rule != finding.rule and set(finding.roots) <= {*roots, *other.roots}


def _rank(finding: Finding) -> int:
    return _RANK.get(finding.rule, len(_RANK))
