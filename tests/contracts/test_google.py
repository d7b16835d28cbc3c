"""What we send to Google, and what its stand-in answers, is as Google describes it."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from domain.calendars.ports import (
    Calendar,
    CursorLost,
    Entry,
    EtagChanged,
    Tag,
    Window,
    Withdrawn,
)
from domain.errors import OutcomeUnknown, Retryable
from providers.google.agenda import GoogleAgenda
from providers.google.login import consent
from tests.support.discovery import faults
from tests.support.recorder import Exchange, recording
from tests.support.stand_ins import Ear, StandIns

NOW = datetime.now(UTC).replace(microsecond=0)
WINDOW = Window(NOW - timedelta(days=30), NOW + timedelta(days=365))
CALENDAR = Calendar(
    integration_id=uuid4(), user_id=uuid4(), calendar_id="owner@example.com", zone="UTC"
)
NAME = "0123456789abcdef0123456789abcdef"


class Tokens:
    def __init__(self, given: str = "ours") -> None:
        self.token = given

    def bearer(self, calendar: Calendar) -> str:
        del calendar
        return self.token

    def renewed(self, calendar: Calendar, *, refused: str) -> str:
        del calendar, refused
        return "renewed"


def entry(title: str = "Visit", *, zone: str = "America/New_York") -> Entry:
    return Entry(
        tag=Tag(uuid4(), 1),
        title=title,
        start=NOW,
        end=NOW + timedelta(hours=1),
        zone=zone,
        location="Storgatan 1",
        notes="Two floors",
        attendees=["guest@example.com"],
        reminders=[timedelta(minutes=30)],
    )


def test_every_request_is_one_that_google_describes(vendors: StandIns, listener: Ear) -> None:
    with recording(vendors) as recorder:
        agenda = GoogleAgenda(Tokens(), base_url=recorder.at("google"))
        made = agenda.insert(CALENDAR, entry(), name=NAME)
        again = agenda.insert(CALENDAR, entry(), name=NAME)
        changed = agenda.change(CALENDAR, NAME, entry("Later"), etag=made.etag)
        found = agenda.find(CALENDAR, NAME)
        page = agenda.pull(CALENDAR, window=WINDOW, cursor=None, page=None)
        more = agenda.pull(CALENDAR, window=WINDOW, cursor=page.cursor, page=None)
        busy = agenda.busy(CALENDAR, start=NOW, end=NOW + timedelta(days=1))
        watch = agenda.watch(CALENDAR, name=str(uuid4()), address=listener.url, secret="s")
        agenda.stop(CALENDAR, watch)
        agenda.stop(CALENDAR, watch)
        listed = agenda.calendars(CALENDAR)
        agenda.remove(CALENDAR, NAME, etag=changed.etag)
        agenda.remove(CALENDAR, NAME, etag=changed.etag)
        agenda.line.close()

    assert again.item is not None
    assert found is not None
    assert found.title == "Later"
    assert [item.title for item in page.items] == ["Later"]
    assert (list(more.items), page.is_full, more.is_full) == ([], True, False)
    assert [(one.start, one.end) for one in busy] == [(NOW, NOW + timedelta(hours=1))]
    assert {one.calendar_id for one in listed} >= {"primary", "owner@example.com"}
    assert [said for one in recorder.exchanges for said in faults(one)] == []
    written = [one for one in recorder.exchanges if _is_written(one)]
    assert len(written) >= 5
    assert all("sendUpdates=none" in one.query for one in written)  # Google writes to no guest
    bodies = [json.loads(one.asked) for one in written if one.asked]
    assert all(one["attendees"] for one in bodies)
    assert all(one["extendedProperties"]["private"]["frontdeskLink"] for one in bodies)


def _is_written(exchange: Exchange) -> bool:
    is_event = "/events" in exchange.path and not exchange.path.endswith("/watch")
    return is_event and exchange.method in {"POST", "PATCH", "DELETE"}


def test_a_change_of_what_has_changed_is_refused(vendors: StandIns) -> None:
    agenda = GoogleAgenda(Tokens(), base_url=vendors.at("google"))
    made = agenda.insert(CALENDAR, entry(), name=NAME)
    agenda.change(CALENDAR, NAME, entry("Later"), etag=made.etag)

    with pytest.raises(EtagChanged):
        agenda.change(CALENDAR, NAME, entry("Too late"), etag=made.etag)
    with pytest.raises(EtagChanged):
        agenda.remove(CALENDAR, NAME, etag=made.etag)
    agenda.line.close()


def test_what_goes_wrong_is_told_in_our_words(vendors: StandIns) -> None:
    agenda = GoogleAgenda(Tokens(), base_url=vendors.at("google"))
    lists = ("google", "events.list")

    vendors.fault("status", *lists, status=410, code="fullSyncRequired", times=1)
    with pytest.raises(CursorLost):
        agenda.pull(CALENDAR, window=WINDOW, cursor="5||", page=None)
    vendors.fault("status", *lists, status=403, code="userRateLimitExceeded", times=1)
    with pytest.raises(Retryable):
        agenda.pull(CALENDAR, window=WINDOW, cursor=None, page=None)
    vendors.fault("status", *lists, status=503, retry_after="7", times=1)
    with pytest.raises(Retryable) as busy:
        agenda.pull(CALENDAR, window=WINDOW, cursor=None, page=None)
    assert busy.value.after == timedelta(seconds=7)
    vendors.fault("drop_reply", "google", "events.insert", times=1)
    with pytest.raises(OutcomeUnknown):
        agenda.insert(CALENDAR, entry(), name=NAME)
    assert agenda.insert(CALENDAR, entry(), name=NAME).item is not None
    agenda.line.close()


def test_a_page_of_some_gate_says_nothing_of_an_event(vendors: StandIns) -> None:
    agenda = GoogleAgenda(Tokens(), base_url=vendors.at("google"))
    agenda.insert(CALENDAR, entry(), name=NAME)

    vendors.fault("html", "google", "events.get", status=404, times=1)
    with pytest.raises(Retryable):
        agenda.find(CALENDAR, NAME)

    assert agenda.find(CALENDAR, NAME) is not None
    agenda.line.close()


def test_half_an_answer_to_an_insert_may_be_an_event(vendors: StandIns) -> None:
    agenda = GoogleAgenda(Tokens(), base_url=vendors.at("google"))

    vendors.fault("cut_json", "google", "events.insert", times=1)
    with pytest.raises(OutcomeUnknown):
        agenda.insert(CALENDAR, entry(), name=NAME)

    assert agenda.insert(CALENDAR, entry(), name=NAME).item is not None
    agenda.line.close()


def test_a_token_that_is_refused_is_renewed_once(vendors: StandIns) -> None:
    agenda = GoogleAgenda(Tokens("wrong"), base_url=vendors.at("google"))

    made = agenda.insert(CALENDAR, entry(), name=NAME)

    assert made.item is None
    agenda.line.close()


def test_consent_is_given_renewed_and_withdrawn(vendors: StandIns) -> None:
    login = consent(client_id="client", client_secret="secret", base_url=vendors.at("google"))

    address = login.address(state="s", redirect="http://127.0.0.1:1/", challenge="c")
    grant = login.redeem("code-client", redirect="http://127.0.0.1:1/", verifier="v")
    again = login.renew(grant.refresh_token or "")

    assert "code_challenge=c" in address
    assert grant.access_token != again.access_token
    assert again.refresh_token is None
    with pytest.raises(Withdrawn):
        login.renew("revoked")
    vendors.fault("drop_reply", "google", "token", times=1)
    with pytest.raises(Retryable):
        login.renew("1//again")
    login.close()
