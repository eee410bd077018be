"""Whether a CodeBuild project needs a Docker daemon, by what the commands of its build specification do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecrlint.model.script import Build, Command, Compose, Pull, Push, Run, Script, Tag
from ecrlint.model.source import Span
from ecrlint.model.value import Scalar, string

_VERBS = ("build", "bake", "push", "pull", "run", "load", "save", "tag")


def calls_docker(scripts: Sequence[Script]) -> Scalar | None:
    """The first words that call the Docker daemon; None where none do for sure, or another daemon may be meant."""
    if any(not script.whole or _has_other_daemon(script) for script in scripts):
        return None
    found = (command for script in scripts for command in _of_the_daemon(script) if command.certain)
    command = next(found, None)
    return None if command is None else _words(command)


def _has_other_daemon(script: Script) -> bool:
    if "DOCKER_HOST" in script.sets or "DOCKER_HOST" in script.variables:
        return True
    return any("DOCKER_HOST" in command.environment or _chooses_daemon(command) for command in script.commands)


def _chooses_daemon(command: Command) -> bool:
    texts = [string(word.value) or "" for word in command.words]
    if command.program != "docker":
        return False
    drivers = ("remote", "kubernetes", "--driver=remote", "--driver=kubernetes")
    return "context" in texts[1:2] or ("create" in texts[1:3] and any(text in drivers for text in texts))


def _of_the_daemon(script: Script) -> Iterator[Command]:
    """The commands that only a Docker daemon can answer."""
    for act in script.acts:
        on_daemon = isinstance(act, (Build, Push, Pull, Run, Tag)) and act.command.program == "docker"
        if on_daemon or (isinstance(act, Compose) and act.verb in ("build", "push", "up", "run")):
            yield act.command
    for command in script.commands:
        if command.program == "docker" and any(string(word.value) in ("load", "save") for word in command.words[1:3]):
            yield command


def _words(command: Command) -> Scalar:
    """The words of a command up to the one that says what it does, as they are written."""
    last = next((at for at, word in enumerate(command.words) if string(word.value) in (*_VERBS, "up")), len(command.words) - 1)
    first, end = command.words[0].span, command.words[last].span
    span = Span(first.source, first.start, end.end) if end.source is first.source and end.end >= first.start else first
    return Scalar(" ".join(span.text.split()), span)
