"""Options and fixtures that several tests use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value
from ecrlint.model.value.condition import expression

settings.register_profile("short", max_examples=200, deadline=None, derandomize=True)  # the same examples in every run
settings.register_profile("long", max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile("short")  # another one by --hypothesis-profile; what a test states of its own stays


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/fixtures/*/fires/expected.txt anew")


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the project."""
    return Path(__file__).resolve().parent.parent


Shown = Callable[[Value | None], object]


@pytest.fixture(scope="session")
def shown() -> Shown:
    """Gives a value without its places: scalars as they are, the rest as it might be written down."""
    return _shown


def _shown(value: Value | None) -> object:
    match value:
        case Scalar():
            return value.value
        case List():
            return [_shown(item) for item in value.items]
        case Map():
            return {key: _shown(item) for key, item in value.entries.items()}
        case Text():
            return "".join(str(_shown(part)) for part in value.parts)
        case Ref():
            return "<" + ".".join(filter(None, (value.address, value.attribute))) + ">"
        case Choice():
            return (expression(value.condition), _shown(value.then), _shown(value.otherwise))
        case Json():
            return ("json", _shown(value.value))
        case Unknown():
            return "?"
        case None:
            return None
