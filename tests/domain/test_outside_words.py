"""Whatever people, models and other services write is read in our own words, or told to be none."""

import io
import json
import random
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Refusal
from domain.messages import wishes
from domain.outbound import entries, files
from domain.outbound.entries import Known
from domain.tables.events import EventStatus
from domain.transcripts import answers
from domain.transcripts.answers import Misunderstood
from domain.transcripts.asking import STOP, form_of
from domain.transcripts.extraction import judge
from domain.transcripts.ports import Answer
from domain.transcripts.reading import read
from domain.transcripts.store import Heard
from tests.support.spoiled import JUNK, LONG, cut_up, spoil
from workers.vendors import models

MANY = 10_000 if LONG else 200
STRANGE = st.sampled_from([str(one) for one in JUNK])
SEEDS = st.integers(0, 2**48)
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOME = ZoneInfo("Europe/Stockholm")
KNOWN = Known(templates={}, voices={}, providers={}, callers={}, zone=HOME, country="US", now=NOW)
WANTED: dict[str, Any] = {
    "before_hours": [24, 2],
    "channels": ["sms", "email"],
    "confirmation": True,
    "review_request": True,
    "review_link": "https://example.com",
    "no_show": False,
    "per_minute": 60,
    "spend_cap": 50,
    "countries": ["US", "CA"],
    "language": "sv",
    "event_types": {"consultation": {"before_hours": [72, 24, 2]}},
}


@settings(max_examples=MANY, deadline=None)
@given(seed=SEEDS)
def test_a_slip_in_a_tenants_settings_costs_nobody_a_reminder(seed: int) -> None:
    made = wishes.of("consultation", spoil(WANTED, random.Random(seed)))

    assert all(one.total_seconds() > 0 for one in made.before)
    assert set(made.channels) <= set(wishes.CHANNELS)
    assert made.per_minute > 0


CSV = (
    "phone,name,when,until,priority,timezone\n"
    '"+12125550123","Ann, the first",2026-12-01T10:00,2026-12-02,5,Europe/Stockholm\n'
    "(212) 555-0124,Bo,,,,\n"
)


@settings(max_examples=MANY, deadline=None)
@given(seed=SEEDS)
def test_every_line_of_a_spoiled_file_is_a_call_or_a_remark(seed: int) -> None:
    dice = random.Random(seed)
    text = cut_up(CSV.encode(), dice).decode("utf-8", dice.choice(("replace", "ignore")))
    remarks: list[files.Remark] = []

    try:
        found = list(files.entries_of(io.StringIO(text, newline=""), KNOWN, remarks.append))
    except Refusal:
        return

    assert all(re.fullmatch(r"\+[1-9]\d{6,14}", one.entry.number) for one in found)
    assert all("\0" not in value for one in found for value in one.entry.values.values())
    assert all(remark.why for remark in remarks)


@settings(max_examples=MANY, deadline=None)
@given(
    cells=st.lists(st.text(max_size=20) | st.sampled_from([str(one) for one in JUNK]), max_size=7)
)
def test_a_line_of_any_cells_is_a_call_or_told_to_be_none(cells: list[str]) -> None:
    named = entries.columns(["phone", "name", "when", "until", "priority", "timezone"])

    try:
        found = entries.read(cells, named, KNOWN)
    except entries.Wrong:
        return
    assert found.number.startswith("+")


CALL = (
    "Agent: Good morning. Would Friday at 2 PM suit you?\n"
    "Caller: This is Ann Lee. Friday at 2 PM is perfect. The address is 12 Mill Lane.\n"
    "Agent: Then Friday at 2 PM it is."
)
SAID: dict[str, Any] = {
    "kind": "business",
    "topic": "A visit",
    "summary": "A visit on Friday.",
    "sentiment": "neutral",
    "urgency": "low",
    "events": [
        {
            "intent": "book",
            "event_type": "appointment",
            "title": "A visit",
            "when": {"value": "Friday at 2 PM", "quote": "Friday at 2 PM"},
            "is_agreed": True,
            "customer_name": {"value": "Ann Lee", "quote": "This is Ann Lee"},
            "customer_phone": None,
            "customer_email": None,
            "location": {"value": "12 Mill Lane", "quote": "12 Mill Lane"},
            "duration": None,
            "price": None,
        }
    ],
}
HEARD = Heard(CALL, NOW, "+15550100200", None, "UTC", None, "en")


def answer(text: str) -> Answer:
    return Answer(text=text, finish=STOP, usage=None)


def test_the_answer_that_is_spoiled_below_is_a_reading() -> None:
    told, _ = form_of(answer(json.dumps(SAID)))

    assert told is not None
    assert len(judge(models.moments, told, HEARD, HOME).events) == 1


@settings(max_examples=MANY, deadline=None)
@given(seed=SEEDS)
def test_a_spoiled_answer_of_a_model_is_no_reading_or_books_what_was_said(seed: int) -> None:
    dice = random.Random(seed)
    text = json.dumps(spoil(SAID, dice))
    if dice.randrange(4) == 0:
        text = cut_up(text.encode(), dice).decode("utf-8", "surrogateescape")

    told, why = form_of(answer(text))

    assert told is not None or why
    if told is not None:
        decided = judge(models.moments, told, HEARD, HOME, second=read(CALL))
        for event in decided.events:
            if event.status is not EventStatus.CONFIRMED:
                continue
            assert event.start is None or event.start.isoformat() == "2026-12-04T14:00:00+01:00"


@settings(max_examples=MANY, deadline=None)
@given(said=st.text(max_size=60) | STRANGE)
def test_an_owners_answer_is_understood_or_told_to_be_none(said: str) -> None:
    candidates = [{"start": said}, {"value": said}]

    for understand in (
        lambda: answers.meaning_of(said, candidates, lambda _: [], HOME),
        lambda: answers.meaning_of("1", candidates, lambda _: [], HOME),
        lambda: answers.number_of(said, near="+12125550123"),
        lambda: answers.address_of(said),
    ):
        with suppress(Misunderstood):
            understand()
