"""Rewrites of one expression in a Terraform file. The places are those of tree-sitter, and no evaluation chooses them."""

from __future__ import annotations

import json
import posixpath
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import tree_sitter
import tree_sitter_hcl

from truth.rewrite import Rewrite

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))
BLOCKS = frozenset({"resource", "data", "locals", "module", "output", "provider"})
FIXED = frozenset({"source", "version", "providers", "provider", "depends_on", "alias", "lifecycle", "provisioner", "connection"})
INSTANCE = re.compile(r"\b(each|count|self)\.")
PASSED = 'variable "value" {}\n\noutput "value" {\n  value = var.value\n}\n'
FLAG = 'variable "rw_flag" {\n  type = bool\n}\n'
STATE = 'data "terraform_remote_state" "rw" {\n  backend = "s3"\n  config = {\n    bucket = "rw"\n    key    = "rw"\n  }\n}\n'
STORED = 'data "aws_ssm_parameter" "rw" {\n  name = "/rw/value"\n}\n'
AWAY = 'module "rw_away" {\n  source = "acme/rw/aws"\n  value  = @\n}\n'
PASS = 'module "rw_pass" {\n  source = "./rw_pass"\n  value  = @\n}\n'
MAP = 'variable "rw_map" {\n  type = map(string)\n}\n'
EMPTY = 'variable "rw_empty" {\n  default = ""\n}\n'
NULL = 'variable "rw_null" {\n  default = null\n}\n'
STORED_IN_A_LOCAL = STORED + "locals {\n  rw_value = data.aws_ssm_parameter.rw.value\n}\n"
TEXT = 'variable "rw_text" {\n  type = string\n}\n'


@dataclass(frozen=True)
class Place:
    """An expression: where it stands, its text, and of which kind it is."""

    start: int
    end: int
    text: str
    kind: str
    is_constant: bool
    is_movable: bool
    argument: str

    @property
    def word(self) -> str:
        """The text between the quotes of a plain literal."""
        return self.text[1:-1] if self.kind == "text" and self.is_constant and "\\" not in self.text else ""


@dataclass(frozen=True)
class Form:
    """One way to write an expression. `make` gives its text and what is to be declared with it, or None where it does not fit."""

    kind: str
    keeps_value: bool
    make: Callable[[Place, random.Random], tuple[str, str] | None]
    module: str = ""


def _on(kinds: str, text: str, declared: str = "") -> Callable[[Place, random.Random], tuple[str, str] | None]:
    """A form that is a template: `@` is the expression."""

    def make(place: Place, _: random.Random) -> tuple[str, str] | None:
        if place.kind not in kinds.split() or (declared.count("@") and not place.is_movable) or place.text == '""':
            return None
        return text.replace("@", place.text), declared.replace("@", place.text)

    return make


def _halves(text: str) -> Callable[[Place, random.Random], tuple[str, str] | None]:
    """A form of a word that is cut in two, `@` and `%`."""

    def make(place: Place, draw: random.Random) -> tuple[str, str] | None:
        word = place.word
        if len(word) < 2 or {*"%@$"} & {*word}:
            return None
        at = draw.randrange(1, len(word))
        return text.replace("@", word[:at]).replace("%", word[at:]), TEXT if "var.rw_text" in text else ""

    return make


def _joined(place: Place, draw: random.Random) -> tuple[str, str] | None:
    separators = [mark for mark in "-/:. " if mark in place.word]
    if not separators:
        return None
    mark = draw.choice(separators)
    return f'join("{mark}", {json.dumps(place.word.split(mark))})', ""


def _tried(place: Place, _: random.Random) -> tuple[str, str] | None:
    """What is not known may fail, and then `try` gives the other value."""
    return (f"try({place.text}, null)", "") if place.is_constant else None


def _defaulted(place: Place, _: random.Random) -> tuple[str, str] | None:
    if not place.is_constant or place.text in ('""', "null") or place.kind == "other" or place.argument in ("count", "for_each"):
        return None  # other callers may give another value, and with it other resources
    return "var.rw_value", f'variable "rw_value" {{\n  default = {place.text}\n}}\n'


ANY = "text number bool list map reference other"
SIMPLE = "text number bool reference"
FORMS = (
    Form("conditional, one value", True, _on(ANY, "(var.rw_flag ? @ : @)", FLAG)),
    Form("conditional, settled", True, _on(SIMPLE, "(1 == 1 ? @ : null)")),
    Form("conditional, settled the other way", True, _on(SIMPLE, '("a" == "b" ? null : @)')),
    Form("coalesce", True, _on("text number", "coalesce(null, @)")),
    Form("coalesce with another", True, _halves('coalesce("@%", "rw-other")')),
    Form("try", True, _tried),
    Form("lookup", True, _on(SIMPLE, 'lookup({ rw = @ }, "rw", null)')),
    Form("index", True, _on(SIMPLE, '{ rw = @ }["rw"]')),
    Form("attribute", True, _on("text number bool list reference", "{ rw = @ }.rw")),
    Form("element", True, _on(SIMPLE, "element([@], 0)")),
    Form("loop", True, _on(SIMPLE, "[for rw in [@] : rw][0]")),
    Form("one", True, _on(SIMPLE, "one([@])")),
    Form("format", True, _on("text", 'format("%s", @)')),
    Form("replace", True, _halves('replace("@rw-never%", "rw-never", "")')),
    Form("template of one", True, _on("text", '"${@}"')),
    Form("parentheses", True, _on(ANY, "(@)")),
    Form("join of pieces", True, _joined),
    Form("join of halves", True, _halves('join("", ["@", "%"])')),
    Form("template of halves", True, _halves('"${"@"}%"')),
    Form("local", True, _on(ANY, "local.rw_value", "locals {\n  rw_value = @\n}\n")),
    Form("local in a map", True, _on(ANY, "local.rw_values.value", "locals {\n  rw_values = {\n    value = @\n  }\n}\n")),
    Form("variable with a default", True, _defaulted),
    Form("module argument", True, _on(ANY, "module.rw_pass.value", PASS), "rw_pass"),
    Form("concat", True, _on("list", "concat(@, [])")),
    Form("flatten", True, _on("list", "flatten([@])")),
    Form("loop over a list", True, _on("list", "[for rw in @ : rw]")),
    Form("merge", True, _on("map", "merge(@, {})")),
    Form("conditional, two values", False, _on("text reference", '(var.rw_flag ? @ : "rw-other")', FLAG)),
    Form("conditional or null", False, _on(ANY, "(var.rw_flag ? @ : null)", FLAG)),
    Form("conditional or empty", False, _on("list", "(var.rw_flag ? @ : [])", FLAG)),
    Form("coalesce of unknown", False, _on("text reference", "coalesce(var.rw_text, @)", TEXT)),
    Form("try of unknown", False, _on(SIMPLE, 'try(var.rw_map["rw"], @)', MAP)),
    Form("lookup in unknown", False, _on("text reference", 'lookup(var.rw_map, "rw", @)', MAP)),
    Form("variable without a default", False, _on("text reference", "var.rw_text", TEXT)),
    Form("variable of any type", False, _on(ANY, "var.rw_any", 'variable "rw_any" {}\n')),
    Form("variable, empty by default", False, _on("text reference", "var.rw_empty", EMPTY)),
    Form("variable, null by default", False, _on("text reference", "var.rw_null", NULL)),
    Form("known beginning", False, _halves('"@${var.rw_text}"')),
    Form("known end", False, _halves('"${var.rw_text}%"')),
    Form("join with unknown", False, _halves('join("", ["@", var.rw_text])')),
    Form("format with unknown", False, _halves('format("@%%s", var.rw_text)'.replace("%%", "\x00"))),
    Form("data source", False, _on("text reference", "data.aws_ssm_parameter.rw.value", STORED)),
    Form(
        "local of a data source",
        False,
        _on("text reference", "local.rw_value", STORED_IN_A_LOCAL),
    ),
    Form("state of another", False, _on("text", "data.terraform_remote_state.rw.outputs.value", STATE)),
    Form("module that is not here", False, _on(ANY, "module.rw_away.value", AWAY)),
    Form("concat with unknown", False, _on("list", "concat(@, var.rw_list)", 'variable "rw_list" {\n  type = list(string)\n}\n')),
    Form("merge with unknown", False, _on("map", "merge(@, var.rw_map)", MAP)),
)


def rewrites(name: str, data: bytes, draw: random.Random, is_root: bool, is_deployed: bool) -> Iterator[Rewrite]:
    """Rewrites of a file without end, of places and kinds drawn evenly. The defaults of a called module are known,
    and of a module for others, which says nothing of where it is deployed, no default is."""
    places = list(expressions(data))
    while places:
        form, place = draw.choice(FORMS), draw.choice(places)
        if form.kind.endswith("by default") and not is_root:
            continue
        expression = form.make(place, draw)
        if expression is None:
            continue
        text, declared = expression[0].replace("\x00", "%"), expression[1]
        files: dict[str, bytes | None] = {}
        files[name] = data[: place.start] + text.encode() + data[place.end :] + b"\n" + declared.encode()
        if form.module:
            files[posixpath.join(posixpath.dirname(name), form.module, "main.tf")] = PASSED.encode()
        keeps_value = form.keeps_value and (is_deployed or form.kind != "variable with a default")
        yield Rewrite(form.kind, keeps_value, files)


def expressions(data: bytes) -> Iterator[Place]:
    """The expressions of a file that another may take the place of."""
    tree = PARSER.parse(data)
    if tree.root_node.has_error:
        return
    for body in tree.root_node.children:
        for block in body.children:
            if block.type == "block" and (block.children[0].text or b"").decode() in BLOCKS:
                yield from _in_body(block, data, frozenset())


def _in_body(block: tree_sitter.Node, data: bytes, bound: frozenset[str]) -> Iterator[Place]:
    label = _text(block.children[0])
    if label in FIXED:
        return
    if label == "dynamic":
        names = [_text(child).strip('"') for child in block.children[1:2]]
        bound = bound | frozenset(names)
    for body in (child for child in block.children if child.type == "body"):
        for child in body.children:
            if child.type == "block":
                yield from _in_body(child, data, bound)
            elif child.type == "attribute" and _text(child.children[0]) not in (*FIXED, "iterator"):
                argument = _text(child.children[0])
                yield from (replace(place, argument=argument) for place in _in_expression(child.children[2], bound))


def _in_expression(node: tree_sitter.Node, bound: frozenset[str]) -> Iterator[Place]:
    if node.type == "expression":
        place = _place(node, bound)
        if place is not None:
            yield place
        inner = node.named_children[0] if node.named_children else None
        if inner is not None and inner.type == "collection_value":
            yield from _in_collection(inner.children[0], bound)
        elif inner is not None and inner.type == "function_call":
            if _text(inner.children[0]) in ("jsonencode", "merge", "concat", "toset", "flatten", "templatefile"):
                for child in inner.children:
                    if child.type == "function_arguments":
                        for argument in (one for one in child.children if one.type == "expression"):
                            yield from _in_expression(argument, bound)


def _in_collection(node: tree_sitter.Node, bound: frozenset[str]) -> Iterator[Place]:
    for child in node.children:
        if child.type == "expression":
            yield from _in_expression(child, bound)
        elif child.type == "object_elem":
            yield from _in_expression([one for one in child.children if one.type == "expression"][-1], bound)


def _place(node: tree_sitter.Node, bound: frozenset[str]) -> Place | None:
    text = _text(node)
    inner = node.named_children[0] if node.named_children else node
    kind = _kind(node, inner)
    if "<<" in text or kind is None:
        return None
    is_constant = not any(one.type == "variable_expr" for one in _all(node)) and not any(
        one.type in ("function_call", "template_interpolation", "template_directive") for one in _all(node)
    )
    is_movable = not INSTANCE.search(text) and not any(re.search(rf"\b{re.escape(name)}\.", text) for name in bound)
    return Place(node.start_byte, node.end_byte, text, kind, is_constant, is_movable, "")


def _kind(node: tree_sitter.Node, inner: tree_sitter.Node) -> str | None:
    text = _text(inner)
    if inner.type == "literal_value":
        if text.startswith('"'):
            return "text"
        return {"true": "bool", "false": "bool", "null": None}.get(text, "number")
    if inner.type == "template_expr":
        return "text"
    if inner.type == "collection_value":
        kinds = {"tuple": "list", "object": "map"}
        return kinds.get(inner.children[0].type)
    if inner.type == "variable_expr":
        return "reference" if "." in _text(node) and "*" not in _text(node) else "other"
    return "other"


def _all(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    yield node
    for child in node.children:
        yield from _all(child)


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode()
