"""What is written is there as a whole, or what was there before: also where a write fails, or the process dies."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ecrlint.boundary import writing
from ecrlint.boundary.file_reader import FileReader

CALLS = ("open", "write", "fsync", "fchmod", "link", "replace", "unlink", "close", "stat")
OLD = {"a.tf": b"old a", "below/b.tf": b"old b" * 100, "new.tf": None}
NEW = {"a.tf": b"new a" * 50, "below/b.tf": b"new b", "new.tf": b"new"}


def tree(folder: Path) -> None:
    (folder / "below").mkdir(parents=True)
    for name, data in OLD.items():
        if data is not None:
            (folder / name).write_bytes(data)
    os.chmod(folder / "a.tf", 0o640)


def content(folder: Path) -> dict[str, bytes | None]:
    return {name: (folder / name).read_bytes() if (folder / name).exists() else None for name in OLD}


def replace(folder: Path) -> None:
    FileReader([str(folder)]).write({str(folder / name): data for name, data in NEW.items()})


def failing(call: str, at: int, fail: Callable[[], None]) -> Callable[..., Any]:
    """A function of the system that fails once."""
    real, calls = getattr(os, call), count(1)

    def function(*given: Any, **named: Any) -> Any:
        if next(calls) == at:
            fail()
        return real(*given, **named)

    return function


def no_space() -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("call", [call for call in CALLS if call not in ("unlink", "close")])
@pytest.mark.parametrize("at", range(1, 12))
def test_a_write_that_fails_leaves_every_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, at: int
) -> None:
    tree(tmp_path / "tree")
    with monkeypatch.context() as patched:
        patched.setattr(os, call, failing(call, at, no_space))
        try:
            replace(tmp_path / "tree")
            done = True
        except OSError:
            done = False
    assert content(tmp_path / "tree") == (NEW if done else OLD)
    assert not [name for _, _, names in os.walk(tmp_path) for name in names if name.endswith(".ecrlint")]


@pytest.mark.parametrize("call", ["write", "fsync", "link", "replace", "unlink"])
def test_a_process_that_is_killed_leaves_each_file_old_or_new(tmp_path: Path, call: str) -> None:
    for at in range(1, 8):
        folder = tmp_path / str(at)
        tree(folder)
        dies = f"os.{call} = t.failing({call!r}, {at}, lambda: os._exit(9))"
        script = f"import os, test_writing as t; {dies}; t.replace(t.Path({str(folder)!r}))"
        subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parent, check=False)
        for name, data in content(folder).items():
            assert data in (OLD[name], NEW[name])


def test_mode_and_links_stay(tmp_path: Path) -> None:
    tree(tmp_path)
    os.chmod(tmp_path / "a.tf", 0o750)
    (tmp_path / "link.tf").symlink_to("a.tf")
    FileReader([str(tmp_path)]).write({str(tmp_path / "link.tf"): b"by the link"})
    assert (tmp_path / "link.tf").is_symlink()
    assert (tmp_path / "a.tf").read_bytes() == b"by the link"
    assert os.stat(tmp_path / "a.tf").st_mode & 0o777 == 0o750


def test_what_may_not_be_written_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path)
    denied = PermissionError(13, "Permission denied")

    def open_for_reading(*given: Any, **named: Any) -> int:
        if given[0] == "a.tf":
            raise denied
        return real(*given, **named)

    real = os.open
    monkeypatch.setattr(os, "open", open_for_reading)
    with pytest.raises(PermissionError):
        replace(tmp_path)
    monkeypatch.undo()
    assert content(tmp_path) == OLD


@pytest.mark.parametrize("before", ["", "what was there before"])
def test_a_report_is_written_as_a_whole(tmp_path: Path, before: str) -> None:
    path = tmp_path / "report.json"
    if before:
        path.write_text(before)
    writing.put(str(path), "{}\n")
    assert path.read_text() == "{}\n"
    assert os.listdir(tmp_path) == ["report.json"]


def test_a_report_goes_to_a_device() -> None:
    writing.put(os.devnull, "{}\n")
