"""The configuration of one folder: its blocks by kind and name, with override files merged in."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import field

from ecrlint.model.dataclass import dataclass
from ecrlint.model.node import Node
from ecrlint.model.source import Source, Span, SummarizedCall


class Body:
    """The inside of a block, read when first asked for: attributes by name, and nested blocks in order."""

    __slots__ = ("_attributes", "_blocks", "_nodes", "span")

    def __init__(self, node: Node, span: Span) -> None:
        self._nodes = [node]
        self._attributes: dict[str, Node] | None = None
        self._blocks: list[tuple[str, tuple[str, ...], Body]] = []
        self.span = span

    def _read(self) -> dict[str, Node]:
        attributes = self._attributes = {}
        for body in self._nodes:
            replaced: set[str] = set()
            for item in body.value:
                if item.tag == "attribute":
                    name, expression = item.value
                    attributes[name] = expression
                else:
                    kind, labels, inner = item.value
                    if body is not self._nodes[0] and kind not in replaced:
                        replaced.add(kind)
                        self._blocks = [block for block in self._blocks if block[0] != kind]
                    self._blocks.append((kind, labels, Body(inner, item.span)))
        return attributes

    @property
    def attributes(self) -> Mapping[str, Node]:
        found = self._attributes
        return self._read() if found is None else found

    @property
    def blocks(self) -> list[tuple[str, tuple[str, ...], Body]]:
        if self._attributes is None:
            self._read()
        return self._blocks

    def override(self, node: Node) -> None:
        """Merge an override file's block into this one: its attributes win, its nested blocks replace those of their kind."""
        self._nodes.append(node)
        self._attributes = None
        self._blocks = []

    def overridden(self, nodes: Iterable[Node]) -> Body:
        """This block as it is with others merged into it; it stays as it is."""
        made = Body(self._nodes[0], self.span)
        made._nodes = [*self._nodes, *nodes]
        return made


@dataclass
class Folder:
    """All blocks of one folder's files. Resources are by (type, name), data sources by ("data." + type, name).

    `deployed`: it says where it is deployed (a provider, a backend, values of variables), so it is no module for others.
    `unread` are the files that are no Terraform in some place, whole: what they say is not all in the other fields.
    `summarizes` is the call in whose place a summary of its module is read, which this is, with the versions that it allows.
    """

    path: str
    variables: dict[str, Body] = field(default_factory=dict)
    locals: dict[str, Node] = field(default_factory=dict)
    resources: dict[tuple[str, str], Body] = field(default_factory=dict)
    modules: dict[str, Body] = field(default_factory=dict)
    outputs: dict[str, Body] = field(default_factory=dict)
    providers: list[tuple[str, Body]] = field(default_factory=list)
    backend: tuple[str, Body] | None = None
    imports: list[Body] = field(default_factory=list)
    removed: list[Body] = field(default_factory=list)
    deployed: bool = False
    unread: tuple[Span, ...] = ()
    summarizes: tuple[SummarizedCall, str | None] | None = None
    tfvars: Body = field(init=False)

    def __post_init__(self) -> None:
        span = Source(self.path, "").span(0, 0)
        self.tfvars = Body(Node("body", (), span), span)


_FIRST = ("terraform.tfvars", "terraform.tfvars.json")
"""The variable files that Terraform loads before those that end in `.auto.tfvars`."""


def is_tfvars(path: str) -> bool:
    """Whether Terraform loads this variable file by itself."""
    name = path.rsplit("/", 1)[-1]
    return name in _FIRST or name.endswith((".auto.tfvars", ".auto.tfvars.json"))


def is_override(path: str) -> bool:
    name = path.rsplit("/", 1)[-1]
    for ending in (".tf", ".tofu", ".tf.json"):
        if name.endswith(ending):
            stem = name.removesuffix(ending)
            return stem == "override" or stem.endswith("_override")
    return False


def folder(path: str, bodies: Iterable[tuple[str, Node]], unread: Container[str] = ()) -> Folder:
    """The configuration of a folder, from the path and the body of each of its files. `unread` are the paths of those that
    could not be read as a whole.

    OpenTofu reads `x.tofu` in place of an `x.tf` beside it.
    """
    bodies = list(bodies)
    result = Folder(path, unread=tuple(body.span for file, body in bodies if file in unread and not is_tfvars(file)))
    stems = {file.removesuffix(".tofu") for file, _ in bodies if file.endswith(".tofu")}
    bodies = [(file, body) for file, body in bodies if not (file.endswith(".tf") and file.removesuffix(".tf") in stems)]
    for file, body in sorted(bodies, key=lambda file: (is_override(file[0]), not file[0].endswith(_FIRST), file[0])):
        if is_tfvars(file):
            result.tfvars.override(body)
            result.deployed = True
            continue
        for item in body.value:
            if item.tag == "block":
                _add(result, item)
    return result


def _add(result: Folder, block: Node) -> None:
    kind, labels, inner = block.value
    if kind == "locals":
        result.locals.update(item.value for item in inner.value if item.tag == "attribute")
        return
    if kind == "provider" or (kind == "terraform" and any(b.value[0] in ("backend", "cloud") for b in _blocks(inner))):
        result.deployed = True
        if labels:
            result.providers.append((labels[0], Body(inner, block.span)))
        for one in _blocks(inner) if kind == "terraform" else ():
            if one.value[0] == "backend" and one.value[1]:
                result.backend = (one.value[1][0], Body(one.value[2], one.span))
            elif one.value[0] == "cloud":
                result.backend = ("cloud", Body(one.value[2], one.span))
    elif kind in ("import", "removed"):
        (result.imports if kind == "import" else result.removed).append(Body(inner, block.span))
    elif kind in ("resource", "data") and len(labels) == 2:
        key = (labels[0] if kind == "resource" else f"data.{labels[0]}", labels[1])
        _put(result.resources, key, inner, block.span)
    elif kind in ("variable", "output", "module") and len(labels) == 1:
        table = {"variable": result.variables, "output": result.outputs, "module": result.modules}[kind]
        _put(table, labels[0], inner, block.span)


def _blocks(body: Node) -> Iterator[Node]:
    return (item for item in body.value if item.tag == "block")


def _put(table: dict[str, Body] | dict[tuple[str, str], Body], key: object, inner: Node, span: Span) -> None:
    before = table.get(key)  # type: ignore[call-overload]
    if before is None:
        table[key] = Body(inner, span)  # type: ignore[index]
    else:
        before.override(inner)
