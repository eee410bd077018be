"""What a shell knows while it runs a script: its variables, its functions, and what the commands before made of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import copy
from itertools import count
from typing import Literal

from ecrlint.evaluate.script.simple_command import Target
from ecrlint.model.node import Node
from ecrlint.model.script import Command, Guard, Reason, Surroundings
from ecrlint.model.source import Span
from ecrlint.model.value import Choice, List, Map, Opaque, Ref, Scalar, Text, Unknown, Value, join, pieces, same

MAX_TEXT = 20_000
"""How many characters a known text may have; a longer one is not known."""

MAX_PARTS = 40
"""How many parts a text with holes may have; one with more is not known."""

_PASSED_ON = re.compile(r"AWS_|DOCKER_|BUILDX_|BUILDKIT_|COMPOSE_|ECR_|HOME$|https?_proxy$|no_proxy$", re.IGNORECASE)
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE")

_ENDS: dict[str, Reason] = {"well": "exit", "loop": "break", "function": "return"}
_LASTING = ("exit", "break", "return", "hole")


class ShellState:
    """One shell; a copy of it is a subshell. A variable whose value is None is unset."""

    def __init__(self, surroundings: Surroundings, names: count[int]) -> None:
        self.surroundings = surroundings
        self.names = names
        self.environment_name = surroundings.name
        self.variables: dict[str, Value | None] = {}
        self.exported: set[str] = set()
        self.exports_all = False
        self.functions: dict[str, tuple[Node, tuple[Value, ...]]] = {}
        self.arguments: tuple[Value, ...] | None = None
        self.guards: tuple[Guard, ...] = ()
        self.stops = surroundings.stops
        self.pipefail = surroundings.pipefail
        self.failure: Literal["", "continues", "caught"] = ""
        self.user: Value | None = None
        self.keeps_environment = True
        self.inside = False
        self.credentials: Value | None = None
        self.stdin: tuple[Command, ...] | Value | None = None
        self.target: Target | None = None
        self.ended: Literal["", "well", "badly", "loop", "function"] = ""
        self.folder = surroundings.folder

    def copy(self) -> ShellState:
        state = copy(self)
        state.variables = dict(self.variables)
        state.exported = set(self.exported)
        state.functions = dict(self.functions)
        return state

    def become(self, other: ShellState) -> None:
        """Go on as another shell did, under the conditions of this one."""
        guards = self.guards
        self.__dict__.update(other.__dict__)
        self.guards = (*guards, *(guard for guard in other.guards if guard.reason in _LASTING and guard not in guards))

    def guarded(self, *guards: Guard) -> ShellState:
        """A subshell whose commands run under these conditions too."""
        state = self.copy()
        state.guards = (*self.guards, *guards)
        return state

    # Variables

    def fresh(self, what: str, span: Span) -> Ref:
        """A value that is not known and yet is the same wherever it is put."""
        return Ref(self.surroundings.name, f"{what}#{next(self.names)}", span)

    def lookup(self, name: str, span: Span) -> Value | None:
        """The value of a variable; None where it is unset for sure."""
        if name in self.variables:
            return self.variables[name]
        if self.environment_name == self.surroundings.name:
            given = self.surroundings.variables.get(name)
            if given is not None:
                return given
            if self.surroundings.closed:
                return None
        return Ref(self.environment_name, name, span)

    def assign(self, name: str, value: Value | None) -> None:
        self.variables[name] = value
        if self.exports_all or name in self.surroundings.variables:
            self.exported.add(name)

    def forget(self, span: Span) -> None:
        """From here on any variable may have another value."""
        self.variables = {}
        self.exported = set()
        self.environment_name = f"{self.surroundings.name}#{next(self.names)}"
        self.credentials = self.credentials and Unknown("anything before may have changed them", span)

    def environment(self, own: Mapping[str, Value | None], span: Span) -> dict[str, Value]:
        """The variables that a command is given that matter to AWS or Docker, as far as they are known to be set."""
        passed: dict[str, Value] = {}
        if self.keeps_environment:
            if self.environment_name == self.surroundings.name:
                passed.update((name, value) for name, value in self.surroundings.variables.items() if _PASSED_ON.match(name))
            for name, value in self.variables.items():
                if not _PASSED_ON.match(name):
                    continue
                if value is None:
                    passed.pop(name, None)
                elif name in self.exported:
                    passed[name] = value
                elif not self.surroundings.closed:
                    passed[name] = Unknown("whether it is exported is not known", span)
        passed.update((name, value) for name, value in own.items() if value is not None)
        return passed

    # Joins

    def join(self, states: Sequence[ShellState], condition: str, span: Span) -> None:
        """Take over what is the same in all of these, which are what this may have become."""
        going = [state for state in states if not state.ended]
        if not going:
            self.ended = _worst([state.ended for state in states])
            return
        for end, reason in _ENDS.items():
            if any(state.ended == end for state in states):
                self.guards = (*self.guards, Guard(reason, span))
        first = going[0]
        for attribute in ("stops", "pipefail", "exports_all", "keeps_environment", "environment_name"):
            setattr(self, attribute, getattr(first, attribute))
        if any(state.environment_name != first.environment_name for state in going):
            self.forget(span)
            return
        self.exported = set.intersection(*(state.exported for state in going))
        for state in going[1:]:
            self.functions.update(state.functions)
        self.functions.update(first.functions)
        self.folder = first.folder if all(state.folder == first.folder for state in going) else None
        self.credentials = _common([state.credentials for state in going], span)
        names = dict.fromkeys(name for state in going for name in state.variables)
        self.variables = {name: self._joined(name, going, condition, span) for name in names}
        extra = [guard for state in going for guard in state.guards if guard.reason in _LASTING]
        self.guards = (*self.guards, *(guard for guard in dict.fromkeys(extra) if guard not in self.guards))

    def _joined(self, name: str, states: Sequence[ShellState], condition: str, span: Span) -> Value | None:
        values = [state.lookup(name, span) for state in states]
        first = values[0]
        if all(value is first or (value is not None and first is not None and same(value, first)) for value in values):
            return first
        if len(values) == 2 and condition and all(map(_is_simple, values)):
            then, otherwise = (Scalar("", span) if value is None else value for value in values)
            return Choice(Opaque(condition), then, otherwise, span)
        return self.fresh(name, span)


def _is_simple(value: Value | None) -> bool:
    return value is None or isinstance(value, (Scalar, Ref, Text))


def _common(values: list[Value | None], span: Span) -> Value | None:
    first = values[0]
    if all(value is first for value in values):
        return first
    return Unknown("which credentials it has depends on a condition", span)


def _worst(ends: Sequence[str]) -> Literal["", "well", "badly", "loop", "function"]:
    for end in ("well", "loop", "function"):
        if end in ends:
            return end
    return "badly"


def is_credential(name: str) -> bool:
    """Whether a variable gives the AWS command line credentials other than those that it has."""
    return name in _CREDENTIALS


def joined(values: Sequence[Value], span: Span) -> Value:
    """The text of these one after another, as far as it is not too long; a single value stays what it is."""
    if len(values) == 1:
        return values[0]
    if any(isinstance(value, (List, Map)) for value in values):
        return Unknown("a part of it is a list", span)
    text = join(values, span)
    parts = pieces(text)
    if (
        len(parts) > MAX_PARTS
        or sum(len(part.value) for part in parts if isinstance(part, Scalar) and isinstance(part.value, str)) > MAX_TEXT
    ):
        return Unknown("it is too long", span)
    return text
