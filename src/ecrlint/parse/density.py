"""How many words and signs a text has: what a tree of it costs depends on these, not on its length."""

from __future__ import annotations

MAX_TOKENS = 300_000
"""More would take a parser seconds, and a tree of them hundreds of megabytes. A file of 2 MB that people write has fewer."""

DENSE = f"this has more than {MAX_TOKENS} words and signs and is not read"

MAX_VALUES = 150_000
"""The same for the values of a document, each of which becomes a node of ours. A template of CloudFormation has 1 MB."""

CROWDED = f"this has more than {MAX_VALUES} lines and values and is not read"

_WORD = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-. \t\r" + bytes(range(128, 256))


def is_crowded(text: str, signs: str = ",[{") -> bool:
    """Whether a JSON or YAML text has more values than are read, by the signs that part them."""
    return len(text) > MAX_VALUES and sum(map(text.count, signs)) > MAX_VALUES


def is_dense(data: bytes) -> bool:
    """Whether a text has more words, signs and lines than are read."""
    if len(data) <= MAX_TOKENS:
        return False
    signs = len(data.translate(None, _WORD))
    return signs > MAX_TOKENS or signs + len(data.split()) > MAX_TOKENS
