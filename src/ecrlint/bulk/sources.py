"""Which repositories a run is about: folders of them, bare ones, and lists of paths and URLs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator

from ecrlint.boundary import git
from ecrlint.boundary.commit_tree import repository_origin
from ecrlint.bulk.store import as_text
from ecrlint.model.address import repository_path
from ecrlint.model.dataclass import dataclass

_URL = re.compile(r"(?:https?|ssh|git)://[^\s]+|\w[\w.-]*@\w[\w.-]*:[^\s]+")


class SourceError(Exception):
    """Something that was given is no source of repositories; the text says why."""


@dataclass(frozen=True, slots=True)
class RepositorySource:
    """One repository. `place` is a full path or a URL; `name`, by which it is known from run to run: where it is cloned from
    (`github.com/acme/shop`), or its path below what was given."""

    name: str
    place: str
    origin: str = ""
    ref: str = "HEAD"
    owner: str = ""

    @property
    def shown_place(self) -> str:
        """The place without the credentials that may stand in a URL."""
        return re.sub(r"^(\w+://)[^/@]*@", r"\1", self.place)

    @property
    def is_url(self) -> bool:
        return bool(_URL.fullmatch(self.place))


def find_sources(given: Iterable[str]) -> Iterator[RepositorySource]:
    """The repositories of some paths, URLs and objects of JSON with a `url` or a `path`, each once. Raises `SourceError`."""
    seen: set[tuple[str, str]] = set()
    names: set[tuple[str, str]] = set()
    for word in given:
        for source in _of(word):
            if (source.place, source.ref) in seen:
                continue
            seen.add((source.place, source.ref))
            name = source.name if (source.name, source.ref) not in names else f"{source.name} ({source.place})"
            names.add((name, source.ref))
            yield RepositorySource(as_text(name), source.place, source.origin, source.ref, source.owner)


def _of(word: str) -> Iterator[RepositorySource]:
    if word.startswith("{"):
        yield from _of_object(word)
    elif _URL.fullmatch(word):
        yield RepositorySource(repository_path(word), word, repository_path(word))
    elif not os.path.isdir(word):
        raise SourceError(f"{word}: this is no folder and no URL")
    else:
        top = os.path.realpath(word)
        is_empty = True
        for place in git.find_repositories(top):
            is_empty = False
            yield _local(place, top)
        if is_empty:
            raise SourceError(f"{word}: there is no repository at or below this folder")


def _of_object(line: str) -> Iterator[RepositorySource]:
    """The repository of a line such as `{"url": "https://github.com/acme/shop", "ref": "main", "owner": "@acme/shop"}`."""
    try:
        fields = json.loads(line)
        place = fields.get("path") or fields.get("url") or fields.get("sshUrl")
    except (ValueError, AttributeError, RecursionError):
        raise SourceError(f"{line[:200]}: this is no JSON object") from None
    if not isinstance(place, str):
        raise SourceError(f'{line[:200]}: this has no "path" and no "url"')
    for source in _of(place):
        name, ref, owner = (str(fields.get(key) or default) for key, default in _defaults(source))
        yield RepositorySource(name, source.place, source.origin, ref, owner)


def _defaults(source: RepositorySource) -> list[tuple[str, str]]:
    return [("name", source.name), ("ref", source.ref), ("owner", source.owner)]


def _local(place: str, top: str) -> RepositorySource:
    origin = repository_origin(place)
    folder = os.path.dirname(os.path.dirname(top)) if place == top else top
    below = os.path.relpath(place, folder).replace(os.sep, "/")
    return RepositorySource(origin or below.removesuffix("/.git").removesuffix(".git") or below, place, origin)
