"""Image references: which registry a workload pulls from, as far as the reference shows it."""

from __future__ import annotations

import re

from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Choice, Ref, Scalar, Text, Unknown, Value, join, pieces

PUBLIC_REGISTRY = "public.ecr.aws"

# Hosts of private registries, with holes written as \0. Same shapes as in awslabs/amazon-ecr-credential-helper.
_PRIVATE = (
    r"[0-9\0]+\.dkr[.-]ecr(-fips)?\.[a-z0-9\0-]+\."
    r"(amazonaws\.com(\.cn)?|amazonaws\.eu|on\.aws|on\.amazonwebservices\.com\.cn|sc2s\.sgov\.gov|c2s\.ic\.gov"
    r"|cloud\.adc-e\.uk|csp\.hci\.ic\.gov|\0)(/|\0|$)"
)
_REPOSITORY = re.compile(r"(?P<account>[^/]+?)\.dkr[.-]ecr(-fips)?\.(?P<region>[^./]+)\.[^/]+/(?P<name>[^:@]+)")
_FIRST_HOLE = 0xE000  # a character for private use stands for each hole
_PIECES = re.compile("[\ue000-\uf8ff]|[^\ue000-\uf8ff]+")
_ACCOUNT_AND_REGION_LATER = r"[^/]*\.dkr[.-]ecr(-fips)?\."


def in_private_ecr(image: Value | None) -> Truth:
    """Whether an image reference names a private ECR registry."""
    match image:
        case Scalar(value=str(text)):
            return YES if re.match(_PRIVATE, text) else NO
        case Text(parts=parts):
            text = "".join(part.value if isinstance(part, Scalar) and isinstance(part.value, str) else "\0" for part in parts)
            first = parts[0]
            if isinstance(first, Ref) and is_repository_url(first):
                return YES
            if re.match(_PRIVATE, text) or re.match(_ACCOUNT_AND_REGION_LATER, text):
                return YES
            host = text.split("/", 1)[0]
            if "\0" in host or "/" not in text:
                return NO if text.startswith(PUBLIC_REGISTRY) else MAYBE
            return NO
        case Ref():
            return YES if is_repository_url(image) else MAYBE
        case Choice():
            then, otherwise = in_private_ecr(image.then), in_private_ecr(image.otherwise)
            return then if then is otherwise else MAYBE
        case Unknown():
            return MAYBE
        case _:
            return NO


def is_repository_url(ref: Ref) -> bool:
    """Whether a reference is the URL of a private repository, of this stack or of a data source."""
    terraform = ref.attribute == "repository_url" and "aws_ecr_repository." in ref.address
    return terraform or ref.attribute == "RepositoryUri"


def repository_arn(image: Value) -> Value | None:
    """The ARN of the repository that a reference to a private registry names; None where too little of it is known."""
    parts = pieces(image)
    holes: list[Value] = []
    text = ""
    for part in parts:
        if isinstance(part, Scalar):
            text += str(part.value)
        else:
            text += chr(_FIRST_HOLE + len(holes))
            holes.append(part)
    found = _REPOSITORY.match(text)
    if found is None:
        return None
    rest = f":ecr:{found['region']}:{found['account']}:repository/{found['name']}"
    made: list[Value] = [Scalar("arn:", image.span), Ref("aws", "partition", image.span)]
    for piece in _PIECES.findall(rest):
        hole = ord(piece[0]) - _FIRST_HOLE
        made.append(holes[hole] if 0 <= hole < len(holes) else Scalar(piece, image.span))
    return join(made, image.span)


def repository_name(image: Value) -> Value | None:
    """The name of the repository that a reference to a private registry names; None where too little of it is known."""
    arn = repository_arn(image)
    parts = () if arn is None else pieces(arn)
    for at, part in enumerate(parts):
        _, found, first = str(part.value).partition(":repository/") if isinstance(part, Scalar) else ("", "", "")
        if found:
            name = ((Scalar(first, part.span),) if first else ()) + parts[at + 1 :]
            return join(name, image.span) if name else None
    return None
