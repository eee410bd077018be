"""The calls of modules that are not here, of which there is a summary."""

from __future__ import annotations

from collections.abc import Iterable

from ecrlint.evaluate.terraform import summaries
from ecrlint.evaluate.terraform.configuration import Folder, folder
from ecrlint.evaluate.terraform.root_module import RootModule
from ecrlint.model.source import Source, Span, SummarizedCall


def summarized(
    unit: RootModule, address: str, span: Span, source: str, constraint: str | None, arguments: Iterable[str], caller: Folder
) -> Folder | None:
    """The summary of a called module; None where its arguments are read in place of it, or where it is not known, which is
    noted. What a summary calls has the versions of the call that it stands for."""
    from ecrlint.parse import hcl

    if caller.summarizes is not None:
        constraint = caller.summarizes[1]
    found = summaries.summary(source, constraint)
    if found is None:
        _unknown(unit, address, span, source, "")
        return None
    call = SummarizedCall(span.place, address, found.module, found.is_exact)
    if found.text is None:
        unit.is_summarized(call, found.newest)
        return None
    unit.budget.write(len(found.text))
    body, problems = hcl.parse(Source(span.place.path, found.text, "terraform", call))
    result = folder(f"{found.module} for {address}", [("main.tf", body)])
    if problems:  # there is no parser
        _unknown(unit, address, span, source, "")
        return None
    if unknown := [name for name in arguments if name not in result.variables]:
        _unknown(unit, address, span, source, f'; its summary does not know "{unknown[0]}"')
        return None
    result.summarizes = call, constraint
    unit.is_summarized(call, found.newest)
    return result


def _unknown(unit: RootModule, address: str, span: Span, source: str, why: str) -> None:
    unit.note(span.path, f'{address} comes from "{source}", which is not in the scanned tree{why}')
