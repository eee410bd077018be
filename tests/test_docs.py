"""The generated pages are what their sources say, after one run, and nothing on a page is only written down."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from ecrlint import rule_registry
from ecrlint.cli import main
from ecrlint.commands.scan import FORMATS


def test_the_pages_are_what_docs_py_generates(project: Path) -> None:
    done = subprocess.run([sys.executable, "tools/docs.py", "--check"], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


GENERATED = re.compile(r"(<!-- \w+: python tools/docs\.py -->\n).*?(?=<!-- end -->)", re.DOTALL)
Generate = Callable[[], tuple[int, str]]


@pytest.fixture(scope="module")
def generator(project: Path) -> Iterator[ModuleType]:
    """tools/docs.py as a module, which scans each fixture once."""
    spec = importlib.util.spec_from_file_location("docs", project / "tools" / "docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)
        patch.setitem(sys.modules, "docs", module)
        spec.loader.exec_module(module)
        yield module


@pytest.fixture
def generate(
    generator: ModuleType, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Generate:
    """Runs tools/docs.py on a copy of the pages, and gives its exit status and what it says."""
    shutil.copytree(project / "docs", tmp_path / "docs")
    shutil.copy(project / "README.md", tmp_path)
    monkeypatch.setattr(generator, "DOCS", tmp_path / "docs")
    monkeypatch.setattr(sys, "argv", ["docs.py"])
    monkeypatch.chdir(project)  # and back again, wherever it goes
    return lambda: (generator.main(), capsys.readouterr().err)


def pages(root: Path) -> dict[str, str]:
    found = [root / "README.md", *(path for path in (root / "docs").rglob("*") if path.is_file())]
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in found}


def test_one_run_writes_everything_that_is_generated(generate: Generate, project: Path, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "docs" / "rules")
    (tmp_path / "docs" / "errors" / "SUMMARY.md").unlink()
    (tmp_path / "docs" / "path.svg").unlink()
    for path in (tmp_path / "README.md", *(tmp_path / "docs").rglob("*.md")):
        path.write_text(GENERATED.sub(r"\1", path.read_text(encoding="utf-8")), encoding="utf-8")
    assert generate() == (0, "")
    assert pages(tmp_path) == pages(project)


def test_one_run_is_enough_for_messages_that_have_no_page_yet(generate: Generate, tmp_path: Path) -> None:
    for path in (tmp_path / "docs" / "errors").glob("*/*.md"):
        if path.name != "index.md":
            path.unlink()
    status, said = generate()
    once = pages(tmp_path)
    made = sorted((name for name in once if name.startswith("docs/errors/other/")), key=Path)
    assert len(made) > 30
    assert (status, said) == (1, "".join(f"{name} lacks prose: say below its title what the message means\n" for name in made))
    assert generate() == (status, said)
    assert pages(tmp_path) == once


def test_a_page_of_a_message_without_prose_fails_the_run(generate: Generate, tmp_path: Path) -> None:
    page = tmp_path / "docs" / "errors" / "login" / "no-basic-auth-credentials.md"
    title, _, rest = page.read_text(encoding="utf-8").partition("\n")
    page.write_text(f"{title}\n\n{rest[rest.index('## Causes') :]}", encoding="utf-8")
    assert generate() == (
        1,
        "docs/errors/login/no-basic-auth-credentials.md lacks prose: say below its title what the message means\n",
    )


def test_every_page_has_its_four_sections() -> None:
    sections = ["## What fails", "## Why", "## Fix", "## References"]
    for rule in rule_registry.rules():
        headings = [line for line in rule.doc.splitlines() if line.startswith("## ")]
        assert headings == sections, rule.name


FENCE = re.compile(r"^```(?:\{\.)?(\w+)(?: \.columns\})?(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted(
    path
    for path in (*DOCS.glob("*.md"), DOCS.parent / "README.md")
    if re.search(r"^```(\{\.)?console", path.read_text(), re.MULTILINE)
)


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
