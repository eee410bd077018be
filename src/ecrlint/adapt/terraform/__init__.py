"""Terraform's resource types to a `Stack`, those of well-known modules among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from ecrlint.adapt.kept import Kept
from ecrlint.adapt.stack_draft import StackDraft
from ecrlint.adapt.table import Table
from ecrlint.adapt.terraform import families
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.model.address import DEPLOYMENT, is_of_other_provider
from ecrlint.model.dataclass import replace
from ecrlint.model.host import Host
from ecrlint.model.policy import Role
from ecrlint.model.script import UNREAD, Scripts
from ecrlint.model.stack import Resource, Stack
from ecrlint.model.value import Value

TABLE: Table[TerraformRoot] = Table(*families.FAMILIES)
"""The resource types that are asked of the evaluator, and what reads them."""


def adapt(
    name: str,
    resources: Iterable[Resource],
    changed: Set[str] = frozenset(),
    *,
    deployed: Mapping[str, Value] | None = None,
    scripts: Scripts = UNREAD,
    kept: Kept | None = None,
    table: Table[TerraformRoot] = TABLE,
) -> Stack:
    """The stack that the resources of one root module make.

    `deployed` is where the user says that it is deployed (`account_id`, `region`); what its provider says goes before it.
    `kept` is what other stacks of the root have in common with this one, where only the resources of the addresses `changed` are
    different, those that refer to one of them among them. `table` is what reads them.
    """
    read = list(resources)
    elsewhere = any(one.type == "provider" and one.address in changed for one in read)  # and with it every place
    draft = StackDraft(Kept() if kept is None or elsewhere else replace(kept, changed=changed))
    unit = TerraformRoot({one.address: one for one in read}, scripts, draft, places={DEPLOYMENT: dict(deployed or {})})
    unit.draft.identities.gives_any_name = is_of_other_provider
    table.read(unit, read)
    roles, policies = unit.draft.assembled()
    return _with_nodes(unit, unit.draft.stack(name, roles, policies, _hosts(unit, roles), _without_addons(unit)))


def _hosts(unit: TerraformRoot, roles: tuple[Role, ...]) -> tuple[Host, ...]:
    if unit.draft.own_hosts is None:
        return ()
    from ecrlint.adapt.terraform import hosts

    return hosts.finished(unit, roles)


def _without_addons(unit: TerraformRoot) -> bool:
    if not unit.draft.nodes and not unit.profiles and unit.draft.own_hosts is None:
        return False
    from ecrlint.adapt.terraform import eks

    return eks.without_addons(unit)


def _with_nodes(unit: TerraformRoot, stack: Stack) -> Stack:
    if not unit.profiles:
        return stack
    from ecrlint.adapt import nodes

    return nodes.with_self_managed(stack, ((unit.resources[address], role) for address, role in unit.profiles.items()))
