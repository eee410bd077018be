"""What a host does with containers, ECR and AWS, by what its user data does, its image and its role."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ecrlint.model.dataclass import dataclass
from ecrlint.model.host import HostUse, UserData, What
from ecrlint.model.policy import Role
from ecrlint.model.script import SHELL, Act, AwsCall, Command, Compose, Invoke, Run, Script, Write
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Json, List, Map, Ref, Value, alternatives, holes, join, pieces, string

_HOLE = "\0"
_GET_LOGIN = ("get-login", "get-login-password")

_RUNNERS = "(?:gitlab-runner|buildkite-agent|circleci-runner|jenkins)"
"""Programs that run jobs; a folder of that name holds what somebody else runs."""

# Words that show a use wherever a script, or a file that it writes, has them.
_USES: tuple[tuple[What, str], ...] = (
    ("ecs", r"ECS_CLUSTER\b|/etc/ecs/ecs\.config|\becs-init\b|amazon-ecs-agent|\[settings\.ecs\]"),
    ("eks", r"/etc/eks/bootstrap\.sh|\bnodeadm\b|node\.eks\.aws|\[settings\.kubernetes\]"),
    ("login", r"\becr\s+get-(login(-password)?|authorization-token)\b|\becr-login\b|amazon-ecr-credential-helper"),
    (
        "runner",
        rf"(?<![\w./-]){_RUNNERS}(?![\w/-])|(?:/etc|bin)/{_RUNNERS}\b|\bactions[-/]runner\b|\bjenkins(?:\.war\b|/jenkins\b)",
    ),
    ("docker", r"(?<![\w.-])(docker|docker-compose|dockerd|podman|nerdctl)(?![\w-])|\b(docker\.io|docker-ce)\b|get\.docker\.com"),
)
_EXECUTOR = (
    r"\bexecutor['\"]?[\s=:]+['\"]?docker(?![\w+-])"
    r"|\bprefect\s+(?:agent\s+docker\s+start|worker\s+start\b.{0,200}\bdocker)\b"
)
_HOST_NETWORK = r"network[_-]mode['\"]?\s*[:=\s]\s*['\"]?(?:host|none)\b|--net(?:work)?[=\s]+(?:host|none|container:)"
_OWN_CREDENTIALS = (
    r"AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|PROFILE|WEB_IDENTITY|CONTAINER_CREDENTIALS)"
    r"|(?<![\w-])\.aws\b|env[-_]file"
)
# What may give the host, or the ECS agent, credentials that do not come from the metadata service.
_OWN = (
    r"(?i:AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|PROFILE|SHARED_CREDENTIALS|CONFIG_FILE|WEB_IDENTITY|CONTAINER_CRED))"
    r"|(?<![\w-])\.aws\b|\bcredential_process\b|\baws\s.{0,200}\s--profile\b"
    r"|-activation-(?:id|code)\b|\bamazon-ssm-agent\s+-register\b|\becs-anywhere\b|ECS_ENGINE_AUTH_DATA|ECS_EXTERNAL"
    r"|ECS_IMAGE_PULL_BEHAVIOR\s*=\s*[\"']?(?:once|prefer-cached)"
)
_HARMLESS_SETTINGS = ("region", "output", "pager", "cli_pager", "signature_version")
_SHIELD = r"\bECS_AWSVPC_BLOCK_IMDS\s*=\s*[\"']?true\b|\biptables\b(?=.*\b169\.254\.169\.254\b).*\b(?:DROP|REJECT)\b"
_OTHER_WAY = r"(?i)proxy|/etc/hosts\b|resolv\.conf|endpoint[-_]url"
_METADATA = r"169\.254\.169\.254|\bec2-metadata\b|fd00:ec2::254|//instance-data\b"
_TOKEN = "x-aws-ec2-metadata-token"
_CLUSTER = r"\bECS_CLUSTER\s*=\s*[\"']?([\0A-Za-z0-9_-]+)(?=[\"'\s]|$)"
# A program of the host's own, which may call whatever its role grants.
_PROGRAMS = re.compile(r"python[\d.]*|node|java|ruby|gunicorn|uvicorn|flask|dotnet|pm2|npm|yarn|php")
_SERVICE_UNIT = r"(?m)^[ \t]*ExecStart=(?!.{0,300}\b(?:docker|podman|nerdctl|compose|prefect|gitlab-runner)\b)"

_IMAGES: tuple[tuple[What, str], ...] = (
    ("ecs", r"(?i)ecs[-_]?optimized|amzn2?-ami-ecs|al2023-ami-ecs|/ecs/optimized|bottlerocket[/-]aws-ecs"),
    ("eks", r"(?i)\bamazon-eks-(?:\w+-)?node-|/eks/optimized-ami|bottlerocket[/-]aws-k8s"),
)
# https://docs.aws.amazon.com/linux/al2023/ug/imdsv2.html and, for ECS, https://github.com/aws/amazon-ecs-ami/issues/248
_SUPPORTS_TOKENS: tuple[tuple[Truth, str], ...] = (
    (YES, r"(?i)(?<![\w-])al2023(?=[-*])|/ecs/optimized-ami/amazon-linux-2023/"),
    (NO, r"(?i)\bamzn2-ami-|/ecs/optimized-ami/amazon-linux-2/"),
)
NODE_POLICIES = frozenset({"AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy"})
"""The policies of AWS that only the role of a node of EKS has."""

_POLICIES: dict[str, What] = {"AmazonEC2ContainerServiceforEC2Role": "ecs", **dict.fromkeys(NODE_POLICIES, "eks")}


def user_data(scripts: Sequence[Script]) -> UserData:
    """All that user data says of its host."""
    mentioned = [(script, _mentions(script)) for script in scripts]
    everything = [mention for _, mentions in mentioned for mention in mentions]
    return UserData(
        uses=_first_uses(mentioned),
        calls=_calls(scripts),
        login=next((place for script in scripts if (place := _login(script))), None),
        cluster=next((name for mention in everything if (name := _cluster(mention))), None),
        own=_first(_OWN, everything) or next((span for script in scripts for span in _credentials(script)), None),
        shield=_first(_SHIELD, everything),
        asks_without_token=_asks_without_token(mentioned),
        proxy=any(re.search(_OTHER_WAY, mention.text) for mention in everything),
        whole=all(script.whole for script in scripts),
        scripts=tuple(scripts),
    )


def _first_uses(mentioned: Sequence[tuple[Script, Sequence[_Mention]]]) -> tuple[HostUse, ...]:
    """The uses that user data shows, each with the first place where it does so."""
    shown: dict[What, HostUse] = {}
    for script, mentions in mentioned:
        for what, span in _uses(script, mentions):
            shown.setdefault(what, HostUse(what, span))
    return tuple(shown.values())


def _calls(scripts: Sequence[Script]) -> tuple[str, ...]:
    """The AWS services that user data calls by the AWS CLI on the host itself, not in a container; `*` for a program."""
    services = [
        "s3" if act.service == "s3api" else act.service
        for script in scripts
        for act in script.acts
        if isinstance(act, AwsCall) and act.service not in ("help", "configure")
    ]
    programs = ("*",) if any(map(_runs_a_program, scripts)) else ()
    return tuple(dict.fromkeys((*services, *programs)))


def _asks_without_token(mentioned: Sequence[tuple[Script, Sequence[_Mention]]]) -> Truth:
    """Whether user data asks the metadata service for something by IMDSv1; `MAYBE` where what it says is not known."""
    for _, mentions in mentioned:
        asks = any(re.search(_METADATA, mention.text) for mention in mentions)
        if asks and not any(_TOKEN in mention.text.lower() for mention in mentions):
            return YES
    return MAYBE if any(not script.whole and not script.commands and not script.unread for script, _ in mentioned) else NO


def of_image(name: str) -> What | None:
    """What an image is made for, by the name or parameter that AWS publishes it under."""
    return next((what for what, pattern in _IMAGES if re.search(pattern, name)), None)


def supports_tokens(name: str) -> Truth:
    """Whether an image is marked as made for IMDSv2, by the name or parameter that AWS publishes it under."""
    return next((answer for answer, pattern in _SUPPORTS_TOKENS if re.search(pattern, name)), MAYBE)


def of_role(role: Role, seen: tuple[HostUse, ...]) -> tuple[HostUse, ...]:
    """The uses beyond those seen that are shown by AWS's own policies on the role of a host."""
    found: dict[What, HostUse] = {}
    for policy in role.policies:
        what = _POLICIES.get(policy.managed or "")
        if what is not None and all(use.what != what for use in seen):
            found.setdefault(what, HostUse(what, policy.attached or policy.span, "role"))
    return tuple(found.values())


# What a script mentions


@dataclass(frozen=True, slots=True)
class _Mention:
    """A text that stands in a script, with NUL for each of its holes; `inside`: in a container, not on the host."""

    text: str
    holes: tuple[Value, ...]
    span: Span
    inside: bool = False

    def place(self, match: re.Match[str]) -> Span:
        """Where matched words stand in the file; the whole text where they are not there word for word."""
        words = match.group().strip().split("\n", 1)[0].split(_HOLE, 1)[0].rstrip("\\ ")
        for part in (words, " ".join(words.split(" ")[:3])):
            at = self.span.source.text.find(part, self.span.start, self.span.end)
            if part and at >= 0:
                return Span(self.span.source, at, at + len(part))
        return self.span


def _mentions(script: Script) -> list[_Mention]:
    """The commands of a script, each as a line, its variables, what it writes, and what of it is not run."""
    mentions: list[_Mention] = []
    for command in script.commands:
        mentions.append(_line(command))
        if command.stdin is not None and not isinstance(command.stdin, tuple):
            mentions.append(_mention(command.stdin))
    for act in script.acts:
        if isinstance(act, Write):
            mentions.extend((_mention(act.path), _mention(act.text)))
    mentions.extend(_mention(word.value, before=f"{name}=") for name, word in script.sets.items())
    for value in script.texts:
        mentions.extend(map(_mention, _strings(value)))
    return sorted(mentions, key=lambda mention: (mention.span.path, mention.span.start))


def _line(command: Command) -> _Mention:
    words = [_mention(word.value) for word in command.words]
    text = " ".join(word.text for word in words)
    return _Mention(text, tuple(hole for word in words for hole in word.holes), command.span, _starts_container(command))


def _starts_container(command: Command) -> bool:
    texts = [string(word.value) for word in command.words[1:3]]
    return command.program in ("docker", "podman", "nerdctl") and bool({"run", "create"} & set(texts[:2]))


def _mention(value: Value, before: str = "") -> _Mention:
    known = string(value)
    if known is not None:
        return _Mention(before + known, (), value.span)
    parts = pieces(value)
    text = "".join(_HOLE if (part := string(piece)) is None else part for piece in parts)
    return _Mention(before + text, tuple(piece for piece in parts if string(piece) is None), value.span)


def _strings(value: Value) -> Iterator[Value]:
    match value:
        case List():
            for item in value.items:
                yield from _strings(item)
        case Map():
            for item in value.entries.values():
                yield from _strings(item)
        case Json():
            yield from _strings(value.value)
        case _:
            yield value


# What a script shows


def _first(pattern: str, mentions: Sequence[_Mention]) -> Span | None:
    matches = ((mention, re.search(pattern, mention.text)) for mention in mentions)
    return next((mention.place(match) for mention, match in matches if match), None)


def _credentials(script: Script) -> Iterator[Span]:
    """Where a script may give itself credentials of its own."""
    for act in script.acts:
        if isinstance(act, Invoke) and act.shares:
            yield act.command.span
        if isinstance(act, AwsCall) and act.service == "configure" and not _is_harmless(act):
            yield act.command.span
    for command in script.commands:
        if command.program == "eval":
            yield command.span


def _is_harmless(act: AwsCall) -> bool:
    """Whether a setting of the AWS CLI is of another kind than credentials."""
    words = act.options.get("words") or ()
    return act.operation in ("get", "list") or (
        act.operation == "set" and bool(words) and (string(words[0]) or "").rpartition(".")[2] in _HARMLESS_SETTINGS
    )


def _login(script: Script) -> Span | None:
    """Where a script logs in to a private registry whatever else happens."""
    for act in script.acts:
        if isinstance(act, AwsCall) and act.command.certain and act.service == "ecr" and act.operation in _GET_LOGIN:
            return _as_written(act.command, 3)
    return None


def _as_written(command: Command, words: int) -> Span:
    """The place of the first words of a command."""
    first, last = command.words[0].span, command.words[min(words, len(command.words)) - 1].span
    return Span(first.source, first.start, last.end) if last.source is first.source and last.end >= first.start else first


def _cluster(mention: _Mention) -> Value | None:
    """The name of the cluster that a script writes into the agent's configuration, with its holes."""
    match = re.search(_CLUSTER, mention.text)
    if match is None:
        return None
    before = mention.text.count(_HOLE, 0, match.start(1))
    open_parts = iter(mention.holes[before:])
    parts = [next(open_parts) if piece == _HOLE else piece for piece in re.findall(rf"{_HOLE}|[^{_HOLE}]+", match.group(1))]
    name = join(parts, mention.place(match))
    of_shell = any(isinstance(hole, Ref) and hole.address.startswith(SHELL) for hole in _references(name))
    return None if of_shell else name


def _references(value: Value) -> Iterator[Value]:
    for hole in holes(value):
        yield from alternatives(hole)


def _uses(script: Script, mentions: Sequence[_Mention]) -> Iterator[tuple[What, Span]]:
    on_the_host = [mention for mention in mentions if not mention.inside]
    jobs = _first(_EXECUTOR, mentions)
    for what, pattern in _USES:
        span = _first(pattern, on_the_host if what in ("login", "runner") else mentions)
        if span and not (what == "runner" and jobs):
            yield what, span
    for act in script.acts:
        if isinstance(act, Run) and not _is_of_the_host(act):
            yield "bridged", _as_written(act.command, 2)
            if any(map(_needs_credentials, act.acts)):
                yield "bridged-client", _as_written(act.command, 2)
    up = next((act.command for act in script.acts if isinstance(act, Compose) and act.verb in ("up", "deploy")), None)
    started = jobs or (_as_written(up, len(up.words)) if up is not None else None)
    others = f"{_HOST_NETWORK}|{_OWN_CREDENTIALS}"
    if started and not any(re.search(others, mention.text) for mention in mentions):
        yield "bridged", started


def _is_of_the_host(run: Run) -> bool:
    """Whether a container shares the network of its host, or has credentials of its own."""
    network = string(run.network)
    if network is not None and (network in ("host", "none") or network.startswith("container:")):
        return True
    return re.search(_OWN_CREDENTIALS, _line(run.command).text) is not None


def _needs_credentials(act: Act) -> bool:
    """Whether what runs in a container certainly needs credentials: the AWS CLI does."""
    return isinstance(act, AwsCall) and act.service not in ("help", "configure") and "no-sign-request" not in act.options


def _runs_a_program(script: Script) -> bool:
    if any(_PROGRAMS.fullmatch(command.program or "") for command in script.commands if len(command.words) > 1):
        return True
    writes = (act for act in script.acts if isinstance(act, Write))
    return any(re.search(_SERVICE_UNIT, _mention(act.text).text) for act in writes)
