"""Access keys and passwords of ECR that stand in the files as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from ecrlint.model.access_keys import id_in, password_in, secret_in
from ecrlint.model.dataclass import dataclass
from ecrlint.model.source import Source, Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.model.value import Value, string

_OF_FILES = ("github", "gitlab")
"""The platforms whose jobs have files of their own."""

KeyKind = Literal["access key", "password"]


@dataclass(frozen=True, slots=True)
class WrittenKey:
    """A key that is written out. `holder` is what has it; `name` is the variable that it is in, empty in a script."""

    kind: KeyKind
    span: Span
    holder: str
    address: str
    name: str = ""


def written_keys(stack: Stack) -> Iterator[WrittenKey]:
    """The keys in the containers, scripts and pipelines of a stack."""
    for task in stack.tasks:
        for container in task.containers if task.exists is not NO else ():
            name = string(container.name) or "?"
            for kind, variable, value in _in_variables(container.environment):
                yield WrittenKey(kind, value.span, f'container "{name}" of {task.noun} "{task.label}"', task.address, variable)
    for host in stack.hosts:
        for script in host.user_data.scripts if host.exists is not NO else ():
            for kind, span in _in_text(script.span):
                yield WrittenKey(kind, span, f'the user data of {host.kind} "{host.label}"', host.address)
    for project in stack.projects:
        for script in project.scripts if project.exists is not NO else ():
            for kind, span in _in_text(script.span):
                yield WrittenKey(kind, span, f'the build specification of project "{project.label}"', project.address)
    for job in stack.jobs:
        for step in job.steps if job.platform not in _OF_FILES else ():
            for kind, span in _in_text(step.span):
                yield WrittenKey(kind, span, f'a script of "{job.label}"', job.address)
    for manifest in stack.manifests:
        if manifest.span.source.is_terraform:
            for container in manifest.containers if manifest.exists is not NO else ():
                for kind, variable, value in _in_variables(container.environment):
                    yield WrittenKey(kind, value.span, f"a container of {manifest.title}", manifest.address, variable)
    for source in {id(one.span.source): one.span.source for one in stack.manifests if not one.span.source.is_terraform}.values():
        for kind, span in _in_text(Span(source, 0, len(source.text))):
            yield WrittenKey(kind, span, f'the file "{source.path}"', source.path)
    for source in _of_pipelines(stack):
        for kind, span in _in_text(Span(source, 0, len(source.text))):
            yield WrittenKey(kind, span, "the pipeline", source.path)


def _of_pipelines(stack: Stack) -> tuple[Source, ...]:
    """The files of pipelines, and of the local actions that they use."""
    jobs = (job for job in stack.jobs if job.platform in _OF_FILES)
    spans = [span for job in jobs for span in (job.span, *(step.span for step in job.steps))]
    return tuple({id(span.source): span.source for span in spans}.values())


def _in_variables(variables: Mapping[str, Value]) -> Iterator[tuple[KeyKind, str, Value]]:
    known = [(name, value, text) for name, value in variables.items() if (text := string(value))]
    has_secret = any(secret_in(text) for _, _, text in known)
    for name, value, text in known:
        if has_secret and id_in(text):
            yield "access key", name, value
        elif password_in(text):
            yield "password", name, value


def _in_text(span: Span) -> Iterator[tuple[KeyKind, Span]]:
    text = span.text
    found = id_in(text)
    if found and secret_in(text):
        yield "access key", Span(span.source, span.start + found.start(), span.start + found.end())
    if password := password_in(text):
        yield "password", Span(span.source, span.start + password.start(), span.start + password.end())
