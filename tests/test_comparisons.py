"""One condition in several spellings is one: no finding needs both of its sides."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from ecrlint.run.pipeline import scan

TEMPLATE = """
variable "x" {
  type = %s
}
resource "aws_launch_template" "web" {
  image_id = "ami-0123456789abcdef0"
  metadata_options {
    http_tokens = (%s) ? ((%s) ? "required" : "optional") : "required"
  }
}
"""
LENGTH = ("length(var.x) > 0", "length(var.x) >= 1", "length(var.x) != 0", "0 < length(var.x)", "!(length(var.x) < 1)")
ONE = {
    ("list(string)", "length(var.x) is not 0"): (*LENGTH, "(length(var.x)) > 0", "!(length(var.x) == 0)"),
    ("string", 'var.x is not ""'): (*LENGTH, 'var.x != ""', '!("" == var.x)'),
    ("list(string)", "length(var.x) > 2 is true"): ("length(var.x) > 2", "length(var.x) >= 3", "!(length(var.x) <= 2)"),
    ("number", "abs(var.x) > 3 is true"): ("abs(var.x) > 3", "3 < abs(var.x)", "!(abs(var.x) <= 3)"),
    ("list(bool)", "anytrue(var.x) is true"): ("anytrue(var.x)", "anytrue(var.x) == true", "false != (anytrue(var.x))"),
}


def messages(folder: Path, kind: str, first: str, second: str) -> list[str]:
    (folder / "main.tf").write_text(TEMPLATE % (kind, first, second))
    return [one.message for one in scan([str(folder)], str(folder)).findings if one.rule == "imdsv1-allowed"]


@pytest.mark.parametrize(("kind", "words"), ONE, ids=[words for _, words in ONE])
def test_spellings_of_one_condition_are_one(kind: str, words: str, tmp_path: Path) -> None:
    spellings = ONE[kind, words]
    assert [both for both in permutations(spellings, 2) if messages(tmp_path, kind, *both)] == []
    for one in spellings:
        (message,) = messages(tmp_path, kind, one, "false")
        assert message.endswith(f"(when {words})")


def test_a_length_and_what_is_measured_are_not_one_where_it_may_be_no_string(tmp_path: Path) -> None:
    assert messages(tmp_path, "any", "length(var.x) > 0", 'var.x != ""')
