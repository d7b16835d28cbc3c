"""The laws' hours as data: `jurisdictions.toml` and `regions.toml`, read once and checked."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from domain import zones
from domain.consent.schedules import Observed, Schedule, parse
from domain.errors import Refusal
from domain.holidays import HOLIDAYS


class Contact(StrEnum):
    """What kind of contact is asked about."""

    TRANSACTIONAL_TEXT = "transactional_text"
    MARKETING_TEXT = "marketing_text"
    AUTOMATED_CALL = "automated_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What holds in a country, or on top of it in a part of one."""

    place: str
    name: str
    source: str
    basis: str
    checked: date
    zones: tuple[str, ...]
    hours: Mapping[Contact, Schedule]
    may_answer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A part of a country: where it lies."""

    place: str
    name: str
    zones: tuple[str, ...]
    codes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """All rows of one version."""

    version: str
    rows: Mapping[str, Row]
    regions: Mapping[str, Region]
    overlays: Mapping[str, str]


BASES: Final = frozenset({"law", "code", "house"})


@lru_cache(maxsize=1)
def shipped() -> Table:
    """Return the tables that Frontdesk ships."""
    here = Path(__file__).parent
    rows, regions = here / "jurisdictions.toml", here / "regions.toml"
    return table(tomllib.loads(rows.read_text()), tomllib.loads(regions.read_text()))


def table(rows: Mapping[str, Any], regions: Mapping[str, Any]) -> Table:
    """Make a table of what stands in the files; whatever is not whole is refused."""
    made: dict[str, Row] = {}
    for line in rows["row"]:
        row = _like(made, line) if "like" in line else _row(line, rows.get("groups", {}))
        if row.place in made:
            raise Refusal(f"jurisdictions: {row.place} stands there twice; keep one row.")
        made[row.place] = row
    for row in made.values():
        _check(row, made)
    return Table(
        version=rows["version"],
        rows=made,
        regions={place: _region(place, line) for place, line in regions.items() if "-" in place},
        overlays=regions.get("overlays", {}),
    )


def _row(line: Mapping[str, Any], groups: Mapping[str, list[str]]) -> Row:
    named = [name for word in line.get("holidays", ()) for name in groups.get(word, [word])]
    unknown = set(named) - set(HOLIDAYS)
    if unknown:
        raise Refusal(f"jurisdictions: {line['place']} names unknown holidays: {sorted(unknown)}.")
    observed = Observed(line.get("observed", Observed.NONE))
    hours = {
        kind: parse(line[kind], holidays=tuple(named), observed=observed)
        for kind in Contact
        if kind in line
    }
    return Row(
        place=line["place"],
        name=line["name"],
        source=line["source"],
        basis=line["basis"],
        checked=line["checked"],
        zones=tuple(line.get("zones", ())),
        hours=hours,
        may_answer=line.get("answers", True),
    )


def _like(made: Mapping[str, Row], line: Mapping[str, Any]) -> Row:
    other = made[line["like"]]
    return Row(
        place=line["place"],
        name=line["name"],
        source=other.source,
        basis=other.basis,
        checked=other.checked,
        zones=tuple(line["zones"]),
        hours=other.hours,
        may_answer=other.may_answer,
    )


def _check(row: Row, made: Mapping[str, Row]) -> None:
    """Refuse a row that would leave something open: a country says all, a part adds to its own."""
    country, _, part = row.place.partition("-")
    if part and country not in made:
        raise Refusal(f"jurisdictions: {row.place} has no row of its country.")
    if not part and set(row.hours) != set(Contact):
        raise Refusal(f"jurisdictions: {row.place} must have hours for every kind of contact.")
    if not part and not row.zones:
        raise Refusal(f"jurisdictions: {row.place} must have a time zone.")
    if row.basis not in BASES or not row.source:
        raise Refusal(f"jurisdictions: {row.place} must say its basis and its source.")
    for zone in row.zones:
        if zones.find(zone) is None:
            raise Refusal(f"jurisdictions: {row.place} has an unknown time zone: {zone}.")


def _region(place: str, line: Mapping[str, Any]) -> Region:
    return Region(
        place=place,
        name=line["name"],
        zones=tuple(line["zones"]),
        codes=frozenset(line.get("codes", "").split()),
    )
