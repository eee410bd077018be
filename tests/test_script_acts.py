"""What scripts do as people write them, in documentation, build specifications, workflows and user data: snippet by snippet.

`tests/script_acts.txt` holds each snippet under a title and, after a line `=>`, its acts; `--update-golden` writes these anew, to
be read one by one. An act that may not happen ends with `?`, one of another user with who that is, and one in a container begins
with `inside:`. A value that is not known stands between angle brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.script import read
from ecrlint.model.script import (
    Act,
    AssumeRole,
    AwsCall,
    Build,
    Compose,
    CreateRepository,
    Invoke,
    Login,
    Metadata,
    Pull,
    Push,
    Run,
    Script,
    Tag,
    Write,
)
from ecrlint.model.source import Source, Span
from ecrlint.model.value import Choice, List, Ref, Scalar, Text, Value, pieces

TABLE = Path(__file__).resolve().parent / "script_acts.txt"


def snippets() -> dict[str, tuple[str, str]]:
    """The snippets by title, each with its acts."""
    found: dict[str, tuple[str, str]] = {}
    for block in re.split(r"(?m)^### ", TABLE.read_text(encoding="utf-8"))[1:]:
        title, _, rest = block.partition("\n")
        text, _, acts = rest.partition("\n=>\n")
        assert title not in found, title
        found[title] = f"{text}\n", acts.strip()
    return found


SNIPPETS = snippets()


def script(text: str) -> Script:
    return read(Scalar(text, Span(Source("script.sh", text), 0, len(text))), Budget())


def shown(value: Value | None) -> str:
    match value:
        case None:
            return "-"
        case Scalar():
            return str(value.value)
        case Text():
            return "".join(map(shown, pieces(value)))
        case Ref():
            return f"<{re.sub('#.*', '', value.attribute)}>"
        case Choice():
            return f"<{shown(value.then)} or {shown(value.otherwise)}>"
        case List():
            return "[" + ",".join(map(shown, value.items)) + "]"
        case _:
            return "<?>"


def said(act: Act) -> Iterator[str]:
    """An act in a line, and those of a container that it starts."""
    end = "" if act.command.certain and act.closed else " ?"
    user = "" if act.command.user is None else f" as {shown(act.command.user)}"
    yield f"{words(act)}{user}{end}"
    for inner in act.acts if isinstance(act, Run) else ():
        yield from (f"inside: {line}" for line in said(inner))


def words(act: Act) -> str:
    match act:
        case Login():
            region = "" if act.region is None else f" in {shown(act.region)}"
            return f"login {shown(act.registry)} with {act.token}{region}, user {shown(act.user)}, by {act.password}"
        case Build():
            platforms = "".join(f" for {shown(one)}" for one in act.platforms)
            plain = "" if act.provenance is None else f" provenance {shown(act.provenance)}"
            caches = "".join(f" cache {shown(one)}" for one in act.caches)
            return f"build [{', '.join(map(shown, act.tags))}]{platforms}{plain}{caches}"
        case Tag():
            return f"tag {shown(act.source)} {shown(act.target)}"
        case Push():
            return f"push {shown(act.image)}{' with all tags' if act.all_tags else ''}"
        case Pull():
            return f"pull {shown(act.image)}"
        case Run():
            return f"run {shown(act.image)}" + ("" if act.network is None else f" in network {shown(act.network)}")
        case Compose():
            return f"compose {act.verb}"
        case CreateRepository():
            return f"create repository {shown(act.name)}"
        case AssumeRole():
            return f"assume {shown(act.role)} by {act.by}"
        case AwsCall():
            return f"aws {act.service} {act.operation}" + ("" if act.region is None else f" in {shown(act.region)}")
        case Metadata():
            return f"metadata {shown(act.path)}{' with a token' if act.token else ''}{' for a token' if act.session else ''}"
        case Invoke():
            return f"{act.kind} {shown(act.path)}{' in the same shell' if act.shares else ''}"
        case Write():
            return f"{'append to' if act.appends else 'write'} {shown(act.path)}"


def acts(text: str) -> str:
    return "\n".join(line for act in script(text).acts for line in said(act))


def test_there_are_many_snippets() -> None:
    assert len(SNIPPETS) >= 150


@pytest.mark.parametrize("title", SNIPPETS)
def test_a_snippet_makes_these_acts(title: str, request: pytest.FixtureRequest) -> None:
    text, expected = SNIPPETS[title]
    made = acts(text)
    if request.config.getoption("update_golden"):
        table = TABLE.read_text(encoding="utf-8")
        start = table.index(f"### {title}\n")
        end = table.find("\n### ", start)
        block = table[start : end if end >= 0 else len(table)]
        written = f"{block.partition(chr(10) + '=>' + chr(10))[0].rstrip()}\n=>\n{made}\n"
        TABLE.write_text(table[:start] + written + table[start + len(block) :], encoding="utf-8")
        return
    assert made == expected


# Writing one script in other ways

HOST = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
PIPELINES = [
    [
        ["aws", "ecr", "get-login-password", "--region", "eu-west-1"],
        ["docker", "login", "--username", "AWS", "--password-stdin", HOST],
    ],
    [["aws", "ecr-public", "get-login-password"], ["docker", "login", "-u", "AWS", "--password-stdin", "public.ecr.aws"]],
    [
        ["aws", "ecr", "get-authorization-token", "--output", "text"],
        ["base64", "-d"],
        ["docker", "login", "-u", "AWS", "-p", "x", HOST],
    ],
    [["docker", "build", "-t", f"{HOST}/shop:1", "--platform", "linux/arm64", "."]],
    [["docker", "buildx", "build", "--push", "--provenance=false", "--tag", f"{HOST}/shop:2", "src"]],
    [["docker", "tag", "shop:latest", f"{HOST}/shop:latest"]],
    [["docker", "push", f"{HOST}/shop:latest"]],
    [["sudo", "docker", "pull", "nginx:1.29"]],
    [["docker", "run", "--rm", "--network", "host", "acme/tools:1", "aws", "s3", "ls"]],
    [["aws", "ecr", "create-repository", "--repository-name", "shop"]],
    [["aws", "sts", "assume-role", "--role-arn", "arn:aws:iam::444455556666:role/push"], ["jq", "-r", ".Credentials"]],
    [["curl", "-s", "http://169.254.169.254/latest/meta-data/instance-id"]],
    [["skopeo", "copy", "docker://nginx:1.29", f"docker://{HOST}/nginx:1.29"]],
    [["make", "-C", "docker", "push"]],
    [["docker", "compose", "up", "-d"]],
]


def plainly(pipelines: list[list[list[str]]]) -> str:
    return "".join(" | ".join(" ".join(command) for command in pipeline) + "\n" for pipeline in pipelines)


QUOTES = (
    lambda word: word,
    lambda word: f"'{word}'",
    lambda word: f'"{word}"',
    lambda word: f'{word[:2]}"{word[2:]}"',
    lambda word: f"\\{word}",
    lambda word: f"'{word[:3]}'{word[3:]}",
)
BLANKS = (" ", "  ", "\t", " \\\n", " \\\n    ")
PIPES = (" | ", "|", " |\n", " |\n  ", " \\\n  | ", " | \\\n", " | # docker push acme/other:1\n")
ENDS = ("\n", "\n\n", ";", " ;\n", "  # docker push acme/other:1\n", "\n# docker push acme/other:1\n", "\n  \n\t\n", "\r\n")


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_comments_line_breaks_and_quotes_change_no_act(data: st.DataObject) -> None:
    pipelines = data.draw(st.lists(st.sampled_from(PIPELINES), min_size=1, max_size=4))
    text = data.draw(st.sampled_from(("", "# docker push acme/other:1\n", "#!/bin/bash\n", "\n\n")))
    for pipeline in pipelines:
        for at, command in enumerate(pipeline):
            text += data.draw(st.sampled_from(PIPES)) if at else ""
            for place, word in enumerate(command):
                text += data.draw(st.sampled_from(BLANKS)) if place else ""
                text += data.draw(st.sampled_from(QUOTES))(word)
        text += data.draw(st.sampled_from(ENDS))
    assert acts(text) == acts(plainly(pipelines)), text


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_an_act_that_is_sure_of_happening_does_whatever_a_variable_holds(data: st.DataObject) -> None:
    pipelines = [
        [list(command) for command in pipeline]
        for pipeline in data.draw(st.lists(st.sampled_from(PIPELINES), min_size=1, max_size=3))
    ]
    command = data.draw(st.sampled_from([command for pipeline in pipelines for command in pipeline]))
    place = data.draw(st.integers(0, len(command) - 1))
    command[place] = data.draw(st.sampled_from(("$WORD", '"$WORD"', f"{command[place]}$WORD", f"${{WORD}}{command[place]}")))
    before = data.draw(st.sampled_from(("", "$WORD && ", "$WORD || ", "if $WORD; then true; fi; ", "[ $WORD ] && ")))
    text = before + plainly(pipelines)
    filling = data.draw(st.sampled_from(("x", "1.2", "echo", "false", "true", "docker", "push", "login", "ecr", "sudo", "pull")))
    filled = acts(f"WORD={filling}\n{text}").split("\n")
    for line in acts(text).split("\n"):
        if line and not line.endswith("?"):
            pattern = ".*".join(map(re.escape, re.split(r"<[^<>]*>", line)))
            assert any(re.fullmatch(pattern, other.removesuffix(" ?")) for other in filled), (text, line, filled)
