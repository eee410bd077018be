"""Image references that look like ECR and name no registry or repository that can exist.

The host is that of https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html in all its forms: FIPS, dual-stack,
other partitions.
"""

from __future__ import annotations

import re

from ecrlint.analysis.accounts import miscounted
from ecrlint.model.value import Scalar, Text, Value, pieces, string

_HOLE = "\0"
_HOST = re.compile(r"(?P<account>[^./]*)\.dkr(?P<between>[.-])ecr(-fips)?\.(?P<region>[^./]+)\.(?P<suffix>[^/:@]+)(?P<rest>.*)")
_SUFFIXES = {
    "cn": ("amazonaws.com.cn", "on.amazonwebservices.com.cn"),
    "us-iso": ("c2s.ic.gov",),
    "us-isob": ("sc2s.sgov.gov",),
    "eu-isoe": ("cloud.adc-e.uk",),
    "us-isof": ("csp.hci.ic.gov",),
    "eusc": ("amazonaws.eu", "on.amazonwebservices.eu"),
}
"""How the hosts of a partition end, by how its regions begin."""
_OTHERS = ("amazonaws.com", "on.aws")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d")
_NAME = re.compile(r"[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*")
_PLACEHOLDER = re.compile(r"[<>{}$\[\]%@]|__[A-Z]|(?<![^/])[A-Z][A-Z0-9_-]+(?![^/])")
_ALMOST = (
    (re.compile(r"\d{12}\.ecr\.[a-z0-9-]+\.amazonaws\.com"), 'lacks "dkr." after the account'),
    (re.compile(r"\d{12}\.dkr\.(?!ecr)[a-z]+-[a-z0-9-]+\.amazonaws\.com"), 'lacks "ecr." after "dkr."'),
    (re.compile(r"(\d{12}\.)?api\.ecr\.[a-z0-9-]+\.amazonaws\.com"), "names the host of the API, from which nothing is pulled"),
    (re.compile(r"dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com"), "names no account"),
)


def flaw(image: Value) -> str | None:
    """Why a reference that was meant for a private registry of ECR cannot be one, for a sentence about it; None where it may,
    or was meant for another one. What is evidently still to be filled in is no flaw."""
    text = _with_holes(image)
    if text is None:
        return None
    scheme = re.match(r"https?://", text)
    if scheme and re.search(r"\.dkr[.-]ecr[.-]", text):
        return f"begins with {scheme[0]}, and an image reference has no scheme"
    found = _HOST.match(text)
    if found is None:
        return next((why for pattern, why in _ALMOST if pattern.match(text)), None)
    why = _in_account(found["account"]) or _in_region(found["region"], found["suffix"])
    is_cut = found["suffix"].endswith(_HOLE) and not found["rest"]  # the repository may be in the hole
    return why if why or is_cut else _in_name(found["rest"])


def _with_holes(image: Value) -> str | None:
    if not isinstance(image, (Scalar, Text)):
        return None
    parts = pieces(image)
    return "".join(_HOLE if string(part) is None else str(string(part)) for part in parts)


def _in_account(account: str) -> str | None:
    return miscounted(account) if account else "names no account"


def _in_region(region: str, suffix: str) -> str | None:
    if _HOLE in region + suffix or not _REGION.fullmatch(region):
        return None
    right = next((ends for start, ends in _SUFFIXES.items() if region.startswith(f"{start}-")), _OTHERS)
    known = (*_OTHERS, *(end for ends in _SUFFIXES.values() for end in ends))
    if suffix in known and suffix not in right:
        return f"ends its host with {suffix}, and in {region} hosts end with {right[0]}"
    if re.fullmatch(r"[a-z.]+", suffix) and suffix not in known and re.search(r"amazon|aws", suffix):
        return f"ends its host with {suffix}, which no registry has"
    return None


def _in_name(rest: str) -> str | None:
    """What is wrong with what follows the host."""
    if rest in ("", "/"):
        return "names no repository"
    if _HOLE in rest.split("/", 1)[0]:
        return None
    name = re.split("[:@]", rest.removeprefix("/"), maxsplit=1)[0]
    if not name:
        return "names no repository"
    if _HOLE in name or _PLACEHOLDER.search(name):
        return None
    if re.search("[A-Z]", name):
        return "has upper case in the name of the repository"
    if not _NAME.fullmatch(name):
        return f"names a repository {name}, and no repository can have that name"
    tag = rest.removeprefix("/")[len(name) :]
    return "has no tag after the colon" if tag == ":" else None
