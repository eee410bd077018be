"""The Python API: the names on docs/api.md, what they return, and that a start of the command line does without them."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import ecrlint
from ecrlint.cli import main
from ecrlint.report import json as json_report

BROKEN = """resource "aws_iam_policy" "login" {
  policy = jsonencode({ Statement = [{
    Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "arn:aws:ecr:eu-west-1:111122223333:repository/app" }] })
}
"""
MENDED = re.sub('"arn:.*app"', '"*"', BROKEN)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "main.tf").write_text(BROKEN)
    return tmp_path


@pytest.fixture(scope="module")
def page(project: Path) -> str:
    return (project / "docs" / "api.md").read_text(encoding="utf-8")


def test_a_scan_returns_what_the_command_prints(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project / "examples")
    main(["--format", "json", "ci-push", "task-definition/report.json"])
    printed = capsys.readouterr().out
    assert json_report.render(ecrlint.scan([Path("ci-push"), "task-definition/report.json"])) == printed


def test_paths_are_relative_to_the_root_of_the_report(root: Path) -> None:
    report = ecrlint.scan(root / "main.tf")
    assert Path(report.root, report.findings[0].span.path) == root / "main.tf"
    assert not report.fails  # a policy that nothing is known to use: a warning
    (root / "ecrlint.toml").write_text('fail-on = "warning"\n')
    assert ecrlint.scan(root / "main.tf").fails


def test_a_text_takes_the_place_of_a_file(root: Path) -> None:
    assert ecrlint.scan(root, texts={root / "main.tf": MENDED}).findings == ()
    (root / "main.tf").write_text(MENDED)
    (found,) = ecrlint.scan(root, texts={str(root / "main.tf"): f"# \N{GRINNING FACE}\ud83d\n{BROKEN}"}).findings
    assert found.span.line == 4


def test_a_configuration_and_variable_files_are_those_of_the_command(root: Path) -> None:
    (root / "ecrlint.toml").write_text('[rules]\ntoken-on-repository = "off"\n')
    assert ecrlint.scan(root).findings == ()
    assert ecrlint.scan(root, config="none").findings != ()
    variable = 'variable "on" {\n  type = string\n}\n'
    (root / "main.tf").write_text(variable + re.sub('"arn:.*app"', "var.on", BROKEN))
    (root / "prod.tfvars").write_text('on = "arn:aws:ecr:eu-west-1:111122223333:repository/app"\n')
    assert ecrlint.scan(root, config="none").findings == ()
    assert ecrlint.scan(root, config="none", var_files=[root / "prod.tfvars"]).findings != ()


def test_a_mistake_in_the_use_is_an_exception(root: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ecrlint.scan(root / "nothing.tf")
    (root / "ecrlint.toml").write_text("nonsense = 1\n")
    with pytest.raises(ecrlint.ConfigError, match=r"ecrlint\.toml:1: "):
        ecrlint.scan(root)


def test_fixes_are_tried_where_they_are_asked_for(root: Path) -> None:
    (root / "main.tf").write_text(
        BROKEN.replace('"ecr:Get', '"sts:GetCallerIdentity", Resource = "*" }, {\n    Effect = "Allow", Action = "ecr:Get')
    )
    assert [finding.fix for finding in ecrlint.scan(root).findings] == [()]
    (found,) = ecrlint.scan(root, fixes=True).findings
    assert found.fix


def test_threads_wait_for_each_other(root: Path) -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(ecrlint.scan(root).findings))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 4


def test_the_package_itself_imports_nothing_of_it() -> None:
    words = "import sys, ecrlint; print(*(name for name in sys.modules if name.startswith('ecrlint')))"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["ecrlint"]


def test_what_is_not_public_is_not_there() -> None:
    with pytest.raises(AttributeError):
        ecrlint.pipeline  # noqa: B018


def test_the_page_has_every_name_and_every_attribute_that_there_is(page: str) -> None:
    from ecrlint import api

    documented = set(re.findall(r"`(?:ecrlint\.)?(\w+)(?:\(\))?`", page))
    assert set(api.__all__) <= documented
    internal = {
        "Finding": {"cause", "roots", "explains", "former", "unsafe", "unasked"},
        "Rule": {"check", "exposure", "former"},
        "Source": {"call"},
    }
    for name in api.__all__:
        kind = getattr(ecrlint, name)
        if dataclasses.is_dataclass(kind):
            public = {field.name for field in dataclasses.fields(kind)} - internal.get(name, set())
            assert public <= documented, name


def test_the_programs_of_the_page_run(
    page: str, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project / "examples")
    programs = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(programs) == 2
    for program in programs:
        exec(program, {})
    assert "[token-on-repository]" not in capsys.readouterr().out.splitlines()[-1]
