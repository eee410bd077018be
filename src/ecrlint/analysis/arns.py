"""Resources of identity policies that no repository can match, and why.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re

from ecrlint.analysis.accounts import miscounted
from ecrlint.iam import patterns
from ecrlint.iam.managed import NOWHERE
from ecrlint.iam.request import segment
from ecrlint.model.address import is_deployment
from ecrlint.model.truth import NO
from ecrlint.model.value import Ref, Scalar, Text, Value, join, pieces, string

_HOLE, _NAME_HOLE = "\0", "\1"
"""What stands for a part that is not known, and for one that surely has no colon in it."""
_ANY = f"*?{_HOLE}{_NAME_HOLE}"
_EVERYTHING = Scalar("*", NOWHERE)
_PLACEHOLDER = re.compile(r"[<>{}$\[\]]|(?<![a-z])[A-Z][A-Z_-]{2,}(?![a-z])|\b[xX]{3,}\b")
"""What people write where something is still to be filled in."""
_PARTITIONS = {"cn": "aws-cn", "us-gov": "aws-us-gov", "us-iso": "aws-iso", "us-isob": "aws-iso-b", "eusc": "aws-eusc"}
"""The partition of a region by how the region begins; of all others `aws`."""


def matches_no_repository(pattern: Value) -> bool:
    """Whether no repository, of whatever account and region, has an ARN that a pattern matches."""
    return patterns.overlaps_on_repository(pattern, _EVERYTHING) is NO or flaw(pattern) is not None


def flaw(pattern: Value) -> str | None:
    """What is wrong with a resource that was meant for a repository, for a sentence about it; None where nothing is known to
    be, where it is that of another service, and where a part of it is evidently still to be filled in."""
    text = _with_holes(pattern)
    if text is None or _PLACEHOLDER.search(text):
        return None
    if not text.startswith("arn:"):
        return "is the address of an image, not an ARN" if re.match(r"[^:/]*\.dkr[.-]ecr[.-]", text) else None
    segments = text.split(":")
    if len(segments) < 6 or segments[2] != "ecr":
        return None
    _, partition, _, region, account, *rest = segments
    if _HOLE in "".join(segments[:5]) and len(rest) > 1:
        return None  # which segment is which is not known; with five colons here none is left for the holes
    return _in_partition(partition, region) or _in_account(account) or _in_name(":".join(rest))


def name_in(arn: Value) -> Value | None:
    """The name at the end of a repository's ARN, or of a pattern of one; None where it does not show where it begins."""
    parts = pieces(arn)
    for at, part in enumerate(parts):
        _, mark, rest = (string(part) or "").partition(":repository/")
        if mark:
            kept = (*((Scalar(rest, part.span),) if rest else ()), *parts[at + 1 :])
            return join(kept, arn.span) if kept else None
    return None


def of_public_registry(pattern: Value) -> bool:
    """Whether a pattern is an ARN of ECR Public, whatever its holes are."""
    return re.match(rf"arn:[a-z{_HOLE}{_NAME_HOLE}-]*:ecr-public:", _with_holes(pattern) or "") is not None


def of_private_registry(pattern: Value) -> bool:
    """Whether a pattern is an ARN of ECR, whatever its holes are."""
    return re.match(rf"arn:[a-z{_HOLE}{_NAME_HOLE}-]*:ecr:", _with_holes(pattern) or "") is not None


def below(pattern: Value) -> Value | None:
    """The ARN of the repository of which a pattern covers only what is below it (`.../shop/*`); None where it is no such."""
    parts = pieces(pattern)
    last = string(parts[-1])
    if last is None or not last.endswith("/*") or not of_private_registry(pattern):
        return None
    short = Scalar(last.removesuffix("/*"), parts[-1].span)
    kept = (*parts[:-1], *((short,) if short.value else ()))
    repository = join(kept, pattern.span)
    name = _with_holes(repository) or ""
    found = re.fullmatch(r"[^/]*:repository/(.+)", name)
    if found is None or set(found[1]) & set("*?"):
        return None
    return repository


def service_in(arn: Value) -> str | None:
    """The service in an ARN; None for other strings, and where it is not known."""
    found = re.match(r"arn:[^:]*:([a-z0-9-]+):", _with_holes(arn) or "")
    return found[1] if found else None


def _with_holes(pattern: Value) -> str | None:
    parts = pieces(pattern)
    if not isinstance(pattern, (Scalar, Text)):
        return None
    return "".join(_stand_in(part) if string(part) is None else str(string(part)) for part in parts)


def _stand_in(part: Value) -> str:
    return _NAME_HOLE if isinstance(part, Ref) and is_deployment(part.address) else _HOLE


def _in_partition(partition: str, region: str) -> str | None:
    if set(partition + region) & set(_ANY):
        return None
    right = _partition(region)
    if right is not None and right != partition and partition in ("aws", *_PARTITIONS.values()):
        return f"is in partition {partition}, and {region} is in {right}"
    return None


def _partition(region: str) -> str | None:
    """The partition of a region; None where it has not the shape of one."""
    if not re.fullmatch(r"[a-z]{2,4}(-[a-z]+)+-\d", region):
        return None
    found = re.match(r"(cn|us-gov|us-isob|us-iso|eusc)-", region)
    return _PARTITIONS[found[1]] if found else "aws"


def in_partition(arn: Value, of: Value | None = None) -> Value:
    """An ARN with the partition that the region of an ARN, its own or another one, is in, where that region is known.

    Nobody is let in from another partition, so the ARN of a caller is in that of what it calls.
    """
    right = _partition(string(segment(of or arn, 3)) or "")
    if right is None or not isinstance(arn, Text):
        return arn
    return Text(tuple(Scalar(right, part.span) if _is_partition(part) else part for part in arn.parts), arn.span)


def _is_partition(part: Value) -> bool:
    return isinstance(part, Ref) and is_deployment(part.address) and part.attribute == "partition"


def _in_account(account: str) -> str | None:
    return miscounted(account) if account else "names no account"


def _in_name(rest: str) -> str | None:
    """What is wrong with what follows the account, which has to be `repository/` and a name."""
    fixed = re.split(rf"[{re.escape(_ANY)}]", rest, maxsplit=1)[0]
    is_fixed = fixed == rest
    if not fixed.startswith("repository/") and (is_fixed or not "repository/".startswith(fixed)):
        return 'lacks "repository/" before the name'
    name = rest.removeprefix("repository/")
    if is_fixed and not name:
        return "names no repository"
    if ":" in name or "@" in name:
        return "names a tag or a digest, and permissions are for the whole repository"
    return "has upper case, which the name of a repository cannot have" if re.search("[A-Z]", name) else None
