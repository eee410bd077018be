"""Instances, what makes them, and who on them can reach the metadata service."""

from __future__ import annotations

from typing import Literal

from ecrlint.model.address import own_name
from ecrlint.model.dataclass import dataclass
from ecrlint.model.policy import Role
from ecrlint.model.script import Script
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Value

What = Literal["ecs", "eks", "batch", "docker", "bridged", "bridged-client", "login", "runner"]
Shown = Literal["user data", "role", "image", "launcher"]


@dataclass(frozen=True, slots=True)
class HostUse:
    """Something that a host does with containers or with ECR, and the place that shows it.

    `ecs`: registers with an ECS cluster; `eks`: is an EKS node; `batch`: runs the jobs of AWS Batch; `docker`: runs a
    container engine; `bridged`: runs a container outside its own network that is given no credentials; `bridged-client`:
    such a container calls AWS; `login` and `runner`: it logs in to ECR, or runs the jobs of a CI system, itself and not in
    a container. `shown` says by what this is known: what it is launched by leaves no doubt, the image it is made from some.
    """

    what: What
    span: Span
    shown: Shown = "user data"


@dataclass(frozen=True, slots=True)
class UserData:
    """What the script that a host is started with says.

    `calls` are the AWS services that it calls from the host itself, `*` where it runs a program that may call any. `login`
    is where it logs in to a private registry whatever else happens, as the host; `cluster` is the ECS cluster that it
    names. `own` is a place that gives, or may give, the host or its agent credentials of its own, and `shield` one that
    keeps containers from the metadata service; each None where there is none. `asks_without_token`:
    it asks the metadata service by IMDSv1. `proxy`: it speaks of a proxy, or of other addresses
    for the names that it calls. Not `whole`: there may be more in it. `scripts` are its parts, one after another.
    """

    uses: tuple[HostUse, ...] = ()
    calls: tuple[str, ...] = ()
    login: Span | None = None
    cluster: Value | None = None
    own: Span | None = None
    shield: Span | None = None
    asks_without_token: Truth = NO
    proxy: bool = False
    whole: bool = True
    scripts: tuple[Script, ...] = ()


@dataclass(frozen=True, slots=True)
class Host:
    """An instance, or a template or module that makes instances, and its metadata service.

    A metadata option that is not stated is None. `options` is the place of the options, None where there is no such
    block, and `body` the block or map that it would be added to; `inherits` is true where a launch template or something
    unknown may state them instead: a template of the stack then has the uses of all that is made from it. `profile` is the
    instance profile, None where the word does not occur; `role` is what that gives it, where it is known. `launched` is the
    place of what makes instances from a template just as it is. `supports_tokens`: whether the image is marked as made for
    IMDSv2, which requires tokens and lets them pass two hops where nothing else is stated. `image` None: what launches it
    chooses one of AWS's.
    """

    address: str
    kind: Literal["instance", "launch template", "launch configuration", "spot instance", "module", "node group"]
    span: Span
    options: Span | None
    http_endpoint: Value | None
    http_tokens: Value | None
    hop_limit: Value | None
    inherits: bool = False
    body: Span | None = None
    uses: tuple[HostUse, ...] = ()
    user_data: UserData = UserData()
    profile: Value | None = None
    role: Role | None = None
    launched: Span | None = None
    supports_tokens: Truth = MAYBE
    image: Value | None = None
    provider: str = ""
    exists: Truth = YES

    @property
    def label(self) -> str:
        return own_name(self.address)


@dataclass(frozen=True, slots=True)
class MetadataDefaults:
    """What an account states, in the region of a provider, for hosts that state nothing. An option left open is None."""

    address: str
    span: Span
    provider: str
    http_endpoint: Value | None
    http_tokens: Value | None
    hop_limit: Value | None
    exists: Truth = YES
