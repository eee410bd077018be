"""Scans that know what earlier ones have made of the same files come to the same as those that do not."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from ecrlint.model.dataclass import replace
from ecrlint.report import json as json_report
from ecrlint.run import fix, pipeline
from ecrlint.run.read.known_files import KnownFiles
from ecrlint.run.scan_state import PLAIN

CASES = ["push-set-incomplete", "layers-blocked"]


@pytest.fixture
def folder(project: Path, tmp_path: Path) -> Path:
    """A repository of many kinds of files."""
    (tmp_path / ".git").mkdir()
    shutil.copytree(project / "examples", tmp_path / "examples")
    for name in CASES:
        shutil.copytree(project / "tests" / "fixtures" / name / "fires", tmp_path / name)
    return tmp_path


def test_what_is_known_changes_nothing_whatever_is_edited(folder: Path) -> None:
    known, rng = KnownFiles(), random.Random(1)
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in (".tf", ".json", ".yaml", ".yml")]
    for _ in range(8):
        path = rng.choice(files)
        text = path.read_text()
        at = rng.randrange(len(text))
        path.write_text(
            rng.choice([f"\n{text}", text[:at] + text[at + 1 :], text.replace("ecr:", "ec2:", 1), f"{text}\n}}", text])
        )
        fresh = pipeline.scan([str(folder)], str(folder))
        assert json_report.render(pipeline.scan([str(folder)], str(folder), replace(PLAIN, known=known))) == json_report.render(
            fresh
        )


def test_fixes_are_the_same(folder: Path) -> None:
    options = replace(PLAIN, known=KnownFiles())
    for _ in range(2):
        fresh, other = (fix.mend([str(folder / "examples")], str(folder), one) for one in (PLAIN, options))
        assert [(one.path, one.after) for one in fresh.changes] == [(one.path, one.after) for one in other.changes] != []
