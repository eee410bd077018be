"""Findings that the user's own words silence: `ecrlint: ignore[rule] reason` in a comment or in a resource's metadata.

A comment speaks of what begins on its line, or, alone on a line, on the first line after it that is no comment: an
attribute, an item of a list, a block or a resource with all that is in it. It needs a reason, and may hold until a day.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.node import Node
from ecrlint.model.source import Source, Span
from ecrlint.model.visible import short

_COMMENT = re.compile(r"(?:#|//|/\*)[ \t]*(ecrlint:[ \t]*ignore\b[ \t]*(?:\[([^\]\n]*)\])?([^\n]*))")
_OF_OTHERS = re.compile(
    r"(?:#|//|/\*)[ \t]*((?:ecrlint[ \t]*[:-]?[ \t]*(?:disable|skip|suppress|allow|off|noqa|nolint|nosec|exclude|silence)\b[\w-]*"
    r"|ecrlint[ \t]+ignore\b|ecrlint-ignore\b)[ \t]*[:=]?[ \t]*[(\[]?([\w-]*)[^\n]*)",
    re.IGNORECASE,
)
"""A comment that silences something in the way of another linter, with the name of a rule where it has one."""
_LINE_OF_COMMENT = re.compile(r"[ \t]*(?:#|//|/\*)")
_LONGEST = 60
_UNTIL = re.compile(r"\buntil[ \t:]+(\d{4}-\d{2}-\d{2})\b")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One ignore: the rules that it names, and the stretch of its source in which it silences them.

    `problem` says why it does not count; empty where it does.
    """

    span: Span
    rules: tuple[str, ...]
    start: int
    end: int
    problem: str = ""
    told_as: str = ""

    def covers(self, finding: Finding) -> bool:
        span = finding.span
        is_here = span.path == self.span.path and self.start <= span.start < self.end
        return is_here and not {finding.rule, finding.former}.isdisjoint(self.rules)

    def told(self) -> Finding:
        """What is said of an ignore that does not count."""
        return self._said(self.problem, self.told_as)

    def unused(self, rule: str, known: tuple[str, ...]) -> Finding:
        """What is said of a rule that it names in vain."""
        if rule in known:
            return self._said(f"this ignore silences nothing: there is no finding of {rule} here", "ignore-silences-nothing")
        from difflib import get_close_matches

        nearest = "".join(f"; nearest: {name}" for name in get_close_matches(rule, known, n=1, cutoff=0.4))
        return self._said(f'this ignore silences nothing: there is no rule "{rule}"{nearest}', "ignore-silences-nothing")

    def _said(self, message: str, rule: str) -> Finding:
        asked = "say which rule and why: ecrlint: ignore[RULE] REASON, with until YYYY-MM-DD where it is not for ever"
        fix = "remove it" if rule == "ignore-silences-nothing" and self.rules else asked
        cause = " ".join(self.rules)
        return Finding(self.span, message, fix, "", cause, Severity.WARNING, rule=rule, family="ignore")


def ignores(source: Source) -> Iterator[Ignore]:
    """The ignores of a file, in order."""
    nodes = _nodes(source)
    comments = [] if source.path.endswith(".json") else list(_COMMENT.finditer(source.text))
    if comments:
        ends: dict[int, int] = {}
        for node in nodes:
            _note_ends(node, ends)
        for found in comments:
            yield _of_comment(source, found, ends)
    if not source.path.endswith(".json"):
        yield from (_like_another(source, found) for found in _OF_OTHERS.finditer(source.text))
    for node in nodes:
        yield from _in_metadata(node, node.span)


def _nodes(source: Source) -> list[Node]:
    """The tree of a file, for the places of what begins and ends in it."""
    if source.language == "terraform":
        from ecrlint.parse import hcl

        return [hcl.parse(source)[0]]
    if source.text.lstrip()[:1] in ("{", "["):
        from ecrlint.parse import json

        node, _ = json.parse(source)
        return [] if node is None else [node]
    if source.path.endswith((".yaml", ".yml", ".template")):
        from ecrlint.parse import yaml

        return yaml.parse(source)[0]
    return []


def _note_ends(node: Node, ends: dict[int, int]) -> int:
    """The last line of a node. Adds the last line of what begins on a line to `ends`, the outermost where several do."""

    def note(first: Span, *inner: Node) -> int:
        last = max(first.end_line, *(_note_ends(one, ends) for one in inner))
        ends[first.line] = max(last, ends.get(first.line, 0))
        return last

    value, last = node.value, node.span.end_line
    match node.tag:
        case "body":
            return max([last, *(note(item.span, item) for item in value)])
        case "map":
            return max([last, *(note(key.span, item) for key, item in value)])
        case "list":
            return max([last, *(note(item.span, item) for item in value)])
        case _:
            return max([last, *(_note_ends(inner, ends) for inner in _inside(value))])


def _inside(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _inside(item)


def _of_comment(source: Source, found: re.Match[str], ends: dict[int, int]) -> Ignore:
    line, column = source.position(found.start())
    lines = len(source.line_starts)
    if not source.line_text(line)[: column - 1].strip():
        line += 1
        while line <= lines and _LINE_OF_COMMENT.match(source.line_text(line)):
            line += 1
    start = source.line_starts[line - 1] if line <= lines else len(source.text)
    last = max(line, ends.get(line, 0))
    end = source.line_starts[last] if last < lines else len(source.text)
    span = source.span(found.start(1), found.start(1) + len(found.group(1).rstrip(" \t\r*/")))
    return _ignore(span, found.group(2), found.group(3).removesuffix("\r").rstrip().removesuffix("*/"), start, end)


def _like_another(source: Source, found: re.Match[str]) -> Ignore:
    """A comment that is meant to silence something and does not."""
    text = found[1].rstrip(" \t\r*/")
    return Ignore(
        source.span(found.start(1), found.start(1) + len(text)),
        (),
        found.start(),
        found.end(),
        f'"{short(text, _LONGEST)}" silences nothing; write: # ecrlint: ignore[{found[2] or "rule-name"}] REASON',
        "ignore-silences-nothing",
    )


def _in_metadata(node: Node, owner: Span) -> Iterator[Ignore]:
    """The ignores in `Metadata: {ecrlint: {ignore: {RULE: REASON}}}` of a resource, or of a whole template."""
    if node.tag == "map":
        for key, value in node.value:
            if key.value == "Metadata":
                for listed in _values(value, "ecrlint"):
                    for names in _values(listed, "ignore"):
                        for rule, reason in names.value if names.tag == "map" else ():
                            said = reason.value if reason.tag == "string" else ""
                            yield _ignore(rule.span, str(rule.value), said, owner.start, owner.end)
            else:
                yield from _in_metadata(value, Span(key.span.source, key.span.start, max(key.span.end, value.span.end)))


def _values(node: Node, name: str) -> Iterator[Node]:
    if node.tag == "map":
        yield from (value for key, value in node.value if key.value == name)


def _ignore(span: Span, named: str | None, said: str, start: int, end: int) -> Ignore:
    rules = tuple(dict.fromkeys(word for word in re.split(r"[\s,]+", named or "") if word))
    if not rules:
        return Ignore(
            span,
            (),
            start,
            end,
            "this ignore names no rule, so it does not count; write: # ecrlint: ignore[rule-name] REASON",
            "ignore-silences-nothing",
        )
    until = _UNTIL.search(said)
    reason = said[: until.start()] + said[until.end() :] if until else said
    if not re.search(r"\w", reason):
        return Ignore(span, rules, start, end, "this ignore has no reason, so it does not count", "ignore-has-no-reason")
    if until:
        problem = past(until.group(1))
        if problem:
            return Ignore(span, rules, start, end, f"this ignore {problem}, so it does not count", "ignore-has-expired")
    return Ignore(span, rules, start, end)


def past(day: str) -> str:
    """What is wrong with a day until which something holds; empty where it is still to come, or today."""
    try:
        return f"was until {day}" if datetime.date.fromisoformat(day) < datetime.date.today() else ""
    except ValueError:
        return f"is until {day}, which is no day"
