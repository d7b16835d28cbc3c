"""Signatures over raw bytes: compared in constant time, under two secrets while they rotate.

The vendors' SDKs check most of these too, but take one secret, read the clock themselves, or
want the body as text; where one does it right as it is (Twilio's), it is used.
"""

import hmac
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

TOLERANCE: Final = timedelta(minutes=5)
FIRST: Final = 1970
LAST: Final = 2200
"""The years between which something may have happened."""

LAST_SECOND: Final = datetime(LAST, 1, 1, tzinfo=UTC).timestamp()
UNSIGNED: Final = "it is not signed"
WRONG: Final = "its signature is wrong"
STALE: Final = "it was signed more than five minutes ago or ahead"

Secrets = Sequence[str]
"""The newest first; an empty one never matches."""


def not_set_up(variable: str) -> str:
    """Say that there is no secret to check with."""
    return f"{variable} is not set"


def is_any(given: Iterable[str], wanted: Iterable[str]) -> bool:
    """Tell whether a given signature is a wanted one, in a time that tells nothing of either."""
    several = [one.encode("utf-8", "surrogatepass") for one in given]
    found = False
    for one in wanted:
        for other in several:
            found |= bool(one) and hmac.compare_digest(one.encode(), other)
    return found


def digests(secrets: Secrets, message: bytes, name: str = "sha256") -> list[bytes]:
    """Return the HMAC of a message under each secret."""
    return [hmac.digest(secret.encode(), message, name) for secret in secrets if secret]


def pairs(header: str) -> list[tuple[str, str]]:
    """Read "name=value,name=value"; a name may come several times."""
    split = (one.strip().partition("=") for one in header.split(","))
    return [(name, value) for name, _, value in split]


def is_stale(seconds: float, now: datetime) -> bool:
    """Tell whether a signature's moment, in seconds of the epoch, is too far from ours."""
    return abs(now.timestamp() - seconds) > TOLERANCE.total_seconds()


def number(text: str) -> float | None:
    """Read a timestamp; None where it is none."""
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 16 else None  # noqa: PLR2004  # microseconds have 16


def moment(value: object) -> datetime | None:
    """Read a moment in ISO 8601, or in seconds or milliseconds of the epoch; or ValueError."""
    if isinstance(value, bool) or value is None or value == "":
        return None
    if isinstance(value, int | float):
        seconds = value / 1000 if value > 1e11 else value  # noqa: PLR2004  # milliseconds
        if not 0 <= seconds < LAST_SECOND:
            raise ValueError("no moment of our time")
        return datetime.fromtimestamp(seconds, UTC)
    found = datetime.fromisoformat(str(value))
    if not FIRST <= found.year < LAST:
        raise ValueError("no moment of our time")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def first(*checks: Callable[[], str | None]) -> str | None:
    """Return the first thing that is wrong."""
    return next((wrong for check in checks if (wrong := check()) is not None), None)
