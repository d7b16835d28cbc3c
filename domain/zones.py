"""Time zones from the release of the zone database that the lock pins.

A machine's own may be years old, and Python takes it first: one of 2025 is an hour wrong in
Vancouver, Edmonton and Winnipeg since November 2026, when their clocks were no longer put back.
"""

import re
from functools import lru_cache
from importlib import resources
from typing import Final
from zoneinfo import ZoneInfo

_NAME: Final = re.compile(r"\w[\w+-]*(?:/\w[\w+-]*){0,2}", re.ASCII)


@lru_cache(maxsize=1024)
def find(name: str) -> ZoneInfo | None:
    """Return a time zone by its name; None where the database has none such."""
    if _NAME.fullmatch(name) is None:
        return None
    try:
        with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
            return ZoneInfo.from_file(file, key=name)
    except (OSError, ValueError):
        return None
