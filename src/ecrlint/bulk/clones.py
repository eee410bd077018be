"""The clones of repositories that are given by their URLs: a bounded cache, filled politely."""

from __future__ import annotations

import hashlib
import os
import random
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import NamedTuple

from ecrlint.boundary import clone
from ecrlint.boundary.clone import CloneError
from ecrlint.bulk.sources import RepositorySource
from ecrlint.run.read.files import MAX_BYTES

AT_ONCE = 8
"""So many repositories are fetched at once; hosts refuse who asks for more."""

TRIES = 3
PAUSE = 2.0
"""Seconds before it is asked again, doubled each time, and up to twice as long."""


class PreparedSource(NamedTuple):
    """A source with the full path of its repository on this machine; without one, why there is none."""

    source: RepositorySource
    path: str
    problem: str = ""


class CloneCache:
    """Bare clones in a folder, by their URLs. `most` bytes are kept after a run; what was used last stays longest."""

    def __init__(self, folder: str, most: int, seconds: float, all_refs: bool) -> None:
        self._folder, self._most, self._seconds, self._all_refs = os.path.realpath(folder), most, seconds, all_refs
        self._sizes: dict[str, int] = {}

    def prepared(self, sources: Iterable[RepositorySource]) -> Iterator[PreparedSource]:
        """Each source once its repository is here: those of URLs as they have been fetched."""
        local = [source for source in sources if not source.is_url]
        urls = iter([source for source in sources if source.is_url])
        yield from (PreparedSource(source, source.place) for source in local)
        with ThreadPoolExecutor(AT_ONCE) as threads:
            asked: dict[Future[PreparedSource], None] = {}
            try:
                while True:
                    asked |= {threads.submit(self._fetched, source): None for source in islice(urls, 2 * AT_ONCE - len(asked))}
                    if not asked:
                        return
                    for done in wait(asked, return_when=FIRST_COMPLETED).done:
                        del asked[done]
                        yield done.result()
            finally:
                threads.shutdown(cancel_futures=True)

    def _fetched(self, source: RepositorySource) -> PreparedSource:
        place = os.path.join(self._folder, _folder_name(source))
        refs = ["HEAD", "refs/heads/*:refs/heads/*"] if self._all_refs else [source.ref]
        for attempt in range(TRIES):
            try:
                os.makedirs(self._folder, mode=0o700, exist_ok=True)
                clone.fetch(source.place, place, refs, MAX_BYTES, self._seconds)
                os.utime(place)
                return PreparedSource(source, place)
            except CloneError as error:
                if error.is_final or attempt == TRIES - 1:
                    return PreparedSource(source, "", str(error).replace(source.place, source.shown_place))
                time.sleep(PAUSE * 2**attempt * random.uniform(1, 2))
            except OSError as error:
                return PreparedSource(source, "", f"the cache cannot be written: {error.strerror}")
        raise AssertionError("the last attempt returns")

    def scanned(self, path: str) -> None:
        """Say that a clone is not needed any more in this run; the cache is brought below its bound by those."""
        if os.path.dirname(path) != self._folder:
            return
        self._sizes[path] = clone.size(path)
        while self._sizes and sum(self._sizes.values()) > self._most:
            oldest = next(iter(self._sizes))
            del self._sizes[oldest]
            clone.remove(oldest)

    def trim(self) -> None:
        """Bring the whole folder below its bound, those that were used longest ago first."""
        if not os.path.isdir(self._folder):
            return
        places = clone.by_age(self._folder)
        sizes = {place: clone.size(place) for place in places}
        total = sum(sizes.values())
        for place in places:
            if total <= self._most:
                return
            total -= sizes[place]
            clone.remove(place)


def _folder_name(source: RepositorySource) -> str:
    """The name of a clone, which says what it is to people and holds nothing secret."""
    digest = hashlib.sha256(f"{source.place}\n{source.ref}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    words = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in source.name.rpartition("/")[2])
    return f"{words[:60]}-{digest}.git"
