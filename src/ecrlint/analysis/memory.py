"""What several rules ask of a stack, worked out once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps

from ecrlint.model.stack import Answer, Stack


def once(function: Callable[[Stack], Iterable[Answer]]) -> Callable[[Stack], tuple[Answer, ...]]:
    """A function of a stack that is computed the first time that a rule asks."""

    @wraps(function)
    def ask(stack: Stack) -> tuple[Answer, ...]:
        return stack.answer(function)

    return ask
