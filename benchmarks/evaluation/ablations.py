"""What each part is worth: the same calls, with that part left out."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

from domain.transcripts import extraction, when
from domain.transcripts.ports import Answer, Request
from domain.transcripts.reading import language_of
from domain.transcripts.schema import Reading, Said, SaidEvent
from domain.transcripts.when import Grain, Moment, Moments, PhraseKind
from providers.local.reader import LocalReader
from workers.predictions import Judge, resolve

SHARE: Final = 0.096
"""Of quotes said to be verbatim that were not, among 7,202 that models gave (field study)."""

FACTS: Final = ("when", "customer_name", "customer_phone", "location")
MONTHS: Final = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WRITTEN: Final = re.compile(
    r"(?P<month>[a-z]{3})[a-z]*\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?|"
    r"(?P<day2>\d{1,2})(?:st|nd|rd|th)?(?: of)? (?P<month2>[a-z]{3})[a-z]*"
)
HOUR: Final = re.compile(r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))? ?(?P<half>[ap])\.?m")


@dataclass(frozen=True, slots=True)
class Inventive:
    """A reader that puts another call's words in the place of some facts, as models do."""

    others: Sequence[Said]
    vendor: str = "inventive"

    def read(self, request: Request) -> Answer:
        """Read, and invent; the same call gives the same inventions."""
        reading = extraction.understand(LocalReader().read(request))
        chance = random.Random(request.transcript)  # noqa: S311  # repeatable, no secret
        assert reading is not None
        events = [self._invented(event, chance) for event in reading.events]
        told = reading.model_copy(update={"events": events})
        return Answer(text=told.model_dump_json(), usage=None, finish="stop")

    def _invented(self, event: SaidEvent, chance: random.Random) -> SaidEvent:
        changed = {}
        for place, name in enumerate(FACTS):
            if chance.random() < SHARE:
                changed[name] = chance.choice(self.others[place :: len(FACTS)])
        return event.model_copy(update=changed)


class Deaf:
    """A reader for which the last time named counts, whoever named it, accepted or not."""

    vendor = "deaf"

    def read(self, request: Request) -> Answer:
        """Read without asking who said what."""
        reading = extraction.understand(LocalReader().read(request))
        assert reading is not None
        event = _last_named(request.transcript, reading)
        told = reading.model_copy(update={"events": [event] if event else []})
        return Answer(text=told.model_dump_json(), usage=None, finish="stop")


def _last_named(transcript: str, reading: Reading) -> SaidEvent | None:
    phrases = when.find(transcript, language=language_of(transcript))
    days = [one for one in phrases if one.kind is PhraseKind.DATE and not one.is_vague]
    clocks = [one for one in phrases if one.kind is PhraseKind.TIME]
    if not days:
        return None
    told = sorted([days[-1], *clocks[-1:]], key=lambda one: one.start)
    said = Said(
        value=" ".join(one.text for one in told), quote=transcript[told[0].start : told[-1].end]
    )
    known = reading.events[0] if reading.events else None
    if known:
        return known.model_copy(update={"when": said})
    blank = dict.fromkeys(
        ("customer_name", "customer_phone", "customer_email", "location", "duration", "price")
    )
    return SaidEvent.model_validate(
        {"intent": "book", "event_type": "appointment", "title": "-", "is_agreed": True}
        | {"when": said}
        | blank
    )


def only_written(phrase: str, said_at: datetime, zone: tzinfo, _: str | None) -> Moments:
    """Take a date that is written out as it stands; without arithmetic all others are lost."""
    folded = phrase.lower()
    date, hour = WRITTEN.search(folded), HOUR.search(folded)
    month = (date["month"] or date["month2"]) if date else ""
    if date is None or month not in MONTHS:
        return Moments()
    clock = int(hour["hour"]) % 12 + 12 * (hour["half"] == "p") if hour else 0
    try:
        starts_at = said_at.astimezone(zone).replace(
            month=MONTHS.index(month) + 1,
            day=int(date["day"] or date["day2"]),
            hour=clock,
            minute=int(hour["minute"] or 0) if hour else 0,
        )
    except ValueError:
        return Moments()
    grain = Grain.MINUTE if hour else Grain.DAY
    return Moments(candidates=(Moment(starts_at=starts_at, grain=grain, reading="as written"),))


def at_greenwich(phrase: str, said_at: datetime, zone: tzinfo, language: str | None) -> Moments:
    """Do the arithmetic at the server's midnight instead of the caller's."""
    del zone
    return resolve(phrase, said_at.astimezone(UTC), UTC, language)


def others(transcripts: Sequence[str]) -> list[Said]:
    """Return facts of a call, in the order of FACTS, for others to be given as their own."""
    reader = LocalReader()
    found: list[Said] = []
    for transcript in transcripts:
        reading = extraction.understand(
            reader.read(Request(instructions="", transcript=transcript))
        )
        for event in reading.events if reading else []:
            facts = [getattr(event, name) for name in FACTS]
            found += [fact or Said(value="5550100", quote="5550100") for fact in facts]
    return found


def ablations(transcripts: Sequence[str]) -> dict[str, Judge]:
    """Return who judges, by what was left out."""
    inventive = Inventive(others(transcripts))
    return {
        "nothing left out": Judge(reader=LocalReader()),
        "who said it, and whether it was taken": Judge(reader=Deaf()),
        "arithmetic (only dates that are written out)": Judge(
            reader=LocalReader(), resolve=only_written
        ),
        "the caller's zone (arithmetic at Greenwich)": Judge(
            reader=LocalReader(), resolve=at_greenwich
        ),
        "nothing, but one fact in ten is invented": Judge(reader=inventive),
        "grounding, and one fact in ten is invented": Judge(
            reader=inventive, is_grounded=lambda _said, _text: True
        ),
    }
