"""Whatever a calendar's vendor answers: what stands there, or one of the domain's own words."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.calendars.ports import Agenda, Busy, Calendar, Item, Listed, Window
from domain.errors import ProviderError
from providers.caldav.agenda import CaldavAgenda
from providers.caldav.line import Line
from providers.google.agenda import GoogleAgenda
from providers.graph.agenda import GraphAgenda
from tests.support.dav import event, ics
from tests.support.desks import calendar
from tests.support.figures import Measured
from tests.support.hands import Keys
from tests.support.spoiled import LONG, cut_up, new_dice, spoil
from tests.support.spoiler import misfit
from tests.support.teller import Teller, a_teller

MANY = 5_000 if LONG else 100
START, END = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)
MOMENT = {"dateTime": "2027-01-05T09:00:00Z", "timeZone": "Europe/Stockholm"}
GRAPH_MOMENT = {"dateTime": "2027-01-05T09:00:00.0000000", "timeZone": "UTC"}
DAV = """<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"
 xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://calendarserver.org/ns/"><d:response>
<d:href>/c/x.ics</d:href><d:propstat><d:prop><d:getetag>"1"</d:getetag>
<d:displayname>Work</d:displayname><d:resourcetype><d:collection/><c:calendar/></d:resourcetype>
<s:getctag>7</s:getctag><d:current-user-principal><d:href>/p/</d:href></d:current-user-principal>
<c:calendar-home-set><d:href>/c/</d:href></c:calendar-home-set>
<c:calendar-data>{text}</c:calendar-data></d:prop><d:status>HTTP/1.1 200 OK</d:status>
</d:propstat></d:response><d:sync-token>t1</d:sync-token></d:multistatus>"""

ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "google": {
        "pull": {
            "items": [
                {
                    "id": "e1",
                    "etag": '"1"',
                    "status": "confirmed",
                    "summary": "A visit",
                    "start": MOMENT,
                    "end": {"dateTime": "2027-01-05T10:00:00Z"},
                    "attendees": [{"email": "a@b.example", "responseStatus": "declined"}],
                    "extendedProperties": {"private": {}},
                    "updated": "2027-01-01T00:00:00Z",
                }
            ],
            "nextSyncToken": "s1",
        },
        "busy": {
            "calendars": {
                "main": {"busy": [{"start": MOMENT["dateTime"], "end": "2027-01-05T10:00:00Z"}]}
            }
        },
        "calendars": {
            "items": [{"id": "main", "summary": "Work", "primary": True, "accessRole": "owner"}]
        },
    },
    "graph": {
        "pull": {
            "value": [
                {
                    "id": "e1",
                    "@odata.etag": 'W/"1"',
                    "type": "singleInstance",
                    "subject": "A visit",
                    "start": GRAPH_MOMENT,
                    "end": GRAPH_MOMENT,
                    "isAllDay": False,
                    "showAs": "busy",
                    "attendees": [],
                    "lastModifiedDateTime": "2027-01-01T00:00:00.0000000Z",
                }
            ],
            "@odata.deltaLink": "https://graph.example/v1.0/delta?token=1",
        },
        "busy": {
            "value": [{"id": "e1", "start": GRAPH_MOMENT, "end": GRAPH_MOMENT, "showAs": "busy"}]
        },
        "calendars": {"value": [{"id": "main", "name": "Work", "canEdit": True}]},
    },
}
ASK: Mapping[str, Callable[[Agenda, Calendar], Any]] = {
    "pull": lambda agenda, mine: (
        agenda.pull(mine, window=Window(START, END), cursor=None, page=None).items
    ),
    "busy": lambda agenda, mine: agenda.busy(mine, start=START, end=END),
    "calendars": lambda agenda, mine: agenda.calendars(mine),
}
NO_LISTS = ({}, None, 0, "", "x", {"a": 1})


@pytest.fixture(scope="module")
def teller() -> Iterator[Teller]:
    with a_teller() as made:
        yield made


def agenda_of(vendor: str, teller: Teller) -> tuple[Agenda, Calendar]:
    if vendor == "google":
        return GoogleAgenda(Keys("ours"), base_url=teller.url), calendar("main")
    if vendor == "graph":
        return GraphAgenda(Keys("ours"), base_url=teller.url), calendar("main")
    here = CaldavAgenda(Keys("user:password"), line=Line(allowed=None))
    return here, calendar(f"{teller.url}/c/", teller.url)


def whole(vendor: str, what: str) -> bytes:
    if vendor != "caldav":
        return json.dumps(ANSWERS[vendor][what]).encode()
    text = ics(event("u", raw="DTSTART:20270105T090000Z\nDTEND:20270105T100000Z"))
    return DAV.format(text=text).encode()


def spoiled(vendor: str, what: str, dice: random.Random) -> bytes:
    if vendor == "caldav" or dice.randrange(4) == 0:
        return cut_up(whole(vendor, what), dice)
    return json.dumps(spoil(ANSWERS[vendor][what], dice)).encode()


def is_sound(found: object) -> bool:
    if isinstance(found, Listed):
        return isinstance(found.calendar_id, str)
    if isinstance(found, Busy):
        return found.start.tzinfo is not None and found.end.tzinfo is not None
    assert isinstance(found, Item)
    moments = [one for one in (found.start, found.end) if one is not None]
    return isinstance(found.remote_id, str) and all(one.tzinfo is not None for one in moments)


@pytest.mark.parametrize("what", ASK)
@pytest.mark.parametrize("vendor", ["google", "graph", "caldav"])
@pytest.mark.timeout(3600 if LONG else 120)
def test_a_spoiled_answer_is_read_or_is_one_of_our_words(
    teller: Teller, vendor: str, what: str, measured: Measured
) -> None:
    dice = new_dice()
    agenda, mine = agenda_of(vendor, teller)
    teller.status = 207 if vendor == "caldav" else 200
    teller.kind = "application/xml" if vendor == "caldav" else "application/json"
    unread = 0

    for _ in range(MANY):
        teller.says = spoiled(vendor, what, dice)
        try:
            found = ASK[what](agenda, mine)
        except ProviderError:
            unread += 1
            continue
        assert all(is_sound(one) for one in found), teller.says
        assert misfit(list(found)) is None, (misfit(list(found)), teller.says)

    measured(f"{vendor} {what}: {MANY} spoiled answers, {unread} of them not read")


@pytest.mark.parametrize("no_list", NO_LISTS)
@pytest.mark.parametrize(
    ("vendor", "what", "name"),
    [
        ("google", "pull", "items"),
        ("google", "busy", "busy"),
        ("graph", "pull", "value"),
        ("graph", "busy", "value"),
    ],
)
def test_what_is_no_list_is_neither_an_empty_calendar_nor_a_free_day(
    teller: Teller, vendor: str, what: str, name: str, no_list: Any
) -> None:
    agenda, mine = agenda_of(vendor, teller)
    made = json.loads(json.dumps(ANSWERS[vendor][what]))
    holder = made["calendars"]["main"] if name == "busy" else made
    holder[name] = no_list
    teller.status, teller.kind, teller.says = 200, "application/json", json.dumps(made).encode()

    with pytest.raises(ProviderError):
        ASK[what](agenda, mine)
