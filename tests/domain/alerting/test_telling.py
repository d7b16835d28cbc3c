"""Operators and managers are told of each word of an alert once, whatever happens meanwhile."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import psycopg
import pytest

from domain.alerting import service
from domain.alerting.service import Herald
from domain.database import SYSTEM, Begin
from domain.deliveries.ports import Answer
from domain.errors import OutcomeUnknown, Retryable
from domain.messages.ports import Mail
from domain.tables.ops import Channel, Severity
from domain.work import alerts
from domain.work.effects import Receipt
from domain.work.shop import Inline, Shop
from providers.receivers.post import HttpReceivers
from tests.support import vendors as stand_in
from tests.support.databases import Database
from tests.support.receivers import FakeReceivers
from tests.support.slice import KEYS, FakeMails
from tests.support.stage import running_vendors, vendors
from tests.support.stand_ins import StandIns

__all__ = ["running_vendors", "vendors"]

MAIL, HOOK = "ops@example.com", "https://hooks.example/alerts"
BOTH = {Channel.EMAIL: MAIL, Channel.WEBHOOK: HOOK}


@dataclass
class Deaf(FakeMails):
    """A post office that fails as it is told, and then takes letters."""

    faults: list[Exception] = field(default_factory=list[Exception])

    def send(self, mail: Mail, *, key: str) -> Receipt:
        if self.faults:
            raise self.faults.pop(0)
        return super().send(mail, key=key)


@dataclass
class House:
    """Alerts, and who tells of them."""

    begin: Begin
    connection: psycopg.Connection[Any]
    mails: Deaf = field(default_factory=Deaf)
    receivers: FakeReceivers = field(default_factory=FakeReceivers)

    @property
    def herald(self) -> Herald:
        return Herald(
            begin=self.begin,
            keyring=KEYS,
            mails=self.mails,
            receivers=self.receivers,
            operators=BOTH,
            clock=lambda: 1_800_000_000.0,
        )

    def tell(self, herald: Herald | None = None) -> None:
        service.work(herald or self.herald, Shop(begin=self.begin, hands=Inline()))

    def wrong(self, subject: str = "health.score", severity: Severity = Severity.WARNING) -> None:
        with self.begin(SYSTEM) as session:
            alerts.tell(session, "run_late", subject=subject, message="late", severity=severity)

    def right(self, subject: str = "health.score") -> None:
        with self.begin(SYSTEM) as session:
            alerts.settle(session, "run_late", subject=subject)

    def hurry(self) -> None:
        self.connection.execute("UPDATE alert_tellings SET due_at = clock_timestamp()")

    @property
    def subjects(self) -> list[str]:
        return [mail.subject.rpartition(" (")[0] for mail in self.mails.sent]

    @property
    def words(self) -> list[list[str]]:
        """What was posted: the words of each post."""
        posted = [json.loads(post.body)["data"]["alerts"] for post in self.receivers.posts]
        return [[one["word"] for one in each] for each in posted]

    def states(self) -> list[tuple[str, str, str | None]]:
        return self.connection.execute(
            "SELECT channel, state, last_error FROM alert_tellings ORDER BY created_at, channel"
        ).fetchall()


@pytest.fixture
def house(begin_for_real: Begin, database: Database) -> Iterator[House]:
    with database.connect() as connection:
        yield House(begin_for_real, connection)


def test_an_alert_is_told_when_it_opens_once_when_graver_and_when_it_is_over(house: House) -> None:
    house.wrong()
    for _ in range(3):
        house.tell()
        house.wrong()
    house.wrong(severity=Severity.CRITICAL)
    house.tell()
    house.wrong(severity=Severity.WARNING)
    house.tell()
    house.wrong(severity=Severity.CRITICAL)
    house.tell()
    house.right()
    house.tell()
    house.tell()

    expected = ["warning", "critical", "resolved"]
    assert house.subjects == [f"[frontdesk] {word}: run_late" for word in expected]
    assert house.words == [[word] for word in expected]
    assert "docs/runbook.md#workers-and-the-timetable" in house.mails.sent[0].text


def test_what_comes_again_after_it_was_over_is_told_again(house: House) -> None:
    for _ in range(2):
        house.wrong()
        house.tell()
        house.right()
        house.tell()

    assert house.words == [["warning"], ["resolved"], ["warning"], ["resolved"]]


def test_what_is_over_before_anybody_was_told_is_not_told_at_all(house: House) -> None:
    house.wrong()
    house.right()
    house.tell()
    house.wrong("seen", Severity.INFO)
    house.tell()

    assert house.subjects == []


def test_what_somebody_has_taken_up_already_is_told_only_when_it_is_over(house: House) -> None:
    house.wrong("before")
    house.connection.execute("UPDATE ops_alerts SET acknowledged_at = now()")
    house.tell()
    house.wrong("after")
    house.tell()
    house.connection.execute("UPDATE ops_alerts SET acknowledged_at = now()")
    house.wrong("after", Severity.CRITICAL)
    house.tell()
    house.right("before")
    house.right("after")
    house.tell()

    assert house.words == [["warning"], ["resolved"]]


def test_a_flood_is_one_letter_and_an_outage_of_the_post_is_one_more(house: House) -> None:
    for number in range(100):
        house.wrong(f"row {number}")
    house.wrong("the worst", Severity.CRITICAL)
    house.mails.faults = [Retryable("busy")] * 2
    house.tell()
    house.wrong("later")
    house.tell()

    assert house.subjects == []
    house.hurry()
    house.tell()  # refused once more
    house.hurry()
    house.tell()
    house.tell()

    assert house.subjects == [
        "[frontdesk] critical: run_late and 100 more",
        "[frontdesk] warning: run_late",
    ]
    assert house.mails.sent[0].text.count("WARNING") == 39
    assert "61 more, not named here" in house.mails.sent[0].text


def test_four_sweeps_at_once_tell_once(house: House) -> None:
    house.wrong()
    herald = house.herald

    with ThreadPoolExecutor(4) as many:
        for done in [many.submit(house.tell, herald) for _ in range(4)]:
            done.result()

    assert house.subjects == ["[frontdesk] warning: run_late"]
    assert house.words == [["warning"]]


def test_a_letter_whose_answer_was_lost_is_not_written_twice(
    house: House, vendors: StandIns
) -> None:
    herald = replace(
        house.herald, mails=stand_in.mails(vendors, read=0.5), operators={Channel.EMAIL: MAIL}
    )
    vendors.fault("drop_reply", "resend", "POST /emails", times=1)
    house.wrong()

    house.tell(herald)
    house.connection.execute(
        "UPDATE alert_tellings SET due_at = clock_timestamp(), lease_expires_at ="
        " clock_timestamp() - interval '1 hour' WHERE lease_expires_at IS NOT NULL"
    )
    house.hurry()
    house.tell(herald)

    assert [state for _, state, _ in house.states()] == ["done"]
    assert len(vendors.effects("resend")) == 1


def test_a_letter_that_nobody_can_ask_about_is_a_persons_and_is_not_written_about(
    house: House,
) -> None:
    house.mails.can_be_asked = house.mails.is_keyed = False
    house.mails.faults = [OutcomeUnknown("gone silent")]
    house.wrong()

    for _ in range(3):
        house.tell()
        house.hurry()

    assert ("email", "unknown") in [one[:2] for one in house.states()]
    told = house.connection.execute("SELECT alert_type FROM ops_alerts ORDER BY 1").fetchall()
    assert told == [("outcome_unknown",), ("run_late",)]
    assert house.subjects == []


def test_a_post_is_signed_with_a_secret_of_its_own_and_repeated_under_its_id(house: House) -> None:
    answers = iter([Answer(503), OutcomeUnknown("no answer"), Answer(204)])
    house.receivers.answers[HOOK] = lambda: next(answers)
    house.wrong()

    for _ in range(3):
        house.tell()
        house.hurry()

    posts = house.receivers.posts
    assert len(posts) == 3
    assert len({(post.headers["webhook-id"], post.body) for post in posts}) == 1
    (secret,) = service.secrets(KEYS, None)
    signed = f"{posts[0].headers['webhook-id']}.1800000000.".encode() + posts[0].body
    digest = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256)
    assert posts[0].headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    (one,) = json.loads(posts[0].body)["data"]["alerts"]
    assert (one["type"], one["subject"], one["word"]) == ("run_late", "health.score", "warning")


def test_an_address_within_our_own_network_is_never_posted_to(house: House) -> None:
    inside = {Channel.WEBHOOK: "https://169.254.169.254/latest/meta-data"}
    herald = replace(house.herald, receivers=HttpReceivers(), operators=inside)
    house.wrong()

    house.tell(herald)

    ((_, state, why),) = house.states()
    assert (state, why) == ("pending", "its address does not lead to a public place")


def an_account_in_danger(house: House, **manager: Any) -> UUID:
    row = house.connection.execute(
        "INSERT INTO users (settings) VALUES (%s) RETURNING id",
        [json.dumps({"account_manager": manager})],
    ).fetchone()
    assert row is not None
    house.connection.execute(
        "INSERT INTO churn_alerts (user_id, reason, severity, message)"
        " VALUES (%s, 'inactivity', 'medium', 'No call for 20 days.')",
        row,
    )
    return row[0]


def test_an_accounts_manager_hears_of_that_account_alone(house: House) -> None:
    user = an_account_in_danger(house, email="kim@sales.example", webhook="https://kim.example/")
    an_account_in_danger(house)
    house.wrong()

    house.tell()
    house.connection.execute("UPDATE churn_alerts SET severity = 'high'")
    house.tell()
    house.connection.execute("UPDATE churn_alerts SET resolved_at = now()")
    house.tell()

    letters = [mail for mail in house.mails.sent if mail.to == "kim@sales.example"]
    assert [mail.subject.rpartition(" (")[0] for mail in letters] == [
        f"[frontdesk] {word}: churn_risk" for word in ("medium", "high", "resolved")
    ]
    assert f"{user} inactivity" in letters[0].text
    posts = [post for post in house.receivers.posts if "kim" in post.url]
    assert len(posts) == 3
    assert service.secrets(KEYS, user) != service.secrets(KEYS, None)


@pytest.mark.parametrize(
    ("manager", "why"),
    [
        ({"email": "kim"}, "what stands for the manager's email is no address"),
        ({"email": ["kim@sales.example"]}, "what stands for the manager's email is no address"),
        ({"email": "kim@other.example"}, "held: not on the list"),
    ],
)
def test_a_manager_who_cannot_be_told_is_said_so_and_others_are_told(
    house: House, manager: dict[str, Any], why: str
) -> None:
    an_account_in_danger(house, **manager)
    an_account_in_danger(house, email="kim@sales.example")

    house.tell(replace(house.herald, only_to=frozenset({"sales.example"})))

    states = [(state, error) for _, state, error in house.states()]
    assert sorted(states, key=str) == [("done", None), ("failed", why)]
    assert [mail.to for mail in house.mails.sent] == ["kim@sales.example"]
