"""Three-valued matching of IAM's patterns (`*`, `?`) where pattern and text may have holes.

`YES` and `NO` hold for every filling of the holes; `MAYBE` is the rest, and the little that this cannot prove. A
pattern is an automaton whose states are the bits of one integer, so the cost is the length of the text times a few
operations on integers as long as the pattern, whatever its wildcards.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator

from ecrlint.iam import pattern_tokens
from ecrlint.iam.pattern_tokens import ONE, STAR, Chars, Hole, Token, Tokens, permits
from ecrlint.model.dataclass import dataclass
from ecrlint.model.truth import MAYBE, NO, YES, Truth, all_of, truth
from ecrlint.model.value import Scalar, Value, string

_LONGEST = 50_000  # characters, pattern and text together; IAM's longest policy has 20,480
_SEGMENTS = 6  # arn:partition:service:region:account:resource
_COLONS = _SEGMENTS - 1


def matches(pattern: Value, text: Value, *, ignore_case: bool = False) -> Truth:
    """Whether a pattern matches a text, in which `*` and `?` are characters like others.

    A hole of the pattern may itself hold wildcards unless it is a reference to an identity of something deployed; a
    reference on both sides is the same string on both.
    """
    plain_pattern, plain_text = string(pattern), string(text)
    if plain_pattern is not None and plain_text is not None and "$" not in plain_pattern:
        return _plain(plain_pattern, plain_text, ignore_case)
    rows = pattern_tokens.of_text(text, ignore_case=ignore_case)
    return _every(_match, pattern_tokens.of_pattern(pattern, ignore_case=ignore_case), rows)


def any_matches_action(listed: tuple[Value, ...], action: str) -> Truth:
    """Whether any of these patterns matches an action; case does not count. The innermost step of every decision."""
    result = NO
    for pattern in listed:
        plain = pattern.value if isinstance(pattern, Scalar) else None
        one = _plain_action(plain, action) if isinstance(plain, str) else _matches(pattern, action)
        if one is YES:
            return YES
        if one is MAYBE:
            result = MAYBE
    return result


def _matches(pattern: Value, action: str) -> Truth:
    return matches(pattern, Scalar(action, pattern.span), ignore_case=True)


@functools.lru_cache(maxsize=1 << 14)
def _plain_action(pattern: str, action: str) -> Truth:
    if "$" in pattern:
        return _match(
            pattern_tokens.of_string(pattern.lower(), wildcards=True), pattern_tokens.of_string(action.lower(), wildcards=False)
        )
    return _plain(pattern, action, True)


def matches_arn(pattern: Value, resource: Value) -> Truth:
    """Whether a pattern of a Resource element covers the resource of a request: an ARN, or the `*` of actions without one.

    AWS documents that a `*` that ends a segment may run over colons, and that an ARN of fewer than six segments is
    completed with `*`; it advises against both. Where the answer depends on them it is `MAYBE`. `*` is covered only by
    a pattern that may be `*`, never by one of an ARN.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    plain_pattern, plain_text = string(pattern), string(resource)
    if plain_pattern == "*":
        return YES
    if plain_pattern is not None and plain_text is not None:
        return _plain_arn(plain_pattern, plain_text)
    rows = [_as_repository(row) for row in pattern_tokens.of_text(resource)]
    return _every(_match_arn, pattern_tokens.of_pattern(pattern), rows)


def matches_by_segment(pattern: Value, arn: Value) -> Truth:
    """Whether a pattern of a condition on ARNs matches: each of the six segments for itself, whatever wildcards it has.

    Of a pattern with fewer segments AWS says nothing else, and of `*` alone nothing at all.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    return _every(_match_segments, pattern_tokens.of_pattern(pattern), pattern_tokens.of_text(arn))


@functools.lru_cache(maxsize=1 << 14)
def _plain_arn(pattern: str, resource: str) -> Truth:
    if "$" not in pattern and pattern.count(":") == resource.count(":") == _COLONS and _WILD_PLACES.match(pattern) is None:
        return _plain(pattern, resource, False)
    return _match_arn(pattern_tokens.of_string(pattern, wildcards=True), pattern_tokens.of_string(resource, wildcards=False))


def equals(a: Value, b: Value, *, ignore_case: bool = False) -> Truth:
    """Whether two values are the same string; no wildcards on either side."""
    return _every(_match, pattern_tokens.of_text(a, ignore_case=ignore_case), pattern_tokens.of_text(b, ignore_case=ignore_case))


def overlaps(a: Value, b: Value, *, ignore_case: bool = False) -> Truth:
    """Whether some string matches both patterns."""
    rows = pattern_tokens.of_pattern(b, ignore_case=ignore_case)
    return _every(_match, pattern_tokens.of_pattern(a, ignore_case=ignore_case), rows)


def overlaps_on_repository(a: Value, b: Value) -> Truth:
    """Whether the ARN of some ECR repository, or of what may be one, matches both patterns."""
    return _every(_overlap_on_repository, pattern_tokens.of_pattern(a), pattern_tokens.of_pattern(b))


def is_everything(pattern: Value) -> Truth:
    """Whether a pattern matches every text: whether it is `*`."""
    return _every(lambda row, _: _is_everything(row), pattern_tokens.of_pattern(pattern), [()])


def _every(decide: Callable[[Tokens, Tokens], Truth], rows: list[Tokens], others: list[Tokens]) -> Truth:
    """The answer that all ways to settle the choices have in common."""
    answers = {decide(row, other) for row in rows for other in others}
    return answers.pop() if len(answers) == 1 else MAYBE


# --- plain strings -------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1 << 14)
def _plain(pattern: str, text: str, ignore_case: bool) -> Truth:
    if ignore_case:
        pattern, text = pattern.lower(), text.lower()
    if "?" in pattern:
        return _match(pattern_tokens.of_string(pattern, wildcards=True), pattern_tokens.of_string(text, wildcards=False))
    first, *pieces = pattern.split("*")
    if not pieces:
        return truth(pattern == text)
    last = pieces.pop()
    end = len(text) - len(last)
    if not text.startswith(first) or not text.endswith(last) or len(first) > end:
        return NO
    at = len(first)
    for piece in pieces:
        found = text.find(piece, at, end)
        if found < 0:
            return NO
        at = found + len(piece)
    return YES


# --- rows of tokens ------------------------------------------------------------------------------------------------


def _match(pattern: Tokens, text: Tokens) -> Truth:
    """Whether the pattern matches the text, or, where the text is a pattern too, whether some string matches both."""
    if len(pattern) + len(text) > _LONGEST:
        return MAYBE
    pattern, text = _without_equal_ends(pattern, text)
    if pattern == text == () or _certainly(pattern, text):
        return YES
    return MAYBE if _possibly(pattern, text) and not _is_longer(pattern, text) else NO


def _is_longer(pattern: Tokens, text: Tokens) -> bool:
    """Whether a pattern holds all that a text does, each hole as itself, and more: no filling makes these as long."""
    counted = [Counter(token.key for token in row if isinstance(token, Hole)) for row in (pattern, text)]
    if not counted[1] or STAR in text or None in counted[1] or counted[1] - counted[0]:
        return False
    if any(isinstance(token, Hole) and token.wild for token in pattern):
        return False
    fixed = [sum(not isinstance(token, Hole) and token is not STAR for token in row) for row in (pattern, text)]
    return fixed[0] > fixed[1]


def _without_equal_ends(pattern: Tokens, text: Tokens) -> tuple[Tokens, Tokens]:
    """Both without what is the same one string at their beginnings and at their ends, which changes no answer."""
    start, shorter = 0, min(len(pattern), len(text))
    while start < shorter and _same_string(pattern[start], text[start]):
        start += 1
    end = 0
    while end < shorter - start and _same_string(pattern[-1 - end], text[-1 - end]):
        end += 1
    return pattern[start : len(pattern) - end], text[start : len(text) - end]


def _same_string(a: Token, b: Token) -> bool:
    if isinstance(a, Hole):
        return isinstance(b, Hole) and a.key is not None and a.key == b.key and not a.wild
    return isinstance(a, str) and a == b


@dataclass(frozen=True, slots=True)
class _Automaton:
    """Bit i of each mask belongs to token i of the pattern. State i: tokens before i have matched what was read."""

    characters: dict[str, int]
    ones: int
    stars: int
    holes: dict[Hole, int]
    end: int


def _automaton(pattern: Tokens) -> _Automaton:
    characters: dict[str, int] = {}
    holes: dict[Hole, int] = {}
    ones = stars = 0
    bit = 1
    for token in pattern:
        if isinstance(token, str):
            characters[token] = characters.get(token, 0) | bit
        elif token is STAR:
            stars |= bit
        elif token is ONE:
            ones |= bit
        elif isinstance(token, Hole):
            holes[token] = holes.get(token, 0) | bit
        bit <<= 1
    return _Automaton(characters, ones, stars, holes, bit)


def _flood(states: int, through: int) -> int:
    """All states reached from these by steps over tokens of `through`: the carry of an addition runs along them."""
    return (((states & through) + through) ^ through) | states


def _union(masks: Iterator[int]) -> int:
    result = 0
    for mask in masks:
        result |= mask
    return result


def _possibly(pattern: Tokens, text: Tokens) -> bool:
    """False only if no filling of the holes matches. Holes are independent here, and those of the pattern may be `*`."""
    nfa = _automaton(pattern)
    skips = nfa.stars | _union(iter(nfa.holes.values()))

    @functools.cache
    def masks(token: Token) -> tuple[int, int, int]:
        """Over which pattern tokens this one steps, in which it stays, and through which it runs if it is long."""
        if isinstance(token, str):
            stays = nfa.stars | _union(mask for hole, mask in nfa.holes.items() if permits(hole.chars, token))
            return nfa.characters.get(token, 0) | nfa.ones, stays, skips
        chars = token.chars if isinstance(token, Hole) else Chars.FREE
        steps = nfa.ones | _union(mask for character, mask in nfa.characters.items() if permits(chars, character))
        return steps, skips, skips if token is ONE else steps | skips

    states = _flood(1, skips)
    for token in text:
        steps, stays, runs = masks(token)
        if not (token is STAR or (isinstance(token, Hole) and not token.nonempty)):
            states = ((states & steps) << 1) | (states & stays)
        states = _flood(states, runs)
        if not states:
            return False
    return bool(states & nfa.end)


def _certainly(pattern: Tokens, text: Tokens) -> bool:
    """True only if every filling of the holes matches: a hole is one unknown sign, read by `*` or by the same hole."""
    nfa = _automaton(pattern)
    characters = _union(iter(nfa.characters.values())) | nfa.ones
    states = _flood(1, nfa.stars)
    for token in text:
        if token is STAR:
            states = _flood(states, nfa.end - 1)
            continue
        if isinstance(token, Hole):
            steps = 0 if token.key is None else _union(mask for hole, mask in nfa.holes.items() if hole.key == token.key)
        elif isinstance(token, str):
            steps = nfa.characters.get(token, 0) | nfa.ones
        else:
            steps = characters
        states = _flood(((states & steps) << 1) | (states & nfa.stars), nfa.stars)
        if not states:
            return False
    return bool(states & nfa.end)


# --- ARNs ----------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1 << 12)
def _match_arn(pattern: Tokens, resource: Tokens) -> Truth:
    if _is_everything(pattern) is YES:
        return YES
    segments, parts = _segments_of(pattern), _segments_of(resource)
    if len(segments) == len(parts) == _SEGMENTS and not _may_hold_colon(resource):
        if _name_two_resources(segments[_COLONS], parts[_COLONS]):
            return NO
        # As many colons here as there: no `*` can run over one.
        return _as_documented(
            segments, parts, all_of(_match(segment, part) for segment, part in zip(segments, parts, strict=True))
        )
    loosely = _match(pattern, resource)
    if len(segments) < _SEGMENTS and not _may_hold_colon(pattern):
        missing: Tokens = (":", STAR) * (_SEGMENTS - len(segments))
        completed = _match(pattern + missing, resource)
        return loosely if loosely is completed else MAYBE
    if loosely is YES and len(segments) >= _SEGMENTS and len(parts) >= _SEGMENTS:
        strictly = all_of(_match(segment, part) for segment, part in zip(_six(segments), _six(parts), strict=True))
        return _as_documented(_six(segments), _six(parts), YES) if strictly is YES else MAYBE
    return loosely


def _name_two_resources(pattern: Tokens, resource: Tokens) -> bool:
    """Whether the last segments of two ARNs differ in nothing but whose name ends them: two declared resources are never one."""
    rest = _without_equal_ends(pattern, resource)
    holes = [row[0] for row in rest if len(row) == 1 and isinstance(row[0], Hole)]
    kinds = {hole.key: pattern_tokens.kind_of_name(hole.key) for hole in holes if hole.key is not None}
    return len(kinds) == 2 and None not in kinds.values() and len(set(kinds.values())) == 1


def ending(arn: Value) -> tuple[str, object] | None:
    """What the last segment of an ARN is, after its kind: no two ARNs match whose endings are of one kind and differ.

    It is a known string, or ends with the name of a repository that is declared here. None for all other ARNs.
    """
    rows = pattern_tokens.of_pattern(arn)
    segments = _segments_of(rows[0])
    if len(rows) != 1 or len(segments) != _SEGMENTS or _may_hold_colon(rows[0]):
        return None
    last = segments[_COLONS]
    if all(isinstance(token, str) for token in last):
        return "", last
    if last[:-1] == tuple("repository/") and isinstance(last[-1], Hole) and last[-1].key is not None:
        kind = pattern_tokens.kind_of_name(last[-1].key)
        return None if kind is None else (kind, last[-1].key)
    return None


_SERVICE = 2
_WITHOUT_TYPE = ("s3", "sns", "sqs")
"""Services whose ARNs have a name where others have the type of the resource."""

_WILD_PLACES = re.compile(rf"[^:]*:[^:]*:([^:]*[*?]|(?!({'|'.join(_WITHOUT_TYPE)}):)[^:]*:[^:]*:[^:]*:(?!\*$)[^:/]*[*?])")
"""A pattern with a wildcard in the service or in the type of the resource, which is more than `*`."""


def _as_documented(segments: list[Tokens], parts: list[Tokens], matched: Truth) -> Truth:
    """A match, unsure where a wildcard stands for a part of the service or of the resource's type: AWS says it cannot.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    if matched is NO:
        return NO
    last = segments[_COLONS]
    kind = tuple(itertools.takewhile(lambda token: token not in ("/", ":"), last))
    of_type = "".join(map(str, parts[_SERVICE])) not in _WITHOUT_TYPE and last != (STAR,) and _has_wildcard(kind)
    return matched & MAYBE if of_type or _has_wildcard(segments[_SERVICE]) else matched


def _has_wildcard(row: Tokens) -> bool:
    return STAR in row or ONE in row


def _match_segments(pattern: Tokens, arn: Tokens) -> Truth:
    segments, parts = _cut(pattern), _cut(arn)
    if segments is not None and parts is not None:
        return all_of(_match(segment, part) for segment, part in zip(segments, parts, strict=True))
    loosely = _match(pattern, arn)
    if _has_wildcard(pattern) or loosely is not YES:
        too_short = segments is None and not _may_hold_colon(pattern) and _is_everything(pattern) is NO
        return NO if too_short else loosely & MAYBE
    return loosely


def _cut(row: Tokens) -> list[Tokens] | None:
    """The six segments; None where there are fewer, or where a hole may hide where they begin."""
    segments = _segments_of(row)
    if len(segments) < _SEGMENTS or any(map(_may_hold_colon, segments[:_COLONS])):
        return None
    return _six(segments)


def _is_everything(pattern: Tokens) -> Truth:
    if pattern and all(token is STAR for token in pattern):
        return YES
    return MAYBE if pattern and all(token is STAR or (isinstance(token, Hole) and token.wild) for token in pattern) else NO


def _segments_of(row: Tokens) -> list[Tokens]:
    """The row cut at its colons; those that a hole may hold are not seen."""
    result: list[list[Token]] = [[]]
    for token in row:
        if token == ":":
            result.append([])
        else:
            result[-1].append(token)
    return [tuple(segment) for segment in result]


def _six(segments: list[Tokens]) -> list[Tokens]:
    last: list[Token] = []
    for segment in segments[_COLONS:]:
        last += (":", *segment) if last else segment
    return [*segments[:_COLONS], tuple(last)]


def _may_hold_colon(row: Tokens) -> bool:
    return any(isinstance(token, Hole) and permits(token.chars, ":") for token in row)


def _as_repository(row: Tokens) -> Tokens:
    """The ARN of a repository with what is known of every repository: its name is made of a name's characters."""
    segments = _segments_of(row)
    if len(segments) != _SEGMENTS or segments[2] != ("e", "c", "r") or any(_may_hold_colon(part) for part in segments[:_COLONS]):
        return row
    fixed = len(row) - len(segments[_COLONS])
    return row[:fixed] + tuple(_as_name(token) for token in row[fixed:])


def _as_name(token: Token) -> Token:
    return Hole(token.key, Chars.NAME) if isinstance(token, Hole) else token


_REPOSITORY: Tokens = (
    *"arn:",
    Hole(None, Chars.PLAIN),
    *":ecr:",
    Hole(None, Chars.PLAIN),
    ":",
    Hole(None, Chars.DIGITS),
    *":repository/",
    Hole(None, Chars.NAME),
)
_ANY_REPOSITORY = pattern_tokens.of_string("arn:*:ecr:*:*:repository/*", wildcards=True)


def _overlap_on_repository(a: Tokens, b: Tokens) -> Truth:
    if _match_arn(a, _REPOSITORY) is NO or _match_arn(b, _REPOSITORY) is NO:
        return NO
    for this, that in ((a, b), (b, a)):
        if _is_everything(this) is YES:
            return _match(that, _ANY_REPOSITORY)
    segments, others = _segments_of(a), _segments_of(b)
    if len(segments) == len(others) == _SEGMENTS:
        return all_of(_match(segment, other) for segment, other in zip(segments, others, strict=True))
    return _match(a, b)
