"""The generated page is what its sources say."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from ecrlint import rule_registry
from ecrlint.cli import main
from ecrlint.commands.scan import FORMATS


def test_the_pages_are_what_docs_py_generates(project: Path) -> None:
    done = subprocess.run([sys.executable, "tools/docs.py", "--check"], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_page_has_its_four_sections() -> None:
    sections = ["## What fails", "## Why", "## Fix", "## References"]
    for rule in rule_registry.rules():
        headings = [line for line in rule.doc.splitlines() if line.startswith("## ")]
        assert headings == sections, rule.name


FENCE = re.compile(r"^```(?:\{\.)?(\w+)(?: \.columns\})?(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted(path for path in DOCS.glob("*.md") if re.search(r"^```(\{\.)?console", path.read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_print_what_it_says(
    page: Path, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are run among the files of the page, which are the blocks with a title, or where it has none in `examples`."""
    blocks = FENCE.findall(page.read_text())
    for _, title, text in blocks:
        if title:
            (tmp_path / title).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / title).write_text(text)
    monkeypatch.chdir(tmp_path if any(title for _, title, _ in blocks) else project / "examples")
    status = None
    for text in (text for language, _, text in blocks if language == "console"):
        for command, said in COMMAND.findall(text):
            if command == "echo $?":
                assert said == f"{status}\n", page
                continue
            program, *words = shlex.split(command)
            assert program == "ecrlint", command
            status = main(words)
            assert capsys.readouterr().out == said, command


def test_the_page_of_formats_names_each(project: Path) -> None:
    page = (project / "docs" / "formats.md").read_text()
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == list(FORMATS)


def test_the_page_names_the_rules_that_have_fixes(project: Path) -> None:
    table = (project / "docs" / "formats.md").read_text().partition("## Fixes")[2]
    rows = re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)
    assert sorted(re.findall(r"`([a-z0-9-]+)`", " ".join(rows))) == sorted(
        path.stem for path in (project / "tests" / "fixed").glob("*.diff")
    )
