"""What a user decides: `ecrlint.toml`, or `[tool.ecrlint]` in `pyproject.toml`.

The configuration of a file is the nearest one above it, up to the root of its repository, from wherever ecrlint is
started: so a hook on one file and a scan of the whole repository go by the same one. It is data and is never run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any

from ecrlint.boundary.file_reader import FileReader, read_named
from ecrlint.boundary.reader import Absent, LeadsOut, SourceReader, Unread
from ecrlint.boundary.repository import Boundary, repository
from ecrlint.model.dataclass import dataclass

NAME = "ecrlint.toml"
BASELINE = "ecrlint-baseline.json"
MAX_BYTES = 1 << 20
"""What stands after that in a configuration is not read."""
MAX_PARTS = 16
"""How many parts a key may have; reading one of thousands would take minutes."""
MAX_ENVIRONMENTS = 200
SEVERITIES = ("error", "warning", "note")
SETTINGS = ("off", "on", *SEVERITIES)
KEYS = ("rules", "severity", "fail-on", "exclude", "baseline", "account", "region", "has-way-out", "terraform")
TERRAFORM_KEYS = ("var-files", "environments")
ENVIRONMENT_KEYS = ("name", "var-files", "roots", "account", "region")
ACCOUNT, REGION = r"\d{12}", r"[a-z]{2}(-[a-z]+)+-\d"


class ConfigError(Exception):
    """A configuration says something that ecrlint does not understand; the text begins with its place."""


@dataclass(frozen=True, slots=True)
class Environment:
    """One deployment of a Terraform root: its variable files (full paths), and what the files cannot say of its place.

    `roots` are patterns for the root folders that it is for; none: for all. Without a `name` it is the only one.
    """

    name: str = ""
    var_files: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    account: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class Config:
    """One configuration. `path` is the file, empty where there is none; `folder`, the full path that it is for.

    `severity`: the least one that is reported. `rules`: a rule's name to one of `SETTINGS`.
    `has_way_out`: the addresses of subnets and VPCs of which something leads out that no file shows.
    `lines`: where each key stands.
    """

    path: str
    folder: str
    rules: Mapping[str, str] = field(default_factory=dict)
    severity: str = "note"
    fail_on: str = "error"
    exclude: tuple[str, ...] = ()
    baseline: str = ""
    account: str | None = None
    region: str | None = None
    has_way_out: tuple[str, ...] = ()
    environments: tuple[Environment, ...] = ()
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict)

    def excludes(self, path: str) -> str | None:
        """The pattern by which a file (full path) is excluded; None where it is not."""
        if not self.exclude:
            return None
        below = _below(path, self.folder)
        return next((pattern for pattern in self.exclude if _matches(below, pattern)), None)

    def environments_of(self, folder: str) -> tuple[Environment, ...]:
        """The environments that the user states for a Terraform root (full path)."""
        below = _below(folder, self.folder)
        found = [one for one in self.environments if not one.roots or any(_matches(below, pattern) for pattern in one.roots)]
        if not found and (self.account or self.region):
            return (Environment(account=self.account, region=self.region),)
        return tuple(found)


def _below(path: str, folder: str) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")


def _matches(path: str, pattern: str) -> bool:
    """Whether a pattern names a path or a folder that it lies in; one without a slash does so at any depth."""
    from fnmatch import fnmatchcase

    parts = path.split("/")
    pattern = pattern.removeprefix("./").rstrip("/") or "."
    folders = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
    return any(fnmatchcase(one, pattern) for one in ([*folders, *parts] if "/" not in pattern else folders))


class Configurations:
    """The configurations within a boundary, each read when first asked for. `given` holds everywhere instead.

    `passed_over` are those that lead out of it, by their full paths, with the reason.
    """

    def __init__(self, boundary: Boundary, given: Config | None = None) -> None:
        self.given = given
        self.passed_over: dict[str, str] = {}
        self._top = boundary.top
        self._reader = boundary.reader()
        self._of: dict[str, Config] = {}
        self._above: dict[str, Config] = {}

    def of(self, path: str) -> Config:
        """The configuration of a file or folder, by its path from the top. Raises `ConfigError`."""
        return self.above(os.path.dirname(path))

    def above(self, folder: str) -> Config:
        """The configuration that is nearest to a folder, by its path from the top. Raises `ConfigError`."""
        if self.given is not None:
            return self.given
        found = self._of.get(folder)
        if found is None:
            found = self._of[folder] = self._nearest(os.path.normpath(os.path.join(self._top, folder)))
        return found

    def _nearest(self, folder: str) -> Config:
        """The configuration that is nearest to a full path. Every folder on the way is looked at once."""
        passed: list[str] = []
        while (known := self._above.get(folder) or self._in(folder)) is None:
            passed.append(folder)
            folder = os.path.dirname(folder)
        for one in (folder, *passed):
            self._above[one] = known
        return known

    def _in(self, folder: str) -> Config | None:
        """The configuration of a folder itself; None where it is that of the folder above."""
        bound = self._reader.bound(folder)
        text = None if bound is None else self._text(folder)
        if text is not None:
            return read(*text, self._repository(folder), self._reader)
        if bound is None or folder == bound or self._reader.is_repository(folder):
            return Config("", folder, baseline=_baseline(folder, folder, self._reader))
        return None

    def _repository(self, folder: str) -> str:
        """The innermost repository that a folder of the boundary lies in, or the boundary."""
        bound = self._reader.bound(folder) or self._top
        while folder != bound and not self._reader.is_repository(folder):
            folder = os.path.dirname(folder)
        return folder

    def _text(self, folder: str) -> tuple[str, str] | None:
        """The path and the text of the configuration that lies in a folder."""
        for name in (NAME, "pyproject.toml"):
            path = os.path.join(folder, name)
            try:
                text = self._reader.head(path, MAX_BYTES).decode("utf-8", errors="replace")
            except Absent:
                continue
            except LeadsOut as error:
                self.passed_over[path] = str(error)
                continue
            except Unread as error:
                raise ConfigError(f"{shown(path)}:1: {_of_configuration(error)}") from None
            if name == NAME or _has_section(text):
                return path, text
        return None


def _has_section(text: str) -> bool:
    """Whether a `pyproject.toml` configures ecrlint, in whichever of TOML's spellings."""
    if re.search(r"(?m)^[ \t]*\[\[?[ \t]*tool[ \t]*\.[ \t]*ecrlint\b", text):
        return True
    if "ecrlint" not in text or "tool" not in text:
        return False
    try:
        tool = _values(text).get("tool")
    except (ValueError, RecursionError):  # it is the file of another tool, which has this name in it somewhere
        return False
    return isinstance(tool, dict) and "ecrlint" in tool


def _values(text: str) -> dict[str, Any]:
    """What TOML says. Raises ValueError, with a line where the parser tells one, and RecursionError."""
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    line = _long_key(text)
    if line:
        raise ValueError(f"Key with more than {MAX_PARTS} parts (at line {line}, column 1)")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except ValueError as error:  # a number with more digits than Python converts
        number = re.search(r"[0-9a-fA-F_]{4000}", text)
        line = text.count("\n", 0, number.start()) + 1 if number else 1
        raise ValueError(f"{str(error).partition(';')[0]} (at line {line}, column 1)") from None


_TOKEN = re.compile(
    r"""(?s:\"{3}(?:[^\\]|\\.)*?(?:\"{3}|\\?\Z)|'{3}.*?(?:'{3}|\Z))|"(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?|\#[^\n]*|[\w-]+|[ \t]+|.|\n"""
)


def _long_key(text: str) -> int:
    """The line of the first key with more parts than are read; 0 where there is none."""
    if not any(line.count(".") >= MAX_PARTS for line in text.split("\n")):
        return 0
    dots, named = 0, False
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word == "." and named:
            dots, named = dots + 1, False
            if dots >= MAX_PARTS:
                return text.count("\n", 0, token.start()) + 1
        elif word[0] not in " \t":
            is_name = word[0] in "\"'-_" or word[0].isalnum()
            dots, named = dots if is_name and not named else 0, is_name
    return 0


def _baseline(folder: str, top: str, reader: SourceReader) -> str:
    """The baseline that is nearest to a configuration that names none."""
    while not reader.look(os.path.join(folder, BASELINE)):
        if folder == top or not folder.startswith(top):
            return ""
        folder = os.path.dirname(folder)
    return os.path.join(folder, BASELINE)


def _of_configuration(error: Unread) -> str:
    return str(error).replace("this file", "this configuration", 1)


def stated(path: str | None) -> Config | None:
    """The configuration that the user states for everything: that of a file, or an empty one for `none`. Raises `ConfigError`."""
    if path is None:
        return None
    return Config("", os.getcwd()) if path == "none" else load(path)


def load(path: str) -> Config:
    """The configuration that a file holds which the user has named. Raises `ConfigError`."""
    path = os.path.realpath(path)
    folder = os.path.dirname(path)
    try:
        text = read_named(path, MAX_BYTES).decode("utf-8", errors="replace")
    except Unread as error:
        raise ConfigError(f"{shown(path)}:1: {_of_configuration(error)}") from None
    top = repository(folder) or folder
    return read(path, text, top, FileReader([top]))


def read(path: str, text: str, top: str, reader: SourceReader) -> Config:
    """A configuration from the text of its file; nothing outside `top` may be named in it. Raises `ConfigError`."""
    prefix = ("tool", "ecrlint") if os.path.basename(path) == "pyproject.toml" else ()
    try:
        values = _values(text)
    except ValueError as error:
        said, _, place = str(error).partition(" (at line ")
        line = place.partition(",")[0]
        raise ConfigError(f"{shown(path)}:{line if line.isdigit() else 1}: this is not valid TOML: {said.lower()}") from None
    except RecursionError:
        raise ConfigError(f"{shown(path)}:1: this is nested too deep") from None
    settings = _SettingsReader(path, top, _lines(text, prefix), reader)
    for name in prefix:
        values = dict(settings.table((name,), values.get(name, {})))
    return settings.config(values)


def shown(path: str) -> str:
    """A path as a user finds it: from the current folder where it lies below that."""
    below = os.path.relpath(path)
    return path if below.startswith("..") else below.replace(os.sep, "/")


def _lines(text: str, prefix: tuple[str, ...]) -> dict[tuple[str, ...], int]:
    """The line of each table and key below `prefix`; the tables of an array are numbered."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        header = re.match(r"\s*(\[\[?)([^\[\]=]+)\]", line)
        key = re.match(r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=", line)
        if header:
            table = _words(header.group(2))
            if header.group(1) == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, str(counts[table]))
            found.setdefault(table, number)
        elif key:
            whole = (*table, *_words(key.group(1)))
            for length in range(len(table) + 1, min(len(whole), MAX_PARTS) + 1):
                found.setdefault(whole[:length], number)
    start = len(prefix)
    return {place[start:]: number for place, number in found.items() if place[:start] == prefix and len(place) > start}


def _words(dotted: str) -> tuple[str, ...]:
    return tuple(word.strip("\"'") for word in re.findall(r"[\w-]+|\"[^\"]*\"|'[^']*'", dotted))


@dataclass(frozen=True)
class _SettingsReader:
    """Checks what a configuration says, key by key."""

    path: str
    top: str
    lines: Mapping[tuple[str, ...], int]
    reader: SourceReader

    def config(self, values: Mapping[str, Any]) -> Config:
        if "rules-from" in values:
            raise self.error(("rules-from",), "it runs code, so it is an option of the command line alone: --rules-from DIR")
        self.known((), values, KEYS)
        terraform = self.table(("terraform",), values.get("terraform", {}))
        self.known(("terraform",), terraform, TERRAFORM_KEYS)
        folder = os.path.dirname(self.path)
        one_of = self.one_of(SEVERITIES)
        account, region = (self.optional((name,), values, self.place(name)) for name in ("account", "region"))
        baseline = self.optional(("baseline",), values, self.file)
        return Config(
            path=self.path,
            folder=folder,
            rules=self.rules(self.table(("rules",), values.get("rules", {}))),
            severity=self.optional(("severity",), values, one_of) or "note",
            fail_on=self.optional(("fail-on",), values, one_of) or "error",
            exclude=self.texts(("exclude",), values.get("exclude", [])),
            baseline=baseline or _baseline(folder, self.top, self.reader),
            account=account,
            region=region,
            has_way_out=self.texts(("has-way-out",), values.get("has-way-out", [])),
            environments=self.environments(terraform, account, region),
            lines=self.lines,
        )

    def environments(self, terraform: Mapping[str, Any], account: str | None, region: str | None) -> tuple[Environment, ...]:
        for_all = self.files(("terraform", "var-files"), terraform.get("var-files", []))
        listed = terraform.get("environments", [])
        if not isinstance(listed, list):
            raise self.error(("terraform", "environments"), "write [[terraform.environments]], once for each")
        if len(listed) > MAX_ENVIRONMENTS:
            raise self.error(("terraform", "environments", str(MAX_ENVIRONMENTS)), f"more than {MAX_ENVIRONMENTS} environments")
        made: list[Environment] = []
        for number, entry in enumerate(listed):
            at = ("terraform", "environments", str(number))
            values = self.table(at, entry)
            self.known(at, values, ENVIRONMENT_KEYS)
            name = self.optional((*at, "name"), values, self.text)
            if not name or name in [one.name for one in made]:
                raise self.error(at, "an environment needs a name of its own")
            made.append(
                Environment(
                    name=name,
                    var_files=(*for_all, *self.files((*at, "var-files"), values.get("var-files", []))),
                    roots=self.texts((*at, "roots"), values.get("roots", [])),
                    account=self.optional((*at, "account"), values, self.place("account")) or account,
                    region=self.optional((*at, "region"), values, self.place("region")) or region,
                )
            )
        if not made and for_all:
            made = [Environment(var_files=for_all, account=account, region=region)]
        return tuple(made)

    def rules(self, values: Mapping[str, Any]) -> Mapping[str, str]:
        from ecrlint import rule_registry

        names = [*(rule.name for rule in rule_registry.rules()), *rule_registry.OWN]
        self.known(("rules",), values, names, "rule")
        return {name: self.one_of(SETTINGS)(("rules", name), value) for name, value in values.items()}

    def error(self, at: tuple[str, ...], said: str) -> ConfigError:
        while at and at not in self.lines:
            at = at[:-1]
        return ConfigError(f"{shown(self.path)}:{self.lines.get(at, 1)}: {said}")

    def known(self, at: tuple[str, ...], values: Mapping[str, Any], names: Iterable[str], what: str = "key") -> None:
        for name in values:
            if name not in names:
                from difflib import get_close_matches

                nearest = get_close_matches(name, list(names), n=1, cutoff=0.4)
                raise self.error((*at, name), f'there is no {what} "{name}"' + (f'; nearest: "{nearest[0]}"' if nearest else ""))

    def optional(
        self, at: tuple[str, ...], values: Mapping[str, Any], convert: Callable[[tuple[str, ...], Any], str]
    ) -> str | None:
        return convert(at, values[at[-1]]) if at[-1] in values else None

    def table(self, at: tuple[str, ...], value: Any) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.error(at, f'"{at[-1]}" must be a table')
        return value

    def text(self, at: tuple[str, ...], value: Any) -> str:
        if not isinstance(value, str):
            raise self.error(at, f'"{at[-1]}" must be a string')
        return value

    def texts(self, at: tuple[str, ...], value: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise self.error(at, f'"{at[-1]}" must be a list of strings')
        return tuple(self.text(at, item) for item in value)

    def one_of(self, words: tuple[str, ...]) -> Callable[[tuple[str, ...], Any], str]:
        def convert(at: tuple[str, ...], value: Any) -> str:
            text = {True: "on", False: "off"}.get(value, "") if isinstance(value, bool) else self.text(at, value)
            if text not in words:
                raise self.error(at, f'"{at[-1]}" is one of {", ".join(words)}; this is "{text or value}"')
            return text

        return convert

    def place(self, kind: str) -> Callable[[tuple[str, ...], Any], str]:
        def convert(at: tuple[str, ...], value: Any) -> str:
            text = self.text(at, value)
            if not re.fullmatch(ACCOUNT if kind == "account" else REGION, text):
                shape = "12 digits in quotes" if kind == "account" else 'a region as in "eu-west-1"'
                raise self.error(at, f'"{at[-1]}" is {shape}; this is "{text}"')
            return text

        return convert

    def file(self, at: tuple[str, ...], value: Any) -> str:
        """The full path of what is named from the configuration's folder; it has to lie in the repository."""
        named = self.text(at, value)
        if "\0" in named:
            raise self.error(at, "this is no name of a file")
        path = self.reader.real(os.path.normpath(os.path.join(os.path.dirname(self.path), named)))
        if not path.startswith(self.top.rstrip(os.sep) + os.sep):
            raise self.error(at, f"this lies outside of the repository: {value}")
        return path

    def files(self, at: tuple[str, ...], value: Any) -> tuple[str, ...]:
        found: list[str] = []
        for name in self.texts(at, value):
            path = self.file(at, name)
            if not self._is_file(path):
                raise self.error(at, f"no such file: {name}")
            found.append(path)
        return tuple(found)

    def _is_file(self, path: str) -> bool:
        try:
            return self.reader.kind(path) == "file"
        except Unread:
            return False
