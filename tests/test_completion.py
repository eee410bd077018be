"""What the shells complete, asked as their scripts ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ecrlint import rule_registry
from ecrlint.commands import COMMANDS
from ecrlint.commands.scan import FORMATS


def ask(words: str, instruction: str = "bash_complete") -> list[str]:
    """What comes after a line that ends in the cursor, in the form of the shell: for bash `KIND,VALUE`."""
    given = words.split(" ")
    env = {**os.environ, "_ECRLINT_COMPLETE": instruction, "COMP_WORDS": words, "COMP_CWORD": str(len(given) - 1)}
    if instruction.startswith("fish"):
        env["COMP_CWORD"] = given[-1]
    command = [sys.executable, "-c", "import sys; from ecrlint.cli import main; sys.exit(main())"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_the_first_word_is_a_command_or_a_file() -> None:
    assert ask("ecrlint ") == [*(f"plain,{name}" for name in COMMANDS), "file,"]
    assert ask("ecrlint ex") == ["plain,explain", "file,ex"]
    assert ask("ecrlint infra ex") == ["file,ex"]


def test_a_rule_is_completed_after_explain() -> None:
    assert ask("ecrlint explain ") == [f"plain,{rule.name}" for rule in rule_registry.rules()]
    assert ask("ecrlint explain token-on") == ["plain,token-on-repository"]


def test_formats_are_completed() -> None:
    for option in ("--format", "--output"):
        assert ask(f"ecrlint {option} ") == [f"plain,{name}" for name in FORMATS]
    assert ask("ecrlint path --format s") == ["plain,svg"]


def test_each_command_completes_its_own_options() -> None:
    assert "plain,--output" in ask("ecrlint --o")
    assert ask("ecrlint fix --d") == ["plain,--diff"]
    assert ask("ecrlint baseline w") == ["plain,write"]
    assert ask("ecrlint hook main") == ["file,main"]


def test_zsh_and_fish_show_what_a_command_does() -> None:
    fish = ask("ecrlint ex", "fish_complete")
    assert fish[0].startswith("plain,explain\tShow the page of the rule NAME")
    zsh = ask("ecrlint ex", "zsh_complete")
    assert zsh[:2] == ["plain", "explain"]
    assert zsh[2].startswith("Show the page of the rule NAME")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_understood_by_it(shell: str) -> None:
    script = "\n".join(ask("", f"{shell}_source"))
    assert "_ECRLINT_COMPLETE" in script
    if shutil.which(shell):
        assert subprocess.run([shell, "-n", "-c", script], capture_output=True, text=True, check=False).stderr == ""


def test_bash_completes_with_its_script(tmp_path: Path) -> None:
    program = tmp_path / "ecrlint"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ecrlint "$@"\n')
    program.chmod(0o755)
    script = f"""eval "$(_ECRLINT_COMPLETE=bash_source "{program}")"
COMP_WORDS=("{program}" explain token-on); COMP_CWORD=2
_ecrlint_completion "{program}"
echo "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "token-on-repository", done.stderr
