"""What commands write, as far as it is known: into files, into pipes, and in the place of a substitution."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ecrlint.evaluate.script.options import text_of
from ecrlint.evaluate.script.shell_state import ShellState, joined
from ecrlint.evaluate.script.simple_command import SimpleCommand
from ecrlint.model.node import Node
from ecrlint.model.script import AwsCall, Command, Word
from ecrlint.model.source import Span
from ecrlint.model.value import Ref, Scalar, Unknown, Value, pieces, string, suffix

if TYPE_CHECKING:
    from ecrlint.evaluate.script.journal import Journal

_ACCOUNT_QUERY = re.compile(r"\.?Account")
_REGION_PATH = re.compile(r"/latest/(?:dynamic/instance-identity/region|meta-data/placement/region)/?$")


def written(command: Command, call: SimpleCommand) -> tuple[Node | None, Value, bool, Value] | None:
    """The word and value of the path that a command writes to, whether it appends, and the text; None where it writes none."""
    program = command.program
    if program == "tee":
        words = [word for word in command.words[1:] if not (text_of(word) or "-").startswith("-") or text_of(word) is None]
        appends = any(text_of(word) in ("-a", "--append") for word in command.words[1:])
        if len(words) != 1:
            return None
        return None, words[0].value, appends, _given(call.stdin, command.span)
    if call.target is None:
        return None
    text = printed(command) or Unknown("what the program writes is not known", command.span)
    return call.target.word, call.target.path, call.target.appends, text


def _given(stdin: tuple[Command, ...] | Value | None, span: Span) -> Value:
    if isinstance(stdin, tuple):
        text = printed(stdin[-1]) if stdin else None
        return Unknown("what the pipe writes is not known", span) if text is None else text
    return Unknown("what it reads is not known", span) if stdin is None else stdin


def printed(command: Command) -> Value | None:
    """What `echo`, `printf` or `cat` writes; None where it is not known or another program writes it."""
    words = command.words[1:]
    if any(word.splits for word in words):
        return _mixed(command) if command.program == "echo" else None
    match command.program:
        case "echo":
            return _echoed(command, words)
        case "printf" if words:
            return _formatted(words, command.span)
        case "cat" if not words or text_of(words[0]) == "-":
            return None if isinstance(command.stdin, tuple) else command.stdin
        case _:
            return None


def _mixed(command: Command) -> Value:
    return _echoed(command, command.words[1:])


def _echoed(command: Command, words: Sequence[Word]) -> Value:
    end, escapes = "\n", False
    while words and (flag := text_of(words[0])) is not None and re.fullmatch(r"-[neE]+", flag):
        end, escapes = "" if "n" in flag else end, "e" in flag
        words = words[1:]
    parts: list[Value] = []
    for at, word in enumerate(words):
        parts.extend((Scalar(" ", word.span), word.value) if at else (word.value,))
    text = joined([*parts, Scalar(end, command.span)], command.span)
    return _unescaped(text) if escapes else text


def _unescaped(value: Value) -> Value:
    parts = pieces(value)
    shown = [Scalar(_escaped(str(part.value)), part.span) if isinstance(part, Scalar) else part for part in parts]
    return joined(shown, value.span) if len(shown) > 1 else shown[0]


def _escaped(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t")


def _formatted(words: Sequence[Word], span: Span) -> Value | None:
    """What `printf` writes where its format has nothing but `%s`."""
    form = text_of(words[0])
    if form is None:
        return None
    given = [word.value for word in words[1:]]
    pieces = re.split(r"%s", _escaped(form))
    if any("%" in piece.replace("%%", "") for piece in pieces) or len(given) > len(pieces) - 1:
        return None
    parts: list[Value] = []
    for at, piece in enumerate(pieces):
        parts.append(Scalar(piece.replace("%%", "%"), words[0].span))
        if at < len(pieces) - 1:
            parts.append(given[at] if at < len(given) else Scalar("", span))
    return joined(parts, span)


def pairs(text: Value) -> Iterator[tuple[str, Value]]:
    """The names and values in lines of `NAME=value`, such as `$GITHUB_ENV` takes; one over several lines is not known."""
    line: list[Value] = []
    for piece in [*_lines(text), None]:
        if piece is not None:
            line.append(piece)
            continue
        first = line[0] if line else None
        found = re.match(r"([A-Za-z_][\w-]*)(=|<<)", string(first) or "") if first is not None else None
        if found and first is not None:
            rest = Scalar((string(first) or "")[found.end() :], first.span)
            value = joined([rest, *line[1:]], text.span)
            yield found.group(1), value if found.group(2) == "=" else Unknown("it goes on over several lines", text.span)
        line = []


def _lines(text: Value) -> Iterator[Value | None]:
    for part in pieces(text):
        if not isinstance(part, Scalar):
            yield part
            continue
        for at, piece in enumerate(str(part.value).split("\n")):
            if at:
                yield None
            if piece:
                yield Scalar(piece, part.span)


# Substitutions


def value(journal: Journal, ran: Sequence[Command], script: Node, state: ShellState) -> Value | None:
    """What the commands of a substitution are known to write; None where that is not known."""
    statements = script.value
    if len(statements) != 1:
        return None
    statement = statements[0]
    if statement.tag == "pipeline":
        return _piped(journal, ran, script.span)
    if statement.tag != "command" or not ran:
        return None
    command = ran[-1]
    if not _is_within(command.span, script.span) and len([one for one in ran if not _is_within(one.span, script.span)]) > 1:
        return None  # a function that runs several commands writes what all of them write
    text = printed(command)
    if text is not None and not (command.words[1:] and any(word.splits for word in command.words[1:])):
        return _without_end(text)
    if command.program in ("curl", "wget"):
        asked = next((_literal(word.value) for word in command.words[1:] if _REGION_PATH.search(_literal(word.value))), None)
        return None if asked is None else Ref(journal.surroundings.name, "region", script.span)
    made = journal.tokens.calls.get(id(command))
    return None if made is None else _answer(journal, made, script.span)


def _is_within(span: Span, outer: Span) -> bool:
    return span.path == outer.path and outer.start <= span.start and span.end <= outer.end


def _literal(given: Value) -> str:
    return string(given) or ""


def _without_end(text: Value) -> Value:
    if isinstance(text, Scalar):
        return Scalar(str(text.value).rstrip("\n"), text.span)
    *before, last = pieces(text)
    return joined([*before, Scalar(suffix(text).rstrip("\n"), last.span)], text.span) if isinstance(last, Scalar) else text


def _piped(journal: Journal, ran: Sequence[Command], span: Span) -> Value | None:
    """`aws sts get-caller-identity | jq -r .Account`, and what only takes quotes or line ends away."""
    if len(ran) < 2:
        return None
    first, last = ran[0], ran[-1]
    made = journal.tokens.calls.get(id(first))
    if made is None or len(ran) != 2:
        return None
    words = [text_of(word) or "" for word in last.words]
    if (made.service, made.operation) == ("sts", "get-caller-identity"):
        if words[0] == "jq" and any(re.fullmatch(r"-\w*r\w*|--raw-output", word) for word in words) and ".Account" in words:
            return journal.account(first, span)
        query = _last(made, "query")
        if words[0] == "tr" and words[1:2] == ["-d"] and _ACCOUNT_QUERY.fullmatch(query or ""):
            return journal.account(first, span)
    return None


def _answer(journal: Journal, made: AwsCall, span: Span) -> Value | None:
    query, form = _last(made, "query"), _last(made, "output")
    match made.service, made.operation:
        case "sts", "get-caller-identity" if form == "text" and query in ("Account", '"Account"', "[Account]"):
            return journal.account(made.command, span)
        case "configure", "get" if [string(word) for word in made.options.get("words", ())] == ["region"]:
            return made.region
        case "ecr", "describe-repositories" | "create-repository" if form == "text" and "repositoryUri" in (query or ""):
            names = made.options.get("repository-names") or made.options.get("repository-name") or ()
            if len(names) != 1:
                return None
            account = (made.options.get("registry-id") or (journal.account(made.command, span),))[0]
            region = made.region or Unknown("the region is that of the environment", span)
            host = [account, Scalar(".dkr.ecr.", span), region, Scalar(".amazonaws.com/", span)]
            return joined([*host, names[0]], span)
        case _:
            return None


def _last(made: AwsCall, name: str) -> str | None:
    values = made.options.get(name) or ()
    return string(values[-1]) if values else None
