"""Container definitions, whose shape all formats share but for the case of the names."""

from __future__ import annotations

from ecrlint.adapt.policy import Expand, why
from ecrlint.model.source import Span
from ecrlint.model.stack import Container
from ecrlint.model.value import Json, List, Map, Unknown, Value, is_null


def containers(value: Value | None, expand: Expand) -> tuple[tuple[Container, ...], tuple[str, ...]]:
    """The containers of a definition, and why there may be others."""
    if value is None or is_null(value):
        return (), ()
    if isinstance(value, Json):
        value = value.value
    if not isinstance(value, List):
        return (), (f"its containers are not known: {why(value)}",)
    found: list[Container] = []
    reasons: tuple[str, ...] = () if value.complete else ("its list of containers is not known as a whole",)
    for item in value.items:
        if isinstance(item, Json):
            item = item.value
        if isinstance(item, Map):
            found.append(container(item, expand))
        elif not is_null(item):
            reasons = (*reasons, f"a container is not known: {why(item)}")
    return tuple(found), reasons


def container(value: Map, expand: Expand) -> Container:
    """One container definition, with names in camel case (`logConfiguration`) or Pascal case (`LogConfiguration`)."""

    def get(entries: Map, name: str) -> Value | None:
        found = entries.entries.get(name)
        return found if found is not None else entries.get(name[0].upper() + name[1:])

    image, name, logging = (get(value, word) for word in ("image", "name", "logConfiguration"))
    driver = get(logging, "logDriver") if isinstance(logging, Map) else logging
    secrets = get(value, "secrets")
    return Container(
        name=name if name is not None else Unknown("it has no name", value.span),
        image=None if image is None else expand(image),
        span=value.span,
        log_driver=driver,
        secrets=_secrets_span(secrets),
    )


def _secrets_span(value: Value | None) -> Span | None:
    if isinstance(value, List) and value.items:
        return value.items[0].span
    return None
