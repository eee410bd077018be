"""The rules as rules of cfn-lint: `cfn-lint --append-rules ecrlint.integrations.cfn_lint TEMPLATE`.

cfn-lint takes every class here that has an id. The number of an id is that of our rule, the letter is the severity of the
finding: `E9272` and `W9272` are both `token-on-repository`. A template is scanned once, when the first of them is asked about it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import Any

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from ecrlint import api
from ecrlint.integrations.numbers import NUMBERS, UNREAD
from ecrlint.integrations.places import path
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.source import Span
from ecrlint.model.visible import one_line

_LETTERS = {Severity.ERROR: "E", Severity.WARNING: "W", Severity.NOTE: "I"}
_scanned: list[tuple[Any, Sequence[RuleMatch]]] = []
"""The template that was scanned last, as cfn-lint holds it, and what is said of it."""


class _EcrlintRule(CloudFormationLintRule):  # type: ignore[misc]  # cfn-lint has no types
    """What is said of a template under one id. cfn-lint leaves out a rule without an id, such as this one."""

    def match(self, cfn: Any) -> list[RuleMatch]:
        return [match for match in _matches(cfn) if match.ecrlint_id == self.id]


def _rule(letter: str, number: int, title: str, description: str) -> type[_EcrlintRule]:
    name = f"{letter}9{number}"
    told: dict[str, Any] = {"id": name, "shortdesc": title, "description": description, "tags": ["ecrlint", "ecr"]}
    return type(name, (_EcrlintRule,), {**told, "__module__": __name__})


def _rules() -> Iterator[type[_EcrlintRule]]:
    """A class for each rule and each severity that its findings may have, the rule's own and those below."""
    yield _rule("E", UNREAD, "ecrlint: not read", "The template, or the configuration of ecrlint, could not be read")
    for rule in api.all_rules():
        for severity, letter in _LETTERS.items():
            if severity <= rule.severity:
                yield _rule(letter, NUMBERS[rule.name], rule.name, rule.summary)
    for name, number in NUMBERS.items():
        if number <= UNREAD + 10:  # what ecrlint says of ignores and of the configuration
            yield _rule("W", number, name, name.replace("-", " "))


globals().update({rule.__name__: rule for rule in _rules()})


def _matches(cfn: Any) -> Sequence[RuleMatch]:
    """What is said of a template, whichever rule asks."""
    if not _scanned or _scanned[0][0] is not cfn:
        _scanned[:] = [(cfn, list(_scan(cfn)))]
    return _scanned[0][1]


def _scan(cfn: Any) -> Iterator[RuleMatch]:
    if not cfn.filename:
        yield _unread("ecrlint does not read standard input: give cfn-lint the path of the template")
        return
    template = os.path.realpath(cfn.filename)
    try:
        report = api.scan(template)
    except (api.ConfigError, OSError) as error:
        yield _unread(f"ecrlint: {error}")
        return
    here = os.path.relpath(template, report.root).replace(os.sep, "/")
    conditions = frozenset(cfn.template.get("Conditions") or ())
    for problem in report.problems:
        if problem.path == here and not problem.harmless:
            yield _unread(f"ecrlint: {problem.message}", problem.span)
    for finding in report.findings:
        if finding.span.path == here:
            yield _match(_id(finding), _message(finding, conditions), finding.span)


def _unread(message: str, span: Span | None = None) -> RuleMatch:
    return _match(f"E9{UNREAD}", message, span)


def _match(rule_id: str, message: str, span: Span | None) -> RuleMatch:
    """A match of cfn-lint, whose lines and columns count from 0. The names in a message are those of the scanned files."""
    message = one_line(message)
    if span is None:
        return RuleMatch([], message, ecrlint_id=rule_id, location=(0, 0, 0, 0))
    location = (span.line - 1, span.column - 1, span.end_line - 1, span.end_column - 1)
    return RuleMatch(path(span), message, ecrlint_id=rule_id, location=location)


def _id(finding: Finding) -> str:
    """The id of a finding; one that the configuration has made graver than its rule keeps the letter of the rule."""
    severity = finding.severity or Severity.ERROR
    letters = (_LETTERS[one] for one in sorted(Severity) if one <= severity)
    ids = [f"{letter}9{NUMBERS.get(finding.rule, UNREAD)}" for letter in letters]
    return next((one for one in reversed(ids) if one in globals()), f"E9{UNREAD}")


_SIDE = re.compile(r"(?<!\S)(not )?(\w+)(?=\)| and | or |, )")
"""A named condition and its side, as `(when IsProd and not IsTest)` has them."""


def _message(finding: Finding, conditions: frozenset[str]) -> str:
    """The message with its conditions as cfn-lint writes them: `when condition "IsProd" is True`."""

    def worded(found: re.Match[str]) -> str:
        negated, name = found[1], found[2]
        return f'condition "{name}" is {not negated}' if name in conditions else found[0]

    head, opened, scenario = finding.message.rpartition(" (when ")
    return f"{head}{opened}{_SIDE.sub(worded, scenario) if opened else scenario}; {finding.help} [{finding.rule}]"
