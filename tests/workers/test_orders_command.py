"""What operators order is done and written down with a reason; where it is much, they are asked."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.database import SYSTEM, Begin
from domain.errors import Refusal
from domain.tables.ops import Severity
from domain.work import alerts, orders
from tests.support.commands import told
from tests.support.databases import Database
from workers.kinds import KINDS

TENANT = "INSERT INTO users (business_name, timezone) VALUES ('Pipe', 'UTC') RETURNING id"
MESSAGE = (
    "INSERT INTO messages (user_id, direction, channel, to_number, body, due_at, status, rule)"
    " VALUES (%s, 'outbound', 'sms', '+12125550142', 'See you.', now() + interval '1 hour', %s,"
    " 'reminder_1h') RETURNING id"
)


class Rows:
    """A tenant with messages, and what the database says of them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.user: UUID = self.one(TENANT)

    def one(self, query: str, *given: Any) -> Any:
        with self.database.connect() as connection:
            return connection.execute(query.encode(), given).fetchall()[0][0]

    def message(self, status: str) -> UUID:
        return self.one(MESSAGE, self.user, status)

    def statuses(self) -> dict[str, int]:
        query = "SELECT status, count(*) FROM messages GROUP BY 1"
        with self.database.connect() as connection:
            return dict(connection.execute(query).fetchall())

    def audit(self) -> list[tuple[Any, ...]]:
        query = (
            "SELECT action, resource_type, metadata ->> 'subject', metadata ->> 'reason',"
            " actor LIKE 'operator %@%' FROM audit_logs WHERE action LIKE 'operator.%'"
            " ORDER BY created_at"
        )
        with self.database.connect() as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def rows(database: Database) -> Rows:
    return Rows(database)


def give_up(begin: Begin, *row_ids: UUID) -> None:
    for row_id in row_ids:
        with begin(SYSTEM) as session:
            alerts.tell(
                session,
                "work_failed",
                subject=f"message {row_id}",
                message="It was given up.",
                severity=Severity.WARNING,
            )


def test_a_retry_of_many_says_how_many_and_asks_first(
    rows: Rows, begin_for_real: Begin, tmp_path: Path
) -> None:
    failed = [rows.message("failed") for _ in range(3)]
    give_up(begin_for_real, *failed)
    rows.one("UPDATE messages SET status = 'sent' WHERE id = %s RETURNING id", failed[0])

    asked = told(tmp_path, rows.database, "retry", "message", "--failed")
    before = rows.statuses()
    done = told(
        *(tmp_path, rows.database, "retry", "message", "--failed"),
        *("--yes", "--reason", "the carrier is back"),
    )

    assert asked[0] == 2
    assert "2 rows" in asked[2]
    assert before == {"failed": 2, "sent": 1}
    assert done[:2] == (0, "2 of 2 will be tried again.\n")
    assert rows.statuses() == {"pending": 2, "sent": 1}
    assert rows.audit() == [
        ("operator.retry", "message", str(row), "the carrier is back", True) for row in failed[1:]
    ]
    assert rows.one("SELECT count(*) FROM ops_alerts WHERE resolved_at IS NULL") == 1


def test_what_waits_is_called_off_alone_or_all_of_a_tenants(rows: Rows, tmp_path: Path) -> None:
    first, _, sent = rows.message("pending"), rows.message("pending"), rows.message("sent")

    one = told(tmp_path, rows.database, "cancel", "message", str(first), "--reason", "wrong text")
    late = told(tmp_path, rows.database, "cancel", "message", str(sent))
    many = told(tmp_path, rows.database, "cancel", "message", "--tenant", str(rows.user), "--yes")
    story = told(tmp_path, rows.database, "explain", "message", str(first), "--json")

    assert one[:2] == (0, "1 of 1 are called off.\n")
    assert late[0] == 2
    assert "This message is sent" in late[2]
    assert many[:2] == (0, "1 of 1 are called off.\n")
    assert rows.statuses() == {"void": 2, "sent": 1}
    told_of = json.loads(story[1])
    assert told_of["Who changed it"][0]["reason"] == "wrong text"
    assert "wrong text" in rows.one("SELECT last_error FROM messages WHERE id = %s", first)


def test_pause_and_resume_are_written_down_with_their_reason(rows: Rows, tmp_path: Path) -> None:
    told(tmp_path, rows.database, "pause", "queue", "messages", "--reason", "a strange text")
    told(tmp_path, rows.database, "resume", "queue", "messages", "--reason", "it was ours")

    assert rows.audit() == [
        ("operator.pause", "queue", "messages", "a strange text", True),
        ("operator.resume", "queue", "messages", "it was ours", True),
    ]


def test_of_a_kind_that_cannot_be_called_off_that_is_said(begin: Begin) -> None:
    with begin(SYSTEM) as session, pytest.raises(Refusal, match="pause its queue"):
        orders.call_off(session, KINDS["errand"], [], reason="")
    with begin(SYSTEM) as session, pytest.raises(Refusal, match="pause its queue"):
        orders.call_off(session, KINDS["call_attempt"], [], reason="")


@pytest.mark.parametrize("name", sorted(name for name, kind in KINDS.items() if kind.states.void))
def test_every_kind_that_can_be_called_off_has_a_statement_that_runs(
    begin: Begin, name: str
) -> None:
    kind = KINDS[name]
    with begin(SYSTEM) as session:
        if kind.states.working == kind.states.waiting:
            return
        assert orders.call_off(session, kind, [UUID(int=1)], reason="") == 0
        assert orders.waiting(session, kind, UUID(int=1), most=5) == []
        assert orders.failed(session, kind, since=datetime.now(UTC), most=5) == []


def test_what_is_ordered_for_a_campaign_or_a_tenant_is_kept_with_its_reason(
    rows: Rows, tmp_path: Path
) -> None:
    campaign = rows.one(
        "INSERT INTO call_campaigns (user_id, name) VALUES (%s, 'Autumn') RETURNING id", rows.user
    )

    for words in (
        ("campaign", "start", str(campaign), "--reason", "the season begins"),
        ("tenant", "suspend", str(rows.user), "--reason", "unpaid"),
    ):
        assert told(tmp_path, rows.database, *words)[0] == 0

    assert rows.audit() == [
        ("operator.start", "campaign", str(campaign), "the season begins", True),
        ("operator.suspend", "tenant", str(rows.user), "unpaid", True),
    ]


def test_a_subscription_and_a_number_of_ours_tell_their_story(rows: Rows, tmp_path: Path) -> None:
    subscription = rows.one(
        "INSERT INTO subscriptions (user_id, status, tier) VALUES (%s, 'past_due', 'pro')"
        " RETURNING id",
        rows.user,
    )
    number = rows.one(
        "INSERT INTO user_phone_numbers (user_id, full_number) VALUES (%s, '+12125550177')"
        " RETURNING id",
        rows.user,
    )

    for kind, row_id, word in (
        ("subscription", subscription, "past_due"),
        ("phone_number", number, str(rows.user)),
    ):
        code, story, errors = told(tmp_path, rows.database, "explain", kind, str(row_id), "--json")
        assert code == 0, errors
        assert word in story
