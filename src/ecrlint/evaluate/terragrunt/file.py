"""One file of Terragrunt, what its expressions can ask, and what it includes.

Folders are written as they are in Terragrunt, from the top: `TOP` stands for where the repository lies.
https://terragrunt.gruntwork.io/docs/reference/built-in-functions/
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Sequence

from ecrlint.evaluate.budget import Budget, Exceeded
from ecrlint.evaluate.terraform.configuration import Body, Folder
from ecrlint.evaluate.terraform.expression import evaluate
from ecrlint.evaluate.terraform.scope import Scope
from ecrlint.model.node import Node
from ecrlint.model.source import Source, Span
from ecrlint.model.value import Map, Ref, Scalar, Unknown, Value, string

TOP = "/<repository>"
"""What stands for the path of the repository."""

MAX_FILES = 16
"""How deep the files may nest that read each other."""


def inside(path: str, folder: str) -> str | None:
    """What a path in a file of a folder leads to, from the top of the repository; None for an address elsewhere."""
    plain = path.replace("//", "/") if path.startswith((TOP, ".", "/")) else path
    if plain == TOP or plain.startswith(f"{TOP}/"):
        place = posixpath.normpath(plain.removeprefix(TOP).lstrip("/") or ".")
    elif plain.startswith(("./", "../")) or plain in (".", ".."):
        place = posixpath.normpath(posixpath.join(folder, plain))
    else:
        return None
    return "" if place == "." else place


class TerragruntFile:
    """A file that is read for a unit. `unit` is the folder of the unit, `origin` what the functions on folders start from.

    `strategy`: how it is merged into what includes it.
    """

    def __init__(
        self, path: str, body: Body, read: Callable[[str], Source | None], budget: Budget, unit: str, depth: int, strategy: str
    ) -> None:
        self.path = path
        self.body = body
        self.unit = unit
        self.strategy = strategy
        self.folder = Folder(posixpath.dirname(path))
        self.prefix = ""
        self._read = read
        self._budget = budget
        self._depth = depth
        self._values: dict[str, Value] = {}
        self._included: list[TerragruntFile] | None = None
        self._labels: dict[str, TerragruntFile] = {}
        for block in self.blocks("locals"):
            self.folder.locals.update(block.attributes)
        self._scope = Scope(self, {}, budget)

    @classmethod
    def opened(
        cls,
        path: str,
        read: Callable[[str], Source | None],
        budget: Budget,
        unit: str | None = None,
        depth: int = 0,
        strategy: str = "",
    ) -> TerragruntFile | None:
        """The file of a path, for a unit that includes it or for its own; None where there is none."""
        from ecrlint.parse import hcl

        source = read(path) if depth < MAX_FILES else None
        if source is None:
            return None
        node, _ = hcl.parse(source)
        return cls(path, Body(node, node.span), read, budget, posixpath.dirname(path) if unit is None else unit, depth, strategy)

    @property
    def is_deep(self) -> bool:
        return self.strategy in ("deep", "deep_map_only")

    def blocks(self, kind: str) -> Iterator[Body]:
        return (inner for name, _, inner in self.body.blocks if name == kind)

    def module_source(self) -> Value | None:
        """The source of the module; None where it states none."""
        for block in self.blocks("terraform"):
            node = block.attributes.get("source")
            if node is not None:
                return self.evaluated(node)
        return None

    def own_inputs(self) -> Value | None:
        node = self.body.attributes.get("inputs")
        return None if node is None else self.evaluated(node)

    def evaluated(self, node: Node) -> Value:
        """The value of an expression in the file."""
        try:
            return evaluate(node, self._scope)
        except (Exceeded, RecursionError) as exceeded:
            return self._budget.cut_off("an expression", exceeded, node.span)

    def included(self) -> list[TerragruntFile]:
        """The files that it includes, in their order; what these include themselves does not count."""
        if self._included is None:
            self._included = []
            for kind, labels, block in self.body.blocks:
                path = self._of_block(block, "path") if kind == "include" else None
                place = None if path is None else _file(path, self.folder.path)
                strategy = self._of_block(block, "merge_strategy") or ""
                made = (
                    None if place is None else self.opened(place, self._read, self._budget, self.unit, self._depth + 1, strategy)
                )
                if made is not None:
                    self._included.append(made)
                    self._labels[labels[0] if labels else ""] = made
        return self._included

    def dependencies(self) -> Iterator[tuple[str, str]]:
        """The names of the units whose outputs it takes, and their folders."""
        for kind, labels, block in self.body.blocks:
            path = self._of_block(block, "config_path") if kind == "dependency" and labels else None
            place = None if path is None else inside(path if path.startswith(("/", ".")) else f"./{path}", self.unit)
            if place is not None:
                yield labels[0], place.removesuffix("/terragrunt.hcl")

    def _of_block(self, block: Body, name: str) -> str | None:
        node = block.attributes.get(name)
        return None if node is None else string(self.evaluated(node))

    # What expressions ask

    def variable(self, name: str, span: Span) -> Value:
        self._budget.step()
        return Unknown("Terragrunt has no variables", span)

    def local(self, name: str, span: Span) -> Value:
        self._budget.step()
        found = self._values.get(name)
        if found is None:
            node = self.folder.locals.get(name)
            self._values[name] = Unknown(f"local.{name} refers to itself", span)
            found = self._values[name] = (
                Unknown(f"local.{name} is not declared", span, error=True) if node is None else self.evaluated(node)
            )
        return found

    def resource(self, kind: str, name: str, span: Span) -> Value:
        """What stands under a word of Terragrunt: the unit whose outputs it takes, or what an included file exposes."""
        self._budget.step()
        if kind == "dependency":
            return Ref(f"data.terragrunt.{name}", "", span)
        if kind == "include":
            self.included()
            if name in self._labels:
                return self._labels[name].exposed(span)
            if "" in self._labels:
                found = self._labels[""].exposed(span).get(name)
                return Unknown(f"include.{name} is not known", span) if found is None else found
        return Unknown(f"{kind}.{name} is not known", span)

    def exposed(self, span: Span) -> Map:
        """What others see of the file."""
        self._budget.step(len(self.folder.locals))
        names = {name: self.local(name, span) for name in self.folder.locals}
        entries: dict[str, Value] = {"locals": Map(names, span)}
        given = self.own_inputs()
        if given is not None:
            entries["inputs"] = given
        return Map(entries, span, complete=False)

    def call(self, name: str, span: Span) -> Value:
        self._budget.step()
        return Unknown("Terragrunt calls no modules", span)

    def attribute(self, ref: Ref, name: str, span: Span) -> Value:
        self._budget.step()
        return Ref(ref.address, name, span)

    def is_single(self, address: str) -> bool:
        return True

    def read_file(self, function: str, arguments: Sequence[Value], span: Span) -> Value:
        path = string(arguments[0]) if arguments else None
        place = None if path is None else _file(path, self.folder.path)
        source = self._read(place) if place is not None and function == "file" else None
        if source is None:
            return Unknown(f"function {function} is not evaluated for this path", span)
        self._budget.write(len(source.text))
        return Scalar(source.text, source.span(0, len(source.text)))

    def function(self, name: str, arguments: Sequence[Value], span: Span) -> Value | None:
        """What a function of Terragrunt gives; None where it has no such function, or its value is not known before it runs."""
        self._budget.step(len(arguments))
        texts = [string(argument) for argument in arguments]
        match name:
            case "get_terragrunt_dir" | "get_original_terragrunt_dir" | "get_working_dir":
                return _folder(self.unit, span)
            case "get_parent_terragrunt_dir":
                return _folder(self._parent, span)
            case "get_repo_root":
                return _folder("", span)
            case "get_path_from_repo_root":
                return Scalar(self.unit or ".", span)
            case "get_path_to_repo_root":
                return Scalar(_relative("", self.unit), span)
            case "path_relative_to_include":
                return Scalar(_relative(self.unit, self._parent), span)
            case "path_relative_from_include":
                return Scalar(_relative(self._parent, self.unit), span)
            case "run_cmd" if [text for text in texts if text and not text.startswith("--terragrunt")] == _SHOW_TOP:
                return _folder("", span)
            case "find_in_parent_folders":
                return self._in_parents(texts[0] if texts else "terragrunt.hcl", arguments[1:], span)
            case "read_terragrunt_config":
                return self._other(texts[0] if texts else None, arguments[1:], span)
            case "get_aws_account_id":
                return Ref("aws", "account_id", span)
            case _:
                return None

    @property
    def _parent(self) -> str:
        """The folder of the file that is included, or of this one, where it is the included one."""
        if self.folder.path != self.unit:
            return self.folder.path
        included = self.included()
        return included[0].folder.path if included else self.unit

    def _in_parents(self, name: str | None, fallback: Sequence[Value], span: Span) -> Value:
        folder = self.unit
        while name is not None and folder:
            folder = posixpath.dirname(folder)
            place = posixpath.join(folder, name)
            if self._read(place) is not None:
                return Scalar(f"{TOP}/{place}", span)
        return fallback[0] if fallback else Unknown(f'there is no "{name}" above', span)

    def _other(self, path: str | None, fallback: Sequence[Value], span: Span) -> Value:
        place = None if path is None else _file(path, self.folder.path)
        found = None if place is None else self.opened(place, self._read, self._budget, depth=self._depth + 1)
        if found is None:
            return fallback[0] if fallback else Unknown("the file that it reads is not here", span)
        return found.exposed(span)


_SHOW_TOP = ["git", "rev-parse", "--show-toplevel"]


def _folder(path: str, span: Span) -> Scalar:
    return Scalar(f"{TOP}/{path}" if path else TOP, span)


def _relative(path: str, start: str) -> str:
    return posixpath.relpath(path or ".", start or ".")


def _file(path: str, folder: str) -> str | None:
    return inside(path if path.startswith(("/", ".")) else f"./{path}", folder)
