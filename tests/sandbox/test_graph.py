"""Graph's stand-in itself: it answers as Microsoft says that Graph does."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from requests import Response

from tests.support.outlook import Outlook, at, consent, listening_for_graph, refresh, with_code
from tests.support.stand_ins import StandIns

DAY = {"start": at("2027-01-15T09:00:00"), "end": at("2027-01-15T10:00:00")}
YEAR = ("2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z")
WEEKLY = {
    "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]},
    "range": {"type": "numbered", "startDate": "2027-03-22", "numberOfOccurrences": 3},
}


def code_of(answer: Response) -> str:
    return answer.json()["error"]["code"]


def test_one_transaction_is_one_event(vendors: StandIns) -> None:
    owner = Outlook(vendors)

    first = owner.create(subject="a", transactionId="t", **DAY)
    again = owner.create(subject="b", transactionId="t", **DAY)

    assert (again["id"], again["subject"]) == (first["id"], "a")
    assert len(vendors.effects("graph")) == 1


def test_a_change_under_an_old_etag_is_refused(vendors: StandIns) -> None:
    owner = Outlook(vendors)
    event = owner.create(subject="a", **DAY)
    owner.change(event["id"], subject="b")

    headers = {"If-Match": event["@odata.etag"]}
    for method in ("PATCH", "DELETE"):
        answer = owner.ask(method, f"/me/events/{event['id']}", json={}, headers=headers)
        assert answer.status_code == 412
    assert owner.ask("GET", f"/me/events/{event['id']}").json()["subject"] == "b"


def test_a_delta_tells_what_changed_page_by_page(vendors: StandIns) -> None:
    owner = Outlook(vendors)
    names = [owner.create(subject=f"e{n}", **DAY)["id"] for n in range(5)]
    lines, link = owner.round(owner.window(*YEAR), size=2)
    assert {line["id"] for line in lines} == set(names)
    assert owner.round(link)[0] == []

    owner.change(names[0], subject="other")
    owner.delete(names[1])
    owner.change(names[2], start=at("2029-01-01T09:00:00"), end=at("2029-01-01T10:00:00"))
    lines, _ = owner.round(link)

    assert lines[0]["subject"] == "other"
    gone = {line["id"] for line in lines if "@removed" in line}
    assert gone == {names[1], names[2]}


def test_a_series_keeps_its_local_time_and_its_exceptions(vendors: StandIns) -> None:
    owner = Outlook(vendors)
    start, end = (
        at(f"2027-03-22T{hour}:00:00", "W. Europe Standard Time") for hour in ("09", "10")
    )
    event = owner.create(subject="weekly", start=start, end=end, recurrence=WEEKLY)
    lines, link = owner.round(owner.window(*YEAR))
    days = [line for line in lines if line["type"] == "occurrence"]

    assert [line["start"]["dateTime"][:16] for line in days] == [
        "2027-03-22T08:00",
        "2027-03-29T07:00",  # the clocks went forward on the 28th
        "2027-04-05T07:00",
    ]
    assert "subject" not in days[0]

    owner.change(
        days[1]["id"],
        subject="moved",
        start=at("2027-03-30T12:00:00"),
        end=at("2027-03-30T13:00:00"),
    )
    owner.delete(days[2]["id"])
    lines, _ = owner.round(link)
    assert [line["subject"] for line in lines if line.get("type") == "exception"] == ["moved"]
    assert [line["id"] for line in lines if "@removed" in line] == [days[2]["id"]]
    assert owner.ask("GET", f"/me/events/{event['id']}").json()["type"] == "seriesMaster"


def test_a_link_that_nobody_knows_is_410(vendors: StandIns) -> None:
    owner = Outlook(vendors)
    view = f"/me/calendars/{owner.calendar}/calendarView/delta"

    answer = owner.ask("GET", f"{view}?$deltatoken=long-ago")

    assert (answer.status_code, code_of(answer)) == (410, "syncStateNotFound")


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({**DAY, "colour": "red"}, "RequestBodyRead"),
        ({"start": DAY["start"]}, "ErrorPropertyValidationFailure"),
        ({"start": DAY["end"], "end": DAY["start"]}, "ErrorPropertyValidationFailure"),
        ({**DAY, "start": at("2027-01-15T09:00:00", "Nowhere")}, "TimeZoneNotSupportedException"),
        ({**DAY, "isAllDay": True}, "ErrorInvalidRequest"),
    ],
)
def test_what_graph_does_not_take(vendors: StandIns, facts: dict[str, object], code: str) -> None:
    owner = Outlook(vendors)

    answer = owner.ask("POST", f"/me/calendars/{owner.calendar}/events", json=facts)

    assert (answer.status_code, code_of(answer)) == (400, code)


def test_tokens_end_and_refresh_tokens_rotate(vendors: StandIns) -> None:
    code = consent(vendors)["code"]
    assert with_code(vendors, code, code_verifier="another").status_code == 400
    first = with_code(vendors, consent(vendors)["code"]).json()
    owner = Outlook(vendors)
    owner.bearer = first["access_token"]
    assert owner.ask("GET", "/me/calendars").status_code == 200

    vendors.advance(3600)
    assert owner.ask("GET", "/me/calendars").status_code == 401

    unheard = refresh(vendors, first["refresh_token"]).json()
    second = refresh(vendors, first["refresh_token"]).json()  # asked again: good
    assert unheard["refresh_token"] != second["refresh_token"]
    third = refresh(vendors, second["refresh_token"])
    assert third.status_code == 200
    assert refresh(vendors, first["refresh_token"]).json()["error"] == "invalid_grant"
    assert refresh(vendors, third.json()["refresh_token"]).json()["error"] == "invalid_grant"


def test_an_owner_who_says_no_comes_back_without_a_code(vendors: StandIns) -> None:
    assert consent(vendors, "denied@outlook.example")["error"] == "access_denied"


def test_no_more_than_four_requests_of_a_mailbox_at_once(vendors: StandIns) -> None:
    vendors.fault("delay", "graph", seconds=0.5)
    owner = Outlook(vendors)

    with ThreadPoolExecutor(8) as hands:
        answers = list(hands.map(lambda _: owner.ask("GET", "/me/calendars"), range(8)))

    slow = [one for one in answers if one.status_code == 429]
    assert slow
    assert all(one.headers["retry-after"] for one in slow)


def subscription(owner: Outlook, url: str, until: str) -> Response:
    facts = {
        "changeType": "created,updated,deleted",
        "notificationUrl": url,
        "resource": f"/me/calendars/{owner.calendar}/events",
        "expirationDateTime": until,
        "clientState": "a secret",
    }
    return owner.ask("POST", "/subscriptions", json=facts)


def test_changes_are_told_to_an_address_that_proved_itself(vendors: StandIns) -> None:
    owner, heard = Outlook(vendors), []
    until = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    with listening_for_graph(heard, answers=False) as url:
        assert code_of(subscription(owner, url, until)) == "ValidationError"
    with listening_for_graph(heard) as url:
        heard.clear()
        assert subscription(owner, url, until).status_code == 201
        event = owner.create(subject="a", **DAY)
        owner.delete(event["id"])
        vendors.advance(4 * 24 * 3600)
        owner.create(subject="nobody hears of it", **DAY)

    told = [json.loads(body)["value"][0] for body in heard if body]
    assert [one["changeType"] for one in told] == ["created", "deleted"]
    assert {one["clientState"] for one in told} == {"a secret"}
