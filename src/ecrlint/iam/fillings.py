"""What may fill a hole, in as many words as there are answers: the hole as a language, read by every pattern around it.

Whatever fills a hole moves each pattern that it stands in, or is matched by, from one set of positions to another. Two
fillings that move all of them alike are alike, so a search through these sets meets every kind of filling, shortest
word first, and ends.
"""

from __future__ import annotations

import itertools
import string
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from typing import TypeAlias

from ecrlint.iam import patterns
from ecrlint.iam.patterns import COLONS, SEGMENTS, automaton, flood, may_hold_colon, segments_of, without_equal_ends
from ecrlint.iam.tokens import ONE, STAR, Hole, Token, Tokens, permits
from ecrlint.model.dataclass import dataclass
from ecrlint.model.truth import Truth

Key = tuple[str, str]
"""What two holes have in common that are filled by the same string."""

_MOST_STATES = 1000
_OTHERS = string.ascii_lowercase + string.digits + "_-./~"


_State: TypeAlias = "tuple[int, ...]"


class TooManyError(Exception):
    """There are more kinds of fillings than are looked at."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A pattern beside the text that it is to match. `ignore_case`: both are in lower case, and so is what fills them;
    `literal`: the pattern has no wildcards; `arn`: it is matched as a resource is."""

    pattern: Tokens
    text: Tokens
    ignore_case: bool = False
    literal: bool = False
    arn: bool = False


@dataclass(frozen=True, slots=True)
class _Reader:
    """One way to read a filling, character by character. `answer`: what a whole word comes to, where that is all that
    counts; None where more holes wait for it."""

    start: _State
    step: Callable[[_State, str], _State]
    answer: Callable[[str], Truth] | None


def words(key: Key, comparisons: Iterable[Comparison]) -> Iterator[str]:
    """One filling of a hole for each way in which these comparisons can come out.

    Raises `TooManyError` where they are too many, or where it cannot be told which there are.
    """
    parts = list(dict.fromkeys(part for one in comparisons for part in _parts(one) if _holds(part, key)))
    readers = [reader for part in parts for reader in _readers(part, key)]
    alphabet = _alphabet(parts, key)
    nonempty = any(token.nonempty for part in parts for token in _own(part, key))
    first = tuple(reader.start for reader in readers)
    seen, labels, queue = set[object]() if nonempty else {first}, set[object](), [("", first)]
    for word, state in queue:  # which grows
        label = tuple(part if one.answer is None else one.answer(word) for one, part in zip(readers, state, strict=True))
        if label not in labels and (word or not nonempty):
            labels.add(label)
            yield word
        for character in alphabet:
            following = tuple(one.step(part, character) for one, part in zip(readers, state, strict=True))
            if following not in seen:
                seen.add(following)
                queue.append((word + character, following))
        if len(seen) > _MOST_STATES:
            raise TooManyError


def _own(part: Comparison, key: Key) -> list[Hole]:
    return [token for token in (*part.pattern, *part.text) if isinstance(token, Hole) and token.key == key]


def _holds(part: Comparison, key: Key) -> bool:
    return bool(_own(part, key))


def _parts(one: Comparison) -> Iterator[Comparison]:
    """A comparison of ARNs segment by segment, where no wildcard can run over a colon; else the whole."""
    cut, others = segments_of(one.pattern), segments_of(one.text)
    if one.arn and len(cut) == len(others) == SEGMENTS and not may_hold_colon(one.text):
        for segment, part in zip(cut, others, strict=True):
            yield Comparison(*without_equal_ends(segment, part))
    elif one.arn:
        yield one
    else:
        pattern, text = without_equal_ends(one.pattern, one.text)
        yield Comparison(pattern, text, one.ignore_case, one.literal)


def _alphabet(parts: list[Comparison], key: Key) -> list[str]:
    """The characters that some comparison tells from others, and one of those that none does."""
    known = {token for part in parts for token in (*part.pattern, *part.text) if isinstance(token, str)}
    known |= {character.upper() for part in parts if part.ignore_case for character in known}
    if "$" in known:
        raise TooManyError  # a filling could become a variable
    if any(part.arn for part in parts):
        known.add(":")
    if any(token.wild for part in parts for token in part.pattern if isinstance(token, Hole) and token.key == key):
        if known & {"*", "?"} and any(set(part.text) & {"*", "?"} and part.text != ("*",) for part in parts):
            raise TooManyError  # a filling could be a wildcard, or that character
        known |= {"*", "?"}
    others = [one for one in _OTHERS if one not in known and one.upper() not in known]
    kinds = {token.chars for part in parts for token in _own(part, key)}
    allowed = [one for one in (*sorted(known), *others) if all(permits(kind, one) for kind in kinds)]
    return [one for one in allowed if one in known] + [one for one in allowed if one not in known][:1]


def _readers(part: Comparison, key: Key) -> Iterator[_Reader]:
    holes = [token for token in part.pattern if isinstance(token, Hole)]
    others = [token for token in part.text if isinstance(token, Hole)]
    if holes and others:
        raise TooManyError  # what matches is no longer a matter of one of them
    alone = len(holes) + len(others) == 1
    answer = _answer(part, key) if alone else None
    if holes:
        yield from _in_pattern(part, key, answer)
    else:
        yield from _in_text(part, answer)


def _answer(part: Comparison, key: Key) -> Callable[[str], Truth]:
    def answer(word: str) -> Truth:
        if part.ignore_case:
            word = word.lower()
        pattern, text = _filled(part.pattern, key, word, not part.literal), _filled(part.text, key, word, False)
        return patterns.match_arn(pattern, text) if part.arn else patterns.match(pattern, text)

    return answer


def _filled(row: Tokens, key: Key, word: str, wildcards: bool) -> Tokens:
    made: list[Token] = []
    for token in row:
        if isinstance(token, Hole) and token.key == key:
            made += (_symbol(character, token.wild) if wildcards else character for character in word)
        else:
            made.append(token)
    return tuple(made)


def _symbol(character: str, wild: bool) -> Token:
    return (STAR if character == "*" else ONE if character == "?" else character) if wild else character


# --- the hole is in the pattern ------------------------------------------------------------------------------------


def _in_pattern(part: Comparison, key: Key, answer: Callable[[str], Truth] | None) -> Iterator[_Reader]:
    full = (1 << len(part.text)) - 1
    yield _along_text(part, key, answer, full)
    if part.arn:
        colons = [index for index, token in enumerate(part.text) if token == ":"][:COLONS]
        yield _along_text(part, key, answer, full & ~sum(1 << index for index in colons))  # a wildcard stays in its segment
        yield _Reader((0, 0), _shape, answer)


def _along_text(part: Comparison, key: Key, answer: Callable[[str], Truth] | None, through: int) -> _Reader:
    """Bit i: what was read of the pattern has matched the first i characters of the text; `*` runs `through` these."""
    wild = not part.literal and any(token.wild for token in _own(part, key))
    at: dict[Token, int] = {}
    for index, token in enumerate(part.text):
        at[token] = at.get(token, 0) | 1 << index

    def read(states: int, token: Token) -> int:
        if token is STAR:
            return flood(states, through)
        return (states & (through if token is ONE else at.get(token, 0))) << 1

    def step(rows: _State, character: str) -> _State:
        token = _symbol(character.lower() if part.ignore_case else character, wild)
        return tuple(read(row, token) for row in rows)

    if answer is None:
        return _Reader(tuple(1 << index for index in range(len(part.text) + 1)), step, None)
    return _Reader((reduce(read, _before(part.pattern), 1),), step, answer)


def _before(row: Tokens) -> Tokens:
    """What stands before the first hole."""
    return tuple(itertools.takewhile(lambda token: not isinstance(token, Hole), row))


def _shape(state: _State, character: str) -> _State:
    """How many colons were read, as far as that counts, and whether nothing was read yet, only stars, or more."""
    colons, kind = state
    return min(colons + (character == ":"), SEGMENTS + 1), 1 if character == "*" and kind < 2 else 2


# --- the hole is in the text ---------------------------------------------------------------------------------------


def _in_text(part: Comparison, answer: Callable[[str], Truth] | None) -> Iterator[_Reader]:
    yield _along_pattern(part, part.pattern, answer)
    if part.arn:
        missing = SEGMENTS - len(segments_of(part.pattern))
        if missing <= 0:
            raise TooManyError
        yield _along_pattern(part, part.pattern + (":", STAR) * missing, answer)  # as AWS completes it


def _along_pattern(part: Comparison, pattern: Tokens, answer: Callable[[str], Truth] | None) -> _Reader:
    """Bit i: the first i tokens of the pattern have matched what was read of the text."""
    nfa = automaton(pattern)

    def read(states: int, token: Token) -> int:
        steps = nfa.characters.get(str(token), 0) | nfa.ones
        return flood(((states & steps) << 1) | (states & nfa.stars), nfa.stars)

    def step(sets: _State, character: str) -> _State:
        token = character.lower() if part.ignore_case else character
        return tuple(read(states, token) for states in sets)

    if answer is None:
        return _Reader(tuple(flood(1 << index, nfa.stars) for index in range(len(pattern) + 1)), step, None)
    return _Reader((reduce(read, _before(part.text), flood(1, nfa.stars)),), step, answer)
