"""Conditions in the rules of a GitLab job: `$CI_COMMIT_BRANCH == "main" && $DEPLOY`, as far as they can be known.

https://docs.gitlab.com/ci/jobs/job_rules/#cicd-variable-expressions
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ecrlint.model.dataclass import dataclass
from ecrlint.model.source import Source
from ecrlint.model.truth import MAYBE, NO, YES, Truth, truth
from ecrlint.model.value import Ref, Scalar, Unknown, Value, same, string

_TOKEN = re.compile(
    r"""\s*(?:\$(?P<open>\{)?(?P<variable>\w+)(?(open)\})|"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<pattern>/(?:[^/\\\n]|\\.)+/[a-z]*)"""
    r"""|(?P<null>null\b)|(?P<mark>==|!=|=~|!~|&&|\|\||[()]))"""
)
_MAX_LENGTH = 2_000
_MAX_DEPTH = 20
_NOWHERE = Source("", "").span(0, 0)

VariableLookup = Callable[[str], Value | None]
"""The value of a variable: None where it is not set, unknown where that is not known."""


class _UnreadableRule(Exception):
    """This is not a condition."""


def holds(text: str, lookup: VariableLookup) -> Truth:
    """Whether a condition holds; MAYBE where it cannot be read."""
    try:
        parser = _RuleParser(_tokens(text), lookup)
        found = parser.either()
        return found if parser.at == len(parser.tokens) else MAYBE
    except _UnreadableRule:
        return MAYBE


def _tokens(text: str) -> list[tuple[str, str]]:
    if len(text) > _MAX_LENGTH:
        raise _UnreadableRule
    found: list[tuple[str, str]] = []
    at, text = 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _UnreadableRule
        found.append((match.lastgroup or "", match.group(match.lastgroup or 0)))
        at = match.end()
    return found


@dataclass
class _RuleParser:
    """One pass over the tokens that decides as it reads; `&&` binds before `||`."""

    tokens: Sequence[tuple[str, str]]
    lookup: VariableLookup
    at: int = 0
    depth: int = 0

    def either(self) -> Truth:
        found = self.both()
        while self._takes("||"):
            found = found | self.both()
        return found

    def both(self) -> Truth:
        found = self.comparison()
        while self._takes("&&"):
            found = found & self.comparison()
        return found

    def comparison(self) -> Truth:
        if self._takes("("):
            self.depth += 1
            if self.depth > _MAX_DEPTH:
                raise _UnreadableRule
            found = self.either()
            if not self._takes(")"):
                raise _UnreadableRule
            self.depth -= 1
            return found
        left = self.operand()
        for mark in ("==", "!=", "=~", "!~"):
            if self._takes(mark):
                right = self.operand()
                equal = _equal(left, right) if mark in ("==", "!=") else _matches(left)
                return ~equal if mark.startswith("!") else equal
        return _is_set(left)

    def operand(self) -> Value | None:
        if self.at >= len(self.tokens):
            raise _UnreadableRule
        kind, text = self.tokens[self.at]
        self.at += 1
        match kind:
            case "variable":
                return self.lookup(text)
            case "double" | "single":
                return Scalar(text, _NOWHERE)
            case "pattern":
                return Unknown("it is a pattern", _NOWHERE)
            case "null":
                return None
        raise _UnreadableRule

    def _takes(self, mark: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == ("mark", mark):
            self.at += 1
            return True
        return False


def _is_set(value: Value | None) -> Truth:
    """Whether a variable is set and not empty; a reference is to one that is."""
    match value:
        case None:
            return NO
        case Ref():
            return YES
        case Scalar():
            return truth(string(value) != "")
    return MAYBE


def _equal(left: Value | None, right: Value | None) -> Truth:
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return MAYBE
    if left is None or right is None:
        return truth(left is None and right is None)
    if same(left, right):
        return YES
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        return NO
    names = {value.attribute for value in (left, right) if isinstance(value, Ref)}
    other = next((value for value in (left, right) if isinstance(value, Scalar)), None)
    empty = other is not None and string(other) == ""
    return NO if empty or ("branch" in names and "tag" not in names) else MAYBE


def _matches(left: Value | None) -> Truth:
    """Whether a variable matches a pattern: one that is not set matches none."""
    return NO if left is None else MAYBE
