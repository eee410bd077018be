"""What applies to a file or folder, and why: the answer of `ecrlint config`."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ecrlint.boundary.repository import boundary, real
from ecrlint.config import Config, Configurations, Environment, shown
from ecrlint.model.visible import one_line


def explain(path: str, given: Config | None = None) -> str:
    """Each setting that applies to a path, with the place that says so. Raises `ConfigError`."""
    within = boundary([path])
    full = real(path)
    folder = full if os.path.isdir(full) else os.path.dirname(full)
    config = Configurations(within, given).above(within.inside(folder))
    rows = list(_rows(config, folder))
    width = max(len(value) for _, value, _ in rows)
    lines = [one_line(f"{name:<11}  {value:<{width}}  {why}".rstrip()) for name, value, why in rows]
    pattern = config.excludes(full)
    excluded = "no" if pattern is None else f'yes, by "{pattern}"'
    head, last = one_line(f"{shown(full)}: {_source(config)}"), one_line(f"excluded     {excluded}")
    return "\n".join([head, *lines, last, ""])


def _source(config: Config) -> str:
    if config.path:
        return f"{shown(config.path)} applies, the nearest configuration above it"
    return f"no configuration from there up to {config.folder}"


def _rows(config: Config, folder: str) -> Iterator[tuple[str, str, str]]:
    def why(*key: str) -> str:
        line = config.lines.get(key)
        return "default" if line is None else f"{shown(config.path)}:{line}"

    yield "fail-on", config.fail_on, why("fail-on")
    yield "severity", config.severity, why("severity")
    for name, setting in config.rules.items():
        yield "rule", f"{name} = {setting}", why("rules", name)
    for pattern in config.exclude:
        yield "exclude", pattern, why("exclude")
    if config.baseline:
        yield "baseline", shown(config.baseline), why("baseline") if ("baseline",) in config.lines else "found there"
    for name, value in (("account", config.account), ("region", config.region)):
        if value:
            yield name, value, why(name)
    for address in config.has_way_out:
        yield "has-way-out", address, why("has-way-out")
    applies = config.environments_of(folder)
    for number, environment in enumerate(config.environments):
        place = why("terraform", "environments", str(number)) if environment.name else why("terraform", "var-files")
        yield "environment", _said(environment), place if environment in applies else f"{place}, not for this folder"


def _said(environment: Environment) -> str:
    facts = [shown(path) for path in environment.var_files] + [fact for fact in (environment.account, environment.region) if fact]
    return " ".join([f"{environment.name}:" if environment.name else "", *facts]).strip()
