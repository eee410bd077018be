"""Regular expressions as Go has them (RE2), matched in time linear in pattern and text.

Python's engine differs in syntax and in what `$` and `\\s` are, and a pattern can make it run for years. This one tries
each pair of instruction and position once, so its work is bounded before it starts.
https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace as changed
from functools import lru_cache
from typing import Any, TypeAlias

from ecrlint.evaluate.terraform.conversion import Unsure, Wrong
from ecrlint.model.dataclass import dataclass

Test: TypeAlias = Callable[[str], bool]
Node: TypeAlias = tuple[Any, ...]

MAX_PROGRAM = 5_000
"""How many instructions a pattern may have; beyond, it is not tried."""

MAX_STEPS = 100_000
"""How many steps one search may take."""

MAX_WORK = 1_000_000
"""How many steps all searches in the expressions of one file may take one after the other."""

MAX_REPEAT = 1_000
"""Go's own limit of a counted repetition."""

_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
_UPPER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGIT = frozenset("0123456789")
_WORD = _LOWER | _UPPER | _DIGIT | {"_"}
_CLASSES: dict[str, frozenset[str]] = {"d": _DIGIT, "w": _WORD, "s": frozenset("\t\n\f\r ")}
_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_POSIX: dict[str, frozenset[str]] = {
    "alnum": _LOWER | _UPPER | _DIGIT,
    "alpha": _LOWER | _UPPER,
    "ascii": frozenset(map(chr, range(128))),
    "blank": frozenset("\t "),
    "cntrl": frozenset(map(chr, [*range(32), 127])),
    "digit": _DIGIT,
    "graph": frozenset(map(chr, range(33, 127))),
    "lower": _LOWER,
    "print": frozenset(map(chr, range(32, 127))),
    "punct": frozenset(map(chr, range(33, 127))) - _WORD | {"_"},
    "space": frozenset("\t\n\v\f\r "),
    "upper": _UPPER,
    "word": _WORD,
    "xdigit": frozenset("0123456789abcdefABCDEF"),
}


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern: its instructions, and the names of its groups ("" for one without a name)."""

    program: tuple[Node, ...]
    groups: tuple[str, ...]


@dataclass
class _Work:
    """The steps that were taken for the file that asked last."""

    path: str = ""
    steps: int = 0


_work = _Work()


def begin(path: str) -> None:
    """Say which file asks. Raises `Unsure` where its searches took too long already."""
    if _work.path != path:
        _work.path, _work.steps = path, 0
    if _work.steps > MAX_WORK:
        raise Unsure("the patterns of this file take too long to be tried")


@dataclass(frozen=True)
class _Flags:
    ignore_case: bool = False
    multi_line: bool = False
    dot_all: bool = False
    ungreedy: bool = False


_FLAGS = {"i": "ignore_case", "m": "multi_line", "s": "dot_all", "U": "ungreedy"}


class _Parser:
    """A pattern's text to nodes: char, assert, cat, alt, repeat and group."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.flags = _Flags()
        self.groups: list[str] = []
        self.depth = 0

    def peek(self, count: int = 1) -> str:
        return self.pattern[self.at : self.at + count]

    def take(self) -> str:
        if self.at >= len(self.pattern):
            raise Wrong("the pattern ends too early")
        self.at += 1
        return self.pattern[self.at - 1]

    def alternatives(self) -> Node:
        self.depth += 1
        if self.depth > 100:
            raise Unsure("the pattern is nested too deeply")
        sides = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            sides.append(self.sequence())
        self.depth -= 1
        return sides[0] if len(sides) == 1 else ("alt", *sides)

    def sequence(self) -> Node:
        parts: list[Node] = []
        while self.peek() not in ("", "|", ")"):
            atom = self.atom()
            if atom is not None:
                parts.append(self.repeated(atom))
        return parts[0] if len(parts) == 1 else ("cat", *parts)

    def repeated(self, atom: Node) -> Node:
        found = self.repetition()
        if found is None:
            return atom
        low, high = found
        greedy = not self.flags.ungreedy
        if self.peek() == "?":
            self.at += 1
            greedy = not greedy
        if self.peek() in ("*", "+", "?") or self.counted() is not None:
            raise Wrong("a repetition cannot be repeated")
        return ("repeat", atom, low, high, greedy)

    def repetition(self) -> tuple[int, int | None] | None:
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        found = simple.get(self.peek())
        if found is not None:
            self.at += 1
            return found
        counted = self.counted()
        if counted is None:
            return None
        low, high, self.at = counted
        if low > MAX_REPEAT or (high is not None and (high > MAX_REPEAT or high < low)):
            raise Wrong("a repetition is out of range")
        return low, high

    def counted(self) -> tuple[int, int | None, int] | None:
        """`{n}`, `{n,}` or `{n,m}` at this place, and where it ends; other braces are just text."""
        end = self.pattern.find("}", self.at)
        if self.peek() != "{" or end < 0:
            return None
        low, comma, high = self.pattern[self.at + 1 : end].partition(",")
        if not (low.isascii() and low.isdigit() and len(low) < 6 and (not high or (high.isdigit() and len(high) < 6))):
            return None
        return int(low), int(high) if high else None if comma else int(low), end + 1

    def atom(self) -> Node | None:
        character = self.take()
        if character == "(":
            return self.group()
        if character == "[":
            return ("char", self.bracket())
        if character == ".":
            return ("char", (lambda _: True) if self.flags.dot_all else (lambda c: c != "\n"))
        if character == "^":
            return ("assert", "line-start" if self.flags.multi_line else "start")
        if character == "$":
            return ("assert", "line-end" if self.flags.multi_line else "end")
        if character == "\\":
            return self.escape()
        if character in "*+?":
            raise Wrong("there is nothing to repeat")
        return ("char", self.literal(character))

    def group(self) -> Node | None:
        if self.peek() != "?":
            return self.captured("")
        self.at += 1
        if self.peek(2) == "P<" or (self.peek() == "<" and self.peek(2) not in ("<=", "<!")):
            start = self.pattern.index("<", self.at) + 1
            end = self.pattern.find(">", start)
            name = self.pattern[start:end]
            if end < 0 or not name or set(name) - _WORD or name in self.groups:
                raise Wrong("a group has no valid name")
            self.at = end + 1
            return self.captured(name)
        return self.flagged()

    def captured(self, name: str) -> Node:
        self.groups.append(name)
        index = len(self.groups)
        return ("group", index, self.closed())

    def closed(self) -> Node:
        before = self.flags
        inner = self.alternatives()
        if self.peek() != ")":
            raise Wrong("a parenthesis is not closed")
        self.at += 1
        self.flags = before
        return inner

    def flagged(self) -> Node | None:
        """`(?flags)`, which holds until the group ends, or `(?flags:...)`."""
        before = self.flags
        value = True
        while True:
            character = self.take()
            if character == "-" and value:
                value = False
            elif character in _FLAGS:
                self.flags = changed(self.flags, **{_FLAGS[character]: value})
            elif character == ")":
                return None
            elif character == ":":
                inner = self.closed()
                self.flags = before
                return inner
            else:
                raise Wrong("a group is not one that Go has")

    def literal(self, character: str) -> Test:
        if self.flags.ignore_case and character.lower() != character.upper():
            both = (character.lower(), character.upper())
            return lambda c: c in both
        return lambda c: c == character

    def escape(self) -> Node:
        character = self.take()
        asserts = {"b": "word", "B": "no-word", "A": "start", "z": "end"}
        if character in asserts:
            return ("assert", asserts[character])
        if character == "Q":
            end = self.pattern.find("\\E", self.at)
            quoted = self.pattern[self.at : end if end >= 0 else None]
            self.at = end + 2 if end >= 0 else len(self.pattern)
            return ("cat", *(("char", self.literal(c)) for c in quoted))
        test = self.class_escape(character)
        return ("char", test if test is not None else self.literal(self.character_escape(character)))

    def class_escape(self, character: str) -> Test | None:
        found = _CLASSES.get(character.lower())
        if found is not None:
            return (lambda c: c in found) if character.islower() else (lambda c: c not in found)
        if character in "pPC":
            raise Unsure("a class of characters by its Unicode property is not evaluated")
        return None

    def character_escape(self, character: str) -> str:
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character == "x":
            return self.hexadecimal()
        if character in "01234567":
            return self.octal(character)
        if character in _WORD or not character.isascii():
            raise Wrong(f"\\{character} is not an escape")
        return character

    def hexadecimal(self) -> str:
        digits = self.take()
        if digits == "{":
            end = self.pattern.find("}", self.at)
            digits = self.pattern[self.at : max(end, self.at)]
            self.at = end + 1
        else:
            digits += self.take()
        try:
            return chr(int(digits, 16))
        except (ValueError, OverflowError):
            raise Wrong("an escape has no character") from None

    def octal(self, character: str) -> str:
        digits = character
        if character != "0" and self.peek() not in tuple("01234567"):
            raise Wrong("Go has no references to groups")
        while len(digits) < 3 and self.peek() in tuple("01234567"):
            digits += self.take()
        return chr(int(digits, 8))

    def bracket(self) -> Test:
        negated = self.peek() == "^"
        if negated:
            self.at += 1
        tests: list[Test] = []
        singles: set[str] = set()
        first = True
        while first or self.peek() != "]":
            first = False
            self.member(tests, singles)
        self.at += 1
        members = frozenset(singles)

        def test(character: str) -> bool:
            return character in members or any(one(character) for one in tests)

        return (lambda c: not test(c)) if negated else test

    def member(self, tests: list[Test], singles: set[str]) -> None:
        if self.peek(2) == "[:":
            tests.append(self.posix())
            return
        low = self.take()
        if low == "\\":
            character = self.take()
            test = self.class_escape(character)
            if test is not None:
                tests.append(test)
                return
            low = self.character_escape(character)
        if self.peek() == "-" and self.peek(2)[1:] not in ("]", ""):
            self.at += 1
            high = self.take()
            if high == "\\":
                high = self.character_escape(self.take())
            if high < low:
                raise Wrong("a range of characters is the wrong way round")
            tests.append(self.within(low, high))
        elif self.flags.ignore_case:
            singles.update((low.lower(), low.upper()))
        else:
            singles.add(low)

    def posix(self) -> Test:
        end = self.pattern.find(":]", self.at)
        name = self.pattern[self.at + 2 : max(end, self.at)]
        found = _POSIX.get(name.lstrip("^"))
        if found is None:
            raise Wrong("a class of characters is not one that Go has")
        self.at = end + 2
        return (lambda c: c not in found) if name.startswith("^") else (lambda c: c in found)

    def within(self, low: str, high: str) -> Test:
        if self.flags.ignore_case:
            return lambda c: low <= c.lower() <= high or low <= c.upper() <= high
        return lambda c: low <= c <= high


class _Compiler:
    def __init__(self) -> None:
        self.program: list[Node] = []

    def add(self, *instruction: Any) -> int:
        if len(self.program) >= MAX_PROGRAM:
            raise Unsure("the pattern is too long to be tried")
        self.program.append(instruction)
        return len(self.program) - 1

    def compile(self, node: Node) -> None:
        """Append the instructions of a node; what follows it comes right after."""
        kind = node[0]
        if kind in ("char", "assert"):
            self.add(*node)
        elif kind == "cat":
            for part in node[1:]:
                self.compile(part)
        elif kind == "alt":
            self.alternatives(node[1:])
        elif kind == "group":
            self.add("save", 2 * node[1])
            self.compile(node[2])
            self.add("save", 2 * node[1] + 1)
        else:
            self.repeat(*node[1:])

    def alternatives(self, sides: tuple[Node, ...]) -> None:
        ends: list[int] = []
        for side in sides[:-1]:
            split = self.add("split")
            self.compile(side)
            ends.append(self.add("jump"))
            self.program[split] = ("split", split + 1, len(self.program))
        self.compile(sides[-1])
        for end in ends:
            self.program[end] = ("jump", len(self.program))

    def repeat(self, node: Node, low: int, high: int | None, greedy: bool) -> None:
        for _ in range(low):
            self.compile(node)
        if high is None:
            split = self.add("split")
            self.compile(node)
            self.add("jump", split)
            self.program[split] = self.split(split + 1, len(self.program), greedy)
            return
        splits: list[int] = []
        for _ in range(high - low):
            splits.append(self.add("split"))
            self.compile(node)
        for split in splits:
            self.program[split] = self.split(split + 1, len(self.program), greedy)

    def split(self, first: int, second: int, greedy: bool) -> Node:
        return ("split", first, second) if greedy else ("split", second, first)


@lru_cache(maxsize=64)
def compiled(pattern: str) -> Pattern:
    """A pattern ready to be searched for. Raises `Wrong` where Go would not take it."""
    if len(pattern) > MAX_PROGRAM:
        raise Unsure("the pattern is too long to be tried")
    parser = _Parser(pattern)
    node = parser.alternatives()
    if parser.at < len(pattern):
        raise Wrong("a parenthesis is closed that was not opened")
    compiler = _Compiler()
    compiler.compile(node)
    compiler.add("match")
    return Pattern(tuple(compiler.program), tuple(parser.groups))


def _asserted(kind: str, text: str, at: int) -> bool:
    if kind == "start":
        return at == 0
    if kind == "end":
        return at == len(text)
    if kind == "line-start":
        return at == 0 or text[at - 1] == "\n"
    if kind == "line-end":
        return at == len(text) or text[at] == "\n"
    before = at > 0 and text[at - 1] in _WORD
    after = at < len(text) and text[at] in _WORD
    return (before != after) == (kind == "word")


def search(pattern: Pattern, text: str, start: int = 0) -> tuple[int, ...] | None:
    """The leftmost match from `start` on: its start and end, then those of its groups, -1 where a group has no part."""
    tried: set[int] = set()
    try:
        for first in range(start, len(text) + 1):
            found = _match_at(pattern, text, first, tried)
            if found is not None:
                return found
    finally:
        _work.steps += len(tried)
    return None


def _match_at(pattern: Pattern, text: str, first: int, tried: set[int]) -> tuple[int, ...] | None:
    program, length = pattern.program, len(text)
    stack: list[tuple[int, int, tuple[int, ...]]] = [(0, first, (-1,) * (2 * len(pattern.groups) + 2))]
    while stack:
        pc, at, saved = stack.pop()
        state = pc * (length + 1) + at
        if state in tried:
            continue
        tried.add(state)
        if len(tried) > MAX_STEPS:
            raise Unsure("the pattern takes too long to be tried")
        instruction = program[pc]
        kind = instruction[0]
        if kind == "char":
            if at < length and instruction[1](text[at]):
                stack.append((pc + 1, at + 1, saved))
        elif kind == "split":
            stack.append((instruction[2], at, saved))
            stack.append((instruction[1], at, saved))
        elif kind == "jump":
            stack.append((instruction[1], at, saved))
        elif kind == "save":
            slot = instruction[1]
            stack.append((pc + 1, at, (*saved[:slot], at, *saved[slot + 1 :])))
        elif kind == "assert":
            if _asserted(instruction[1], text, at):
                stack.append((pc + 1, at, saved))
        else:
            return (first, at, *saved[2:])
    return None


def matches(pattern: Pattern, text: str) -> Iterator[tuple[int, ...]]:
    """All matches that do not overlap; an empty one right after another does not count."""
    at = 0
    last_end = -1
    limit = _work.steps + 2 * MAX_STEPS
    while at <= len(text):
        found = search(pattern, text, at)
        if found is None:
            return
        if _work.steps > limit:
            raise Unsure("the pattern takes too long to be tried")
        accepted = True
        if found[1] == at:
            accepted = found[0] != last_end
            at += 1
        else:
            at = found[1]
        last_end = found[1]
        if accepted:
            yield found


def result(pattern: Pattern, text: str, found: tuple[int, ...]) -> Any:
    """What `regex` gives for a match: the text, a list of groups, or a map of named groups."""
    if not pattern.groups:
        return text[found[0] : found[1]]
    named = sum(1 for name in pattern.groups if name)
    if 0 < named < len(pattern.groups):
        raise Wrong("groups with and without a name stand in one pattern")
    spans = [(found[2 * at], found[2 * at + 1]) for at in range(1, len(pattern.groups) + 1)]
    parts = [None if first < 0 else text[first:last] for first, last in spans]
    return dict(zip(pattern.groups, parts, strict=True)) if named else parts


def replace(pattern: str, text: str, by: str) -> str:
    """The text with each match replaced; `$1` and `${name}` in `by` stand for groups."""
    found_pattern = compiled(pattern)
    template = list(_template(by, found_pattern.groups))
    made: list[str] = []
    at = last_end = 0
    for found in matches(found_pattern, text):
        if found[1] <= last_end and found[0] != 0:
            continue
        made.append(text[at : found[0]])
        for part in template:
            if isinstance(part, str):
                made.append(part)
            elif found[2 * part] >= 0:
                made.append(text[found[2 * part] : found[2 * part + 1]])
        at = last_end = found[1]
    made.append(text[at:])
    return "".join(made)


def _template(by: str, groups: tuple[str, ...]) -> Iterator[str | int]:
    """The literal parts and the numbers of groups of a replacement."""
    at = 0
    while at < len(by):
        dollar = by.find("$", at)
        if dollar < 0 or dollar + 1 >= len(by):
            yield by[at:]
            return
        yield by[at:dollar]
        at = dollar + 1
        if by[at] == "$":
            yield "$"
            at += 1
            continue
        braced = by[at] == "{"
        start = at + 1 if braced else at
        end = start
        while end < len(by) and (by[end] in _WORD or by[end].isalnum()):
            end += 1
        name = by[start:end]
        if not name or (braced and by[end : end + 1] != "}"):
            yield "$"
            continue
        at = end + 1 if braced else end
        if name.isdigit() and int(name) <= len(groups):
            yield int(name)
        elif name in groups:
            yield groups.index(name) + 1
