"""Terragrunt's units: which module each calls, with which inputs, and the outputs of which units it takes.

https://terragrunt.gruntwork.io/docs/reference/config-blocks-and-attributes/
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping

from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.terraform.configuration import Body
from ecrlint.evaluate.terragrunt.file import TerragruntFile, inside
from ecrlint.model.dataclass import dataclass
from ecrlint.model.source import Source, Span
from ecrlint.model.value import List, Map, Value, string

_REGISTRY = re.compile(r"tfr://(?:registry\.terraform\.io)?/([\w-]+/[\w-]+/[\w-]+(?://[\w./-]+)?)\?version=([\w.]+)")


@dataclass(frozen=True, slots=True)
class TerragruntUnit:
    """One unit, by the folder of its file. `module` is the folder that it calls, its own where it states no source; None where it
    is elsewhere: `source` and `version` say where.

    `inputs` are what it gives to the variables of the module, all of it where `is_whole`. `dependencies` are the folders of the
    units whose outputs it takes, by name, `generated` the files that it puts beside the module. `notes` say what is not known.
    """

    path: str
    span: Span
    module: str | None
    source: str
    version: str | None
    inputs: Mapping[str, Value]
    is_whole: bool
    dependencies: Mapping[str, str]
    generated: tuple[Source, ...]
    notes: tuple[str, ...]


def evaluate(path: str, read: Callable[[str], Source | None], budget: Budget, has_terraform: bool) -> TerragruntUnit | None:
    """The unit of a file; None where it is none, but what units include. `has_terraform`: there is Terraform beside it.

    The file is read as Terragrunt reads it, with what it includes; nothing of it is run, and no environment is asked.
    """
    own = TerragruntFile.opened(path, read, budget)
    if own is None:
        return None
    files = [*own.included(), own]
    source = next((found for file in reversed(files) if (found := file.module_source()) is not None), None)
    if source is None and not (has_terraform and (own.body.attributes.get("inputs") or any(own.blocks("include")))):
        return None
    folder = posixpath.dirname(path)
    notes: list[str] = []
    module, text, version = _module(source, folder, notes)
    inputs, is_whole = _inputs(files, notes)
    if any(block for file in files for block in _extra_files(file)):
        is_whole = False
        notes.append("the variable files that it names are not read")
    return TerragruntUnit(
        folder,
        own.body.span if source is None else source.span,
        module,
        text,
        version,
        inputs,
        is_whole,
        {name: place for file in files for name, place in file.dependencies()},
        tuple(made for file in files for made in _generated(file, notes)),
        tuple(dict.fromkeys(notes)),
    )


def _module(source: Value | None, folder: str, notes: list[str]) -> tuple[str | None, str, str | None]:
    """The folder of the module, or the source of it in the registry's words and its version."""
    if source is None:
        return folder, ".", None
    text = string(source)
    if text is None:
        notes.append("its source is not known")
        return None, "", None
    place = inside(text, folder)
    if place is not None:
        return place, text, None
    found = _REGISTRY.fullmatch(text)
    return (None, found[1], found[2]) if found is not None else (None, text, None)


def _inputs(files: list[TerragruntFile], notes: list[str]) -> tuple[Mapping[str, Value], bool]:
    """The inputs of all files, of which the last ones count, and whether these are all."""
    merged: dict[str, Value] = {}
    is_whole, is_deep = True, any(file.is_deep for file in files)
    for file in files:
        given = file.own_inputs()
        if given is None or file.strategy == "no_merge":
            continue
        if not isinstance(given, Map) or not given.complete:
            notes.append("some of its inputs are not known")
            is_whole = False
        if isinstance(given, Map):
            for name, value in given.entries.items():
                before = merged.get(name)
                merged[name] = _deep(before, value) if is_deep and before is not None else value
    return merged, is_whole


def _deep(before: Value, value: Value) -> Value:
    """Two inputs of one name, merged at every depth: maps by their keys, lists one after the other."""
    match before, value:
        case Map(), Map():
            both = {name: _deep(before.entries[name], value.entries[name]) for name in before.entries if name in value.entries}
            entries = {**before.entries, **value.entries, **both}
            return Map(entries, value.span, before.complete and value.complete, value.kind)
        case List(), List():
            return List((*before.items, *value.items), value.span, before.complete and value.complete, value.kind)
        case _:
            return value


def _extra_files(file: TerragruntFile) -> Iterator[Body]:
    """The blocks that name variable files."""
    for block in file.blocks("terraform"):
        for kind, _, inner in block.blocks:
            if kind == "extra_arguments" and any(
                name.endswith("var_files") or "-var" in node.span.text for name, node in inner.attributes.items()
            ):
                yield inner


def _generated(file: TerragruntFile, notes: list[str]) -> Iterator[Source]:
    """The Terraform that a file lets generate beside the module."""
    for block in file.blocks("generate"):
        node = block.attributes.get("contents")
        if node is None:
            continue
        text = string(file.evaluated(node))
        if text is None:
            notes.append("a file that it generates is not known")
        elif re.search(r"^\s*(?:provider|terraform|variable|resource|data|locals|module)\b", text, re.MULTILINE):
            yield Source(file.path, text, "terraform")
