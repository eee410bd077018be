"""The options of a command: which words belong to which, as far as the words are known."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ecrlint.model.dataclass import dataclass
from ecrlint.model.script import Word
from ecrlint.model.value import Scalar, Text, Value, pieces


@dataclass(frozen=True, slots=True)
class CommandOptions:
    """The options of a command by name, dashes included, its other words, and where these begin among all of them.

    An option without a value has none. Not `closed`: a word that is not known may be an option, or several words.
    """

    values: dict[str, tuple[Value, ...]]
    words: tuple[Word, ...]
    closed: bool

    def last(self, *names: str) -> Value | None:
        """The value that counts of an option with several names; None where it is not given."""
        given = [value for name in names for value in self.values.get(name, ())]
        return given[-1] if given else None

    def all(self, *names: str) -> tuple[Value, ...]:
        return tuple(value for name in names for value in self.values.get(name, ()))

    def has(self, *names: str) -> bool:
        return any(name in self.values for name in names)

    def is_closed(self, expected: int) -> bool:
        """Whether the other words are as many as a command takes, so that each of them is one word for sure."""
        return self.closed and (len(self.words) <= expected or not any(word.splits for word in self.words))


def options(words: Sequence[Word], flags: Collection[str], stops: bool = False) -> CommandOptions:
    """The options among words, of which those in `flags` take no value; `stops` at the first word that is none."""
    values: dict[str, tuple[Value, ...]] = {}
    others: list[Word] = []
    closed = True
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        name, value = _named(word)
        if name is None:
            others.append(word)
            if stops:
                others.extend(words[at:])
                break
            continue
        if name == "--":
            others.extend(words[at:])
            break
        if not name.startswith("--") and len(name) > 2 and value is None:
            name, value = _short(word, name, flags)
        if name in flags or value is not None:
            shown = (value,) if value is not None else ()
        elif at < len(words):
            shown = (words[at].value,)
            at += 1
        else:
            shown = ()
        values[name] = (*values.get(name, ()), *shown)
    return CommandOptions(values, tuple(others), closed)


def text_of(word: Word) -> str | None:
    """The known text of a word."""
    value = word.value
    return value.value if isinstance(value, Scalar) and isinstance(value.value, str) else None


def _named(word: Word) -> tuple[str | None, Value | None]:
    """The name of the option that a word is, and the value that it has after `=`; no name where it is none."""
    value = word.value
    first = pieces(value)[0]
    if not isinstance(first, Scalar) or not isinstance(first.value, str) or not first.value.startswith("-") or first.value == "-":
        return None, None
    name, equals, rest = first.value.partition("=")
    if not equals:
        return name, None
    if not isinstance(value, Text):
        return name, Scalar(rest, value.span)
    left: tuple[Value, ...] = (Scalar(rest, first.span),) if rest else ()
    parts = (*left, *pieces(value)[1:])
    return name, parts[0] if len(parts) == 1 else Text(parts, value.span)


def _short(word: Word, name: str, flags: Collection[str]) -> tuple[str, Value | None]:
    """The option that short options in one word end with (`-it`, `-tNAME`), and its value where it has one there."""
    if isinstance(word.value, Text):
        return name[:2], Text((Scalar(name[2:], word.span), *pieces(word.value)[1:]), word.span)
    for place in range(1, len(name)):
        if f"-{name[place]}" not in flags:
            rest = name[place + 1 :]
            return f"-{name[place]}", Scalar(rest, word.span) if rest else None
    return f"-{name[-1]}", None
