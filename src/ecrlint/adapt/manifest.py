"""Kubernetes manifests, Compose files and `Dockerrun.aws.json` to a Stack: the images that they have pulled.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
https://docs.docker.com/reference/compose-file/services/
https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/docker-configuration.html
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator

from ecrlint.adapt import ecs
from ecrlint.adapt.policy import Expand
from ecrlint.model.dataclass import replace
from ecrlint.model.image import in_private_ecr
from ecrlint.model.manifest import Manifest, StoredLogin
from ecrlint.model.source import Language, Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import YES
from ecrlint.model.value import List, Map, Scalar, Unknown, Value, is_null, present, string
from ecrlint.model.workload import Container

_POD_SPECS = (("spec",), ("spec", "template", "spec"), ("spec", "job_template", "spec", "template", "spec"))
"""Where a pod is specified: in a pod, in what makes pods, in what makes jobs."""

_CAMEL = {"job_template": "jobTemplate", "init_container": "initContainers", "container": "containers"}
"""The names in a manifest of what Terraform's resources call otherwise."""


def adapt(path: str, language: Language, documents: Iterable[Value], replaced: frozenset[str] = frozenset()) -> Stack:
    """The stack of a file. `replaced` are the images, without tag, that a kustomization puts others in the place of."""
    maps = [document for document in documents if isinstance(document, Map)]
    if language == "compose-file":
        found = [manifest for document in maps for manifest in _compose(path, document)]
    elif language == "dockerrun":
        found = [manifest for document in maps for manifest in _dockerrun(path, document)]
    else:
        found = [manifest for document in maps for manifest in _kubernetes(path, document, replaced)]
    return Stack(path, manifests=tuple(found))


def pods(value: Map, expand: Expand) -> tuple[Container, ...]:
    """The containers of the pods that a manifest states, or a resource of Terraform for one."""
    for path in _POD_SPECS:
        spec: Map | None = value
        for name in path:
            spec = None if spec is None else _block(_entry(spec, name))
        named = ("init_container", "container")
        lists = () if spec is None else tuple(_entry(spec, name) for name in named)
        found = [item for one in lists for item in (one.items if isinstance(one, List) else (one,)) if isinstance(item, Map)]
        if found:
            return tuple(_container(item, expand) for item in found)
    return ()


def _kubernetes(path: str, document: Map, replaced: frozenset[str]) -> Iterator[Manifest]:
    kind = string(document.get("kind"))
    if kind is None or document.get("apiVersion") is None:
        return
    items = document.get("items")
    if kind == "List" and isinstance(items, List):
        for item in items.items:
            yield from _kubernetes(path, item, replaced) if isinstance(item, Map) else ()
        return
    metadata = document.get("metadata")
    name = string(metadata.get("name")) if isinstance(metadata, Map) else None
    containers = pods(document, lambda image: image)
    yield Manifest(
        address=f"{path}:{kind}/{name or '?'}",
        kind="pods",
        title=kind if name is None else f'{kind} "{name}"',
        span=document.span,
        containers=tuple(replace(one, image=_unreplaced(one.image, replaced)) for one in containers),
        logins=stored_logins(document),
        renews=kind in _RUN_AGAIN and _ASKS_FOR_TOKENS.search(document.span.text) is not None,
    )


_RUN_AGAIN = ("CronJob", "Deployment", "DaemonSet", "StatefulSet")
_ASKS_FOR_TOKENS = re.compile(r"get-login|get-authorization-token|GetAuthorizationToken|ecr-cred|registry-creds")
_SECRET_KEYS = (".dockerconfigjson", ".dockercfg")


def stored_logins(secret: Map) -> tuple[StoredLogin, ...]:
    """The logins to private registries of ECR that a Secret of Kubernetes keeps.

    https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/
    """
    if string(secret.get("kind")) != "Secret":
        return ()
    found: list[StoredLogin] = []
    for data, is_encoded in (("data", True), ("stringData", False)):
        entries = secret.get(data)
        for key in _SECRET_KEYS if isinstance(entries, Map) else ():
            value = entries.get(key) if isinstance(entries, Map) else None
            text = string(value)
            if value is not None and text is not None:
                hosts = (host for host in _logged_in(text, is_encoded) if in_private_ecr(Scalar(f"{host}/", value.span)) is YES)
                found += (StoredLogin(host, value.span) for host in hosts)
    return tuple(found)


def _logged_in(text: str, is_encoded: bool) -> Iterator[str]:
    """The registries to which a configuration of Docker has a login as `AWS`."""
    try:
        config = json.loads(b64decode(text) if is_encoded else text)
    except (ValueError, RecursionError):
        return
    auths = config.get("auths", config) if isinstance(config, dict) else None
    for host, login in auths.items() if isinstance(auths, dict) else ():
        if isinstance(login, dict) and _is_user_of_token(login):
            yield host.removeprefix("https://").split("/", 1)[0]


def _is_user_of_token(login: dict[str, object]) -> bool:
    """Whether a login is that of the user `AWS`, whose password is a token."""
    try:
        known = b64decode(str(login.get("auth", ""))).decode()
    except ValueError:
        known = ""
    return login.get("username") == "AWS" or known.startswith("AWS:")


def _unreplaced(image: Value | None, replaced: frozenset[str]) -> Value | None:
    text = string(image)
    if image is None or text is None or not replaced:
        return image
    before = text.split("@", 1)[0]
    head, _, last = before.rpartition("/")
    name = f"{head}/{last.split(':', 1)[0]}".removeprefix("/")
    return Unknown("a kustomization puts another image in its place", image.span) if name in replaced else image


def _compose(path: str, document: Map) -> Iterator[Manifest]:
    services = document.get("services")
    for name, service in services.entries.items() if isinstance(services, Map) else ():
        if isinstance(service, Map):
            image = present(service.get("image"))
            pulled = image is not None and is_null(service.get("build"))
            containers = (Container(image, image, service.span),) if image is not None and pulled else ()
            yield Manifest(f"{path}:{name}", "Compose service", f'Compose service "{name}"', service.span, containers)


def _dockerrun(path: str, document: Map) -> Iterator[Manifest]:
    if document.get("AWSEBDockerrunVersion") is None:
        return
    containers, _ = ecs.containers(document.get("containerDefinitions"), lambda part: part)
    single = document.get("Image")
    image = present(single.get("Name")) if isinstance(single, Map) else None
    if image is not None:
        containers = (*containers, Container(image, image, image.span))
    yield Manifest(path, "Dockerrun", f'"{path.rsplit("/", 1)[-1]}"', _start(document.span), containers)


def _start(span: Span) -> Span:
    """The first line of a document."""
    return Span(span.source, span.start, span.start + 1)


def _entry(value: Map, name: str) -> Value | None:
    found = value.get(name)
    return value.get(_CAMEL.get(name, name)) if found is None else found


def _block(value: Value | None) -> Map | None:
    """A nested object, which a resource of Terraform has as a block."""
    if isinstance(value, List):
        value = value.items[0] if len(value.items) == 1 else None
    return value if isinstance(value, Map) else None


def _container(value: Map, expand: Expand) -> Container:
    image = present(value.get("image"))
    variables = value.get("env")
    environment = {
        name: expand(given)
        for item in (variables.items if isinstance(variables, List) else ())
        if isinstance(item, Map) and (name := string(item.get("name"))) and (given := present(item.get("value"))) is not None
    }
    return Container(
        name=value.get("name") or Unknown("it has no name", value.span),
        image=None if image is None else expand(image),
        span=value.span,
        environment=environment,
    )
