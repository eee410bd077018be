"""The blocks of a folder's files that faults are planted in: resources of Terraform and CloudFormation, and whole other files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from truth import expressions, files, templates
from truth.rewrite import without_keys

OTHERS = re.compile(r"(^|/)(\.github/workflows/[^/]*\.ya?ml|[^/]*buildspec[^/]*\.ya?ml|[^/]*\.json|[^/]*\.tftpl|[^/]*\.tpl)$")


@dataclass(frozen=True)
class Block:
    """A part of a file. `address` is that of its resource within its module, and the name of a file that is one block."""

    file: str
    start: int
    end: int
    type: str
    address: str
    text: str

    @property
    def name(self) -> str:
        return self.address.rpartition(".")[2] if self.type.startswith("aws_") else self.address


def blocks(texts: Mapping[str, bytes]) -> Iterator[Block]:
    for name, data in sorted(texts.items()):
        try:
            text = data.decode("ascii")  # so that a place in the bytes is one in the text
        except UnicodeDecodeError:
            text = data.decode("latin-1")
        if name.endswith(files.TERRAFORM):
            yield from _of_terraform(name, data, text)
        elif (node := files.composed(data) if _may_be_template(name) else None) is not None and templates.is_template(node):
            yield from _of_template(name, node, text) if text.isascii() else ()
        elif OTHERS.search(name):
            yield Block(name, 0, len(text), "file", name, text)


def _may_be_template(name: str) -> bool:
    return name.endswith((".yaml", ".yml", ".json", ".template"))


def _of_terraform(name: str, data: bytes, text: str) -> Iterator[Block]:
    tree = expressions.PARSER.parse(data)
    for body in tree.root_node.children if not tree.root_node.has_error else ():
        for block in body.children:
            words = [(child.text or b"").decode("latin-1").strip('"') for child in block.children[:3]]
            if block.type == "block" and words[0] in ("resource", "data", "module", "locals", "variable"):
                address = ".".join(word for word in (words[1:] if words[0] == "resource" else words) if word not in "{}")
                kind = words[1] if words[0] in ("resource", "data") else words[0]
                yield Block(name, block.start_byte, block.end_byte, kind, address, text[block.start_byte : block.end_byte])


def _of_template(name: str, node: yaml.Node, text: str) -> Iterator[Block]:
    for key, section in node.value:
        if key.value != "Resources" or not isinstance(section, yaml.MappingNode):
            continue
        for label, resource in section.value:
            if isinstance(resource, yaml.MappingNode):
                kinds = [value.value for word, value in resource.value if word.value == "Type"]
                start, end = label.start_mark.index, resource.end_mark.index
                yield Block(name, start, end, kinds[0] if kinds else "", label.value, text[start:end])


HUBS = re.compile(r"^(aws_vpc|aws_ecs_cluster|AWS::EC2::VPC|AWS::ECS::Cluster|variable|locals|module)$")
"""What nearly everything refers to: no relation goes over these."""
WORDS = re.compile(r"(?:data\.)?[A-Za-z]\w*\.[\w-]+|\b[A-Za-z][A-Za-z0-9]+\b")


class Graph:
    """Which blocks mention which."""

    def __init__(self, every: list[Block]) -> None:
        self.by_address: dict[str, list[Block]] = {}
        for block in every:
            self.by_address.setdefault(block.address, []).append(block)
        self._near: dict[str, set[str]] = {address: set() for address in self.by_address}
        for block in every:
            for word in set(WORDS.findall(block.text)) & self.by_address.keys():
                self._near[block.address].add(word)
                self._near[word].add(block.address)

    def near(self, block: Block, hops: int) -> frozenset[str]:
        """The addresses that a block mentions and that mention it, directly or over a few others."""
        found, last = {block.address}, {block.address}
        for hop in range(hops):
            through = [one for one in last if not hop or not HUBS.match(self.by_address[one][0].type)]
            last = {other for one in through for other in self._near[one]} - found
            found |= last
        return frozenset(found)

    def has(self, addresses: frozenset[str], uses: str) -> bool:
        """Whether a block of a type, with certain words, is among these: `type` or `type:words`."""
        kind, _, words = uses.partition("):")
        kind = f"{kind})" if words else kind
        blocks = (one for address in addresses for one in self.by_address[address])
        return any(re.search(kind, one.type) and re.search(words, one.text) for one in blocks)


def bare(address: str) -> str:
    """An address without modules and the keys of instances, as blocks have it; of a template, the logical id."""
    plain = without_keys(address)
    while plain.startswith("module."):
        plain = plain.split(".", 2)[-1] if plain.count(".") > 1 else ""
    return plain
