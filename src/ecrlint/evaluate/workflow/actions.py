"""The actions whose work is known: what a `uses:` step does, by the inputs that it is given.

https://github.com/aws-actions/configure-aws-credentials
https://github.com/aws-actions/amazon-ecr-login
https://github.com/aws-actions/amazon-ecs-render-task-definition
https://github.com/docker/login-action
https://github.com/docker/build-push-action
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from ecrlint.evaluate.workflow.expression import is_true
from ecrlint.model.dataclass import dataclass
from ecrlint.model.image import PUBLIC_REGISTRY, in_private_ecr
from ecrlint.model.job import Builder, Credentials, RegistryLogin, StepAct, TaskImage
from ecrlint.model.script import Build, Command, Guard, Push
from ecrlint.model.source import Span
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Choice, Ref, Scalar, Text, Unknown, Value, is_null, join, pieces, string


@dataclass(frozen=True, slots=True)
class Given:
    """What an action finds: its inputs, the environment, and the account of the credentials in force."""

    inputs: Mapping[str, Value]
    environment: Mapping[str, Value]
    account: Value | None
    span: Span

    def get(self, name: str) -> Value | None:
        """An input that is given and not empty."""
        value = self.inputs.get(name)
        return None if value is None or is_null(value) or string(value) == "" else value

    @property
    def region(self) -> Value | None:
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            value = self.environment.get(name)
            if value is not None and string(value) != "":
                return value
        return None


@dataclass(frozen=True, slots=True)
class Done:
    """What a step does, and what it leaves to the ones after it."""

    acts: tuple[StepAct, ...] = ()
    outputs: Mapping[str, Value] | None = None
    exports: Mapping[str, Value] | None = None
    account: Value | None = None


def known(name: str) -> Callable[[Given], Done] | None:
    """What an action does, by its name without the version; None for one that may do anything."""
    found = _ACTIONS.get(name.lower())
    if found is not None:
        return found
    owner = name.lower().partition("/")[0]
    return _nothing if (owner == "actions" and name.lower() != "actions/github-script") or name.lower() in _HARMLESS else None


def _nothing(_: Given) -> Done:
    return Done()


_HARMLESS = {
    *("docker/setup-qemu-action", "docker/metadata-action", "hashicorp/setup-terraform", "aws-actions/setup-sam"),
    *("aws-actions/amazon-ecs-deploy-task-definition", "docker/setup-docker-action"),
    *("dorny/paths-filter", "tj-actions/changed-files", "azure/setup-helm", "azure/setup-kubectl"),
    *("gradle/actions/setup-gradle", "gradle/gradle-build-action", "pnpm/action-setup", "astral-sh/setup-uv"),
    *("sigstore/cosign-installer", "hadolint/hadolint-action", "codecov/codecov-action", "crazy-max/ghaction-github-runtime"),
}
"""Actions that neither log in to a registry nor give credentials of AWS nor push."""


def _credentials(given: Given) -> Done:
    role, region, key = given.get("role-to-assume"), given.get("aws-region"), given.get("aws-access-key-id")
    others = ("web-identity-token-file", "role-chaining", "use-existing-credentials", "force-skip-oidc", "output-env-credentials")
    stated = [given.get(name) for name in others]
    plain = all(value is None or (string(value) or "").lower() == "false" for value in stated[:-1]) and stated[-1] is None
    by: Literal["token", "keys", "role", "unknown"] = "token" if role is not None else "unknown"
    if key is not None:
        by = "keys" if role is None else "role"
    account = (
        _account(role) if role is not None else Ref(f"credentials:{given.span.path}:{given.span.start}", "account", given.span)
    )
    act = Credentials(given.span, by if plain else "unknown", role, region, given.inputs)
    where = Unknown("its region is not known", given.span) if region is None else region
    secret = Ref("credentials", "key", given.span)
    exports = {"AWS_REGION": where, "AWS_DEFAULT_REGION": where, "AWS_ACCESS_KEY_ID": secret, "AWS_SECRET_ACCESS_KEY": secret}
    return Done((act,), {"aws-account-id": account}, exports, account)


def _account(role: Value) -> Value:
    """The account in the ARN of a role; what is named by its name alone is in that of the keys."""
    text = ""
    for piece in pieces(role):
        known = string(piece)
        if known is None:
            break
        text += known
    match = re.match(r"arn:[^:]*:iam::(\d{12}):", text)
    return Scalar(match[1], role.span) if match else Ref(f"credentials:{role.span.path}:{role.span.start}", "account", role.span)


def host(account: Value, region: Value | None, span: Span) -> Value:
    """The registry of an account in a region."""
    where = Unknown("its region is not known", span) if region is None else region
    suffix = "amazonaws.com.cn" if (string(where) or "").startswith("cn-") else "amazonaws.com"
    return join([account, ".dkr.ecr.", where, f".{suffix}"], span)


def _ecr_login(given: Given) -> Done:
    kind, registries = given.get("registry-type"), given.get("registries")
    region = given.region
    if string(kind) == "public":
        name = Scalar(PUBLIC_REGISTRY, given.span)
        return Done((RegistryLogin(given.span, (name,), public=True),), {"registry": name})
    if kind is not None and string(kind) != "private":
        return Done((RegistryLogin(given.span, (), region=region, closed=False),))
    if registries is None:
        account = given.account or Ref("credentials", "account", given.span)
        own = host(account, region, given.span)
        return Done((RegistryLogin(given.span, (own,), region=region),), {"registry": own})
    text = string(registries)
    if text is None:
        act = RegistryLogin(given.span, (), region=region, accounts=(registries,), closed=False)
        return Done((act,))
    accounts = tuple(Scalar(one, registries.span) for one in re.split(r"[,\s]+", text) if one)
    hosts = tuple(host(account, region, given.span) for account in accounts)
    outputs = {"registry": hosts[0]} if len(hosts) == 1 else {}
    return Done((RegistryLogin(given.span, hosts, region=region, accounts=(registries,)),), outputs)


def _docker_login(given: Given) -> Done:
    registry = given.get("registry")
    if registry is None:
        return Done()
    keys = given.get("username") is not None
    if string(registry) is not None and (string(registry) or "").startswith(PUBLIC_REGISTRY):
        stated = given.get("ecr")
        plain = stated is not None and string(stated) not in ("auto", "true")
        region = None if plain else given.region
        return Done((RegistryLogin(given.span, (registry,), public=True, region=region, by_token=not keys and not plain),))
    if in_private_ecr(join([registry, "/x"], registry.span)) is NO and not isinstance(registry, (Ref, Choice, Unknown)):
        return Done()
    return Done((RegistryLogin(given.span, (registry,), closed=isinstance(registry, (Scalar, Text)), by_token=not keys),))


def _buildx(given: Given) -> Done:
    options = given.get("driver-opts")
    match = re.search(r"(?m)^\s*[\"']?image=([^\s\"',]+)", string(options) or "")
    image = Scalar(match[1], options.span) if match and options is not None else None
    unknown = options if options is not None and string(options) is None else None
    return Done((Builder(given.span, given.get("driver"), image or unknown),))


def lines(value: Value | None, separators: str = r"\n|,") -> Iterator[Value]:
    """The entries of an input that is a list: each on a line, or between commas."""
    if value is None:
        return
    current: list[Value] = []
    for piece in pieces(value):
        text = string(piece)
        if text is None:
            current.append(piece)
            continue
        first, *others = re.split(separators, text)
        current.append(Scalar(first, piece.span))
        for other in others:
            yield from _entry(current, value.span)
            current = [Scalar(other, piece.span)]
    yield from _entry(current, value.span)


def _entry(parts: list[Value], span: Span) -> Iterator[Value]:
    trimmed = list(parts)
    for at, strip in ((0, str.lstrip), (-1, str.rstrip)):
        text = string(trimmed[at]) if trimmed else None
        if text is not None:
            trimmed[at] = Scalar(strip(text), trimmed[at].span)
    entry = join(trimmed, span)
    if string(entry) != "":
        yield entry


def _build(given: Given) -> Done:
    pushes = _pushes(given)
    command = Command((), given.span, (Guard("branch", given.span),) if pushes is not YES and pushes is not NO else ())
    tags = tuple(lines(given.get("tags")))
    build = Build(
        command,
        "docker",
        tags,
        platforms=tuple(lines(given.get("platforms"))),
        provenance=given.get("provenance"),
        sbom=given.get("sbom"),
        attestations=tuple(lines(given.get("attests"), r"\n")),
        caches=tuple(lines(given.get("cache-to"), r"\n")),
        outputs=tuple(lines(given.get("outputs"), r"\n")),
        file=given.get("file"),
        context=given.get("context"),
        pushes=pushes is not NO,
        extended=True,
    )
    pushed = tuple(Push(command, "docker", tag, build=build) for tag in tags) if pushes is not NO else ()
    return Done((build, *pushed))


def _pushes(given: Given) -> object:
    push = given.get("push")
    if push is not None:
        text = string(push)
        return is_true(push) if text is None else YES if text.lower() == "true" else NO
    outputs = [string(one) or "" for one in lines(given.get("outputs"), r"\n")]
    return YES if any("type=registry" in one or "push=true" in one for one in outputs) else NO


def _task_image(given: Given) -> Done:
    """The file that the action writes is another one, whose name is known only when it runs."""
    path, container, image = (given.get(name) for name in ("task-definition", "container-name", "image"))
    if path is None:
        return Done()
    unknown = Unknown("the workflow puts another image in its place", given.span)
    return Done((TaskImage(given.span, path, container or unknown, image or unknown),))


_ACTIONS: Mapping[str, Callable[[Given], Done]] = {
    "aws-actions/configure-aws-credentials": _credentials,
    "aws-actions/amazon-ecr-login": _ecr_login,
    "aws-actions/amazon-ecs-render-task-definition": _task_image,
    "docker/login-action": _docker_login,
    "docker/setup-buildx-action": _buildx,
    "docker/build-push-action": _build,
}
