"""The documentation builds as a site that fetches nothing, and what it tells people to type is there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from ecrlint.cli import main
from ecrlint.model.source import Source
from ecrlint.parse import hcl, yaml

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs").rglob("*.md"))
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(program: str) -> Iterator[str]:
    """Each command of a program in the pages' blocks of shell, on one line."""
    for page in PAGES:
        for block in SHELL.findall(page.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                if line.startswith(f"{program} "):
                    yield line


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built where a broken link or anchor is an error."""
    pytest.importorskip("zensical", reason="Zensical needs Python 3.11")
    folder = tmp_path_factory.mktemp("site")
    for name in ("docs", "CHANGELOG.md", "zensical.toml"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, folder / name)
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / "site"


def test_every_page_is_on_the_site(site: Path) -> None:
    pages = {path.relative_to(ROOT / "docs") for path in PAGES if path.name != "SUMMARY.md"}
    built = {path.relative_to(site).parent for path in site.rglob("index.html")}
    assert built == {page.parent if page.stem == "index" else page.with_suffix("") for page in pages}


def test_a_reader_is_sent_nowhere_else(site: Path) -> None:
    loads = re.compile(
        r"<(?:script|img|iframe)[^>]* src=\"([^\"]+)\"|<link[^>]* rel=\"?(?:stylesheet|preconnect)[^>]* href=\"([^\"]+)\""
    )
    for page in site.rglob("*.html"):
        for found in loads.findall(page.read_text(encoding="utf-8")):
            assert not re.match(r"(https?:)?//", "".join(found)), page


def test_the_search_finds_a_message_on_its_page(site: Path) -> None:
    index = (site / "search.json").read_text(encoding="utf-8")
    assert "no basic auth credentials" in index
    assert "errors/login/no-basic-auth-credentials/" in index


def test_the_menu_has_every_page() -> None:
    menu = (ROOT / "docs" / "SUMMARY.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"\]\(([^)]+)\)", menu))
    assert listed == {path.name for path in PAGES if path.parent == ROOT / "docs" and path.name != "SUMMARY.md"} | {
        "rules/",
        "errors/",
    }


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_the_links_of_a_page_outside_the_site_lead_somewhere(name: str) -> None:
    page = (ROOT / name).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^):#]+)(?:#[^)]*)?\)", page):
        assert (ROOT / link).exists(), link


def test_a_page_of_a_message_names_the_rules_that_predict_it_or_its_causes() -> None:
    for page in (ROOT / "docs" / "errors").glob("*/*.md"):
        text = page.read_text(encoding="utf-8")
        assert page.name == "index.md" or "../../rules/" in text or "## Causes\n\n1. " in text, page


def make_stores(folder: Path) -> None:
    """A folder with a repository in it, and the stores that a page names."""
    subprocess.run(["git", "init", "-q", folder / "mirrors/shop"], check=True)
    who = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    subprocess.run(["git", *who, "commit", "-q", "--allow-empty", "-m", "first"], cwd=folder / "mirrors/shop", check=True)
    assert main(["bulk", "--store", "scan.db", "--jobs", "0", "mirrors"]) == 0
    for name in range(1, 9):
        shutil.copy("scan.db", f"{name}.db")


@pytest.mark.parametrize("command", sorted(set(commands("ecrlint"))))
def test_a_command_of_ecrlint_is_understood(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path / "examples")
    if command.startswith("ecrlint bulk"):
        make_stores(tmp_path / "examples")
        capsys.readouterr()
    assert main(shlex.split(command.partition(">")[0], comments=True)[1:]) in (0, 1)
    assert "Usage" not in capsys.readouterr().err


BY_THE_CLI_ALONE = {"configure list", "ecr get-login-password", "ecr-public get-login-password"}
OF_EVERY_COMMAND = {"--query", "--output", "--region"}


@pytest.mark.parametrize("command", sorted(set(commands("aws"))))
def test_a_command_of_aws_exists_with_its_options(command: str) -> None:
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(iter(lexer.get_token, None))
    words = words[: next((at for at, word in enumerate(words) if word in {"|", ">"}), len(words))]
    _, service, operation, *rest = words
    given = {word for word in rest if word.startswith("--")} - OF_EVERY_COMMAND
    if f"{service} {operation}" in BY_THE_CLI_ALONE:
        assert not given
        return
    model = botocore.session.get_session().get_service_model(service)
    named = {xform_name(name, "-"): model.operation_model(name) for name in model.operation_names}
    shape = named[operation].input_shape
    assert given <= {f"--{xform_name(name, '-')}" for name in (shape.members if shape else ())}
    assert {f"--{xform_name(name, '-')}" for name in (shape.required_members if shape else ())} <= given


COMPLETED = re.findall(r"^(ecrlint .*)<Tab> +(ecrlint .*)$", (ROOT / "docs" / "completion.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize(("typed", "whole"), COMPLETED)
def test_what_the_page_of_completion_shows_is_completed(typed: str, whole: str) -> None:
    asked = {"_ECRLINT_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    done = subprocess.run(
        [sys.executable, "-m", "ecrlint"],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line for line in done.stdout.splitlines() if line.startswith("plain,")] == [f"plain,{whole.rpartition(' ')[2]}"]


def test_what_watches_production_is_read_without_a_problem_and_names_the_same_signals() -> None:
    page = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
    files = dict(re.findall(r'^```\w+ title="([^"]+)"\n(.*?)^```$', page, re.MULTILINE | re.DOTALL))
    assert hcl.parse(Source("monitoring.tf", files["monitoring.tf"], "terraform"))[1] == []
    assert yaml.parse(Source("monitoring.yaml", files["monitoring.yaml"], "cloudformation"))[1] == []
    for word in ("CannotPullContainerError", "ResourceInitializationError", "AWS API Call via CloudTrail", "TriggeredRules"):
        assert all(word in text for text in files.values()), word
    assert all("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" in text for text in files.values())
