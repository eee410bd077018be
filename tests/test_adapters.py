"""The tables of resource types name functions that exist."""

from __future__ import annotations

import inspect
from types import ModuleType

import pytest

from ecrlint.adapt import cloudformation, terraform
from ecrlint.adapt.assembly import function

NAMES = [
    (package, name)
    for package in (terraform, cloudformation)
    for name in sorted({name for step in package._ADAPTERS for name in step.values()})
]


@pytest.mark.parametrize(("package", "name"), NAMES, ids=[f"{package.__name__}.{name}" for package, name in NAMES])
def test_a_resource_type_is_read_by_a_function_of_a_unit_and_a_resource(package: ModuleType, name: str) -> None:
    assert list(inspect.signature(function(package.__name__, name)).parameters) == ["unit", "resource"]
