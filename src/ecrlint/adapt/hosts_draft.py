"""What makes hosts from templates, in every format: what it shows of them, and what a template gives to its instances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field

from ecrlint.adapt.interfaces import Interface
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.host import Host, HostUse, UserData, What
from ecrlint.model.network import Placement
from ecrlint.model.source import Span
from ecrlint.model.truth import YES, Truth
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Unknown, Value, is_null, string


@dataclass
class HostsDraft:
    """The hosts of a unit by address; `groups` are the Auto Scaling groups with the templates that they launch from.

    `names` are the names of templates that have one, by which others may call them. `providers` are ECS's capacity
    providers, by address and by name, with their groups. `interfaces` is what each says of its first interface,
    and `placements` where instances have it.
    """

    by_address: dict[str, Host] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    group_names: dict[str, str] = field(default_factory=dict)
    providers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    interfaces: dict[str, Interface] = field(default_factory=dict)
    placements: list[Placement] = field(default_factory=list)

    def add(self, host: Host, name: Value | None = None) -> None:
        self.by_address[host.address] = host
        known = string(name)
        if known is not None:
            self.names[known] = host.address

    def named(self, value: Value | None) -> tuple[str, ...]:
        """The addresses of the hosts that a value refers to anywhere inside, by reference or by name."""
        found = (self._address(part) for part in _parts(value))
        return tuple(dict.fromkeys(address for address in found if address in self.by_address))

    def template(self, value: Value | None) -> Host | None:
        """The one template that a value names; None where it is not known, or there are several."""
        found = self.named(value)
        sure = not any(isinstance(part, Choice) for part in _parts(value))
        return self.by_address[found[0]] if len(found) == 1 and sure else None

    def group(self, address: str, name: Value | None, templates: Iterable[Value | None], span: Span, exists: Truth) -> None:
        """An Auto Scaling group or a fleet, which launches its templates just as they are."""
        found = tuple(dict.fromkeys(host for value in templates for host in self.named(value)))
        self.groups[address] = found
        known = string(name)
        if known is not None:
            self.group_names[known] = address
        for host in found if exists is YES else ():
            self.by_address[host] = replace(self.by_address[host], launched=span)

    def are_unknown(self, templates: Iterable[Value | None]) -> bool:
        """Whether templates are named, and none by a name or an id that is known: each of those that are here may be meant."""
        stated = [value for value in templates if not is_null(value)]
        return not any(map(self.named, stated)) and any(
            not isinstance(part, Scalar) for value in stated for part in _parts(value)
        )

    def provider(self, address: str, name: Value | None, group: Value | None, span: Span) -> None:
        """A capacity provider of ECS: the hosts of its group register with a cluster."""
        found = tuple(dict.fromkeys(host for part in _parts(group) for host in self._of_group(part)))
        for word in {address, string(name)} - {None}:
            self.providers[str(word)] = found
        self.use(found, "ecs", span)

    def use(self, hosts: Iterable[str], what: What, span: Span, profile: Value | None = None) -> None:
        """What launches hosts shows what they are for, and may give them a profile or a role."""
        for address in hosts:
            host = self.by_address[address]
            given = profile if host.profile is None and not is_null(profile) else host.profile
            uses = (*host.uses, HostUse(what, span, "launcher"))
            self.by_address[address] = replace(host, uses=uses, profile=given)

    def made_from(self, template: Host, host: Host) -> None:
        """Lets a template speak for an instance that takes its metadata options from it."""
        known = self.by_address[template.address]
        more = tuple(use for use in host.uses if use not in known.uses)
        self.by_address[template.address] = replace(
            known,
            uses=(*known.uses, *more),
            profile=known.profile if known.profile is not None else host.profile,
            user_data=_together(known.user_data, host.user_data),
        )

    def _of_group(self, value: Value) -> tuple[str, ...]:
        text = (string(value) or "").rsplit("/", 1)[-1]
        address = value.address if isinstance(value, Ref) else self.group_names.get(text, "")
        return self.groups.get(address, ())

    def _address(self, value: Value) -> str:
        return value.address if isinstance(value, Ref) else self.names.get(string(value) or "", "")


def inherited(template: Host | None, stated: bool, of_template: Value | None, span: Span) -> Value | None:
    """A metadata option that a host does not state itself, while a launch template may.

    Where the host states others (`stated`), it is not documented whether the template's holds beside them.
    """
    if template is None or (stated and not is_null(of_template)):
        return Unknown("something that is not known may state it", span)
    return of_template


def _together(a: UserData, b: UserData) -> UserData:
    """What a template's own user data says, and what that of an instance adds. Where either logs in, only that one does."""
    return UserData(
        uses=(*a.uses, *b.uses),
        calls=tuple(dict.fromkeys((*a.calls, *b.calls))),
        login=a.login,
        cluster=a.cluster,
        own=a.own or b.own,
        shield=a.shield or b.shield,
        asks_without_token=a.asks_without_token | b.asks_without_token,
        proxy=a.proxy or b.proxy,
        whole=a.whole and b.whole,
    )


def _parts(value: Value | None) -> Iterator[Value]:
    match value:
        case None:
            return
        case List():
            for item in value.items:
                yield from _parts(item)
        case Map():
            for item in value.entries.values():
                yield from _parts(item)
        case Json():
            yield from _parts(value.value)
        case Choice():
            yield value
            yield from _parts(value.then)
            yield from _parts(value.otherwise)
        case _:
            yield value
