"""A Terraform plan of a run, read with the `.tf` files beside it, which are not scanned for this."""

from __future__ import annotations

from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.plan import PlanEvaluation, evaluate
from ecrlint.evaluate.terraform.configuration import Folder, folder, is_tfvars
from ecrlint.model.node import Node
from ecrlint.model.source import Source
from ecrlint.run.read.files import TERRAFORM, Tree


def read(tree: Tree, source: Source, budget: Budget) -> PlanEvaluation | None:
    """What a plan holds for ecrlint; None where the file is no plan."""
    from ecrlint.adapt import terraform as adapter

    known: dict[str, Folder | None] = {}

    def folders(place: str) -> Folder | None:
        if place not in known:
            known[place] = _folder(tree, place)
        return known[place]

    return evaluate(source, adapter.TABLE, adapter.TABLE.documents, tree.for_expressions, folders, budget)


def _folder(tree: Tree, place: str) -> Folder | None:
    bodies = []
    for path in tree.siblings(place):
        if path.endswith(TERRAFORM) or is_tfvars(path):
            source = tree.source(path)
            if source is not None:
                bodies.append((path, _body(source)))
    return folder(place, bodies) if bodies else None


def _body(source: Source) -> Node:
    """The body of a file; what is wrong with it is said where the file itself is scanned."""
    if source.language == "terraform-json":
        from ecrlint.parse import terraform_json

        return terraform_json.parse(source)[0]
    from ecrlint.parse import hcl

    return hcl.parse(source)[0]
