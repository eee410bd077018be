"""Which provider configuration a resource or module call names.

https://developer.hashicorp.com/terraform/language/modules/develop/providers
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.evaluate.terraform.configuration import Body
from ecrlint.evaluate.terraform.scope import force
from ecrlint.model.node import Node


def provider_name(declared: tuple[str, Body]) -> str:
    """The name of a `provider` block: `aws`, or `aws.west` where that is its alias."""
    kind, body = declared
    alias = body.attributes.get("alias")
    found = None if alias is None else _literal(alias)
    return kind if found is None else f"{kind}.{found}"


def provider_reference(node: Node) -> str | None:
    """The provider that an argument names (`aws.west`, or `"aws.west"` as it once was written); None for `aws.by[each.key]`."""
    node = force(node)
    if node.tag == "name":
        return str(node.value)
    if node.tag == "attr":
        inner, name = node.value
        before = provider_reference(inner)
        return None if before is None or "." in before else f"{before}.{name}"
    return _literal(node)


def provider_references(node: Node) -> Iterator[tuple[str, str | None]]:
    """The names in a module call's `providers`, and what each stands for."""
    node = force(node)
    for key, value in node.value if node.tag == "map" else ():
        name = provider_reference(key)
        if name is not None:
            yield name, provider_reference(value)


def _literal(node: Node) -> str | None:
    node = force(node)
    return node.value if node.tag == "string" else None
