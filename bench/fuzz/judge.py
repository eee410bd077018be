"""One input: a command of ecrlint on a small tree, in this process, and what is wrong with what it did."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecrlint.cli import main
from ecrlint.model.finding import Problem

FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "rdjson")
_UNSEEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_COLOR = re.compile(r"\x1b\[[\d;]*m")
_SECONDS = re.compile(r"\bin \d+\.\d+ s\b")
_PARSED = ("json", "sarif", "gitlab", "rdjson")


@dataclass(frozen=True)
class Outcome:
    """What a command printed, as a digest, and what is wrong with it: empty where nothing is."""

    digest: str
    fault: str


def words(draw: random.Random, files: Mapping[str, bytes]) -> list[str]:
    """The command line of an input: most often a scan."""
    root = ["--root", "."]
    chance = draw.random()
    if chance < 0.72:
        form = draw.choice(FORMATS)
        more = [["--color", "always"], ["-v"], ["--color", "always", "-v"]][draw.randrange(3)] if form == "text" else []
        return [*root, "--format", form, *more, "."]
    if chance < 0.80:
        return ["fix", *root, *(["--unsafe"] if draw.random() < 0.5 else []), "--diff", "."]
    if chance < 0.84:
        return ["path", *root, "--format", draw.choice(("text", "json", "mermaid", "dot", "svg"))]
    if chance < 0.88:
        role = draw.choice((*_NAMES.findall(b"".join(files.values())[:20_000]), b"app")).decode()
        form = draw.choice(("text", "json"))
        return ["why", *root, "--format", form, role, draw.choice(("ecr:PutImage", "ecr:GetAuthorizationToken"))]
    if chance < 0.92:
        return ["hook", *root, draw.choice(sorted(files))]
    if chance < 0.95:
        return ["baseline", draw.choice(("check", "write")), *root]
    if chance < 0.97:
        return ["fix", *root, "."]
    return ["config", "."]


_NAMES = re.compile(rb'(?:aws_iam_role" "|RoleName: |name *= *")([\w-]+)')


def put(files: Mapping[str, bytes], folder: str) -> None:
    """A tree in an empty folder. A file whose name another one needs for a folder stays away."""
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    for path, data in files.items():
        full = os.path.join(folder, path)
        with contextlib.suppress(FileExistsError, NotADirectoryError, IsADirectoryError):
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "wb") as file:
                file.write(data)


def judged(command: list[str]) -> Outcome:
    """What a command does in the working directory."""
    out, err = io.StringIO(), io.StringIO()
    _BROKEN.clear()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(command)
    text, said = (one.getvalue().replace(os.getcwd(), ".") for one in (out, err))
    said = _SECONDS.sub("", said)
    digest = hashlib.blake2b(f"{status}\0{text}\0{said}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return Outcome(digest, _fault(command, status, text, said))


def _fault(command: list[str], status: int, text: str, said: str) -> str:
    """In one line what is wrong; the places in the code, not the values, so that faults of one kind are equal."""
    if "Traceback (most recent" in said:
        return f"traceback: {_last_places(said)}"
    if _BROKEN:
        return f"broke: {_BROKEN[0]}"
    if status not in (0, 1, 2, 3):
        return f"status {status}"
    form = command[command.index("--format") + 1] if "--format" in command else "text"
    is_diff = "--diff" in command
    for name, printed in (("output", "" if is_diff else text), ("errors", said)):
        found = _UNSEEN.search(_COLOR.sub("", printed))
        if found:
            return f"{name} of {command[0] if command[0][0] != '-' else 'scan'} {form}: U+{ord(found[0]):04X} as it is"
    if form in _PARSED and status != 2 and text:
        try:
            json.loads(text)
        except ValueError:
            return f"not JSON: {form}"
    if form in ("junit", "svg") and status != 2 and text:
        from xml.etree import ElementTree

        try:
            ElementTree.fromstring(text)
        except ElementTree.ParseError:
            return f"not XML: {form}"
    if is_diff and text:
        done = subprocess.run(["git", "apply", "--check", "-"], input=text.encode(), capture_output=True, check=False)
        if done.returncode:
            return f"git apply: {re.sub(r'[^ ]*:?[0-9]+', 'N', done.stderr.decode(errors='replace').splitlines()[0])}"
    return ""


_FRAME = re.compile(r'File "[^"]*?((?:ecrlint|rules)/[^"]*|[^"/]*)", line (\d+), in (\w+)')


def _last_places(printed: str) -> str:
    """The last line of a traceback without its values, and where it came from."""
    frames = [f"{path.removeprefix('ecrlint/')}:{line} {name}" for path, line, name in _FRAME.findall(printed)]
    kinds = re.findall(r"(?m)^([\w.]+(?:Error|Exception|Exceeded|Unread|Interrupt)\b)", printed)
    return f"{kinds[-1] if kinds else '?'} at {' < '.join(frames[:-4:-1])}"


_BROKEN: list[str] = []


def watch() -> None:
    """Keep where an error came from that ecrlint turns into a problem; a refusal of memory among them."""
    before = Problem.__init__

    def noted(self: Problem, *given: Any, **named: Any) -> None:
        before(self, *given, **named)
        error = sys.exc_info()[1]
        if error is not None and ("broke ecrlint" in self.message or ("rule " in self.message and " failed on " in self.message)):
            _BROKEN.append(_last_places("".join(traceback.format_exception(error))))

    Problem.__init__ = noted  # type: ignore[method-assign]
