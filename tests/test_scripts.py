"""What scripts do: which acts their commands are, when these happen, and what is known of their words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.script import read
from ecrlint.model.script import (
    Act,
    Login,
    Push,
    Run,
    Script,
    Surroundings,
)
from ecrlint.model.source import Source, Span
from ecrlint.model.value import Choice, List, Ref, Scalar, Text, Unknown, Value, pieces, string

HOST = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
LOGIN = f"aws ecr get-login-password --region eu-west-1 | docker login --username AWS --password-stdin {HOST}"


def scalar(text: str) -> Scalar:
    return Scalar(text, Span(Source("script.sh", text), 0, len(text)))


def script(text: str, surroundings: Surroundings | None = None) -> Script:
    return read(scalar(text), Budget(), surroundings=surroundings)


def shown(value: Value | None) -> str:
    """A value in a line: holes between angle brackets."""
    match value:
        case None:
            return "-"
        case Scalar():
            return str(value.value)
        case Text():
            return "".join(map(shown, pieces(value)))
        case Ref():
            return f"<{value.attribute}>"
        case Choice():
            return f"<{shown(value.then)} or {shown(value.otherwise)}>"
        case List():
            return "[" + ",".join(map(shown, value.items)) + "]"
        case _:
            return "<?>"


def holed(text: str) -> Value:
    """A text whose `@` are holes of a template."""
    source = Source("main.tf", text)
    parts: list[Value] = []
    at = 0
    for piece in text.split("@"):
        if at:
            parts.append(Unknown("a hole", source.span(at - 1, at)))
        if piece:
            parts.append(Scalar(piece, source.span(at, at + len(piece))))
        at += len(piece) + 1
    return Text(tuple(parts), source.span(0, len(text)))


def is_certain(act: Act) -> bool:
    """Whether an act happens for sure as it is described, once the script runs and nothing before it fails."""
    return act.command.certain and act.closed


def of(kind: type[Act], found: Script) -> Iterator[Act]:
    return (act for act in found.acts if isinstance(act, kind))


def test_a_login_has_its_registry_user_token_and_region() -> None:
    (login,) = of(Login, script(LOGIN))
    assert isinstance(login, Login)
    assert (string(login.registry), string(login.user), login.token, string(login.region)) == (HOST, "AWS", "ecr", "eu-west-1")
    assert (login.password, is_certain(login)) == ("stdin", True)


def test_the_parts_of_an_image_come_from_where_they_are_set() -> None:
    text = 'ACCOUNT=111122223333\nREPO="$ACCOUNT.dkr.ecr.eu-west-1.amazonaws.com/shop"\ndocker push $REPO:v1\n'
    (push,) = of(Push, script(text))
    assert isinstance(push, Push)
    assert string(push.image) == f"{HOST}/shop:v1"
    assert push.command.span.text == "docker push $REPO:v1"
    assert push.image.span.text == "$REPO:v1"


def test_an_account_that_is_asked_for_is_the_same_wherever_it_is_put() -> None:
    ask = "$(aws sts get-caller-identity --query Account --output text)"
    text = f"A={ask}\ndocker push $A.dkr.ecr.us-east-1.amazonaws.com/x\ndocker push {ask}.dkr.ecr.us-east-1.amazonaws.com/x\n"
    first, second = (push for push in of(Push, script(text)) if isinstance(push, Push))
    assert shown(first.image) == shown(second.image) == "<account>.dkr.ecr.us-east-1.amazonaws.com/x"


def test_a_hole_that_is_a_whole_line_leaves_the_rest_open() -> None:
    found = read(holed("docker push a\n@\ndocker push b\n"), Budget())
    before, after = of(Push, found)
    assert (is_certain(before), is_certain(after), found.whole) == (True, False, False)


def test_a_hole_in_a_word_is_a_part_of_it() -> None:
    (push,) = of(Push, read(holed("docker push @/shop:v1\n"), Budget()))
    assert isinstance(push, Push)
    assert shown(push.image) == "<?>/shop:v1"
    assert is_certain(push)


def test_a_hole_that_may_be_options_makes_a_command_open() -> None:
    (run,) = of(Run, read(holed("docker run @ acme/shop\n"), Budget()))
    assert not is_certain(run)


@pytest.mark.parametrize(
    ("text", "certain"),
    [
        (f"{LOGIN}", True),
        (f"cd /srv && {LOGIN}", True),
        (f"if [ -f x ]; then {LOGIN}; fi", False),
        (f"[ -f x ] && {LOGIN}", False),
        (f"docker info || {LOGIN}", False),
        (f"for i in 1 2 3; do {LOGIN}; done", True),
        (f"for i in $ALL; do {LOGIN}; done", False),
        (f"while read x; do {LOGIN}; done", False),
        (f"f() {{ {LOGIN}; }}\nf", True),
        (f"f() {{ {LOGIN}; }}", False),
        (f'if [ -z "$X" ]; then exit 1; fi\n{LOGIN}', True),
        (f'if [ -z "$X" ]; then exit 0; fi\n{LOGIN}', False),
        (f"trap '{LOGIN}' EXIT", False),
        (f"case $X in a) {LOGIN};; esac", False),
        (f"{LOGIN} &", True),
        (f'f() {{ if [ -n "$X" ]; then return; fi; {LOGIN}; }}\nf', False),
    ],
)
def test_when_a_login_happens_for_sure(text: str, certain: bool) -> None:
    assert {is_certain(login) for login in of(Login, script(text))} == {certain}


@pytest.mark.parametrize(
    "text",
    [
        f"# {LOGIN}",
        f"echo '{LOGIN}'",
        f"cat > x <<EOT\n{LOGIN}\nEOT",
        f"exit 0\n{LOGIN}",
        f"docker run x sh -c '{LOGIN}'",
        f": '{LOGIN}'",
    ],
)
def test_what_is_no_login_of_the_script(text: str) -> None:
    assert list(of(Login, script(text))) == []


def test_a_script_in_another_language_is_said_to_be_unread() -> None:
    assert read(scalar("Write-Host x"), Budget(), shell="pwsh").unread == "PowerShell"
    assert script("#!/usr/bin/env python3\nimport os\n").unread == "Python"
    assert script("<powershell>\nWrite-Host\n</powershell>").unread == "PowerShell"
    assert script("#!/usr/bin/env bash\ntrue\n").unread == ""


def test_a_place_is_that_of_the_file_in_a_block_scalar() -> None:
    yaml = "steps:\n  - run: |\n      set -e\n      docker push \\\n        acme/shop\n"
    source = Source("a.yml", yaml)
    start = yaml.index("|")
    text = "set -e\ndocker push \\\n  acme/shop\n"
    (push,) = of(Push, read(Scalar(text, source.span(start, len(yaml))), Budget()))
    assert (push.command.span.line, push.command.span.column) == (4, 7)
    assert isinstance(push, Push)
    assert (push.image.span.line, push.image.span.text) == (5, "acme/shop")


def test_what_a_job_hands_on() -> None:
    found = script('echo "TAG=v1" >> $GITHUB_ENV\n{ echo "image=acme/shop:v1"; echo "x=y"; } >> "$GITHUB_OUTPUT"\n')
    assert {name: shown(value) for name, value in found.exports.items()} == {"TAG": "v1"}
    assert {name: shown(value) for name, value in found.outputs.items()} == {"image": "acme/shop:v1", "x": "y"}


def test_variables_of_the_environment_are_those_that_are_given() -> None:
    given = Surroundings(name="job", variables={"TAG": scalar("v2")})
    (push,) = of(Push, script("docker push x:$TAG-$OTHER", given))
    assert isinstance(push, Push)
    assert shown(push.image) == "x:v2-<OTHER>"


HOSTILE = [
    *(
        "a=(",
        "<<A\n",
        "$(",
        "`",
        "${a:-",
        '"$(',
        "if a; then\n",
        "{ ",
        "( ",
        "a && ",
        "a | ",
        "case x in\n",
        "f() {\n",
        "((",
        "a)\n",
    ),
    *("$$", '""', "''", "A=$A$A;", "<", "$((", "f(){ f;f; }\nf\n", "eval 'eval a';", "x=$(echo $(echo a))\n", "\U000f0000"),
]


@pytest.mark.parametrize("words", HOSTILE)
def test_a_hostile_script_is_read(words: str) -> None:  # without a bound this would not end
    script(words * (80_000 // len(words)))
