"""Whatever the outside sends, a reader of it ends in one of its own words, and in no time."""

import random
import time
from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendars.ports import Window
from domain.deliveries.ports import Unacceptable
from domain.webhooks.service import NOT_OURS
from providers.caldav import texts
from providers.receivers import targets
from tests.support.dav import event, ics
from tests.support.notices import SENDERS
from tests.support.spoiled import LONG, cut_up, lines_of
from tests.support.spoiled_posts import spoiled_post

MANY = 10_000 if LONG else 200
SEEDS = st.integers(0, 2**48)
WINDOW = Window(datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
HOME = ZoneInfo("Europe/Stockholm")
LONGEST = 5.0
"""Seconds that no text may take, on a machine that does much else."""


@pytest.mark.parametrize("name", sorted(SENDERS))
@settings(max_examples=MANY, deadline=None)
@given(seed=SEEDS)
def test_a_spoiled_notice_is_named_or_is_none_of_the_vendors(name: str, seed: int) -> None:
    arrival = spoiled_post(SENDERS[name], random.Random(seed)).arrival()
    notices = SENDERS[name].notices

    notices.refusal(arrival)
    for read in (notices.label, notices.read, notices.handshake):
        try:
            read(arrival)
        except NOT_OURS:
            continue


CALENDARS = (
    ics(event("u", raw="DTSTART;TZID=Europe/Stockholm:20270104T090000\nDURATION:PT1H")),
    ics(
        event(
            "u",
            raw="DTSTART:20270104T090000Z\nDTEND:20270104T100000Z\nEXDATE:20270105T090000Z\n"
            "RDATE:20270203T120000Z\nSEQUENCE:2\nLAST-MODIFIED:20270101T000000Z",
            RRULE="FREQ=DAILY;COUNT=4;BYDAY=MO,TU;INTERVAL=2",
        ),
        event(
            "u",
            raw="DTSTART:20270106T110000Z\nDTEND:20270106T120000Z\n"
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20270106T090000Z",
        ),
    ),
    ics(event("u", raw="DTSTART;VALUE=DATE:20270104\nDTEND;VALUE=DATE:20270106")),
)


@settings(max_examples=MANY, deadline=None)
@given(seed=SEEDS)
def test_a_spoiled_calendar_text_is_read_or_is_none(seed: int) -> None:
    dice = random.Random(seed)
    text = dice.choice(CALENDARS)
    if dice.randrange(3):
        text = lines_of(text, dice)
    else:
        text = cut_up(text.encode(), dice).decode("utf-8", "replace")
    began = time.monotonic()

    resource = texts.read("x.ics", '"1"', text)
    with suppress(texts.Unreadable):
        if resource is not None:
            for item in texts.items(resource, window=WINDOW, home=HOME, user="a@b"):
                assert item.start is not None
                assert item.start.tzinfo is not None

    assert time.monotonic() - began < LONGEST


@settings(max_examples=MANY, deadline=None)
@given(url=st.text(max_size=60) | st.text("https:/@[]%.0:1xﬀ\u3002\\ \r\n#?", max_size=30))
def test_an_address_is_read_or_refused(url: str) -> None:
    try:
        found = targets.read(url, frozenset())
    except Unacceptable:
        return
    assert found.is_secure
    assert all(" " < character < "\x7f" for character in found.host + found.path)
