"""What existed before a root managed it, or exists since it no longer does: more may belong to it than the files say."""

from __future__ import annotations

from ecrlint.adapt.network_draft import Tie
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.model.address import type_of, without_keys
from ecrlint.model.dataclass import replace
from ecrlint.model.network import Rules
from ecrlint.model.stack import Resource
from ecrlint.model.truth import MAYBE
from ecrlint.model.value import Unknown, is_null, string


def imported(unit: TerraformRoot, resource: Resource) -> None:
    """An existing thing: what was attached to it, and no argument states, is still there."""
    wanted = string(resource.attributes.get("to"))
    for address, made in list(unit.resources.items()):
        if made.type == type_of(wanted or "") and without_keys(address) == wanted:
            _open(unit, made, f"{address} existed before it was imported")


def _open(unit: TerraformRoot, made: Resource, reason: str) -> None:
    address, get = made.address, made.attributes.get
    for draft in unit.draft.identities:
        if draft.address == address:
            draft.open.append(reason)
    network = unit.draft.own_network
    if network is None:
        return
    if (group := network.groups.get(address)) is not None:
        network.groups[address] = replace(
            group,
            ingress=_rules(group.ingress, reason) if is_null(get("ingress")) else group.ingress,
            egress=_rules(group.egress, reason) if is_null(get("egress")) else group.egress,
        )
    if (table := network.tables.get(address)) is not None and is_null(get("route")):
        network.tables[address] = replace(table, open=(*table.open, reason))
    if (vpc := network.vpcs.get(address)) is not None:
        network.vpcs[address] = replace(vpc, open=(*vpc.open, reason))
    if address in network.subnets and not any(tie.one == address for tie in network.associations):
        network.associations.append(Tie(address, None, "what was there before the import", MAYBE))
    if (endpoint := unit.draft.endpoints.get(address)) is not None:
        dns = Unknown(reason, made.span) if is_null(endpoint.private_dns) else endpoint.private_dns
        tables = (
            replace(endpoint.tables, open=(*endpoint.tables.open, reason)) if is_null(get("route_table_ids")) else endpoint.tables
        )
        unit.draft.endpoints[address] = replace(endpoint, private_dns=dns, tables=tables)


def _rules(rules: Rules, reason: str) -> Rules:
    return replace(rules, open=(*rules.open, reason))


def removed(unit: TerraformRoot, resource: Resource) -> None:
    """What is no longer managed and stays: it is not known what it was attached to."""
    wanted = string(resource.attributes.get("from")) or ""
    kind, reason = type_of(wanted), f"{wanted} is no longer managed and stays"
    for draft in unit.draft.identities:
        if kind.startswith("aws_iam_") and ("_policy" in kind):
            draft.open.append(reason)
    network = unit.draft.own_network
    if network is None:
        return
    if kind in ("aws_security_group_rule", "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"):
        for address, group in network.groups.items():
            network.groups[address] = replace(group, ingress=_rules(group.ingress, reason), egress=_rules(group.egress, reason))
    if kind == "aws_route":
        network.tables.update({address: replace(one, open=(*one.open, reason)) for address, one in network.tables.items()})
    if kind in ("aws_vpc_endpoint", "aws_main_route_table_association"):
        network.vpcs.update({address: replace(one, open=(*one.open, reason)) for address, one in network.vpcs.items()})


ENTRIES: Entries[TerraformRoot] = (
    ResourceType("import", imported, ReadingPhase.OUT),
    ResourceType("removed", removed, ReadingPhase.OUT),
)
