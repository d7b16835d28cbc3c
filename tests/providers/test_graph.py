"""Graph, against its stand-in: what goes wrong there, in the words of the domain."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from domain.calendars.ports import CalendarGone, CursorLost, EtagChanged
from domain.errors import OutcomeUnknown, Rejected, Retryable
from providers.graph.agenda import GraphAgenda
from providers.graph.line import rest_of
from tests.support.desks import Open
from tests.support.hands import START, WINDOW, Booking, Desk, Keys, entry, wall
from tests.support.outlook import consent, listening_for_graph, with_code
from tests.support.stand_ins import StandIns

NINE = Booking(start=wall(2027, 2, 2, 9), end=wall(2027, 2, 2, 10))


@pytest.fixture
def desk(desks: Open) -> Desk:
    return desks("graph")


def name() -> str:
    return uuid4().hex


@pytest.mark.parametrize(
    ("kind", "more", "word"),
    [
        ("status", {"status": 429, "retry_after": "7"}, Retryable),
        ("status", {"status": 503}, Retryable),
        ("status", {"status": 500}, OutcomeUnknown),
        ("status", {"status": 400, "code": "ErrorInvalidRequest"}, Rejected),
        ("status", {"status": 403}, CalendarGone),
        ("html", {"status": 502}, OutcomeUnknown),
        ("html", {"status": 404}, Retryable),
        ("reset", {}, OutcomeUnknown),
        ("drop_reply", {}, OutcomeUnknown),
        ("cut_reply", {}, OutcomeUnknown),
        ("cut_json", {}, OutcomeUnknown),
        ("error_body", {}, OutcomeUnknown),
    ],
)
def test_whatever_an_insert_ends_in_a_repeat_makes_one_event(
    vendors: StandIns, desk: Desk, kind: str, more: dict[str, Any], word: type[Exception]
) -> None:
    vendors.fault(kind, "graph", "events.create", times=1, **more)
    chosen = name()

    with pytest.raises(word) as raised:
        desk.agenda.insert(desk.calendar, entry(), name=chosen)
    settled = desk.agenda.insert(desk.calendar, entry(), name=chosen)

    assert type(raised.value) is word
    assert "Canary" not in str(raised.value)
    assert [one.remote_id for one in desk.all()[0]] == [settled.remote_id]


@pytest.mark.parametrize(
    ("kind", "more", "word"),
    [
        ("status", {"status": 410, "code": "resyncRequired"}, CursorLost),
        ("status", {"status": 400, "code": "SyncStateInvalid"}, CursorLost),
        ("status", {"status": 500}, Retryable),
        ("status", {"status": 504}, Retryable),
        ("cut_json", {}, Retryable),
        ("drop_reply", {}, Retryable),
    ],
)
def test_what_a_pull_may_end_in(
    vendors: StandIns, desk: Desk, kind: str, more: dict[str, Any], word: type[Exception]
) -> None:
    _, last = desk.all()
    vendors.fault(kind, "graph", "view.delta", times=1, **more)

    with pytest.raises(word) as raised:
        desk.all(last.cursor)

    assert type(raised.value) is word
    assert desk.all(last.cursor)[1].cursor


def test_we_wait_as_long_as_we_are_asked_to(vendors: StandIns, desk: Desk) -> None:
    vendors.fault("status", "graph", "view.list", status=429, retry_after="7")

    with pytest.raises(Retryable) as raised:
        desk.agenda.busy(desk.calendar, start=START, end=WINDOW.end)

    assert raised.value.after is not None
    assert raised.value.after.total_seconds() == 7


def test_an_ended_token_is_renewed_once_and_the_request_made_again(
    vendors: StandIns, desk: Desk
) -> None:
    given = with_code(vendors, consent(vendors, "ends@outlook.example")["code"]).json()
    vendors.advance(3600)
    fresh = with_code(vendors, consent(vendors, "ends@outlook.example")["code"]).json()
    keys = Keys(given["access_token"], then=fresh["access_token"])
    agenda = GraphAgenda(keys, base_url=vendors.at("graph"))

    found = agenda.calendars(desk.calendar)
    agenda.close()

    assert [one.name for one in found] == ["Calendar"]
    assert keys.refused == [given["access_token"]]


def test_a_zone_that_graph_does_not_know_is_written_in_utc(vendors: StandIns, desk: Desk) -> None:
    code = "TimeZoneNotSupportedException"
    vendors.fault("status", "graph", "events.create", status=400, code=code, times=1)
    ours = entry()

    written = desk.agenda.insert(desk.calendar, ours, name=name())

    item = desk.agenda.find(desk.calendar, written.remote_id)
    assert item is not None
    assert (item.start, item.zone) == (ours.start, "UTC")


def test_a_conflict_by_its_code_is_one_whatever_the_status(vendors: StandIns, desk: Desk) -> None:
    written = desk.agenda.insert(desk.calendar, entry(), name=name())
    code = "ErrorIrresolvableConflict"
    vendors.fault("status", "graph", "events.update", status=409, code=code)

    with pytest.raises(EtagChanged):
        desk.agenda.change(desk.calendar, written.remote_id, entry(version=2), etag=None)


def test_days_of_a_series_are_whole_however_the_pages_fall(vendors: StandIns, desk: Desk) -> None:
    for _ in range(3):
        desk.hand.book(
            Booking(title="each", start=wall(2027, 1, 4, 9), end=wall(2027, 1, 4, 10), weeks=50)
        )
        desk.agenda.insert(desk.calendar, entry(), name=name())
    items, last = desk.all()  # 153 days and three series: more than one page of 100
    del vendors, last

    assert len(items) == 153
    assert {one.title for one in items} == {"each", "Ms Canary"}
    assert len([one for one in items if one.tag is not None]) == 3
    assert len({one.remote_id for one in items}) == 153


def test_a_subscription_whose_answer_was_lost_is_found_again(vendors: StandIns, desk: Desk) -> None:
    heard: list[bytes] = []
    vendors.fault("drop_reply", "graph", "subscriptions.create", times=1)
    with listening_for_graph(heard) as address:
        with pytest.raises(OutcomeUnknown):
            desk.agenda.watch(desk.calendar, name=name(), address=address, secret="s")
        watch = desk.agenda.watch(desk.calendar, name=name(), address=address, secret="s")
        again = desk.agenda.renew(desk.calendar, watch, address=address, secret="s")
        desk.hand.book(NINE)

    made = [line for line in vendors.effects("graph") if line["kind"] == "subscription"]
    assert len(made) == 1
    assert again.name == watch.name
    assert watch.ends_at > datetime.now(UTC)
    assert b"created" in heard[-1]


def test_a_subscription_that_has_ended_is_made_again(desk: Desk) -> None:
    with listening_for_graph([]) as address:
        watch = desk.agenda.watch(desk.calendar, name=name(), address=address, secret="s")
        desk.agenda.stop(desk.calendar, watch)
        desk.agenda.stop(desk.calendar, watch)
        again = desk.agenda.renew(desk.calendar, watch, address=address, secret="s")

    assert again.name != watch.name


def test_a_link_leads_to_no_other_host(desk: Desk) -> None:
    del desk
    assert rest_of("https://elsewhere.example/v1.0/me/x?$skip=1") == "/me/x?$skip=1"
