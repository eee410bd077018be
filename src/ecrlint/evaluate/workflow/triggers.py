"""What starts a workflow of GitHub, and for which Git references.

https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#on
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ecrlint.model.job import Trigger
from ecrlint.model.source import Span
from ecrlint.model.value import List, Map, Scalar, Unknown, Value, join, string

HEADS, TAGS = "refs/heads/", "refs/tags/"

_OF_DEFAULT_BRANCH = {
    *("schedule", "repository_dispatch", "workflow_run", "issues", "issue_comment", "label", "milestone", "page_build"),
    *("discussion", "discussion_comment", "fork", "gollum", "public", "watch", "branch_protection_rule", "delete"),
    "registry_package",
}
"""The events whose runs are those of the default branch."""

_OF_PULL_REQUESTS = {"pull_request", "pull_request_review", "pull_request_review_comment"}


def starts(on: Value | None) -> tuple[Trigger, ...]:
    """The ways in which a workflow is started, but for the calls of other workflows."""
    return tuple(start for event, filters, span in _events(on) for start in _of_event(event, filters, span))


def is_called(on: Value | None) -> bool:
    """Whether other workflows may call this one."""
    return any(event == "workflow_call" for event, _, _ in _events(on))


def _events(on: Value | None) -> Iterator[tuple[str, Mapping[str, Value], Span]]:
    match on:
        case Scalar(value=str(event)):
            yield event, {}, on.span
        case List():
            yield from ((text, {}, item.span) for item in on.items if (text := string(item)))
        case Map():
            for name, filters in on.entries.items():
                yield name, filters.entries if isinstance(filters, Map) else {}, filters.span


def _of_event(event: str, filters: Mapping[str, Value], span: Span) -> Iterator[Trigger]:
    if event == "workflow_call":
        return
    if event == "push":
        yield from _pushes(filters, span)
    elif event in _OF_PULL_REQUESTS:
        yield Trigger(event, join(["refs/pull/", Unknown("the number of the pull request", span), "/merge"], span), span, True)
    elif event == "release":
        yield Trigger(event, _any(TAGS, span), span, True)
    elif event in _OF_DEFAULT_BRANCH:
        yield Trigger(event, _any(HEADS, span), span, True)
    else:
        yield Trigger(event, Unknown("the branch or tag is not known", span), span)


def _pushes(filters: Mapping[str, Value], span: Span) -> Iterator[Trigger]:
    branches, tags = filters.get("branches"), filters.get("tags")
    without_branches, without_tags = filters.get("branches-ignore"), filters.get("tags-ignore")
    if not any((branches, tags, without_branches, without_tags)):
        yield Trigger("push", Unknown("any branch or tag", span), span)
    if without_branches is not None:
        yield Trigger("push", _any(HEADS, without_branches.span), without_branches.span)
    if without_tags is not None:
        yield Trigger("push", _any(TAGS, without_tags.span), without_tags.span)
    for head, patterns in ((HEADS, branches), (TAGS, tags)):
        for item in _patterns(patterns):
            text = string(item)
            if text is None:
                yield Trigger("push", _any(head, item.span), item.span)
            elif not text.startswith("!"):
                yield Trigger("push", _pattern(head, text, item.span), item.span, True)


def _patterns(patterns: Value | None) -> Iterator[Value]:
    match patterns:
        case None:
            return
        case List():
            yield from patterns.items
        case _:
            yield patterns


def _any(head: str, span: Span) -> Value:
    return join([head, Unknown("its name is not known", span)], span)


def _pattern(head: str, text: str, span: Span) -> Value:
    """The references that a filter names. What is before `+` or `?` may be there another number of times.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
    """
    parts: list[Value | str] = [head]
    for piece in re.split(r"(\*+|\[[^\]]*\][?+*]?|[^\\][?+]|\\.)", text):
        if re.fullmatch(r"\\.", piece):
            parts.append(piece[1])
        elif piece and re.search(r"[*?+\[]", piece):
            parts.append(Unknown("it is a pattern", span))
        else:
            parts.append(piece)
    return join(parts, span)
