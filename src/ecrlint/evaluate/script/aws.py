"""The AWS command line: which call it makes, where, and what the call does."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.evaluate.script.options import text_of
from ecrlint.model.script import Act, AssumeRole, AwsCall, Command, CreateRepository, Word
from ecrlint.model.value import Text, Unknown, Value, join, pieces, prefix

_VALUED = {
    *("--region", "--profile", "--output", "--query", "--endpoint-url", "--ca-bundle", "--color"),
    *("--cli-read-timeout", "--cli-connect-timeout", "--cli-binary-format", "--cli-error-format"),
}
"""The options of every call that take a value: https://docs.aws.amazon.com/cli/latest/reference/"""

_ASSUMES = {
    "assume-role": "keys",
    "assume-role-with-web-identity": "web identity",
    "assume-role-with-saml": "saml",
}


def call(command: Command, region: Value | None) -> AwsCall | None:
    """The call that a command makes; `region` is the one that it takes where neither it nor its environment states one."""
    words = command.words[1:]
    values: dict[str, tuple[Value, ...]] = {}
    names: list[str] = []
    closed = True
    at = 0
    while at < len(words) and len(names) < 2:
        text = text_of(words[at])
        if text is None:
            if words[at].splits or not isinstance(words[at].value, Text):
                return None
            closed = False
        elif text.startswith("-"):
            at = _option(words, at, values, one=True)
            continue
        else:
            names.append(text)
        at += 1
    while at < len(words):
        at = _option(words, at, values)
    if len(names) < 2:
        return None
    stated = values.get("region") or ()
    environment = command.environment.get("AWS_REGION") or command.environment.get("AWS_DEFAULT_REGION")
    return AwsCall(command, names[0], names[1], stated[-1] if stated else environment or region, values, closed)


def _option(words: tuple[Word, ...], at: int, values: dict[str, tuple[Value, ...]], one: bool = False) -> int:
    """Read the option at a place, with the words up to the next; the place after it."""
    word = words[at]
    text = text_of(word)
    start = prefix(word.value)
    if not start.startswith("--"):
        values["words"] = (*values.get("words", ()), word.value)
        return at + 1
    name, equals, rest = start.partition("=")
    at += 1
    given: list[Value] = []
    if equals:
        given.append(join([rest, *pieces(word.value)[1:]], word.span))
    elif not one or text in _VALUED:
        limit = 1 if text in _VALUED else len(words)
        while at < len(words) and len(given) < limit and not (text_of(words[at]) or "").startswith("--"):
            given.append(words[at].value)
            at += 1
    values[name[2:]] = (*values.get(name[2:], ()), *given)
    return at


def acts(made: AwsCall) -> Iterator[Act]:
    """What a call of AWS does, the call itself first."""
    yield made
    command = made.command
    if made.service in ("ecr", "ecr-public") and made.operation == "create-repository":
        name = _last(made, "repository-name")
        unknown = Unknown("the name of the repository is not known", command.span)
        yield CreateRepository(
            command,
            name or unknown,
            made.region,
            made.service == "ecr-public",
            _last(made, "image-tag-mutability"),
            made.closed and name is not None,
        )
    by = _ASSUMES.get(made.operation) if made.service == "sts" else None
    if by is not None:
        role = _last(made, "role-arn")
        unknown = Unknown("the role is not known", command.span)
        yield AssumeRole(command, role or unknown, by, made.closed and role is not None)  # type: ignore[arg-type]


def _last(made: AwsCall, name: str) -> Value | None:
    values = made.options.get(name) or ()
    return values[-1] if values else None
