"""The tables of resource types: each entry is reached by the words of its family, and its function takes what it is given."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from ecrlint.adapt import cloudformation, terraform
from ecrlint.adapt.table import Family, ResourceType

FAMILIES: list[Family[Any]] = [*terraform.TABLE.families, *cloudformation.TABLE.families]
ENTRIES = [(family, entry) for family in FAMILIES for entry in family.entries()]


def _name(entry: object) -> str:
    return f"{entry.type}-{entry.step.name}" if isinstance(entry, ResourceType) else ""


@pytest.mark.parametrize(("family", "entry"), ENTRIES, ids=_name)
def test_an_entry_is_found_by_the_words_of_its_family(family: Family[Any], entry: ResourceType[Any]) -> None:
    table = terraform.TABLE if family in terraform.TABLE.families else cloudformation.TABLE
    assert entry in table.entries(entry.type)
    assert family.joins or not (entry.gives or entry.asks)


@pytest.mark.parametrize(("family", "entry"), ENTRIES, ids=_name)
def test_a_type_is_read_by_a_function_of_a_unit_and_a_resource(family: Family[Any], entry: ResourceType[Any]) -> None:
    assert entry.read is None or list(inspect.signature(entry.read).parameters) == ["unit", "resource"]


@pytest.mark.parametrize("table", [terraform.TABLE, cloudformation.TABLE], ids=["terraform", "cloudformation"])
def test_every_gift_is_given_and_asked(table: Any) -> None:
    def sides(entries: Iterator[ResourceType[Any]]) -> tuple[set[str], set[str]]:
        both = list(entries)
        return {gift for entry in both for gift in entry.gives}, {gift for entry in both for gift in entry.asks}

    gives, asks = sides(entry for family in table.families for entry in family.entries())
    # A manifest is a file of its own, and a template looks up nothing that it could add to.
    assert gives | {"manifest", "network part"} == asks


def test_no_family_is_imported_before_one_of_its_types_is_met() -> None:
    code = """
import sys
from ecrlint.adapt import terraform, cloudformation
modules = {f"ecrlint.adapt.{x}.{y}" for x in ("terraform", "cloudformation") for y in ("identity", "hosts", "vpc", "containers")}
terraform.TABLE.concerns(b"aws_iam_role"), "aws_sqs_queue" in terraform.TABLE, "AWS::SQS::Queue" in cloudformation.TABLE
assert not modules & sys.modules.keys(), modules & sys.modules.keys()
assert "aws_iam_role" in terraform.TABLE and "AWS::EC2::VPC" in cloudformation.TABLE
assert modules & sys.modules.keys() == {"ecrlint.adapt.terraform.identity", "ecrlint.adapt.cloudformation.vpc"}
"""
    subprocess.run([sys.executable, "-c", code], check=True)
