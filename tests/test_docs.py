"""The generated page is what its sources say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ecrlint import registry
from ecrlint.cli import FORMATS, main


def test_the_page_of_rules_is_what_docs_py_generates(project: Path) -> None:
    done = subprocess.run([sys.executable, "tools/docs.py", "--check"], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_page_has_its_four_sections() -> None:
    sections = ["## What fails", "## Why", "## Fix", "## References"]
    for rule in registry.rules():
        headings = [line for line in rule.doc.splitlines() if line.startswith("## ")]
        assert headings == sections, rule.name


def test_the_examples_of_the_pages_print_what_the_pages_say(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project / "examples")
    found = 0
    for page in sorted((project / "docs").glob("*.md")):
        for command, output in re.findall(r"^```console\n\$ ecrlint (.*)\n((?:.*\n)*?)```$", page.read_text(), re.MULTILINE):
            main(command.split())
            assert capsys.readouterr().out == output, f"{page.name}: {command}"
            found += 1
    assert found


def test_the_page_of_formats_names_each(project: Path) -> None:
    page = (project / "docs" / "formats.md").read_text()
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == list(FORMATS)
