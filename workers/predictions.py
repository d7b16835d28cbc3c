"""What would be written for the calls and phrases of an evaluation file, one line for each."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, TypeAlias

from domain.errors import Refusal
from domain.transcripts import extraction, rules, when
from domain.transcripts.grounding import Spoken
from domain.transcripts.ports import Reader, Request
from domain.transcripts.reading import language_of
from domain.transcripts.schema import Intent, Reading, Said, SaidEvent
from domain.transcripts.when import Moments

Row: TypeAlias = Mapping[str, Any]
Line: TypeAlias = dict[str, Any]


def resolve(phrase: str, said_at: datetime, zone: tzinfo, language: str | None) -> Moments:
    """Do the arithmetic as the product does it."""
    return when.resolve(phrase, said_at=said_at, zone=zone, language=language)


def is_grounded(said: Said, transcript: str) -> bool:
    """Tell whether a quote stands in the transcript, as the product asks it."""
    return Spoken(transcript).has(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Who reads, and how what was read is checked; an ablation changes one of them."""

    reader: Reader
    resolve: Callable[[str, datetime, tzinfo, str | None], Moments] = resolve
    is_grounded: Callable[[Said, str], bool] = is_grounded

    def predict(self, row: Row) -> Line:
        """Return the line for one call or one phrase; the row says which it is."""
        try:
            return self._call(row) if "transcript" in row else self._phrase(row)
        except (KeyError, TypeError, ValueError) as error:
            raise Refusal(f"Line {row.get('id', '?')} is no call and no phrase: {error}.") from None

    def _phrase(self, row: Row) -> Line:
        said_at, zone = _place(row)
        moments = self.resolve(row["text"], said_at, zone, row.get("lang"))
        first = next(iter(moments.candidates), None)
        return {
            "id": row["id"],
            "start": first.starts_at.isoformat() if first else None,
            "is_asked": moments.is_ambiguous,
        }

    def _call(self, row: Row) -> Line:
        transcript = row["transcript"]
        answer = self.reader.read(Request(instructions="", transcript=transcript))
        reading = extraction.understand(answer)
        told = [] if reading is None else self._events(row, reading)
        events = [_event(event, moments) for event, moments in told]
        first = told[0] if told else None
        return {
            "id": row["id"],
            "has_event": bool(events),
            **(events[0] if events else {"start": None}),
            **(self._facts(first[0], row) if first else {}),
            "urgency_level": reading.urgency.value if reading and events else None,
            "events": events,
        }

    def _events(self, row: Row, reading: Reading) -> list[tuple[SaidEvent, Moments]]:
        """Return the events that a row would be written for, each with its moments."""
        said_at, zone = _place(row)
        transcript = row["transcript"]
        language = row.get("language") or language_of(transcript)
        told: list[tuple[SaidEvent, Moments]] = []
        for event in reading.events:
            if event.intent is Intent.CANCEL:
                continue
            said = event.when if event.when and self.is_grounded(event.when, transcript) else None
            moments = self.resolve(said.value, said_at, zone, language) if said else Moments()
            told.append((event, moments))
        return told

    def _facts(self, event: SaidEvent, row: Row) -> Line:
        said_at, zone = _place(row)

        def value(said: Said | None) -> str | None:
            return said.value if said and self.is_grounded(said, row["transcript"]) else None

        length = value(event.duration)
        duration = self.resolve(length, said_at, zone, None).duration if length else None
        return {
            "customer_name": value(event.customer_name),
            "customer_phone": value(event.customer_phone),
            "customer_email": value(event.customer_email),
            "location": value(event.location),
            "price_estimate": _amount(value(event.price)),
            "duration_minutes": int(duration.total_seconds() // 60) if duration else None,
        }


def _event(event: SaidEvent, moments: Moments) -> Line:
    first = next(iter(moments.candidates), None)
    return {
        "start": first.starts_at.isoformat() if first and first.has_time else None,
        "date": first.on.isoformat() if first else None,
        "event_type": event.event_type.value,
        "is_agreed": event.is_agreed,
        "is_asked": moments.is_ambiguous or not event.is_agreed,
    }


def _amount(price: str | None) -> float | None:
    """Return the amount of a price: a comma before two digits parts off the cents."""
    match = re.search(r"\d[\d.,\s]*", price or "")
    if not match:
        return None
    plain = re.sub(r"\s", "", match.group()).rstrip(".,")
    whole, cents = (plain[:-3], plain[-2:]) if re.search(r"[.,]\d\d$", plain) else (plain, "0")
    return float(f"{re.sub(r'[.,]', '', whole) or 0}.{cents}")


def _place(row: Row) -> tuple[datetime, tzinfo]:
    """Return when and where it was said; phrases have only an offset from Greenwich."""
    moment = datetime.fromisoformat(row["reference_datetime"])
    zone = rules.zone_of(row["timezone"]) if row.get("timezone") else moment.tzinfo or UTC
    if zone is None:
        raise ValueError(f"there is no zone {row['timezone']}")
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)), zone


def rows_of(file: Path) -> Iterator[Row]:
    """Yield the lines of a file of calls or of phrases."""
    try:
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if line.strip():
                row = json.loads(line)
                if not isinstance(row, dict) or "id" not in row:
                    raise Refusal(f"{file}, line {number}: it has no id.")
                yield row
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise Refusal(f"{file} has a line that is no JSON: {error}.") from None
