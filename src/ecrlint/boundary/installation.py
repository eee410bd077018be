"""Where this ecrlint was installed from, and so where the pages of its rules are: on no fixed site, as it is in no index."""

from __future__ import annotations

import json
import os
from functools import cache
from urllib.parse import quote

PATTERN = "ECRLINT_RULE_URL"
"""The variable that says where the pages are, with `{family}` and `{rule}` in it."""

_PAGE = "docs/rules/{family}/{rule}.md"
_FORGES = {"github.com": "blob", "gitlab.com": "-/blob"}


def rule_page(family: str, rule: str, only_on_web: bool = False) -> str:
    """The address of the page of a rule; empty where nobody knows one. `only_on_web`: not of a file on this machine."""
    pattern = os.environ.get(PATTERN) or _pattern()
    if not pattern or (only_on_web and not pattern.startswith(("https://", "http://"))):
        return ""
    return pattern.replace("{family}", quote(family)).replace("{rule}", quote(rule))


@cache
def _pattern() -> str:
    """That of the commit that pip has installed from git, or that of the clone which this is."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    clone = os.path.dirname(os.path.dirname(here))
    if os.path.isfile(os.path.join(clone, "docs", "rules", "index.md")):
        return f"file://{quote(clone)}/{_PAGE}"
    return _of_git(os.path.dirname(here))


def _of_git(packages: str) -> str:
    """https://packaging.python.org/en/latest/specifications/direct-url-data-structure/"""
    try:
        names = [name for name in os.listdir(packages) if name.startswith("ecrlint-") and name.endswith(".dist-info")]
        with open(os.path.join(packages, names[0], "direct_url.json"), encoding="utf-8") as file:
            stated = json.load(file)
        url, commit = str(stated["url"]).removesuffix("/").removesuffix(".git"), str(stated["vcs_info"]["commit_id"])
    except (OSError, IndexError, KeyError, TypeError, ValueError):
        return ""
    scheme, _, place = url.partition("://")
    host, _, path = place.rpartition("@")[2].partition("/")
    folder = _FORGES.get(host)
    return f"https://{host}/{path}/{folder}/{commit}/{_PAGE}" if scheme in ("https", "ssh") and folder and path else ""
