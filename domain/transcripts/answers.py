"""What an owner's answer to a question means. Pure.

    yes            what was asked is so; the one candidate there is
    2              the second candidate
    no             it is not so, and nothing comes of it
    a moment       2026-12-04T15:00, or words for one: Friday at three
    anything else  the value of the field that was asked for

The command line writes the same words as a person with SQL does.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

import phonenumbers

from domain.transcripts.rules import Resolve

YES: Final = frozenset({"yes", "y", "ok", "accept", "ja", "si", "sí"})
NO: Final = frozenset({"no", "n", "reject", "nej"})
LONGEST: Final = 200
MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Field(StrEnum):
    """What questions are about."""

    START = "start_time"
    EVENT = "event"
    NAME = "customer_name"
    PHONE = "customer_phone"
    EMAIL = "customer_email"
    PLACE = "location"


class Misunderstood(ValueError):
    """An answer that nothing can be done about, and what would help."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an answer chose."""

    is_no: bool = False
    candidate: Mapping[str, Any] | None = None
    start: datetime | None = None
    value: str | None = None


def meaning_of(
    answer: str, candidates: Sequence[Mapping[str, Any]], resolve: Resolve, zone: ZoneInfo
) -> Meaning:
    """Read an answer beside the candidates that it was given to choose from."""
    said = answer.strip()
    word = said.casefold().rstrip(".!")
    if not said or len(said) > LONGEST:
        raise Misunderstood(f"an answer has 1 to {LONGEST} characters")
    if word in NO:
        return Meaning(is_no=True)
    if word in YES:
        if len(candidates) > 1:
            raise Misunderstood(f"say which: 1 to {len(candidates)}")
        return _chosen(candidates[0] if candidates else {}, zone)
    if word.isdecimal() and 1 <= int(word) <= len(candidates):
        return _chosen(candidates[int(word) - 1], zone)
    return Meaning(start=_moment(said, resolve, zone), value=said)


def _chosen(candidate: Mapping[str, Any], zone: ZoneInfo) -> Meaning:
    start = candidate.get("start")
    value = candidate.get("value")
    return Meaning(
        candidate=candidate,
        start=_read(start, zone) if isinstance(start, str) else None,
        value=value if isinstance(value, str) else None,
    )


def _moment(said: str, resolve: Resolve, zone: ZoneInfo) -> datetime | None:
    found = _read(said, zone)
    if found is not None:
        return found
    moments = [one for one in resolve(said) if one.has_time]
    return moments[0].start if len(moments) == 1 else None


def _read(said: str, zone: ZoneInfo) -> datetime | None:
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def number_of(value: str, *, near: str | None) -> str:
    """Return a number in full; one without its country is of the country of `near`."""
    region = None
    try:
        if near:
            region = phonenumbers.region_code_for_number(phonenumbers.parse(near))
        parsed = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise Misunderstood("give the number in full, such as +46701234567")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def address_of(value: str) -> str:
    """Return an e-mail address, or say that it is none."""
    if not MAIL.fullmatch(value):
        raise Misunderstood("that is no e-mail address")
    return value.casefold()
