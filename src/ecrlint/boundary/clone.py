"""Repositories fetched by the user's git, with the user's credentials, into bare ones of ours. Nothing is checked out.

No hook, filter, submodule or file of the other side is run or followed: a fetch into a bare repository runs none, and what could
be switched on by the user's own configuration is switched off.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress

DEFAULT = "ecrlint-default"
"""The branch of ours that is the other side's HEAD, or the ref that is asked for."""

_SETTINGS = (
    *(f"core.hooksPath={os.devnull}", "core.fsmonitor=false", "submodule.recurse=false", "fetch.recurseSubmodules=false"),
    *(
        "protocol.ext.allow=never",
        "protocol.file.allow=never",
        "gc.auto=0",
        "maintenance.auto=false",
        "fetch.writeCommitGraph=false",
    ),
    *("http.lowSpeedLimit=500", "http.lowSpeedTime=30", "core.compression=1", "transfer.fsckObjects=false"),
)
_OWN = {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
_PLACES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")


class CloneError(Exception):
    """A repository cannot be fetched; the text says why. `is_final`: asking again does not help."""

    def __init__(self, reason: str, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final


def fetch(url: str, place: str, refs: Sequence[str], largest: int, seconds: float) -> None:
    """Bring refs of a URL (`HEAD`, or a pattern as `refs/heads/*:refs/heads/*`) to a bare repository, which is made where it is
    not there: without their history, and without larger files than so many bytes. Raises `CloneError`."""
    if not os.path.exists(os.path.join(place, "config")):
        _made(url, place)
    wanted = [ref if ":" in ref else f"{ref}:refs/heads/{DEFAULT}" for ref in refs]
    words = (
        "--quiet",
        "--depth=1",
        "--no-tags",
        "--force",
        "--prune",
        "--no-write-fetch-head",
        f"--filter=blob:limit={largest + 1}",
    )
    _git(["-C", place, "fetch", *words, "origin", *(f"+{ref}" for ref in wanted)], seconds)


def _made(url: str, place: str) -> None:
    """Make a bare repository for a URL, whole or not at all."""
    new = f"{place}.new"
    shutil.rmtree(new, ignore_errors=True)
    try:
        os.makedirs(new, mode=0o700)
        _git(["init", "--quiet", "--bare", "--template=", f"--initial-branch={DEFAULT}", new], 60)
        _git(["-C", new, "config", "remote.origin.url", url], 60)
        os.makedirs(os.path.join(new, "refs", "heads"), exist_ok=True)
        os.rename(new, place)
    except OSError as error:
        raise CloneError(f"{place} cannot be made: {error.strerror}", is_final=True) from None


def _git(words: Sequence[str], seconds: float) -> None:
    """Run git, and end it with all that it has started where it takes too long."""
    kept = {name: value for name, value in os.environ.items() if name not in _PLACES}
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    try:
        process = subprocess.Popen(
            ["git", *settings, *words],
            env={**kept, **_OWN},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise CloneError(f"git cannot be started: {error.strerror}", is_final=True) from None
    try:
        said = process.communicate(timeout=seconds)[1]
    except subprocess.TimeoutExpired:
        _end(process)
        raise CloneError(f"git took longer than {seconds:g} s to fetch it", is_final=True) from None
    except BaseException:
        _end(process)
        raise
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines() or [f"status {process.returncode}"]
        line = next((line for line in lines if line.startswith(("fatal:", "ERROR:", "remote:"))), lines[-1])
        raise CloneError(f"git cannot fetch it: {line[:300]}", is_final=any(word in said for word in _FINAL))


_FINAL = (
    b"not found",
    b"Authentication failed",
    b"could not read Username",
    b"Permission denied",
    b"access denied",
    b"couldn't find remote ref",
)


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.communicate()


def size(place: str) -> int:
    """How many bytes the files of a repository of ours have."""
    return sum(os.lstat(os.path.join(folder, name)).st_size for folder, _, names in os.walk(place) for name in names)


def by_age(folder: str) -> list[str]:
    """The repositories of ours in a folder, those that were used longest ago first."""
    with os.scandir(folder) as entries:
        ages = [(entry.stat().st_mtime, entry.path) for entry in entries if entry.name.endswith((".git", ".git.new"))]
    return [path for _, path in sorted(ages)]


def remove(place: str) -> None:
    """Take a repository of ours away."""
    shutil.rmtree(place, ignore_errors=True)
