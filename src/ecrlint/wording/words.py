"""How rules speak of actions and values: in the user's own words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ecrlint.model.source import Span
from ecrlint.model.value import Choice, Ref, Text, Value, pieces, string

if TYPE_CHECKING:
    from ecrlint.model.workload import Task

_LONGEST = 80
_QUOTES = "\"'\\"
_HOLES = ("null", "true")
"""What stands in a plan for a value that is not known yet."""


def listing(words: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def quoted(value: Value) -> str:
    """A value as its author wrote it: a string in quotes, any other expression by its source text, on one line."""
    known = string(value)
    text = known if known is not None else _unwritten(value) or " ".join(value.span.text.split())
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 3].rstrip()}..."
    if known is None and isinstance(value, Text):
        text = text.strip(_QUOTES)
    return f'"{text}"' if known is not None or isinstance(value, Text) else text


def _unwritten(value: Value) -> str:
    """A value that a plan does not know yet, by what it comes from; empty for what somebody wrote down."""
    if value.span.text not in _HOLES or not any(isinstance(part, Ref) for part in pieces(value)):
        return ""
    return canonical(value)


def canonical(value: Value) -> str:
    """A string with its references by name: the same words however the string is written."""

    def words(part: Value) -> str:
        known = string(part)
        if known is not None:
            return known
        if isinstance(part, Choice):
            return f"({canonical(part.then)} or {canonical(part.otherwise)})"
        return "${" + ".".join(filter(None, (part.address, part.attribute))) + "}" if isinstance(part, Ref) else "..."

    return "".join(map(words, pieces(value)))


def setting(name: str, value: str, place: Span) -> str:
    """The line that sets a property, by its Terraform name (`execution_role_arn`), in the language of the file it belongs in."""
    if place.source.is_terraform:
        return f"{name} = {value}"
    words = "".join(word.capitalize() for word in name.split("_"))
    if place.source.language == "task-definition":
        return f'"{words[0].lower()}{words[1:]}": "{value}"'
    return f"{words}: {value}"


def with_execution_role(task: Task, value: str) -> str:
    """The line that gives a task its execution role, in the language of its file; that of a job stands in a JSON document."""
    if task.noun == "job" and task.span.source.is_terraform:
        return f"executionRoleArn = {value}"
    return setting("execution_role_arn", value, task.span)


def statement(actions: Sequence[str], resource: str = "*") -> str:
    """A statement that allows these actions, as it stands in a policy document."""
    words = ", ".join(f'"{action}"' for action in actions)
    return f'{{"Effect": "Allow", "Action": [{words}], "Resource": "{resource}"}}'
