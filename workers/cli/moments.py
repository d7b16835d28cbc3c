"""Moments as people say them: how long ago, or when."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.errors import Refusal

AGO: Final = re.compile(r"(\d{1,5})([smhd])")
UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def moment_of(said: str) -> datetime:
    """Read a moment, or how long ago."""
    ago = AGO.fullmatch(said)
    if ago is not None:
        return datetime.now(UTC) - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        raise Refusal("--since must be as 2h or 3d, or a moment as 2026-11-20T08:00.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
