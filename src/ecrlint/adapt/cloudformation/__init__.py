"""CloudFormation's resource types to a `Stack`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from ecrlint.adapt.cloudformation import families
from ecrlint.adapt.cloudformation.template import CloudFormationTemplate
from ecrlint.adapt.kept import Kept
from ecrlint.adapt.stack_draft import StackDraft
from ecrlint.adapt.table import Table
from ecrlint.model.dataclass import replace
from ecrlint.model.host import Host
from ecrlint.model.policy import Role
from ecrlint.model.script import UNREAD, Scripts
from ecrlint.model.stack import Resource, Stack
from ecrlint.model.value import Value

TABLE: Table[CloudFormationTemplate] = Table(*families.FAMILIES)
"""The resource types that are asked of the evaluator, and what reads them."""

_CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")


def adapt(
    name: str,
    resources: Iterable[Resource],
    changed: Set[str] = frozenset(),
    *,
    deployed: Mapping[str, Value] | None = None,
    scripts: Scripts = UNREAD,
    kept: Kept | None = None,
) -> Stack:
    """The stack that the resources of one template make; `deployed` is where, as the user says (`account_id`, `region`).

    `kept` is what other stacks of the template have in common with this one, where only the resources of the addresses `changed`
    are different, those that refer to one of them among them.
    """
    read = list(resources)
    draft = StackDraft(Kept() if kept is None else replace(kept, changed=changed))
    unit = CloudFormationTemplate({one.address: one for one in read}, scripts, draft, place=deployed or {})
    custom = frozenset(one.address for one in read if one.type.startswith(_CUSTOM))
    unit.draft.identities.gives_any_name = custom.__contains__
    TABLE.read(unit, read)
    roles, policies = unit.draft.assembled()
    return _with_nodes(unit, unit.draft.stack(name, roles, policies, _hosts(unit, roles), _without_addons(unit)))


def _hosts(unit: CloudFormationTemplate, roles: tuple[Role, ...]) -> tuple[Host, ...]:
    if unit.draft.own_hosts is None:
        return ()
    from ecrlint.adapt.cloudformation import hosts

    return hosts.finished(unit, roles)


def _without_addons(unit: CloudFormationTemplate) -> bool:
    if not unit.draft.nodes and not unit.profiles and unit.draft.own_hosts is None:
        return False
    from ecrlint.adapt.cloudformation import eks

    return eks.without_addons(unit)


def _with_nodes(unit: CloudFormationTemplate, stack: Stack) -> Stack:
    if not unit.profiles:
        return stack
    from ecrlint.adapt import nodes

    return nodes.with_self_managed(stack, ((unit.resources[address], role) for address, (_, role) in unit.profiles.items()))
