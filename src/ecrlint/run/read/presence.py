"""What a file holds, by its bytes: something that concerns ECR, that other units may need, or that may need other units."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from functools import partial
from typing import TYPE_CHECKING

from ecrlint.model.source import Language
from ecrlint.run.read.files import Tree

if TYPE_CHECKING:
    from ecrlint.adapt.table import Gift


PIPELINE = re.compile(rb"(?i)\becr\b|[._-]ecr[._-]|amazonaws|aws-actions/|docker[ /]|\bAWS_|uses:\s*['\"]?\./")
"""What shows that a pipeline may use ECR, or AWS, or what it calls may."""


def concerns(language: Language, data: bytes) -> bool:
    """Whether something in a file may concern ECR by itself."""
    match language:
        case "terraform" | "terraform-json" | "terraform-plan":
            from ecrlint.adapt import terraform

            return terraform.TABLE.concerns(_utf8(data))
        case "cloudformation":
            from ecrlint.adapt import cloudformation

            return cloudformation.TABLE.concerns(_utf8(data))
        case "iam-policy":
            text = _utf8(data).lower()
            return b"ecr:" in text or b"ecr-public:" in text
        case _:
            return True


def given(language: Language, data: bytes, among: Set[Gift] | None = None) -> Set[Gift]:
    """What a file may give to other units of the repository; of some things, where only these matter."""
    match language:
        case "terraform" | "terraform-json" | "terraform-plan":
            from ecrlint.adapt import terraform

            return terraform.TABLE.given(_utf8(data), among)
        case "cloudformation":
            from ecrlint.adapt import cloudformation

            return cloudformation.TABLE.given(_utf8(data), among)
        case "github-workflow" if b"amazon-ecs-render-task-definition" in data:
            return frozenset({"task image"})
        case "kubernetes-manifest" | "compose-file" | "dockerrun":
            return frozenset({"manifest"})
        case _:
            return frozenset()


def asked(language: Language, data: bytes, among: Set[Gift] | None = None) -> Set[Gift]:
    """What a file may ask of other units of the repository; of some things, where only these matter. A file of any language may
    be a part of a task definition."""
    match language:
        case "terraform" | "terraform-json" | "terraform-plan":
            from ecrlint.adapt import terraform

            return terraform.TABLE.asked(_utf8(data), among)
        case "cloudformation":
            from ecrlint.adapt import cloudformation

            return cloudformation.TABLE.asked(_utf8(data), among)
        case "github-workflow" | "gitlab-pipeline" | "buildspec" | "script" if PIPELINE.search(data):
            return frozenset({"role for jobs", "repository"})
        case "kubernetes-manifest" if b"docker" in data:
            return frozenset({"manifest"})
        case _:
            from ecrlint.adapt.table import LOOSE_TASK

            return {gift for gift, pattern in LOOSE_TASK.items() if re.search(pattern.encode(), _utf8(data))}


def asked_by_any(tree: Tree, paths: Iterable[str]) -> frozenset[Gift]:
    """What some files ask of other units."""
    return frozenset().union(*(tree.once(path, asked, partial(_asked_in, tree, path)) for path in paths))


def _asked_in(tree: Tree, path: str) -> Set[Gift]:
    return asked(tree.language(path), tree.data(path) or b"")


def given_by_any(tree: Tree, paths: Iterable[str]) -> frozenset[Gift]:
    """What some files give to other units."""
    return frozenset().union(*(given_by(tree, path) for path in paths))


def given_by(tree: Tree, path: str) -> Set[Gift]:
    """What a file may give to other units."""
    return tree.once(path, given, lambda: given(tree.language(path), tree.data(path) or b""))


def _utf8(data: bytes) -> bytes:
    """The bytes of a text in UTF-8; it may be in UTF-16, with a byte order mark."""
    is_utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return data.decode("utf-16", errors="replace").encode(errors="replace") if is_utf16 else data
