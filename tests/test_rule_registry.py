"""What makes a module a rule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from ecrlint import rule_registry
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.stack import Stack


def check(stack: Stack) -> Iterator[Finding]:
    yield from ()


def module(**changes: object) -> ModuleType:
    made = ModuleType("ecrlint.rules.identity.token_on_repository", "The token is granted on a repository.\n\n## Why\n\nIt is.")
    names = {"SEVERITY": Severity.ERROR, "SYMPTOM": "denied: ...", "check": check} | changes
    for name, value in names.items():
        setattr(made, name, value)
    return made


def test_a_rule_is_named_by_its_module_and_its_folder() -> None:
    rule = rule_registry.from_module(module())
    assert (rule.name, rule.family) == ("token-on-repository", "identity")
    assert rule.summary == "The token is granted on a repository"
    assert rule.symptoms == ("denied: ...",)
    assert rule.check is check


def test_a_rule_may_predict_several_messages() -> None:
    assert rule_registry.from_module(module(SYMPTOM=("a", "b"))).symptoms == ("a", "b")


@pytest.mark.parametrize(
    ("lack", "message"),
    [
        ({"__doc__": None}, r"^identity/token_on_repository\.py: no docstring"),
        ({"SEVERITY": "error"}, "SEVERITY is to be a Severity, not 'error'"),
        ({"SYMPTOM": None}, "SYMPTOM is to be the message of AWS"),
        ({"SYMPTOM": ""}, "SYMPTOM"),
        ({"SYMPTOM": ()}, "SYMPTOM"),
        ({"SYMPTOM": ["a"]}, "SYMPTOM"),
        ({"EXPOSURE": "7.0"}, "EXPOSURE is to be a number above 0.0 and up to 10.0, as in CVSS, not '7.0'"),
        ({"EXPOSURE": 11.0}, "EXPOSURE"),
        ({"check": None}, r"no function check\(stack\)"),
    ],
)
def test_a_module_that_lacks_something_is_named_with_what_it_lacks(lack: dict[str, object], message: str) -> None:
    with pytest.raises(rule_registry.RuleError, match=message):
        rule_registry.from_module(module(**lack))


def test_every_module_in_a_family_is_found_in_order(project: Path) -> None:
    files = {(path.parent.name, path.stem.replace("_", "-")) for path in project.glob("rules/*/[!_]*.py")}
    found = [(rule.family, rule.name) for rule in rule_registry.rules()]
    assert found == sorted(files)


def test_the_rules_are_read_once() -> None:
    assert rule_registry.rules() is rule_registry.rules()
