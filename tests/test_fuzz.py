"""A minute of bench/fuzz: inputs and faults of a fixed seed, none of which ecrlint does wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits of time and memory need POSIX")


def run(program: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    return subprocess.run([sys.executable, program, *words], env=environment, capture_output=True, text=True, check=False)


def test_no_mutated_input_breaks_a_command(project: Path) -> None:
    done = run(project / "bench/fuzz", "--inputs", "200", "--seed", "short", "--compare", "2")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.startswith("200 inputs, ")


def test_no_fault_of_the_system_leaves_a_file_half_written(project: Path) -> None:
    done = run(project / "bench/fuzz/writes.py", "--injections", "200")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.startswith("200 injections: ")
