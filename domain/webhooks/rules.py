"""What a stored notice is called, and how long its news may wait. Pure."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

LONGEST_KEY: Final = 200
LONGEST_TYPE: Final = 100

TARGET: Final = ":path"
"""Under which name a payload's headers keep where the notice came in; no header is called so."""

UNSAFE: Final = frozenset({"authorization", "cookie", "proxy-authorization", "x-vapi-secret"})
"""Headers that are credentials as a whole: they are compared, and not kept."""

PATIENCE: Final = timedelta(minutes=10)
"""How long news may be about a row that is not written down yet: longer than any send."""


def key(said: str) -> str:
    """Return a key that a column takes, as it is or, where it is long or strange, its hash."""
    if 0 < len(said) <= LONGEST_KEY and said.isascii() and said.isprintable():
        return said
    return "sha256:" + hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def refused_key(target: str, headers: Mapping[str, str], body: bytes) -> str:
    """Name a notice that is not believed: never by the key that the true one would have.

    Else a forger who guesses the key would have the true one taken for a redelivery.
    """
    digest = hashlib.sha256(target.encode("utf-8", "surrogatepass"))
    for name in sorted(headers):
        digest.update(f"\0{name}:{headers[name]}".encode("utf-8", "surrogatepass"))
    digest.update(b"\0" + body)
    return "refused:" + digest.hexdigest()


def event_type(said: str) -> str:
    """Return a vendor's word for what happened, short and printable."""
    return "".join(c for c in said if c.isprintable() and c.isascii())[:LONGEST_TYPE] or "unnamed"


def kept_headers(headers: Mapping[str, str], target: str) -> dict[str, str]:
    """Return the headers as they are stored, and where the notice came in."""
    kept = {name: _without_nul(value) for name, value in headers.items() if name not in UNSAFE}
    return {**kept, TARGET: _without_nul(target)}


def _without_nul(text: str) -> str:
    """Take out what PostgreSQL's JSON cannot hold."""
    return "".join(c for c in text if c != "\0" and not "\ud800" <= c <= "\udfff")
