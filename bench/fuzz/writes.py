"""A fault injector: every call to the system by which ecrlint writes fails in turn, or is the last of its process.

.venv/bin/python bench/fuzz/writes.py [--injections N] [--seed S]

A small tree is made, what is to be written is worked out by `fix`, by `baseline write` and by a report with `--output`, and a
forked process writes it, with one fault: a call fails once, fails from then on as on a full disk or a broken one, is the last one
before the process is killed, or the file may not grow beyond some bytes. Then every file must hold its old content or its new
one; all files that are written together, the old or the new, unless the process died or nothing could be put back; and modes
and links must be what they were. The exit status is 1 where this does not hold.
"""

from __future__ import annotations

import argparse
import builtins
import contextlib
import errno
import io
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ecrlint.boundary.repository import boundary
from ecrlint.model.finding import Report
from ecrlint.run import baseline, fix, pipeline
from ecrlint.run.scan_state import PLAIN

CALLS = ("open", "write", "fsync", "fchmod", "fchown", "link", "replace", "unlink", "close", "stat", "fstat", "readlink")
ON_A_FULL_DISK = ("open", "write", "fsync", "link")
"""The calls that need room; others succeed on a full disk."""

IN_CLEAN_UP = ("unlink", "stat", "fstat", "open", "readlink")
"""The calls by which a file beside another is found and taken away again: where one fails, it stays there."""

ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS, errno.EACCES)
POLICY = """resource "aws_iam_role_policy" "login" {
  role   = "ci"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{
      Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "arn:aws:ecr:eu-west-1:111122223333:repository/app" }]
  })
}
"""
ROLE = 'resource "aws_iam_role" "ci" {\n  name               = "ci"\n  assume_role_policy = "{}"\n}\n'
WAYS = ("once", "from then on", "killed", "no larger")


@dataclass(frozen=True)
class Fault:
    """What goes wrong: at which call, counted from 1, and how."""

    way: str
    call: str
    at: int
    error: int
    bytes: int = 0

    @property
    def may_be_mixed(self) -> bool:
        """Whether several files may be old and new side by side: the process died, or nothing could be put back."""
        return self.way == "killed" or (self.way == "from then on" and self.call not in ON_A_FULL_DISK)


@dataclass(frozen=True)
class Work:
    """What is written: the function that does so, and the new content of each file; None where there was none before."""

    write: Callable[[], None]
    old: Mapping[str, bytes | None]
    new: Mapping[str, bytes | None]


def tree(folder: str, draw: random.Random) -> None:
    """Some roots with a fault that has a fix, one of them behind a link."""
    for number in range(draw.choice((1, 2, 3))):
        below = f"{folder}/root{number}"
        os.makedirs(below)
        name = "policy.tf"
        with open(f"{below}/role.tf", "w", encoding="utf-8") as file:
            file.write(ROLE)
        if draw.random() < 0.3:
            name = "policy.text"
            os.symlink(name, f"{below}/policy.tf")
        with open(f"{below}/{name}", "w", encoding="utf-8") as file:
            file.write(POLICY + "# more\n" * draw.choice((0, 1, 20_000)))
        os.chmod(f"{below}/{name}", draw.choice((0o644, 0o600, 0o755)))
    if draw.random() < 0.5:
        with open(f"{folder}/ecrlint-baseline.json", "w", encoding="utf-8") as file:
            file.write('{"schema": 1, "findings": []}\n' + " " * draw.choice((0, 5_000)))


def contents(folder: str) -> dict[str, bytes | None]:
    """Every file that the system shows by its own name; the links are followed."""
    found: dict[str, bytes | None] = {}
    for above, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(above, name), "rb") as file:
                found[os.path.relpath(os.path.join(above, name), folder)] = file.read()
    return found


def shapes(folder: str) -> dict[str, tuple[int, str]]:
    """The mode of every file, and where it leads to if it is a link."""
    found = {}
    for above, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(above, name)
            link = os.readlink(path) if os.path.islink(path) else ""
            found[os.path.relpath(path, folder)] = (os.stat(path).st_mode, link)
    return found


def work(folder: str, draw: random.Random) -> Work:
    """What a command would write there."""
    os.chdir(folder)
    within = boundary(["."], folder)
    old = contents(folder)
    kind = draw.choice(("fix", "baseline", "output"))
    if kind == "fix":
        mended = fix.mend(["."], within)
        write: Callable[[], None] = lambda: fix.write(mended)  # noqa: E731
    elif kind == "baseline":
        (record,) = baseline.records(["."], within, PLAIN).records
        write = record.write
    else:
        report = pipeline.scan(["."], within)
        if draw.random() < 0.5:
            with open("report.json", "w", encoding="utf-8") as file:
                file.write("what was there before")
            old = contents(folder)
        write = lambda: _output(report)  # noqa: E731
    copy = f"{folder}.copy"
    shutil.copytree(folder, copy, symlinks=True)
    try:
        write()
        new = contents(folder)
    finally:
        shutil.rmtree(folder)
        os.rename(copy, folder)
        os.chdir(folder)
    return Work(write, {name: old.get(name) for name in new}, new)


def _output(report: Report) -> None:
    """The end of `ecrlint --output json=report.json`."""
    from ecrlint.commands import scan as command

    command._put(command._render(report, "json", "x"), "report.json", as_it_is=False)


def broken(fault: Fault) -> None:
    """Let the calls of this process fail."""
    if fault.way == "no larger":
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (fault.bytes, fault.bytes))
        return
    counted = Counter[str]()

    def failing(call: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def function(*given: Any, **named: Any) -> Any:
            counted[call] += 1
            counted[""] += 1
            is_due = counted[fault.call] >= fault.at and fault.call in ("", call)
            if fault.way == "from then on" and fault.error == errno.ENOSPC and call not in ON_A_FULL_DISK:
                is_due = False
            if is_due and (fault.way != "once" or counted[fault.call] == fault.at):
                if fault.way == "killed":
                    if call == "write" and fault.bytes:
                        real(given[0], bytes(given[1])[: fault.bytes])
                    os.kill(os.getpid(), signal.SIGKILL)
                if call == "close":
                    real(*given, **named)  # it is closed, whatever it says
                raise OSError(fault.error, os.strerror(fault.error))
            if call == "write" and fault.bytes:
                return real(given[0], bytes(given[1])[: fault.bytes])
            return real(*given, **named)

        return function

    for call in CALLS:
        setattr(os, call, failing(call, getattr(os, call)))
    builtins.open = failing("open", builtins.open)


def injected(task: Work, fault: Fault, folder: str) -> str:
    """What is wrong after a write with a fault; empty where nothing is."""
    before = shapes(folder)
    child = os.fork()
    if child == 0:
        status = 9
        try:
            os.chdir(folder)
            broken(fault)
            with contextlib.redirect_stderr(io.StringIO()):
                task.write()
            status = 0
        except BaseException:
            status = 1
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    found = contents(folder)
    left = [name for name in found if name.endswith(".ecrlint")]
    states = {}
    for name, new in task.new.items():
        old, now = task.old[name], found.get(name)
        if old == new:
            if now != new:
                return f"{name} was not to be written"
            continue
        if now not in (old, new):
            return f"{name} is neither old nor new"
        states[name] = now == new
    if not fault.may_be_mixed and len(set(states.values())) > 1:
        return "some files are old and some are new"
    if not os.WIFSIGNALED(ended) and os.WEXITSTATUS(ended) == 0 and not all(states.values()):
        return "it was said to be written, and is not"
    if left and fault.way in ("once", "no larger") and fault.call not in (*IN_CLEAN_UP, ""):
        return "something is left beside the files"
    after = shapes(folder)
    changed = [name for name, shape in before.items() if after.get(name) != shape]
    return f"{changed[0]} has another mode, or is a link no more" if changed else ""


def faults(draw: random.Random, most: int) -> Fault:
    way = draw.choice(WAYS)
    size = draw.choice((0, 0, 1, 100, 4096))
    if way == "no larger":
        return Fault(way, "", 0, 0, draw.choice((0, 1, 10, 100, 300, 1000, 5000, 100_000)))
    if draw.random() < 0.5:
        return Fault(way, "", draw.randrange(1, most), draw.choice(ERRORS), size)
    return Fault(way, draw.choice(CALLS), draw.randrange(1, 12), draw.choice(ERRORS), size)


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--injections", type=int, default=1000)
    parser.add_argument("--seed", default="1")
    arguments = parser.parse_args(words)
    draw = random.Random(arguments.seed)
    tried: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    here = os.getcwd()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="writes-", dir=memory) as scratch:
        while tried.total() < arguments.injections:
            first = f"{os.path.realpath(scratch)}/tree"
            tree(first, draw)
            task = work(first, draw)
            kept = f"{first}.kept"
            shutil.copytree(first, kept, symlinks=True)
            for _ in range(min(250, arguments.injections - tried.total())):
                fault = faults(draw, 60)
                said = injected(task, fault, first)
                tried[fault.way] += 1
                if said:
                    wrong[said] += 1
                    if wrong[said] == 1:
                        print(f"{said}: {fault}")
                os.chdir(scratch)
                shutil.rmtree(first)
                shutil.copytree(kept, first, symlinks=True)
            os.chdir(scratch)
            shutil.rmtree(first)
            shutil.rmtree(kept)
        os.chdir(here)
    print(f"{tried.total()} injections:", ", ".join(f"{count} {way}" for way, count in sorted(tried.items())))
    for said, count in wrong.most_common():
        print(f"{count:>6} {said}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
