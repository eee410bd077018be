"""From a message that AWS printed to the rules that predict it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from ecrlint.model.dataclass import dataclass
from ecrlint.model.rule import Rule

ENOUGH = 0.4  # of 1: how alike message and symptom have to be
CLOSE = 0.75  # of the best match: what is shown beside it
LONGEST = 2000  # characters of a line of a log; what comes after is no message, and costs its square

# What differs from account to account, and so says nothing about the cause. Order matters: an ARN holds names and numbers.
_NOISE = re.compile(
    r"arn:[\w-]*:[^\s\"',)]*"  # ARNs, with the names in them
    r"|<[^<>\s]+>"  # placeholders of a symptom
    r"|(?:https?://)?[\w-]*(?:\.[\w-]+)*\.(?:amazonaws|api\.aws|on\.aws)(?:\.[a-z]+)*(?::\d+)?(?:/[^\s\"',)]*)?"  # hosts, images
    r"|\b[\w.+-]+/[\w./:@+-]*"  # paths, repositories, sessions
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # request ids
    r"|\bsha256:[0-9a-f]*"
    r"|([\"'`])[\w./@-]+\1"  # quoted names
    r"|\b(?![A-Za-z]+\d\b)[\w-]*\d[\w-]*\b"  # accounts, regions, counts, resource ids; not EC2, S3, IMDSv2
)
_LAYERS = re.compile(r"[\w.-]*starport-layer-bucket[^\s\"',)]*")
_ACTION = re.compile(r"\b[a-z][a-z0-9-]+:[A-Z][A-Za-z0-9]+\b")
_WORD = re.compile(r"[A-Za-z][A-Za-z-]*[A-Za-z\d]")
_EMPTY = frozenset(
    ("a", "an", "and", "are", "as", "at", "be", "been", "for", "has", "in", "is", "of", "on", "or", "that", "the", "to")
)


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that predicts a message: by which of its symptoms, and the words that both have, most telling first."""

    rule: Rule
    symptom: str
    words: tuple[str, ...]
    likeness: float


def find(message: str, rules: Iterable[Rule]) -> tuple[Match, ...]:
    """The rules whose symptom a message is, best first; none where no symptom is like it."""
    known = [(rule, symptom, words(symptom)) for rule in rules for symptom in rule.symptoms]
    spread = Counter(word for _, _, here in known for word in here)
    weights = {word: _weight(word, math.log(1 + len(known) / often)) for word, often in spread.items()}
    said = words(message)
    # A word that no symptom has says nothing, but an action that none has is a sign that the message is another one.
    weights |= {word: _weight(word, math.log(1 + len(known))) for word in said if ":" in word and word not in weights}
    best: dict[str, Match] = {}
    for rule, symptom, here in known:
        match = Match(rule, symptom, _shared(said, here, weights), _likeness(said, here, weights))
        if match.likeness >= ENOUGH and (rule.name not in best or match.likeness > best[rule.name].likeness):
            best[rule.name] = match
    top = max((match.likeness for match in best.values()), default=0)
    close = [match for match in best.values() if match.likeness >= top * CLOSE]
    # Of rules that predict the same message, the one that predicts fewest others is most about it.
    return tuple(sorted(close, key=lambda match: (-match.likeness, len(match.rule.symptoms), match.rule.name)))


def words(message: str) -> dict[str, str]:
    """The telling words of a message, folded, each with its spelling there; names, hosts, ids and numbers are left out."""
    text = "\n".join(line[:LONGEST] for line in message.replace('\\"', '"').splitlines())
    text = _LAYERS.sub(" starport-layer-bucket ", text)
    actions = _ACTION.findall(text)
    text = _NOISE.sub(" ", _ACTION.sub(" ", text))
    found = {word.lower(): word for word in [*actions, *_WORD.findall(text)]}
    return {folded: word for folded, word in found.items() if folded not in _EMPTY}


def _weight(word: str, rarity: float) -> float:
    """How telling a word is; the action that was refused says more than all the words around it."""
    return rarity * 3 if ":" in word else rarity


def _shared(said: Mapping[str, str], here: Iterable[str], weights: Mapping[str, float]) -> tuple[str, ...]:
    both = sorted(set(said) & set(here), key=lambda word: (-weights[word], word))
    return tuple(said[word] for word in both)


def _likeness(said: Iterable[str], here: Iterable[str], weights: Mapping[str, float]) -> float:
    """The cosine of two messages, each word weighted."""

    def squares(some: Iterable[str]) -> float:
        return sum(weights.get(word, 0.0) ** 2 for word in some)

    both = squares(set(said) & set(here))
    return both / math.sqrt(squares(said) * squares(here)) if both else 0.0


def nearest(name: str, rules: Iterable[Rule]) -> tuple[str, ...]:
    """The names of rules that are spelled, or worded, most like a name; at most three."""
    import difflib

    names = [rule.name for rule in rules]
    asked = name.lower().replace("_", "-").replace(" ", "-")
    spelled = difflib.get_close_matches(asked, names, n=3, cutoff=0.5)
    return tuple(spelled or list(_worded_alike(asked, names))[:3])


def _worded_alike(asked: str, names: Iterable[str]) -> Iterator[str]:
    parts = {part for part in asked.split("-") if len(part) > 2}
    alike = {name: len(parts & set(name.split("-"))) for name in names}
    return (name for name in sorted(alike, key=lambda name: (-alike[name], name)) if alike[name])
