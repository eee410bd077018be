"""Environments of Elastic Beanstalk, which both languages state by lists of option settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ecrlint.model.dataclass import dataclass
from ecrlint.model.image import in_private_ecr
from ecrlint.model.source import Span
from ecrlint.model.stack import Resource
from ecrlint.model.truth import YES
from ecrlint.model.value import List, Map, Value, is_null, pieces, present, string
from ecrlint.model.workload import ManagedWorkload

_DOCKER = re.compile(r"(?i)\bdocker\b|running ECS\b|platform/ECS\b")
"""How the names of platforms show that they run containers.

https://docs.aws.amazon.com/elasticbeanstalk/latest/platforms/platforms-supported.html
"""


@dataclass(frozen=True, slots=True)
class OptionSettings:
    """The option settings of an environment or of its configuration template. `namespace` and `option` are what the language
    calls these parts of each."""

    value: Value | None
    namespace: str
    option: str

    @property
    def complete(self) -> bool:
        """Whether each of the settings is known by its names."""
        if is_null(self.value):
            return True
        names = (self.namespace, self.option)
        known = isinstance(self.value, List) and self.value.complete
        return known and all(isinstance(item, Map) and all(string(item.get(name)) for name in names) for item in self._items())

    def stated(self, namespace: str, option: str) -> Map | None:
        """The setting of one option; None where it is not stated, or stated twice."""
        found = [
            item
            for item in self._items()
            if isinstance(item, Map) and (string(item.get(self.namespace)), string(item.get(self.option))) == (namespace, option)
        ]
        return found[0] if len(found) == 1 and _value(found[0]) is not None else None

    def values(self) -> Iterator[Value]:
        for item in self._items():
            value = _value(item) if isinstance(item, Map) else None
            if value is not None:
                yield value

    def _items(self) -> Iterable[Value]:
        return self.value.items if isinstance(self.value, List) else ()


def _value(setting: Map) -> Value | None:
    return present(setting.get("value") or setting.get("Value"))


def instance_profile(own: OptionSettings, of_template: OptionSettings | None) -> tuple[Value | None, Span | None]:
    """The instance profile of an environment and the place of its setting; None where it is not known. The settings of the
    environment itself go before those of its template.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options.html#configuration-options-precedence
    """
    wanted = "aws:autoscaling:launchconfiguration", "IamInstanceProfile"
    for settings in (own, of_template):
        if settings is None or not settings.complete:
            return None, None
        found = settings.stated(*wanted)
        if found is not None:
            return _value(found), found.span
    return None, None


def runs_containers(*platforms: Value | None) -> bool:
    """Whether the platform of an environment, by its name or its ARN, surely runs containers."""
    stated = next((one for one in platforms if present(one) is not None), None)
    return stated is not None and bool(_DOCKER.search("".join(string(part) or "\0" for part in pieces(stated))))


def images(settings: OptionSettings) -> tuple[Value, ...]:
    """The images of private registries that settings pass to an environment."""
    return tuple(value for value in settings.values() if in_private_ecr(value) is YES)


def environment(resource: Resource, images: tuple[Value, ...], role: Value, place: Span) -> ManagedWorkload:
    """An environment that runs containers; `place` is the setting that gives it the instance profile with the role."""
    return ManagedWorkload(
        address=resource.address,
        kind="Elastic Beanstalk environment",
        span=resource.span,
        images=images,
        role=role,
        reference=place,
        exists=resource.exists,
        bundled=True,
    )
