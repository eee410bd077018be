"""Rules of one's own: `--rules-from` as the page has it, and the test helper that it shows."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecrlint import config, rule_registry, testing
from ecrlint.cli import main

FENCE = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```', re.MULTILINE | re.DOTALL)


@pytest.fixture
def house(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the page's example. No rule is left when a test ends."""
    for name, text in FENCE.findall((project / "docs" / "own-rules.md").read_text()):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(rule_registry, "_added", {})
    rule_registry.rules.cache_clear()
    yield tmp_path
    rule_registry.rules.cache_clear()


def test_the_example_of_the_page_is_a_rule_that_passes_its_tests(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_house_rules.py"]
    done = subprocess.run(command, cwd=house, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    words = ["--rules-from", "house_rules", "fixtures/repository-without-team/fires"]
    assert main(words) == 0
    assert "fires/main.tf:1:1: warning: repository" in capsys.readouterr().out
    assert main(["explain", "--rules-from", "house_rules", "repository-without-team"]) == 0
    assert "The handbook" in capsys.readouterr().out
    (house / "ecrlint.toml").write_text('[rules]\nrepository-without-team = "error"\n')
    assert main(words) == 1


def test_without_the_option_nothing_of_the_folder_is_run(house: Path) -> None:
    (house / "house_rules" / "ran.py").write_text("open('mark', 'w').close()\n")
    assert main(["."]) == 0
    assert not (house / "mark").exists()


@pytest.mark.parametrize("key", ["rules-from = 'house_rules'", "[tool.ecrlint]\nrules-from = 'house_rules'"])
def test_a_configuration_cannot_name_rules(house: Path, key: str) -> None:
    name = "pyproject.toml" if "tool" in key else "ecrlint.toml"
    (house / name).write_text(f"{key}\n")
    with pytest.raises(config.ConfigError, match="option of the command line alone: --rules-from DIR"):
        config.load(str(house / name))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("broken.py", "import nothing_of_this_name\n", "ModuleNotFoundError: "),
        ("no_rule.py", '"""It says nothing."""\n', "SEVERITY"),
        ("token_on_repository.py", "", "there is a rule of the name token-on-repository"),
    ],
)
def test_a_module_that_is_no_rule_is_a_mistake_in_the_use(
    house: Path, name: str, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = (house / "house_rules" / "repository_without_team.py").read_text()
    (house / "house_rules" / name).write_text(text or rule)
    assert main(["--rules-from", "house_rules", "."]) == 2
    assert said in capsys.readouterr().err


def test_a_folder_without_rules_is_a_mistake_in_the_use(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rules-from", "fixtures", "."]) == 2
    assert "there is no rule in this folder" in capsys.readouterr().err


def test_the_helper_tells_what_is_wrong(house: Path) -> None:
    case = house / "fixtures" / "repository-without-team"
    (case / "fires" / "expected.txt").unlink()
    assert testing.failures("house_rules", "fixtures", update=True) == []
    assert testing.failures("house_rules", "fixtures") == []
    (case / "quiet" / "main.tf").rename(case / "quiet" / "other.tf")
    (case / "quiet" / "main.json").write_text("{}")
    (case / "fires" / "quiet.tf").write_text('resource "aws_ecr_repository" "shop" {\n  name = var.name\n}\n')
    (case / "quiet" / "third.tf").write_text((case / "fires" / "main.tf").read_text())
    said = testing.failures("house_rules", "fixtures")
    assert [
        line.partition("fixtures/repository-without-team/")[2] for line in said if "finds nothing" in line or "twin" in line
    ] == [
        "fires/main.tf: there is no twin of it in quiet/",
        "fires/quiet.tf: there is no twin of it in quiet/",
        "fires/quiet.tf: repository-without-team finds nothing",
    ]
    assert any("quiet/third.tf: third.tf:1:1: warning" in line for line in said)
    (case / "fires" / "expected.txt").write_text("something else\n")
    assert any("this is not what is found" in line for line in testing.failures("house_rules", "fixtures"))
