"""Rewrites of whole files: another order, another division, another language, other ends of lines."""

from __future__ import annotations

import itertools
import json
import posixpath
import random
import re
from collections.abc import Iterator, Mapping

import tree_sitter
import yaml

from truth import expressions, hcl_to_json, templates
from truth.rewrite import Rewrite

TERRAFORM = (".tf", ".tofu")
BACKEND = re.compile(rb"\b(?:backend|cloud)\b[^\n]*\{")
DEPLOYED = re.compile(rb"^(provider|\s+backend|\s+cloud)\b", re.MULTILINE)
IMPORT = re.compile(rb"^import\s*\{", re.MULTILINE)
LOCAL_STATE = re.compile(rb"terraform_remote_state[^}]*\blocal\b")
COUNTS = (
    (b"count = var.rw_count", b'variable "rw_count" {\n  type = number\n}\n'),
    (b"count = var.rw_flag ? 1 : 0", b'variable "rw_flag" {\n  type = bool\n}\n'),
    (b"for_each = var.rw_set", b'variable "rw_set" {\n  type = set(string)\n}\n'),
)
DEFAULT = re.compile(rb"^\s*default\s*=", re.MULTILINE)
EMPTY = re.compile(rb'^\s*default\s*=\s*(""|null)\s*$', re.MULTILINE)
SOURCE = re.compile(rb'^\s*source\s*=\s*"(\.{1,2}/[^"]*)"', re.MULTILINE)


def line_ends(name: str, data: bytes, draw: random.Random) -> Rewrite | None:
    """LF to CRLF, but in scripts, which mean something else then."""
    if b"\r" in data or b"\n" not in data or name.endswith((".sh", ".toml")):
        return None
    return Rewrite("CRLF", True, {name: data.replace(b"\n", b"\r\n")})


def json_layout(name: str, data: bytes, draw: random.Random) -> Rewrite | None:
    """A JSON file on one line, or with other indentation."""
    if not name.endswith(".json"):
        return None
    try:
        parsed = json.loads(data)
    except ValueError:
        return None
    compact = draw.random() < 0.5
    text = json.dumps(parsed, separators=(",", ":")) if compact else json.dumps(parsed, indent=draw.choice([1, 4, 8]))
    return Rewrite("JSON on one line" if compact else "JSON indented", True, {name: text.encode()})


def yaml_to_json(name: str, data: bytes, draw: random.Random) -> Rewrite | None:
    """A template in YAML as JSON, which YAML is too."""
    if not name.endswith((".yaml", ".yml", ".template")) or data.lstrip().startswith(b"{"):
        return None
    node = composed(data)
    if not templates.is_template(node):
        return None
    assert node is not None
    text = json.dumps(templates.data_of(node), indent=2)
    return Rewrite("YAML to JSON", True, {name: text.encode()})


def composed(data: bytes) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(data.decode(), Loader=templates.LOADER)
    except (yaml.YAMLError, UnicodeDecodeError):
        return None
    return node


def to_json(name: str, data: bytes, draw: random.Random) -> Rewrite | None:
    """A Terraform file in JSON syntax."""
    text = hcl_to_json.converted(data) if name.endswith(TERRAFORM) else None
    if text is None:
        return None
    return Rewrite("HCL to JSON", True, {name: None, f"{posixpath.splitext(name)[0]}_rw.tf.json": text.encode()})


def reordered(name: str, data: bytes, draw: random.Random) -> Rewrite | None:
    """The blocks of a Terraform file in another order."""
    pieces = _blocks(name, data)
    if len(pieces) < 2:
        return None
    draw.shuffle(pieces)
    return Rewrite("blocks reordered", True, {name: b"\n\n".join(pieces) + b"\n"})


def split(name: str, data: bytes, draw: random.Random) -> Rewrite | None:
    """A Terraform file in two."""
    pieces = _blocks(name, data)
    if len(pieces) < 2:
        return None
    sides: tuple[list[bytes], list[bytes]] = ([], [])
    for piece in pieces:
        sides[draw.random() < 0.5].append(piece)
    first, second = (b"\n\n".join(side) + b"\n" for side in sides)
    return Rewrite("file split", True, {name: first, posixpath.join(posixpath.dirname(name), "rw_split.tf"): second})


def counted(name: str, data: bytes, draw: random.Random) -> Rewrite | None:
    """A resource that nothing refers to, made a number of times that is not known."""
    if not name.endswith(TERRAFORM):
        return None
    tree = expressions.PARSER.parse(data)
    found = []
    for block in (block for body in _bodies(tree.root_node) for block in body.children if block.type == "block"):
        words = [(child.text or b"").strip(b'"') for child in block.children[:3]]
        text = block.text or b""
        is_plain = words[0] == b"resource" and not re.search(rb"^\s*(count|for_each)\s*=", text, re.MULTILINE)
        if is_plain and b".".join(words[1:]) not in data:
            found += [child.end_byte for child in block.children if child.type == "block_start"]
    if not found or tree.root_node.has_error:
        return None
    at = draw.choice(found)
    number, declared = draw.choice(COUNTS)
    return Rewrite("number of a resource", False, {name: data[:at] + b"\n  " + number + data[at:] + b"\n" + declared})


def _blocks(name: str, data: bytes) -> list[bytes]:
    """The blocks of a file, each with the comments above and behind it; none where it is not certain what they are."""
    if not name.endswith(TERRAFORM) or posixpath.basename(name).endswith(("override.tf", "override.tofu")):
        return []
    tree = expressions.PARSER.parse(data)
    if tree.root_node.has_error:
        return []
    blocks = sorted((block for body in _bodies(tree.root_node) for block in body.children), key=lambda one: one.start_byte)
    starts = [0, *(data.find(b"\n", block.end_byte) % (len(data) + 1) for block in blocks)]
    pieces = [data[start:end].strip(b"\r\n") for start, end in itertools.pairwise(starts)]
    return pieces if not data[starts[-1] :].strip() else []


def _bodies(root: tree_sitter.Node) -> list[tree_sitter.Node]:
    return [child for child in root.children if child.type == "body"]


def in_module(texts: Mapping[str, bytes], draw: random.Random) -> Rewrite | None:
    """A root that becomes the module of a new root, which passes on what it is given and what comes out of it."""
    roots = list(terraform_roots(texts))
    folder = draw.choice(roots) if roots else None
    inside = [name for name in texts if posixpath.dirname(name) == folder]
    if folder is None or any(name.endswith((".tfvars", ".tfvars.json", ".tf.json")) for name in inside):
        return None
    if any(BACKEND.search(texts[name]) or IMPORT.search(texts[name]) for name in inside):
        return None  # a module has no state of its own, which nobody reads by that, and imports nothing
    if any(map(LOCAL_STATE.search, texts.values())):
        return None  # others may read the state in its folder, and it theirs from there
    if any(EMPTY.search(texts[name]) for name in inside) or any(name.endswith(".toml") for name in texts):
        return None  # the new root gives no value, so the default is one; and a configuration speaks of addresses
    is_deployed = any(DEPLOYED.search(texts[name]) for name in inside)
    if not is_deployed and any(DEFAULT.search(texts[name]) for name in inside):
        return None  # a module for others is read for every caller too, and then its defaults are no values
    lines = ['module "rw_root" {', f'  source = "{posixpath.relpath(folder or ".", "rw_new")}"']
    declared = []
    for name in inside:
        for kind, label, has_default in _interface(texts[name]) if name.endswith(TERRAFORM) else ():
            if kind == "variable" and not has_default:
                lines.append(f"  {label} = var.{label}")
                declared.append(f'variable "{label}" {{}}')
            elif kind == "output":
                declared.append(f'output "{label}" {{\n  value = module.rw_root.{label}\n}}')
    text = "\n".join([*lines, "}", *declared, ""])
    return Rewrite("root in a module", True, {"rw_new/main.tf": text.encode()}, module="module.rw_root")


def terraform_roots(texts: Mapping[str, bytes]) -> Iterator[str]:
    """The folders of Terraform that no other calls as a module."""
    files = [name for name in texts if name.endswith(TERRAFORM)]
    called = set()
    for name in files:
        for source in SOURCE.findall(texts[name]):
            called.add(posixpath.normpath(posixpath.join(posixpath.dirname(name), source.decode())))
    folders = {posixpath.dirname(name) for name in files}
    yield from sorted(folder for folder in folders if (folder or ".") not in called)


def _interface(data: bytes) -> Iterator[tuple[str, str, bool]]:
    """The variables and outputs of a file: kind, name, and whether there is a default."""
    for body in _bodies(expressions.PARSER.parse(data).root_node):
        for block in body.children:
            label = (block.children[0].text or b"").decode() if block.type == "block" else ""
            if label in ("variable", "output"):
                text = (block.text or b"").decode()
                yield (
                    label,
                    (block.children[1].text or b"").decode().strip('"'),
                    bool(re.search(r"^\s*default\s*=", text, re.MULTILINE)),
                )
