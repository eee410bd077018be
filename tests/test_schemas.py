"""The published JSON schemas: what ecrlint writes and reads is what they say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import ecrlint
from ecrlint import config
from ecrlint.report import json as json_report

Schema = dict[str, Any]


@pytest.fixture(scope="module")
def report_schema(project: Path) -> Schema:
    schema: Schema = json.loads((project / "docs" / "schemas" / "report.json").read_text())
    return schema


@pytest.fixture(scope="module")
def configuration_schema(project: Path) -> Schema:
    schema: Schema = json.loads((project / "docs" / "schemas" / "configuration.json").read_text())
    return schema


def read(text: str, folder: Path) -> config.Config:
    (folder / ".git").mkdir(exist_ok=True)
    path = folder / "ecrlint.toml"
    path.write_text(text)
    return config.load(str(path))


def errors(schema: Schema, value: object) -> list[str]:
    Draft202012Validator.check_schema(schema)
    return [error.message for error in Draft202012Validator(schema).iter_errors(value)]


@pytest.fixture(scope="module")
def reports(project: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Schema]:
    folder = tmp_path_factory.mktemp("broken")
    (folder / "main.tf").write_text('resource "aws_ecr_repository" "r" {\n  name = \n')
    (folder / "policy.json").write_bytes(b'{"Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]}\xff')
    fixtures = project / "tests" / "fixtures"
    scanned = [project / "examples", folder, fixtures / "push-set-incomplete" / "fires", fixtures / "one-role-for-both" / "quiet"]
    return [json_report.as_object(ecrlint.scan(path, root=path, config="none")) for path in scanned]


def test_a_report_is_valid(report_schema: Schema, reports: list[Schema]) -> None:
    assert [errors(report_schema, report) for report in reports] == [[]] * len(reports)


def test_the_schema_of_the_report_names_every_property(report_schema: Schema, reports: list[Schema]) -> None:
    for name in ("findings", "problems", "open", "files"):
        described = report_schema["properties"][name]["items"]
        written = [one for report in reports for one in report[name]]
        assert written, name
        assert all(set(one) == set(described["properties"]) == set(described["required"]) for one in written)
    assert all(set(report) == set(report_schema["properties"]) for report in reports)
    described = report_schema["properties"]["findings"]["items"]["properties"]["related"]["items"]
    assert {frozenset(one) for report in reports for found in report["findings"] for one in found["related"]} == {
        frozenset(described["properties"])
    }


def test_a_report_that_breaks_the_schema_is_told(report_schema: Schema, reports: list[Schema]) -> None:
    broken = json.loads(json.dumps(reports[0]))
    broken["findings"][0]["line"] = 0
    del broken["findings"][0]["rule"]
    assert len(errors(report_schema, broken)) == 2


GOOD = {
    "fail-on": ("warning",),
    "severity": ("note",),
    "exclude": (["vendor"], []),
    "baseline": ("known.json",),
    "account": ("111122223333",),
    "region": ("eu-west-1", "us-gov-west-1"),
    "has-way-out": (["aws_subnet.a"],),
    "rules": ({"token-on-repository": "off"}, {"imdsv1-allowed": True}, {"ignore-has-expired": "note"}),
    "terraform": ({"var-files": ["a.tfvars"]}, {"environments": [{"name": "dev", "roots": ["live/*"], "region": "eu-west-1"}]}),
}
BAD: dict[str, tuple[Any, ...]] = {
    "fail-on": ("fatal", 1),
    "severity": (["note"],),
    "exclude": ("vendor", [1]),
    "baseline": (1,),
    "account": (111122223333, "1111"),
    "region": ("Europe",),
    "has-way-out": ("aws_subnet.a",),
    "rules": ({"no-such-rule": "off"}, {"token-on-repository": "loud"}, []),
    "terraform": (
        {"environments": [{"roots": []}]},
        {"environments": {}},
        {"var-file": []},
        {"environments": [{"name": "a", "x": 1}]},
    ),
    "nonsense": (1,),
    "rules-from": ("rules",),
}


def cases(table: dict[str, tuple[Any, ...]]) -> Iterator[object]:
    return (pytest.param({key: value}, id=f"{key} {value}") for key, values in table.items() for value in values)


def toml(value: object) -> str:
    """A value in TOML, inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def as_file(values: dict[str, object]) -> str:
    return "".join(f"{key} = {toml(value)}\n" for key, value in values.items())


@pytest.mark.parametrize("values", list(cases(GOOD)))
def test_what_is_read_is_valid(configuration_schema: Schema, values: dict[str, object], tmp_path: Path) -> None:
    for name in ("known.json", "a.tfvars"):
        (tmp_path / name).write_text("")
    read(as_file(values), tmp_path)
    assert errors(configuration_schema, values) == []


@pytest.mark.parametrize("values", list(cases(BAD)))
def test_what_is_a_mistake_is_not_valid(configuration_schema: Schema, values: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(config.ConfigError):
        read(as_file(values), tmp_path)
    assert errors(configuration_schema, values)


def test_every_key_has_cases() -> None:
    assert set(GOOD) == set(config.KEYS) <= set(BAD)


def test_the_configuration_of_the_page_is_valid(configuration_schema: Schema, project: Path) -> None:
    page = (project / "docs" / "configuration.md").read_text()
    text = re.findall(r'^```toml title="ecrlint.toml"\n(.*?)^```', page, re.MULTILINE | re.DOTALL)[0]
    assert errors(configuration_schema, config._values(text)) == []
