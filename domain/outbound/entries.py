"""A line of a file, read as a call that somebody wants. Pure: what there is to refer to is given.

A line that is wrong is a sentence that says what is wrong with it, and never the number itself.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import phonenumbers

from domain import zones

NAMES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("recipient_number", "number", "phone", "phone_number", "to"), "number"),
    **dict.fromkeys(("caller_number", "caller", "from"), "caller"),
    **dict.fromkeys(("scheduled_time", "time", "when"), "time"),
    **dict.fromkeys(("expires_at", "expires"), "expires"),
    **dict.fromkeys(("timezone", "zone"), "zone"),
    **dict.fromkeys(("idempotency_key", "key"), "key"),
    **dict.fromkeys(("consent_source", "consent"), "consent"),
    **{name: name for name in ("priority", "template", "voice", "provider")},
}
"""What a column may be called; any other is a value for the template."""

PAST: Final = timedelta(days=1)
FAR: Final = timedelta(days=366)
LONGEST: Final = 2000
LONGEST_KEY: Final = 200
ROUNDED: Final = re.compile(r"\d+([.,]\d+)?[eE]\+?\d+")
PRIORITIES: Final = range(1, 11)


class Wrong(Exception):
    """What is wrong with a line, in words for whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Template:
    """What is said on a call, and what it asks for."""

    id: UUID
    asks_for: Sequence[str] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a line may refer to: by id, by name, and for numbers by the number."""

    templates: Mapping[str, Template]
    voices: Mapping[str, UUID]
    providers: Mapping[str, UUID]
    callers: Mapping[str, UUID]
    template: Template | None = None
    """The campaign's, where a line names none."""

    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The campaign's."""

    zone: ZoneInfo
    """Where a time without a zone is meant."""

    country: str | None = None
    """Where a number without one is meant, such as US."""

    batch: str = ""
    """What makes the same line of another round another call."""

    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A call that is wanted."""

    number: str = field(repr=False)
    key: str
    time: datetime | None
    expires: datetime | None
    zone: str | None
    priority: int
    template: UUID | None
    voice: UUID | None
    provider: UUID | None
    caller: UUID | None
    consent: str | None
    """How they agreed to be called by an artificial voice."""

    values: Mapping[str, str] = field(repr=False)


def columns(header: Sequence[str]) -> list[str]:
    """Say what each column is; raises Wrong where it cannot be told."""
    named = [NAMES.get(cell.strip().casefold().replace(" ", "_"), cell.strip()) for cell in header]
    doubled = {name for name in named if name and named.count(name) > 1}
    if doubled:
        raise Wrong(f"two columns are {', '.join(sorted(doubled))}")
    if "number" not in named:
        raise Wrong("no column is called number, phone or recipient_number")
    return named


def read(cells: Sequence[str], named: Sequence[str], known: Known) -> Entry:
    """Read one line; raises Wrong."""
    if len(cells) > len(named) and any(cell.strip() for cell in cells[len(named) :]):
        raise Wrong(f"it has {len(cells)} cells, and the header {len(named)}")
    facts = {name: cell.strip() for name, cell in zip(named, cells, strict=False) if cell.strip()}
    for cell in facts.values():
        _check_text(cell)
    template = _one(known.templates, facts.get("template"), "template") or known.template
    values = {name: cell for name, cell in facts.items() if name not in set(NAMES.values())}
    _check_values(template, values, known)
    zone = _zone(facts.get("zone"))
    number = _number(facts.get("number"), known.country)
    time = _time(facts.get("time"), zone or known.zone, known.now, "its time")
    expires = _time(facts.get("expires"), zone or known.zone, known.now, "its end")
    if expires is not None and expires <= max(time or known.now, known.now):
        raise Wrong("it would be of no use before it is called")
    return Entry(
        number=number,
        key=_key(facts, number, known.batch),
        time=time,
        expires=expires,
        zone=zone.key if zone else None,
        priority=_priority(facts.get("priority")),
        template=template.id if template and "template" in facts else None,
        voice=_one(known.voices, facts.get("voice"), "voice"),
        provider=_one(known.providers, facts.get("provider"), "provider"),
        caller=_caller(facts.get("caller"), known),
        consent=facts.get("consent"),
        values=values,
    )


def _check_text(cell: str) -> None:
    if "\ufffd" in cell:
        raise Wrong("it is not written in UTF-8")
    if "\x00" in cell or len(cell) > LONGEST:
        raise Wrong(f"a cell holds what is no text, or more than {LONGEST} letters")


def _check_values(template: Template | None, values: Mapping[str, str], known: Known) -> None:
    if template is None:
        return
    given = {**template.defaults, **known.values, **values}
    missing = [name for name in template.asks_for if not str(given.get(name) or "").strip()]
    if missing:
        raise Wrong(f"its template asks for {', '.join(missing)}")


def _number(written: str | None, country: str | None) -> str:
    if written is None:
        raise Wrong("it names no number")
    if ROUNDED.fullmatch(written):
        raise Wrong("a spreadsheet has rounded its number")
    try:
        parsed = phonenumbers.parse(written.removeprefix("'"), country)
    except phonenumbers.NumberParseException:
        hint = "" if written.startswith("+") or country else ": it needs its country's code"
        raise Wrong(f"its number is none{hint}") from None
    if not phonenumbers.is_possible_number(parsed) or parsed.extension:
        raise Wrong("its number is none that can be called")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _time(written: str | None, zone: ZoneInfo, now: datetime, what: str) -> datetime | None:
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise Wrong(f"{what} is not written as 2026-11-27 14:30") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    if moment < now - PAST:
        raise Wrong(f"{what} is long over")
    if moment > now + FAR:
        raise Wrong(f"{what} is more than a year away")
    return moment


def _zone(written: str | None) -> ZoneInfo | None:
    if written is None:
        return None
    found = zones.find(written)
    if found is None:
        raise Wrong("there is no such time zone")
    return found


def _priority(written: str | None) -> int:
    if written is None:
        return 5
    if not written.isdecimal() or int(written) not in PRIORITIES:
        raise Wrong("its priority is not one of 1 to 10")
    return int(written)


def _one(known: Mapping[str, Any], written: str | None, what: str) -> Any:  # noqa: ANN401  # as the mapping has it
    if written is None:
        return None
    found = known.get(written.casefold())
    if found is None:
        raise Wrong(f"there is no such {what}")
    return found


def _caller(written: str | None, known: Known) -> UUID | None:
    if written is None:
        return None
    found = known.callers.get(written.casefold())
    return found or _one(known.callers, _number(written, known.country), "caller's number")


def _key(facts: Mapping[str, str], number: str, batch: str) -> str:
    """Name the line: by the key it brings, else by all it says."""
    own = facts.get("key")
    if own is not None and len(own) > LONGEST_KEY:
        raise Wrong(f"its key is longer than {LONGEST_KEY} letters")
    if own is not None:
        return own
    said = json.dumps({**facts, "number": number}, sort_keys=True)
    return f"file:{hashlib.sha256(f'{batch}|{said}'.encode()).hexdigest()[:40]}"
