"""Access keys of AWS and passwords of ECR as they stand in a text."""

from __future__ import annotations

import re

_ID = re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])")
_SECRET = re.compile(r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_PASSWORD = re.compile(r"(?<![A-Za-z0-9])(?:eyJwYXlsb2FkIjoi|QVdTOmV5SndZWGxzYjJGa0)[A-Za-z0-9+/=_-]{100,}")
"""What `aws ecr get-login-password` prints begins with `{"payload":"` in base64, and a token with `AWS:` before that."""

_FEWEST_CHARACTERS = 8
_PLACEHOLDER = re.compile(r"EXAMPLE|XXXX|YOUR|DUMMY|(.)\1{5}", re.IGNORECASE)


def id_in(text: str) -> re.Match[str] | None:
    """The id of an access key in a text, which no placeholder is."""
    return next((match for match in _ID.finditer(text) if not _PLACEHOLDER.search(match[0])), None)


def secret_in(text: str) -> re.Match[str] | None:
    """The secret of an access key in a text. A hash in hexadecimal is none."""
    return next((match for match in _SECRET.finditer(text) if _is_secret(match[0])), None)


def _is_secret(word: str) -> bool:
    kinds = (re.search(kind, word) for kind in ("[A-Z]", "[a-z]", "[0-9]"))
    return all(kinds) and len(set(word)) >= _FEWEST_CHARACTERS and not _PLACEHOLDER.search(word)


def password_in(text: str) -> re.Match[str] | None:
    """A password or a token of ECR in a text."""
    return _PASSWORD.search(text)


def masked(text: str) -> str:
    """A text of the same length without keys and passwords."""
    for find in (id_in, secret_in, password_in):
        while (match := find(text)) is not None:
            text = text[: match.start()] + "*" * len(match[0]) + text[match.end() :]
    return text
