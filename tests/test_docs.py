"""The generated page is what its sources say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ecrlint import registry


def test_the_page_of_rules_is_what_docs_py_generates(project: Path) -> None:
    done = subprocess.run([sys.executable, "tools/docs.py", "--check"], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_page_has_its_four_sections() -> None:
    sections = ["## What fails", "## Why", "## Fix", "## References"]
    for rule in registry.rules():
        headings = [line for line in rule.doc.splitlines() if line.startswith("## ")]
        assert headings == sections, rule.name
