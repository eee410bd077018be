"""Commands that start another: `sudo`, `env`, `timeout`, and shells that are given a script."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.evaluate.script.builtins import assignment
from ecrlint.evaluate.script.options import options, text_of
from ecrlint.evaluate.script.programs import WRAPPERS, skipped
from ecrlint.evaluate.script.shell_state import ShellState
from ecrlint.evaluate.script.simple_command import SimpleCommand
from ecrlint.model.script import Command, Guard, Invoke, Word
from ecrlint.model.value import Scalar, Text, Unknown, Value, string


def unwrap(call: SimpleCommand, state: ShellState, name: str) -> tuple[SimpleCommand, ShellState] | None:
    """The command that a wrapper starts, and the shell as that command finds it; None where it is not known."""
    words = call.words[1:]
    own = dict(call.own)
    inside = state.copy()
    user: Value | None = Scalar("root", call.span) if name in ("sudo", "doas") else None
    keeps = name not in ("sudo", "doas")
    skip = skipped(name)
    if not keeps:
        own = {}
    login = False
    while words:
        text = text_of(words[0])
        variable, value = assignment(words[0].value)
        if text is None and words[0].splits and value is None:
            return None
        if text is not None and text.startswith("-") and text != "-":
            option = text.partition("=")[0]
            login = login or (name == "sudo" and option in ("-i", "-s", "--login", "--shell"))
            keeps = keeps or (name == "sudo" and (option in ("-E", "--preserve-env") or text == "-EH"))
            words = words[1:]
            if option == "--":
                break
            if option in WRAPPERS[name] and "=" not in text and words:
                if name in ("sudo", "doas") and option in ("-u", "--user"):
                    user = words[0].value
                words = words[1:]
            elif name == "sudo" and text.startswith("--user="):
                user = Scalar(text.removeprefix("--user="), words[0].span if words else call.span)
        elif value is not None and variable is not None and name in ("env", "sudo"):
            own[variable] = value
            words = words[1:]
        elif skip:
            skip -= 1
            words = words[1:]
        else:
            break
    if not words and login:
        return None
    if name == "xargs" and words:
        words = (*words, Word(Unknown("xargs reads it", call.span), call.span, splits=True))
        inside.guards = (*inside.guards, Guard("loop", call.span))
    if user is not None:
        kept = Unknown("its home folder may be that of whoever calls it", call.span)
        inside.user = None if _is_own(user, state.user) else kept if keeps else user
        inside.keeps_environment = keeps and state.keeps_environment
    stdin = None if name == "xargs" else call.stdin
    return SimpleCommand(words, own, stdin, call.target, call.span), inside


def _is_own(user: Value, current: Value | None) -> bool:
    return current is not None and string(user) is not None and string(user) == string(current)


def child(call: SimpleCommand, state: ShellState) -> ShellState:
    """A shell that a command starts, which gets what is exported."""
    inside = state.copy()
    inside.variables = {variable: value for variable, value in state.variables.items() if variable in state.exported}
    inside.variables.update(call.own)
    inside.exported |= call.own.keys()
    inside.functions = {}
    inside.stops = inside.pipefail = False
    inside.stdin, inside.target = None, call.target
    return inside


def script_words(name: str, call: SimpleCommand) -> tuple[Word, ...]:
    """The path of the script that a shell is given, with its arguments; nothing where it has other options."""
    words = list(call.words[1:])
    if name in ("su", "runuser", "sg", "newgrp"):
        return ()
    while words and (text_of(words[0]) or "").startswith("-"):
        if not set((text_of(words.pop(0)) or "")[1:]) <= set("eux"):
            return ()
    return tuple(words)


def shell(name: str, call: SimpleCommand, state: ShellState) -> tuple[Value, ShellState, tuple[Value, ...] | None] | None:
    """The script that a shell is given, the shell itself, and the arguments; None where the script is not here."""
    inside = child(call, state)
    words = list(call.words[1:])
    if name in ("su", "runuser", "sg", "newgrp"):
        return _other_user(name, words, call, inside)
    from ecrlint.evaluate.script.builtins import apply_set

    while words:
        text = text_of(words[0])
        if text is None or not text.startswith(("-", "+")) or text == "-":
            break
        words.pop(0)
        if text in ("-c", "--command") or (not text.startswith("--") and "c" in text):
            apply_set([text.replace("c", "")], inside)
            if not words:
                return None
            script = words.pop(0).value
            arguments = tuple(word.value for word in words[1:])
            return (script, inside, arguments) if isinstance(script, (Scalar, Text)) else None
        if text.startswith("-") and text.endswith("o") and words:
            apply_set([text, text_of(words.pop(0)) or ""], inside)
        elif not text.startswith("--"):
            apply_set([text], inside)
    if not words or text_of(words[0]) in ("-s", "-"):
        script_read = call.stdin
        if isinstance(script_read, (Scalar, Text)):
            return script_read, inside, ()
    return None


def _other_user(
    name: str, words: list[Word], call: SimpleCommand, inside: ShellState
) -> tuple[Value, ShellState, tuple[Value, ...] | None] | None:
    user: Value | None = None
    script: Value | None = None
    given = options(words, {"-", "-l", "--login", "-m", "-p", "--preserve-environment"})
    script = given.last("-c", "--command", "--session-command")
    named = [word.value for word in given.words if text_of(word) != "-"]
    if name in ("su", "runuser"):
        user = named[0] if named else given.last("-u") or Scalar("root", call.span)
        inside.user = user
        inside.keeps_environment = inside.keeps_environment and not given.has("-l", "--login") and len(named) == len(given.words)
    if script is None and isinstance(call.stdin, (Scalar, Text)):
        script = call.stdin
    return (script, inside, ()) if isinstance(script, (Scalar, Text)) else None


def called(name: str, command: Command) -> Iterator[Invoke]:
    """The script that a shell is given by its path."""
    if name in ("su", "runuser", "sg", "newgrp"):
        return
    words = [word for word in command.words[1:] if not (text_of(word) or "").startswith(("-", "+"))]
    if words:
        yield Invoke(command, "script", words[0].value, tuple(words[1:]))


def make(command: Command) -> Iterator[Invoke]:
    """The targets that `make` is to make, and the folder of the Makefile."""
    given = options(command.words[1:], {"-k", "-s", "--silent", "-B", "-i", "-n", "--no-print-directory", "-e", "--quiet"})
    closed = not any(word.splits for word in given.words)
    path = given.last("-C", "--directory") or given.last("-f", "--file", "--makefile")
    yield Invoke(command, "make", path, given.words, closed=closed)
