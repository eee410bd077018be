"""What is mutated: the cases of the fixtures, folders of other trees, and seeds of what neither holds."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

READ = (".tf", ".tofu", ".tf.json", ".tfvars", ".json", ".yaml", ".yml", ".template", ".tpl", ".tftpl", ".sh", ".toml")
MOST_BYTES = 200_000
"""How large a case of a tree may be: a mutation of a larger one costs the time of many."""
MOST_FILES = 40


@dataclass(frozen=True)
class Case:
    """A small tree: its files by their paths."""

    name: str
    files: Mapping[str, bytes]


SEEDS: tuple[Case, ...] = (
    Case(
        "configuration",
        {
            "ecrlint.toml": b"""severity = "warning"
fail-on = "note"
exclude = ["vendor/**", "*.json"]
baseline = "known.json"
account = "111122223333"
region = "eu-west-1"
has-way-out = ["aws_subnet.private"]

[rules]
token-on-repository = "off"
layers-blocked = "note"

[terraform]
var-files = ["all.tfvars"]

[[terraform.environments]]
name = "prod"
var-files = ["prod.tfvars"]
roots = ["live/*"]
account = "444455556666"
""",
            "all.tfvars": b'name = "shop"\nports = [443, 80]\ntags = { team = "web" }\n',
            "prod.tfvars": b'name = "shop-prod"\n',
            "known.json": b'{"schema": 1, "findings": []}\n',
            "main.tf": b"""variable "name" { default = "app" }
variable "ports" { default = [443] }
variable "tags" { type = map(string) }
resource "aws_ecr_repository" "app" {
  name = var.name
  tags = var.tags
}
resource "aws_iam_policy" "login" {
  policy = jsonencode({ Statement = [{
    Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = aws_ecr_repository.app.arn }] })
}
""",
        },
    ),
    Case(
        "pyproject",
        {
            "pyproject.toml": b'[tool.ecrlint]\nfail-on = "warning"\n\n[tool.ecrlint.rules]\nno-such = "off"\n',
            "policy.json": b'{"Statement": [{"Effect": "Allow", "Action": "ecr:PutImage", "Resource": "*"}]}',
        },
    ),
    Case(
        "baseline",
        {
            "ecrlint-baseline.json": b"""{"schema": 1, "findings": [
{"fingerprint": "0", "rule": "token-on-repository", "path": "policy.json", "address": "policy.json", "cause": "x", "count": 3},
{"rule": "layers-blocked", "path": "a/b.tf", "address": "module.x.aws_vpc.y", "cause": "z", "until": "2030-01-01"}
]}
""",
            "policy.json": b"""{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:GetAuthorizationToken",
  "Resource": "arn:aws:ecr:eu-west-1:111122223333:repository/app"}]}
""",
        },
    ),
    Case(
        "variables",
        {
            "main.tf.json": b"""{"variable": {"name": {"type": "string"}, "count": {"default": 2}},
 "locals": {"all": "${[for n in range(var.count) : \\"${var.name}-${n}\\"]}"},
 "resource": {"aws_ecr_repository": {"app": {"for_each": "${toset(local.all)}", "name": "${each.key}"}},
  "aws_iam_policy": {"p":
   {"policy": "${jsonencode({Statement = [{Effect = \\"Allow\\", Action = \\"ecr:*\\", Resource = \\"*\\"}]})}"}}}}
""",
            "terraform.tfvars": b'name = "shop"\ncount = 3\n',
            "more.auto.tfvars.json": b'{"name": "web", "count": 1e1}\n',
        },
    ),
)


def cases(folders: Iterable[Path], fixtures: Path) -> list[Case]:
    """All that is mutated, in an order that is the same everywhere."""
    found = list(SEEDS)
    for path in sorted((*fixtures.glob("*/fires/*"), *fixtures.glob("*/quiet/*"))):
        if path.name != "expected.txt":
            found += [_whole(path)] if path.is_dir() else [Case(str(path), {path.name: path.read_bytes()})]
    for folder in folders:
        found += _folders(folder)
    return [case for case in found if case.files]


def _whole(folder: Path) -> Case:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return Case(str(folder), {str(path.relative_to(folder)): path.read_bytes() for path in files})


def _folders(top: Path) -> Iterator[Case]:
    """Each folder of a tree that has files of ours, without what lies below it."""
    for folder, names, files in os.walk(top):
        names[:] = sorted(name for name in names if name not in (".git", "node_modules"))
        read: dict[str, bytes] = {}
        left = MOST_BYTES
        for name in sorted(files)[: MOST_FILES * 4]:
            path = Path(folder, name)
            if not name.endswith(READ) or path.is_symlink() or not path.is_file() or len(read) == MOST_FILES:
                continue
            size = path.stat().st_size
            if size <= left:
                read[name] = path.read_bytes()
                left -= size
        if read:
            yield Case(folder, {_where(name, folder): data for name, data in read.items()})


def _where(name: str, folder: str) -> str:
    """A workflow is one by the folder that it lies in."""
    return f".github/workflows/{name}" if folder.endswith(".github/workflows") else name


TOKEN = re.compile(rb"[\w.-]+|\s+|[^\w\s]")


def kind(path: str, data: bytes) -> str:
    """Files of one kind exchange their parts."""
    for end in (".tf.json", ".tfvars.json", ".tfvars", ".toml", ".sh"):
        if path.endswith(end):
            return end
    if path.endswith((".tf", ".tofu")):
        return ".tf"
    if path.startswith(".github/"):
        return "workflow"
    base = os.path.basename(path)
    if "gitlab" in base or "buildspec" in base:
        return "pipeline"
    if b"planned_values" in data or b"format_version" in data:
        return "plan"
    return "json" if data.lstrip()[:1] in (b"{", b"[") else "yaml"


def parts(found: Iterable[Case]) -> dict[str, list[bytes]]:
    """By kind, the files that others take parts of."""
    pool: dict[str, list[bytes]] = {}
    for case in found:
        for path, data in case.files.items():
            pool.setdefault(kind(path, data), []).append(data)
    return pool
