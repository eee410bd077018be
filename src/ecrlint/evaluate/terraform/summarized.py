"""The calls of modules that are not here, of which there is a summary."""

from __future__ import annotations

from collections.abc import Iterable

from ecrlint.evaluate.terraform import summaries
from ecrlint.evaluate.terraform.configuration import Body, Folder, folder
from ecrlint.evaluate.terraform.root_module import RootModule
from ecrlint.model.address import without_keys
from ecrlint.model.source import Source, Span, SummarizedCall


def summarized(
    unit: RootModule, address: str, body: Body, source: str, constraint: str | None, arguments: Iterable[str], caller: Folder
) -> Folder | None:
    """The summary of a called module, one for all instances of the call; None where its arguments are read in place of it, or
    where it is not known, which is noted. What a summary calls has the versions and the place of the call that it stands for."""
    if id(body) not in unit.summarized:
        outer = caller.summarizes
        versions = constraint if outer is None else outer[1]
        unit.summarized[id(body)] = _read(unit, without_keys(address), body.span, source, versions, arguments, outer)
    return unit.summarized[id(body)]


def _read(
    unit: RootModule,
    address: str,
    span: Span,
    source: str,
    constraint: str | None,
    arguments: Iterable[str],
    outer: tuple[SummarizedCall, str | None] | None,
) -> Folder | None:
    from ecrlint.parse import hcl

    found = summaries.summary(source, constraint)
    if found is None:
        _unknown(unit, address, span, source, "")
        return None
    call = SummarizedCall(span, address, found.module, found.is_exact) if outer is None else outer[0]
    if found.text is None:
        unit.is_summarized(call, found.newest)
        return None
    unit.budget.write(len(found.text))
    node, problems = hcl.parse(Source(call.span.path, found.text, "terraform", call))
    result = folder(f"{found.module} for {address}", [("main.tf", node)])
    unknown = [name for name in arguments if name not in result.variables]
    if problems or unknown:  # there is no parser, or this is no version that is known
        _unknown(unit, address, span, source, f'; its summary does not know "{unknown[0]}"' if unknown else "")
        return None
    result.summarizes = call, constraint
    if outer is None:
        unit.is_summarized(call, found.newest)
    return result


def _unknown(unit: RootModule, address: str, span: Span, source: str, why: str) -> None:
    unit.note(span.path, f'{address} comes from "{source}", which is not in the scanned tree{why}')
