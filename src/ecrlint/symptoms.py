"""From a message that AWS printed to the page that says what it means, and to the rules that predict it.

The pages are those of `docs/errors/`. `messages.json` holds what of them is shown, and is written by `tools/docs.py`.
"""

from __future__ import annotations

import json
import math
import pkgutil
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from ecrlint.model.dataclass import dataclass
from ecrlint.model.rule import Rule

ENOUGH = 0.6  # of 1: how alike a message and one of a page have to be where none of the page is in it
UNKNOWN = 0.5  # of the weight of the rarest word: how much a word that no page has says against a page
FEWEST = 4  # words that both have to have, for the same
CLOSE = 0.85  # of the best match: which messages of a page are told from the others
LONGEST = 2000  # characters of a line of a log; what comes after is no message, and costs its square

# What differs from account to account, and so says nothing about the cause. Order matters: a host holds numbers.
_ARN = re.compile(r"arn:[\w-]*:[^\s\"',)]*")
_NOISE = re.compile(
    r"<[^<>\s]+>"  # placeholders of a symptom
    r"|(?:https?://)?[\w-]*(?:\.[\w-]+)*\.(?:amazonaws|api\.aws|on\.aws)(?:\.[a-z]+)*(?::\d+)?(?:/[^\s\"',)]*)?"  # hosts, images
    r"|\b[\w.+-]+/[\w./:@+-]*"  # paths, repositories, sessions
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # request ids
    r"|\bsha256:[0-9a-f]*"
    r"|([\"'`])[\w./@-]+\1"  # quoted names
    r"|\b(?![A-Za-z]+\d\b)[\w-]*\d[\w-]*\b"  # accounts, regions, counts, resource ids; not EC2, S3, IMDSv2
)
_LAYERS = re.compile(r"[\w.-]*starport-layer-bucket[^\s\"',)]*")
_ACTION = re.compile(r"\b[a-z][a-z0-9-]+:[A-Z][A-Za-z0-9]+\b")
_OPERATION = re.compile(r"when calling the (\w+) operation")
_CALLING = "calling"
_REFUSED_BY = re.compile(r"(because no|with an explicit deny in an?) ([\w -]+? policy|permissions boundary)")
_WORD = re.compile(r"[A-Za-z][A-Za-z-]*[A-Za-z\d]")
_EMPTY = frozenset(
    ("a", "an", "and", "are", "as", "at", "be", "been", "for", "has", "in", "is", "of", "on", "or", "that", "the", "to")
)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as AWS prints it, `...` for what differs, with the names of the rules that predict it."""

    text: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MessagePage:
    """The page of a message: `about` is what it means, `causes` are listed the most common first, `check` is how to see it by
    hand. `common` are the rules that the causes name, in their order."""

    name: str
    title: str
    about: str
    causes: str
    check: str
    messages: tuple[Message, ...]
    common: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """The page that a message belongs to, with the names of the rules that predict it, the most likely first."""

    page: MessagePage
    rules: tuple[str, ...]


@lru_cache(maxsize=1)
def pages() -> tuple[MessagePage, ...]:
    """The pages of all messages."""
    text = pkgutil.get_data("ecrlint", "messages.json")
    assert text is not None
    return tuple(_page(entry) for entry in json.loads(text))


def _page(entry: Mapping[str, Any]) -> MessagePage:
    messages = tuple(Message(one["text"], tuple(one["rules"])) for one in entry["messages"])
    return MessagePage(
        name=entry["name"],
        title=entry["title"],
        about=entry["about"],
        causes=entry["causes"],
        check=entry["check"],
        messages=messages,
        common=tuple(entry["common"]),
    )


def find(message: str, known: Iterable[MessagePage]) -> Match | None:
    """The page of a message; None where no page has a message that is like it.

    A message that has one of a page in it, word for word but for what differs, is one of that page: of several, of that with the
    most telling words. Otherwise it is one of the page whose words are most alike.
    """
    candidates = [(page, one, words(one.text)) for page in known for one in (Message(page.title), *page.messages)]
    weights = _weights(here for _, _, here in candidates)
    said, text = words(message), _plain(message)
    others = [word for word in said if word not in weights]
    if any(_is_of_other_service(word) for word in others):
        return None
    rarest = math.log(1 + len(candidates))
    weights |= {word: _weight(word, rarest if ":" in word else rarest * UNKNOWN) for word in others}
    held = [(_names_action(here), _size(here, weights), page) for page, one, here in candidates if _is_in(one.text, text)]
    told = [(page, here) for page, _, here in candidates if _is_telling(set(said) & set(here))]
    alike = [(False, _likeness(said, here, weights), page) for page, here in told]
    if not held and not alike:
        return None
    _, score, best = max(held or alike, key=lambda found: found[:2])
    if not held and score < ENOUGH:
        return None
    return Match(best, tuple(_ranked(best, said, text, weights)))


def _ranked(page: MessagePage, said: Mapping[str, str], text: str, weights: Mapping[str, float]) -> Iterator[str]:
    """The rules of a page: those that predict what is most like the message before the others, the common causes first.

    Where the message says which kind of policy refused, those that predict a refusal by that kind.
    """
    predicted = [one for one in page.messages if one.rules]
    kind = _kind(text)
    likeness = {one: _likeness(said, words(one.text), weights) for one in predicted}
    near = [one for one in predicted if kind and _kind(_plain(one.text)) == kind]
    if not near:
        top = max(likeness.values(), default=0.0)
        near = [one for one in predicted if likeness[one] >= top * CLOSE]
    rules = [rule for one in near for rule in one.rules]
    likely = (*(rule for rule in page.common if rule in rules), *rules)
    yield from dict.fromkeys((*likely, *page.common, *(rule for one in predicted for rule in one.rules)))


def _kind(text: str) -> str:
    """Which kind of policy refused, by a message on one line in lower case."""
    found = _REFUSED_BY.search(text)
    return "" if found is None else " ".join(part for part in found.groups() if part)


def _is_in(pattern: str, text: str) -> bool:
    """Whether a text has a pattern in it, whose `...` stand for anything."""
    at = 0
    parts = [part for part in (part.strip(" \"'`:.,()") for part in _plain(pattern).split("...")) if part]
    for part in parts:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return bool(parts)


def _plain(text: str) -> str:
    """A text on one line, in lower case, without what programs put before quotes."""
    lines = (line[:LONGEST] for line in text.splitlines())
    return re.sub(r"\s+", " ", " ".join(lines).replace('\\"', '"')).lower()


def _weights(known: Iterable[Mapping[str, str]]) -> dict[str, float]:
    """How telling each word is that some messages have: the rarer, the more."""
    messages = list(known)
    spread = Counter(word for here in messages for word in here)
    return {word: _weight(word, math.log(1 + len(messages) / often)) for word, often in spread.items()}


def _is_of_other_service(word: str) -> bool:
    """Whether a word is an action of a service that nothing here is about."""
    service, colon, _ = word.partition(":")
    return bool(colon) and service not in ("ecr", "ecr-public", _CALLING)


def _is_telling(both: Collection[str]) -> bool:
    return len(both) >= FEWEST or _names_action(both)


def _names_action(here: Iterable[str]) -> bool:
    """Whether a message says which action is refused: the page of that is told from one of refusals at large."""
    return any(":" in word and not word.startswith(_CALLING) for word in here)


def _size(here: Iterable[str], weights: Mapping[str, float]) -> float:
    return sum(weights[word] for word in here)


def words(message: str) -> dict[str, str]:
    """The telling words of a message, folded, each with its spelling there; names, hosts, ids and numbers are left out."""
    text = "\n".join(line[:LONGEST] for line in message.replace('\\"', '"').splitlines())
    text = _LAYERS.sub(" starport-layer-bucket ", text)
    text = _ARN.sub(" ", text)
    named = [*_ACTION.findall(text), *(f"{_CALLING}:{operation}" for operation in _OPERATION.findall(text))]
    text = _NOISE.sub(" ", _ACTION.sub(" ", text))
    found = {word.lower(): word for word in [*named, *_WORD.findall(text)]}
    return {folded: word for folded, word in found.items() if folded not in _EMPTY}


def _weight(word: str, rarity: float) -> float:
    """How telling a word is; the action that was refused says more than all the words around it."""
    return rarity * 3 if ":" in word and not word.startswith(_CALLING) else rarity


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
