"""Options and fixtures that several tests use."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value
from ecrlint.model.value.condition import expression

settings.register_profile("short", max_examples=200, deadline=None, derandomize=True)  # the same examples in every run
settings.register_profile("long", max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile("short")  # another one by --hypothesis-profile; what a test states of its own stays


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/fixtures/*/fires/expected.txt anew")


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the project."""
    return Path(__file__).resolve().parent.parent


Shown = Callable[[Value | None], object]


@pytest.fixture(scope="session")
def shown() -> Shown:
    """Gives a value without its places: scalars as they are, the rest as it might be written down."""
    return _shown


def _shown(value: Value | None) -> object:
    match value:
        case Scalar():
            return value.value
        case List():
            return [_shown(item) for item in value.items]
        case Map():
            return {key: _shown(item) for key, item in value.entries.items()}
        case Text():
            return "".join(str(_shown(part)) for part in value.parts)
        case Ref():
            return "<" + ".".join(filter(None, (value.address, value.attribute))) + ">"
        case Choice():
            return (expression(value.condition), _shown(value.then), _shown(value.otherwise))
        case Json():
            return ("json", _shown(value.value))
        case Unknown():
            return "?"
        case None:
            return None


def write_script(path: Path, mark: Path, then: str = "") -> str:
    path.write_text(f"#!/bin/sh\necho $0 >> {mark}\n{then}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.fixture
def hostile(tmp_path: Path) -> tuple[Path, Path]:
    """A partial clone of which everything that git may run leaves a mark, and the file of these marks."""
    top, mark = tmp_path / "repository", tmp_path / "marks"

    def run(*words: str) -> None:
        subprocess.run(["git", *words], cwd=top, check=True, capture_output=True)

    top.mkdir()
    run("init", "-q")
    (top / "main.tf").write_text('resource "aws_ecr_repository" "r" {\n  name = "r"\n}\n')
    (top / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n")
    (top / ".gitmodules").write_text('[submodule "s"]\n\tpath = s\n\turl = ext::sh -c evil\n')
    run("add", ".")
    run("-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-qm", "first")
    (top / "main.tf").write_text('resource "aws_ecr_repository" "r" {\n  name = "changed"\n}\n')
    run("add", "main.tf")
    script = write_script(tmp_path / "evil", mark, "cat")
    names = (
        "core.fsmonitor core.sshCommand core.editor core.pager core.alternateRefsCommand core.gitProxy"
        " core.askPass sequence.editor"
        " diff.external diff.evil.command diff.evil.textconv filter.evil.clean filter.evil.smudge filter.evil.process"
        " merge.evil.driver gpg.program gpg.ssh.program credential.helper remote.origin.uploadpack remote.origin.receivepack"
        " pager.diff pager.diff-index pager.rev-parse uploadpack.packObjectsHook alias.diff-index interactive.diffFilter"
    )
    for name in names.split():
        run("config", name, f"!{script}" if name.startswith(("alias", "credential")) else script)
    for name, value in {
        "remote.origin.url": str(tmp_path / "elsewhere"),
        "remote.origin.promisor": "true",
        "remote.origin.partialclonefilter": "blob:none",
        "protocol.allow": "always",
        "protocol.ext.allow": "always",
        "protocol.file.allow": "always",
        "diff.evil.cachetextconv": "true",
        "log.showSignature": "true",
        "core.untrackedCache": "true",
        "maintenance.auto": "true",
        "gc.auto": "1",
        "core.hooksPath": str(top / ".git/hooks"),
    }.items():
        run("config", name, value)
    run("config", "core.repositoryformatversion", "1")
    run("config", "extensions.partialClone", "origin")
    for hook in [
        "post-index-change",
        "post-checkout",
        "pre-auto-gc",
        "reference-transaction",
        "fsmonitor-watchman",
        "query-watchman",
    ]:
        write_script(top / ".git/hooks" / hook, mark)
    (tmp_path / "elsewhere").mkdir()
    mark.unlink(missing_ok=True)
    return top, mark
