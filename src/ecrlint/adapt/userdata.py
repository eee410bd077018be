"""What a host does with containers, ECR and AWS, read from its user data, its image and its role."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from itertools import accumulate

from ecrlint.adapt import shell
from ecrlint.model.dataclass import dataclass
from ecrlint.model.host import Use, UserData, What
from ecrlint.model.policy import Role
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, alternatives, join

_HOLE = "\0"
_SHORTEST = 16  # base64 that is shorter is taken for words

_USES: tuple[tuple[What, str], ...] = (
    ("ecs", r"ECS_CLUSTER\b|/etc/ecs/ecs\.config|\becs-init\b|amazon-ecs-agent|\[settings\.ecs\]"),
    ("eks", r"/etc/eks/bootstrap\.sh|\bnodeadm\b|node\.eks\.aws|\[settings\.kubernetes\]"),
    ("login", r"\becr\s+get-(login(-password)?|authorization-token)\b|\becr-login\b|amazon-ecr-credential-helper"),
    ("runner", r"\b(gitlab-runner|actions-runner|actions/runner|buildkite-agent|circleci-runner)\b|\bjenkins\b"),
    ("docker", r"(?<![\w.-])(docker|docker-compose|dockerd|podman|nerdctl)(?![\w-])|\b(docker\.io|docker-ce)\b|get\.docker\.com"),
)
# A script is read as words, comments left out. Patterns stay text, so that they cost nothing before they are first used.
_COMMENT = r"(?m)^[ \t]*#(?!!).*$"
_QUOTED = r"\"(?:[^\"\\]|\\.|\\\n)*\"|'[^']*'"
_RUN = rf"\b(?:docker|podman|nerdctl)(?:['\",\s]+container)?['\",\s]+(?:run|create)\b(?:{_QUOTED}|\\\n|\\.|[^\n\\;|&\"'])*"
_UP = r"\bdocker(?:-compose|\s+compose)\b[^\n;|&]{0,300}\sup\b|\bdocker\s+(?:stack\s+deploy|service\s+create)\b"
_EXECUTOR = (
    r"\bexecutor['\"]?[\s=:]+['\"]?docker(?![\w+-])"
    r"|\bprefect\s+(?:agent\s+docker\s+start|worker\s+start\b[^\n]{0,200}\bdocker)\b"
)
_OTHER_NETWORK = r"--net(?:work)?[='\",\s]+(?:host|none|container:)|\bnetwork[_-]mode['\"]?\s*[:=\s]\s*['\"]?(?:host|none)\b"
_OWN_CREDENTIALS = (
    r"AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|PROFILE|WEB_IDENTITY|CONTAINER_CREDENTIALS)"
    r"|(?<![\w-])\.aws\b|env[-_]file"
)
_SUBSTITUTED = r"\$\([^()]*\)|`[^`]*`"
_AWS_CLI = r"(?<![\w./-])aws"
_AWS_CLI_IMAGE = r"\b(?:amazon|aws-cli)/aws-cli(?::\S+)?"
_SERVICE = r"\s+(?:--[\w-]+(?:[=\s]+[^\s-]\S*)?\s+){0,8}(?!help\b|configure\b)([a-z][a-z0-9-]+)\s+[a-z]"
_WITHOUT_CREDENTIALS = r"--no-sign-request"
# A program of the host's own, which may call whatever its role grants.
_PROGRAM = (
    r"(?m)(?:^|[;&|]|\bExecStart=)[ \t]*(?:(?:sudo|nohup|exec)[ \t]+)*(?:[\w./-]*/)?"
    r"(?:python[\d.]*|node|java|ruby|gunicorn|uvicorn|flask|dotnet|pm2|npm|yarn|php)[ \t]"
    r"|\bExecStart=(?![^\n]{0,300}\b(?:docker|podman|nerdctl|compose|prefect|gitlab-runner)\b)"
)
_GET_LOGIN = r"(?<![\w./-])aws\s(?:[^\n;|&]{0,200}\s)?ecr\s+get-login(?:-password)?\b"
_CLUSTER = r"\bECS_CLUSTER\s*=\s*[\"']?([\0A-Za-z0-9_-]+)(?=[\"'\s]|$)"
# What may give the host, or the ECS agent, credentials that do not come from the metadata service. Regions are no credentials.
_SETTINGS = r"(?!\s+set\s+(?:--profile\s+\S+\s+)?[\w.]*(?:region|output|pager|signature_version)\b)"
_OWN = (
    r"(?i:AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|PROFILE|SHARED_CREDENTIALS|CONFIG_FILE|WEB_IDENTITY|CONTAINER_CRED))"
    rf"|(?<![\w-])\.aws\b|\baws\s+configure\b{_SETTINGS}|\bcredential_process\b|\baws\b[^\n;|&]{{0,200}}\s--profile\b"
    r"|-activation-(?:id|code)\b|\bamazon-ssm-agent\s+-register\b|\becs-anywhere\b|ECS_ENGINE_AUTH_DATA|ECS_EXTERNAL"
    r"|ECS_IMAGE_PULL_BEHAVIOR\s*=\s*[\"']?(?:once|prefer-cached)|(?m:(?:^|[;&|]|\bthen\b)[ \t]*(?:source|\.|eval)[ \t]+\S)"
)
_SHIELD = (
    r"\bECS_AWSVPC_BLOCK_IMDS\s*=\s*[\"']?true\b"
    r"|(?m:^(?=[^\n]*\biptables\b)(?=[^\n]*\b169\.254\.169\.254\b)(?=[^\n]*\b(?:DROP|REJECT)\b)[^\n]+$)"
)

_OTHER_WAY = r"(?i)proxy|/etc/hosts\b|resolv\.conf|endpoint[-_]url"

_METADATA = r"169\.254\.169\.254|\bec2-metadata\b|fd00:ec2::254|//instance-data\b"
_TOKEN = "x-aws-ec2-metadata-token"

_IMAGES: tuple[tuple[What, str], ...] = (
    ("ecs", r"(?i)ecs[-_]?optimized|amzn2?-ami-ecs|al2023-ami-ecs|/ecs/optimized|bottlerocket[/-]aws-ecs"),
    ("eks", r"(?i)\bamazon-eks-(?:\w+-)?node-|/eks/optimized-ami|bottlerocket[/-]aws-k8s"),
)
# https://docs.aws.amazon.com/linux/al2023/ug/ec2-imds.html
_SUPPORTS_TOKENS: tuple[tuple[Truth, str], ...] = (
    (YES, r"(?i)(?<![\w-])al2023(?=[-*])(?!-ami-ecs)"),
    (NO, r"(?i)\bamzn2-ami-|/ecs/optimized-ami/amazon-linux-2/"),
)
_POLICIES: dict[str, What] = {
    "AmazonEC2ContainerServiceforEC2Role": "ecs",
    "AmazonEKSWorkerNodePolicy": "eks",
    "AmazonEKSWorkerNodeMinimalPolicy": "eks",
}


def user_data(value: Value | None) -> UserData:
    """All that user data says of its host."""
    scripts = tuple(_scripts(value))
    return UserData(
        uses=uses(value),
        calls=calls(value),
        login=next((found for script in scripts if (found := _login(script))), None),
        cluster=next((name for script in scripts if (name := _cluster(script))), None),
        own=_first(_OWN, scripts),
        shield=_first(_SHIELD, scripts),
        asks_without_token=asks_without_token(value),
        proxy=any(re.search(_OTHER_WAY, script.text) for script in scripts),
        whole=_is_whole(value),
    )


def uses(value: Value | None) -> tuple[Use, ...]:
    """The uses that user data shows, each with the first place where it does so."""
    found: dict[What, Use] = {}
    for script in _scripts(value):
        for what, span in _uses(script):
            found.setdefault(what, Use(what, span))
    return tuple(found.values())


def calls(value: Value | None) -> tuple[str, ...]:
    """The AWS services that user data calls by the AWS CLI on the host itself, not in a container; `*` for a program."""
    hosts = [_on_the_host(script.text) for script in _scripts(value)]
    found = (match.group(1) for text in hosts for match in re.finditer(_AWS_CLI + _SERVICE, text))
    programs = ("*",) if any(re.search(_PROGRAM, text) for text in hosts) else ()
    return tuple(dict.fromkeys((*("s3" if name == "s3api" else name for name in found), *programs)))


def asks_without_token(value: Value | None) -> Truth:
    """Whether user data asks the metadata service for something by IMDSv1; `MAYBE` where what it says is not known."""
    for script in _scripts(value):
        if re.search(_METADATA, script.text) and _TOKEN not in script.text.lower():
            return YES
    sides = () if value is None else alternatives(value)
    return MAYBE if any(isinstance(side, (Ref, Unknown)) for side in sides) else NO


def of_image(name: str) -> What | None:
    """What an image is made for, by the name or parameter that AWS publishes it under."""
    return next((what for what, pattern in _IMAGES if re.search(pattern, name)), None)


def supports_tokens(name: str) -> Truth:
    """Whether an image is marked as made for IMDSv2, by the name or parameter that AWS publishes it under."""
    return next((answer for answer, pattern in _SUPPORTS_TOKENS if re.search(pattern, name)), MAYBE)


def of_role(role: Role, seen: tuple[Use, ...]) -> tuple[Use, ...]:
    """The uses beyond those seen that are shown by AWS's own policies on the role of a host."""
    found: dict[What, Use] = {}
    for policy in role.policies:
        what = _POLICIES.get(policy.managed or "")
        if what is not None and all(use.what != what for use in seen):
            found.setdefault(what, Use(what, policy.attached or policy.span, "role"))
    return tuple(found.values())


# Scripts


@dataclass(frozen=True, slots=True)
class _Script:
    """A stretch of user data that runs on as one text, and where its pieces begin in it and stand in files."""

    text: str
    pieces: tuple[tuple[int, Value], ...]

    def place(self, match: re.Match[str]) -> Span:
        """Where matched words stand in the file; the whole piece where they are not found there word for word."""
        span = self.piece(match.start()).span
        words = match.group().strip().split("\n", 1)[0].split(_HOLE, 1)[0].rstrip("\\ ")
        for part in (words, " ".join(words.split(" ")[:3])):  # what a template puts in is not in its file
            at = span.source.text.find(part, span.start, span.end)
            if part and at >= 0:
                return Span(span.source, at, at + len(part))
        return span

    def piece(self, offset: int) -> Value:
        """The piece of user data that stands at an offset of the text."""
        return next(value for start, value in reversed(self.pieces) if start <= offset)


def _scripts(value: Value | None) -> Iterator[_Script]:
    """The known stretches of user data, without comments; what is not known in them stands as one NUL each."""
    match value:
        case Scalar(value=str(text)):
            yield _script((_lines(_decoded(text)),), (value,))
        case Text(parts=parts):
            yield _script(_texts(parts), parts)
            for part in parts:
                if not isinstance(part, Scalar):
                    yield from _scripts(part)
        case Choice():
            yield from _scripts(value.then)
            yield from _scripts(value.otherwise)
        case List():
            for item in value.items:
                yield from _scripts(item)
        case Map():
            for item in value.entries.values():
                yield from _scripts(item)
        case Json():
            yield from _scripts(value.value)
        case Scalar() | Ref() | Unknown() | None:
            return


def _texts(parts: tuple[Value, ...]) -> tuple[str, ...]:
    """The texts of the parts of user data, one NUL for one that is not known."""
    return tuple(_lines(part.value) if isinstance(part, Scalar) and isinstance(part.value, str) else _HOLE for part in parts)


def _lines(text: str) -> str:
    """A script whose lines end with CRLF, with lines as a shell has them; every place stays where it is."""
    return text if "\r" not in text else re.sub(r"(\\?)\r(?=\n|\Z)", r" \1", text)


def _script(texts: tuple[str, ...], values: tuple[Value, ...]) -> _Script:
    starts = accumulate(map(len, texts), initial=0)
    text = re.sub(_COMMENT, lambda comment: " " * len(comment.group()), "".join(texts))
    return _Script(text, tuple(zip(starts, values, strict=False)))


def _decoded(text: str) -> str:
    if not _is_base64(text):
        return text
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return text


def _is_whole(value: Value | None) -> bool:
    """Whether nothing that is not known can add commands to user data: a hole within a line is taken for one word of it."""
    match value:
        case Scalar(value=str(text)):
            return _decoded(text) != text or not _is_base64(text)
        case Text(parts=parts):
            text = "".join(_texts(parts))
            alone = any(_HOLE in line and not line.strip(f" \t\"'{_HOLE}") for line in text.split("\n"))
            return not alone and not any(isinstance(part, (List, Map, Json)) for part in parts)
        case Choice():
            return _is_whole(value.then) and _is_whole(value.otherwise)
        case List():
            return value.complete and all(map(_is_whole, value.items))
        case Map():
            return value.complete and all(map(_is_whole, value.entries.values()))
        case Json():
            return _is_whole(value.value)
        case _:
            return value is None or isinstance(value, Scalar)


def _is_base64(text: str) -> bool:
    return len(text) >= _SHORTEST and not re.search(r"[^A-Za-z0-9+/=\s]", text)


# What a script shows


def _first(pattern: str, scripts: tuple[_Script, ...]) -> Span | None:
    found = ((script, re.search(pattern, script.text)) for script in scripts)
    return next((script.place(match) for script, match in found if match), None)


def _login(script: _Script) -> Span | None:
    match = re.search(_GET_LOGIN, shell.unconditional(_on_the_host(script.text)))
    return script.place(match) if match else None


def _cluster(script: _Script) -> Value | None:
    """The name of the cluster that a script writes into the agent's configuration, with its holes."""
    match = re.search(_CLUSTER, script.text)
    if match is None:
        return None
    place = script.place(match)
    parts = [
        script.piece(match.start(1) + piece.start()) if piece.group() == _HOLE else Scalar(piece.group(), place)
        for piece in re.finditer(rf"{_HOLE}|[^{_HOLE}]+", match.group(1))
    ]
    return join(parts, place)


def _uses(script: _Script) -> Iterator[tuple[What, Span]]:
    on_the_host = _on_the_host(script.text)
    jobs = re.search(_EXECUTOR, script.text)
    for what, pattern in _USES:
        match = re.search(pattern, on_the_host if what in ("login", "runner") else script.text)
        if match and not (what == "runner" and jobs):
            yield what, script.place(match)
    for match in re.finditer(_RUN, script.text):
        if not re.search(f"{_OTHER_NETWORK}|{_OWN_CREDENTIALS}", match.group()):
            yield "bridged", script.place(match)
            if _calls_aws(_inside(match.group())):
                yield "bridged-client", script.place(match)
    started = jobs or re.search(_UP, script.text)
    if started and not re.search(f"{_OTHER_NETWORK}|{_OWN_CREDENTIALS}", script.text):
        yield "bridged", script.place(started)


def _calls_aws(command: str) -> bool:
    """Whether what runs in a container certainly needs credentials: the AWS CLI does."""
    if re.search(_WITHOUT_CREDENTIALS, command):
        return False
    return re.search(f"(?:{_AWS_CLI}|{_AWS_CLI_IMAGE}){_SERVICE}", command.replace("\\\n", "  ")) is not None


def _inside(command: str) -> str:
    """What of the command that starts a container runs in it: not what the shell substitutes before."""
    return re.sub(_SUBSTITUTED, _blank, command)


def _on_the_host(text: str) -> str:
    """The script without what runs in containers; every place stays where it is."""
    return re.sub(_RUN, _outside, text)


def _outside(run: re.Match[str]) -> str:
    kept = (match.span() for match in re.finditer(_SUBSTITUTED, run.group()))
    blank = list(" " * len(run.group()))
    for start, end in kept:
        blank[start:end] = run.group()[start:end]
    return "".join(blank)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())
