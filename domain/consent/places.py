"""Where a person may be, by everything that is known: number, address and declared time zone.

Nothing known is thrown away for something that looks better: whatever the evidence allows,
counts. Where it allows nothing, or says something that cannot be, nobody is contacted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType
from phonenumbers.timezone import time_zones_for_number
from phonenumbers.tzdata import TIMEZONE_DATA

from domain.consent.jurisdictions import Region, Row, Table
from domain.zones import find

UNKNOWN_ZONE: Final = "Etc/Unknown"
SOLSTICES: Final = (datetime(2025, 12, 21, tzinfo=UTC), datetime(2026, 6, 21, tzinfo=UTC))
WORLD: Final = "001"
"""What the number plan calls networks of no country: satellites and international services."""

AMERICAN: Final = 1
COSTLY: Final = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PERSONAL_NUMBER,  # forwarded at the caller's cost, as the UK's 070
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of where somebody is; each may be missing, none may be wrong."""

    number: str | None = None
    """E.164."""

    zone: str | None = None
    """A time zone that they, or their event, declared."""

    country: str | None = None
    """ISO 3166-1 of their address."""

    region: str | None = None
    """The state or province of their address, as a code or by its name."""


@dataclass(frozen=True, slots=True)
class Places:
    """Every rule and every time zone that may hold; or why there is none."""

    rows: tuple[Row, ...] = ()
    zones: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Origin:
    country: str
    region: str | None
    zones: tuple[str, ...]


def locate(evidence: Evidence, table: Table, *, allowed: frozenset[str] | None = None) -> Places:
    """Return where somebody may be; `allowed` are the countries that may be contacted at all."""
    declared = evidence.zone
    if declared is not None and find(declared) is None:
        return Places(problem=f"unknown time zone: {declared}")
    found = (_by_number(evidence, table), _by_address(evidence, table))
    origins = [origin for origin in found if isinstance(origin, _Origin)]
    problem = next((each for each in found if isinstance(each, str)), None)
    problem = problem or _refused(origins, table, allowed)
    if problem is not None:
        return Places(problem=problem)
    zones = {zone for origin in origins for zone in origin.zones}
    if declared is not None:
        zones.add(declared)
    return Places(tuple(_rows(origins, zones, table)), tuple(sorted(zones)))


def _refused(
    origins: Iterable[_Origin], table: Table, allowed: frozenset[str] | None
) -> str | None:
    countries = [origin.country for origin in origins]
    if not countries:
        return "nothing says in which country they are"
    for country in countries:
        if country not in table.rows:
            return f"no rule is known for country {country}"
        if allowed is not None and country not in allowed:
            return f"country {country} is not on the list"
    return None


def _by_number(evidence: Evidence, table: Table) -> _Origin | str | None:
    return None if evidence.number is None else number(evidence.number, table)


@lru_cache(maxsize=16_384)
def number(e164: str, table: Table) -> _Origin | str:
    """Return where a number comes from; or, as a sentence, why nothing goes to it."""
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return "the number is none"
    country = phonenumbers.region_code_for_number(parsed)
    kind = phonenumbers.number_type(parsed)
    if country == WORLD:
        return "a satellite or international number"
    if kind in COSTLY:
        return "a premium number"
    if country is None or kind == PhoneNumberType.UNKNOWN:
        return "the number is none"
    code = str(parsed.national_number)[:3]
    zones = (
        _zones_of_code(code, table)
        if parsed.country_code == AMERICAN
        else frozenset(time_zones_for_number(parsed)) - {UNKNOWN_ZONE}
    )
    if not zones and country in table.rows:
        zones = frozenset(table.rows[country].zones)
    return _Origin(country, _region_of_code(code, country, table), tuple(sorted(zones)))


def _region_of_code(code: str, country: str, table: Table) -> str | None:
    for region in table.regions.values():
        if code in region.codes and region.place.startswith(f"{country}-"):
            return region.place
    return None


@lru_cache(maxsize=2048)
def _zones_of_code(code: str, table: Table) -> frozenset[str]:
    """Return every zone in which an American area code, or the one it is laid over, is used."""
    codes = (code, table.overlays.get(code, code))
    return frozenset(zone for each in codes for zone in _zones_by_code().get(each, ()))


@lru_cache(maxsize=1)
def _zones_by_code() -> dict[str, set[str]]:
    zones: dict[str, set[str]] = {}
    for prefix, names in TIMEZONE_DATA.items():
        if prefix.startswith("1") and len(prefix) > len("1"):
            zones.setdefault(prefix[1:4], set()).update(names)
    return zones


def _by_address(evidence: Evidence, table: Table) -> _Origin | None:
    if evidence.country is None:
        return None
    country = evidence.country.strip().upper()
    row = table.rows.get(country)
    region = _named(country, evidence.region, table)
    zones = region.zones if region else row.zones if row else ()
    return _Origin(country, region.place if region else None, zones)


def _named(country: str, said: str | None, table: Table) -> Region | None:
    word = (said or "").strip().casefold().removeprefix(f"{country.casefold()}-")
    for region in table.regions.values():
        home, _, code = region.place.partition("-")
        if home == country and word in {code.casefold(), region.name.casefold()}:
            return region
    return None


def _rows(origins: Iterable[_Origin], zones: set[str], table: Table) -> Iterator[Row]:
    """Yield the rows of every country and part; of an unknown part, those of any that fits."""
    places: dict[str, None] = {}
    clocks = {_clock_of(zone) for zone in zones}
    for origin in origins:
        places[origin.country] = None
        if origin.region is not None:
            places[origin.region] = None
            continue
        for region in table.regions.values():
            fits = not clocks.isdisjoint(map(_clock_of, region.zones))
            if fits and region.place.startswith(f"{origin.country}-"):
                places[region.place] = None
    return (table.rows[place] for place in places if place in table.rows)


@lru_cache(maxsize=1024)
def _clock_of(name: str) -> tuple[timedelta | None, ...]:
    """Return what a zone's clock shows in winter and in summer: many names have one clock."""
    zone = find(name)
    return tuple(moment.astimezone(zone).utcoffset() for moment in SOLSTICES) if zone else ()
