"""Start-up is part of the product: what the command imports is counted, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# Each costs more than the work on a small file, or has no business in a tool that opens no connection.
HEAVY = {
    *("asyncio", "concurrent.futures.process", "email", "html", "http", "importlib.metadata", "importlib.resources", "logging"),
    *("multiprocessing", "socket", "sqlite3", "ssl", "tomli", "tomllib", "unittest", "urllib.request", "xml"),
    *(
        "attr",
        "cfnlint",
        "dask",
        "hcl2",
        "hypothesis",
        "jsonschema",
        "moto",
        "networkx",
        "pydantic",
        "pygments",
        "pytest",
        "rich",
    ),
}
PARSERS = {"tree_sitter", "tree_sitter_bash", "tree_sitter_hcl", "tree_sitter_json", "yaml", "_yaml"}

WATCH = """
import sys
before = set(sys.modules)
from ecrlint.cli import main
status = main(sys.argv[1:])
sys.stderr.write("\\nMODULES " + " ".join(sorted(set(sys.modules) - before)))
"""


def imported(words: list[str], cwd: Path) -> set[str]:
    """The modules that a command imports beyond those of a bare interpreter."""
    command = [sys.executable, "-c", WATCH, *words]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True)
    return set(done.stderr.rpartition("MODULES ")[2].split())


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with one small Terraform file that has a task, a role and a policy."""
    (tmp_path / "main.tf").write_text(
        'resource "aws_ecr_repository" "app" {\n  name = "app"\n}\n'
        'resource "aws_iam_policy" "pull" {\n'
        "  policy = jsonencode({\n"
        '    Statement = [{ Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" }]\n'
        "  })\n"
        "}\n"
    )
    return tmp_path


def test_one_small_file_imports_nothing_heavy(small: Path) -> None:
    assert imported(["main.tf"], small) & HEAVY == set()


def test_a_terraform_file_needs_no_yaml(small: Path) -> None:
    assert imported(["main.tf"], small) & {"yaml", "_yaml"} == set()


@pytest.mark.parametrize("words", [["main.tf"], ["hook", "main.tf"]])
def test_a_file_without_a_script_needs_no_shell(words: list[str], small: Path) -> None:
    ours = ("tree_sitter_bash", "ecrlint.evaluate.script", "ecrlint.parse.shell")
    assert [name for name in imported(words, small) if name.startswith(ours)] == []


PIPELINES = {"ecrlint.evaluate.workflow", "ecrlint.run.read.pipelines", "ecrlint.run.join.jobs", "ecrlint.model.job"}


def test_a_tree_without_workflows_loads_nothing_of_pipelines(small: Path) -> None:
    found = imported(["."], small)
    assert {name for name in found if any(name.startswith(one) for one in PIPELINES)} == set()
    assert "tree_sitter_bash" not in found


def test_a_tree_with_a_workflow_loads_what_reads_it(small: Path) -> None:
    (small / ".github" / "workflows").mkdir(parents=True)
    text = "on: push\njobs:\n  image:\n    runs-on: ubuntu-24.04\n    steps: [{uses: aws-actions/amazon-ecr-login@v2}]\n"
    (small / ".github" / "workflows" / "image.yml").write_text(text.replace("[{uses", "[{if: false, uses"))
    assert imported(["."], small) >= PIPELINES


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["rules"], ["explain", "ecr:PutImage"]])
def test_a_command_that_reads_no_file_imports_no_parser(words: list[str], tmp_path: Path) -> None:
    found = imported(words, tmp_path)
    assert found & (PARSERS | HEAVY) == set()


@pytest.mark.parametrize("words", [["--version"], ["--help"]])
def test_version_and_help_import_no_rule_and_no_model(words: list[str], tmp_path: Path) -> None:
    found = {name for name in imported(words, tmp_path) if name.startswith("ecrlint")}
    commands = {f"ecrlint.commands.{name}" for name in ("options", "output", "scan")}
    assert found == {"ecrlint", "ecrlint.cli", "ecrlint.commands", *commands}


def test_a_script_that_does_not_work_with_ecr_loads_nothing_of_pipelines(small: Path) -> None:
    (small / "deploy.sh").write_text("#!/bin/sh\nkubectl apply -f .\n")
    found = imported(["."], small)
    assert {name for name in found if any(name.startswith(one) for one in PIPELINES)} == set()
    assert "tree_sitter_bash" not in found
