"""What is wrong with a login of Docker to ECR by its own words: the registry, the user, and where the password comes from.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
"""

from __future__ import annotations

from typing import Literal

from ecrlint.analysis.job_pushes import Image, image, registry
from ecrlint.model.dataclass import dataclass
from ecrlint.model.image import PUBLIC_REGISTRY, in_private_ecr
from ecrlint.model.script import Command, Login, Word
from ecrlint.model.truth import NO, YES, Truth
from ecrlint.model.value import Value, join, prefix, string

LoginFlaw = Literal["no registry", "other user", "no user", "other registry", "other region", "interactive", "encoded"]

PUBLIC = (PUBLIC_REGISTRY, "ecr-public.aws.com")
PUBLIC_REGION = "us-east-1"
USER = "AWS"
_OF_ECR = ("ecr", "ecr-public", "encoded")
_ASKING = ("docker", "nerdctl", "finch")
"""The programs that read a password from a terminal alone, and use the Docker Hub where no registry is named."""


@dataclass(frozen=True, slots=True)
class WrongLogin:
    """What is wrong with a login, and the value that is; None where something is missing."""

    flaw: LoginFlaw
    value: Value | None = None


def host_of(login: Login) -> Value | None:
    """The host of the registry that a login names, without scheme and path; None where it names none."""
    named = login.registry
    return None if named is None or string(named) == "" else registry(named)


def is_public(host: Value) -> Truth:
    """Whether a host is the public registry."""
    text = string(host)
    return Truth.MAYBE if text is None and in_private_ecr(_image(host)) is Truth.MAYBE else YES if text in PUBLIC else NO


def is_private(host: Value) -> Truth:
    """Whether a host is that of a private registry."""
    return in_private_ecr(_image(host))


def registry_of(host: Value) -> Image | None:
    """The account and the region of a private registry."""
    return image(_image(host))


def _image(host: Value) -> Value:
    return join([host, "/x"], host.span)


def wrong(login: Login) -> WrongLogin | None:
    """What is wrong with a login; None where nothing is, where it is not to ECR, or where that is not known."""
    host = host_of(login)
    if host is None:
        is_whole = login.closed and not any(word.splits for word in login.command.words)
        names_none = login.token in _OF_ECR and login.engine in _ASKING and is_whole
        return WrongLogin("no registry") if names_none else None
    if login.password == "prompt":
        return _of_no_password(login, host)
    if login.token == "encoded":
        return WrongLogin("encoded", host) if is_private(host) is not NO or is_public(host) is not NO else None
    if login.token not in ("ecr", "ecr-public"):
        return None
    if login.token == "ecr" and is_public(host) is YES:
        return WrongLogin("other registry", host)
    if login.token == "ecr-public" and is_private(host) is YES:
        return WrongLogin("other registry", host)
    return _of_user(login) or _of_region(login, host)


def _of_user(login: Login) -> WrongLogin | None:
    if login.user is None:
        return WrongLogin("no user") if login.closed and login.engine in _ASKING else None
    user = string(login.user)
    return None if user is None or user == USER else WrongLogin("other user", login.user)


def _of_region(login: Login, host: Value) -> WrongLogin | None:
    registry, asked = registry_of(host), string(login.region)
    if login.token != "ecr" or registry is None or registry.region is None or asked in (None, "", registry.region):
        return None
    return WrongLogin("other region", host)


def _of_no_password(login: Login, host: Value) -> WrongLogin | None:
    """A login that asks its user for a password. One without a user may take what another login has stored."""
    if login.engine not in _ASKING or not login.closed or (is_private(host) is not YES and is_public(host) is not YES):
        return None
    return WrongLogin("interactive", host) if login.user is not None or login.token in _OF_ECR else None


def region_word(command: Command) -> Word | None:
    """The word that states the region of a call of AWS, after `--region` or with it; None where there is none."""
    words = command.words
    for at, word in enumerate(words):
        name, equals, _ = prefix(word.value).partition("=")
        if name == "--region":
            return word if equals else words[at + 1] if at + 1 < len(words) else None
    return None
