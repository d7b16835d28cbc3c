"""Which of several numbers calls somebody: one from where they are, and the load spread. Pure.

    0  the same area code      1  the same state or province
    2  the tenant's default    3  any other of its numbers

Within the nearest of these the numbers take turns by recipient: calls are spread evenly, and who
is called again sees the number that they have seen before.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Protocol, TypeVar

import phonenumbers

from domain.consent.jurisdictions import Table
from domain.consent.places import number as origin_of

AMERICAN: Final = 1


class Caller(Protocol):
    """A number that may call."""

    @property
    def full_number(self) -> str:
        """Our number, E.164."""
        ...

    @property
    def is_default(self) -> bool:
        """Whether it calls where none is nearer."""
        ...


One = TypeVar("One", bound=Caller)


def choose(callers: Sequence[One], recipient: str, table: Table) -> One:
    """Return the number that calls; there is at least one."""
    tiers = [_tier(one, recipient, table) for one in callers]
    nearest = min(tiers)
    fit = [one for one, tier in zip(callers, tiers, strict=True) if tier == nearest]
    return min(fit, key=lambda one: (_turn(one.full_number, recipient), one.full_number))


def _tier(caller: Caller, recipient: str, table: Table) -> int:
    ours, theirs = caller.full_number, recipient
    if area(ours) is not None and area(ours) == area(theirs):
        return 0
    if region(ours, table) is not None and region(ours, table) == region(theirs, table):
        return 1
    return 2 if caller.is_default else 3


def _turn(caller: str, recipient: str) -> bytes:
    """Rank a number for a recipient: evenly, and the same every day."""
    return hashlib.blake2b(f"{recipient}|{caller}".encode(), digest_size=8).digest()


@lru_cache(maxsize=16_384)
def area(e164: str) -> str | None:
    """Return a number's country and area code; None where it has none, as mobiles elsewhere."""
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return None
    code = str(parsed.national_number)
    if parsed.country_code == AMERICAN:
        return f"1 {code[:3]}"
    length = phonenumbers.length_of_geographical_area_code(parsed)
    return f"{parsed.country_code} {code[:length]}" if length else None


def region(e164: str, table: Table) -> str | None:
    """Return the state or province of a number, such as US-NY; None where nothing says it."""
    found = origin_of(e164, table)
    return None if isinstance(found, str) else found.region
