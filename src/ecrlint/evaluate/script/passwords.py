"""Where the password of a login comes from: the command that asked for it, through pipes, variables and substitutions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from ecrlint.model.script import AwsCall, Command, LoginToken
from ecrlint.model.value import Ref, Value, holes

_MAX_COMMANDS = 40

PasswordOrigin: TypeAlias = "tuple[LoginToken, Command | None, Value | None]"
"""The kind of a token, the command that asked for it, and the region that it is asked for."""

_CALLS: dict[tuple[str, str], LoginToken] = {
    ("ecr", "get-login-password"): "ecr",
    ("ecr-public", "get-login-password"): "ecr-public",
    ("ecr", "get-login"): "get-login",
    ("ecr", "get-authorization-token"): "encoded",
    ("ecr-public", "get-authorization-token"): "encoded",
}


class PasswordOrigins:
    """Follows values to the commands that they come from.

    `written` are the commands whose output a reference stands for, by its attribute, and `calls` the calls of AWS that commands
    make, by the identity of the command.
    """

    def __init__(self) -> None:
        self.written: dict[str, tuple[Command, ...]] = {}
        self.calls: dict[int, AwsCall] = {}

    def of_stdin(self, stdin: tuple[Command, ...] | Value | None) -> PasswordOrigin:
        if isinstance(stdin, tuple):
            return self._first(list(self._before(stdin, set())))
        return self.of_value(stdin)

    def of_value(self, value: Value | None) -> PasswordOrigin:
        return self._first([] if value is None else list(self._behind(value, set())))

    def behind(self, values: Sequence[Value | tuple[Command, ...] | None]) -> tuple[Command, ...]:
        """The commands that these come from."""
        seen: set[int] = set()
        found: list[Command] = []
        for value in values:
            if isinstance(value, tuple):
                found.extend(self._before(value, seen))
            elif value is not None:
                found.extend(self._behind(value, seen))
        return tuple(found)

    def calls_behind(self, value: Value) -> Iterator[AwsCall]:
        """The calls of AWS that a value comes from."""
        for command in self._behind(value, set()):
            if id(command) in self.calls:
                yield self.calls[id(command)]

    def _first(self, commands: list[Command]) -> PasswordOrigin:
        for command in commands:
            call = self.calls.get(id(command))
            token = _CALLS.get((call.service, call.operation)) if call is not None else None
            if call is not None and token is not None:
                if token == "encoded":
                    token = _decoded(call, commands)
                return token, command, call.region
        return "other", None, None

    def _before(self, commands: tuple[Command, ...], seen: set[int]) -> Iterator[Command]:
        """Commands, and those whose output they read or are given as words."""
        for command in commands:
            if id(command) in seen or len(seen) > _MAX_COMMANDS:
                continue
            seen.add(id(command))
            yield command
            for word in command.words[1:]:
                yield from self._behind(word.value, seen)
            if isinstance(command.stdin, tuple):
                yield from self._before(command.stdin, seen)
            elif command.stdin is not None:
                yield from self._behind(command.stdin, seen)

    def _behind(self, value: Value, seen: set[int]) -> Iterator[Command]:
        for hole in holes(value):
            if isinstance(hole, Ref) and (commands := self.written.get(hole.attribute)):
                yield from self._before(commands, seen)


def _decoded(call: AwsCall, commands: Sequence[Command]) -> LoginToken:
    """What becomes of an authorization token on its way through commands, some of which may decode it."""
    if any(map(_decodes, commands)):
        return "ecr-public" if call.service == "ecr-public" else "ecr"
    return "encoded" if all(map(_leaves_encoded, commands)) else "other"


def _decodes(command: Command) -> bool:
    return command.program == "base64" and bool({"-d", "-D", "--decode"} & set(_texts(command)))


def _leaves_encoded(command: Command) -> bool:
    """Whether a command passes a token on as it is, or takes a part of what is around it."""
    if command.program == "jq":
        return not any("base64" in text for text in _texts(command))
    return command.program in ("aws", "echo", "printf", "cat", "tr", "head", "tail", "sed", "cut", "awk", "grep")


def _texts(command: Command) -> list[str]:
    texts = [getattr(word.value, "value", None) for word in command.words]
    return [text for text in texts if isinstance(text, str)]
