"""What rows of telephony, outbound, billing and health do by themselves, whoever writes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.support.databases import Database

NUMBER = "+12125550001"
QUEUE = "INSERT INTO call_queue (recipient_number) VALUES (%s) RETURNING id"
ACCOUNT = "INSERT INTO call_service_providers (name, type) VALUES (%s, 'voice') RETURNING id"


@dataclass(frozen=True, slots=True)
class Desk:
    """One tenant's service, logged in as other services are; and the house beside it."""

    user: UUID
    connection: psycopg.Connection[Any]
    house: psycopg.Connection[Any]

    def one(self, line: str, *values: object) -> Any:
        return first(self.connection, line, *values)

    def asked(self, line: str, *values: object) -> Any:
        return first(self.house, line, *values)


def first(connection: psycopg.Connection[Any], line: str, *values: object) -> Any:
    cursor = connection.execute(line.encode(), values)
    row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    user = uuid4()
    with database.connect() as house, database.connect("frontdesk_tenant") as connection:
        house.execute("INSERT INTO users (id) VALUES (%s)", (user,))
        house.execute("SET ROLE frontdesk_system")
        connection.execute("SELECT set_config('app.user_id', %s, false)", (str(user),))
        yield Desk(user, connection, house)


@pytest.fixture
def stranger(database: Database, desk: Desk) -> Iterator[Desk]:
    """Another tenant."""
    user = uuid4()
    desk.asked("INSERT INTO users (id) VALUES (%s)", user)
    with database.connect("frontdesk_tenant") as connection:
        connection.execute("SELECT set_config('app.user_id', %s, false)", (str(user),))
        yield Desk(user, connection, desk.house)


@pytest.mark.parametrize(
    ("table", "column", "word", "ours"),
    [
        ("calls", "status", "no-answer", "no_answer"),
        ("calls", "status", "in-progress", "in_progress"),
        ("calls", "status", "canceled", "cancelled"),
        ("calls", "outcome", "Demo Set", "demo_set"),
        ("subscriptions", "status", "cancelled", "canceled"),
        ("usage_limits", "limit_state", "blocked", "hard"),
    ],
)
def test_another_documents_word_is_written_as_ours(
    desk: Desk, table: str, column: str, word: str, ours: str
) -> None:
    inserted = desk.one(f"INSERT INTO {table} ({column}) VALUES (%s) RETURNING {column}", word)
    updated = desk.one(f"UPDATE {table} SET {column} = %s RETURNING {column}", word)

    assert inserted == updated == ours


@pytest.mark.parametrize(
    ("word", "ours"),
    [("in_progress", "in-progress"), ("cancelled", "canceled"), ("scheduled", "queued")],
)
def test_a_queued_calls_words_are_those_of_its_document(desk: Desk, word: str, ours: str) -> None:
    line = "INSERT INTO call_queue (recipient_number, status) VALUES (%s, %s) RETURNING status"

    assert desk.one(line, NUMBER, word) == ours


@pytest.mark.parametrize("written", ["12125550002", "+1 (212) 555-0002", "1.212.555.0002"])
def test_a_number_with_its_codes_is_written_in_full(desk: Desk, written: str) -> None:
    line = "INSERT INTO user_phone_numbers (full_number) VALUES (%s) RETURNING full_number"

    assert desk.one(line, written) == "+12125550002"


def test_a_queued_call_falls_due_when_its_writer_says(desk: Desk) -> None:
    then = datetime(2026, 12, 1, 9, tzinfo=UTC)
    now = desk.one("SELECT clock_timestamp()")
    at_once = desk.one(QUEUE, NUMBER)
    due = "SELECT due_at FROM call_queue WHERE id = %s"
    assert now <= desk.one(due, at_once) <= now + timedelta(minutes=1)

    desk.one("UPDATE call_queue SET scheduled_time = %s", then)
    assert desk.one(due, at_once) == then

    desk.one("UPDATE call_queue SET due_at = %s, priority = 1", then + timedelta(hours=2))
    assert desk.one(due, at_once) == then + timedelta(hours=2)

    desk.one("UPDATE call_queue SET scheduled_time = NULL")
    assert desk.one(due, at_once) < then


def test_whoever_has_a_call_to_make_stands_in_line_once(desk: Desk, stranger: Desk) -> None:
    for _ in range(2):
        desk.one("INSERT INTO call_queue (recipient_number) VALUES (%s), (%s)", NUMBER, NUMBER)
    stranger.one(QUEUE, NUMBER)

    assert desk.asked("SELECT count(*) FROM tenant_turns") == 2
    assert desk.one("SELECT count(*) FROM tenant_turns") == 1
    for better in ("UPDATE tenant_turns SET weight = 9", "DELETE FROM tenant_turns"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            desk.one(better)


def test_a_tenant_calls_off_what_waits_and_leaves_alone_what_is_dialled(desk: Desk) -> None:
    waits, dialled = desk.one(QUEUE, NUMBER), desk.one(QUEUE, NUMBER)
    desk.asked("UPDATE call_queue SET status = 'in-progress' WHERE id = %s", dialled)

    called_off = desk.connection.execute("UPDATE call_queue SET status = 'canceled'").rowcount
    deleted = desk.connection.execute("DELETE FROM call_queue").rowcount

    assert (called_off, deleted) == (1, 0)
    assert desk.asked("SELECT status FROM call_queue WHERE id = %s", waits) == "canceled"
    assert desk.asked("SELECT status FROM call_queue WHERE id = %s", dialled) == "in-progress"


def test_a_tenant_cannot_dial_by_itself(desk: Desk) -> None:
    queued = desk.one(QUEUE, NUMBER)

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        desk.one(
            "INSERT INTO call_attempts (call_queue_id, recipient_number) VALUES (%s, %s)",
            *(queued, NUMBER),
        )


@pytest.mark.parametrize(
    ("parent", "line"),
    [
        ("provider", ACCOUNT),
        ("template", "INSERT INTO call_templates (name) VALUES (%s) RETURNING id"),
    ],
)
def test_anothers_account_or_script_is_not_there_and_the_platforms_is(
    desk: Desk, stranger: Desk, parent: str, line: str
) -> None:
    theirs, shared, own = stranger.one(line, "x"), desk.asked(line, "x"), desk.one(line, "x")
    queue = f"INSERT INTO call_queue (recipient_number, {parent}_id) VALUES (%s, %s)"

    with pytest.raises(psycopg.errors.ForeignKeyViolation) as refused:
        desk.one(queue, NUMBER, theirs)
    desk.one(queue, NUMBER, shared)
    desk.one(queue, NUMBER, own)

    assert refused.value.diag.constraint_name == f"call_queue_{parent}_of_the_tenant"
    assert desk.one("SELECT count(*) FROM call_queue") == 2


def test_a_script_that_is_published_serves_everybody(desk: Desk, stranger: Desk) -> None:
    line = "INSERT INTO call_templates (name, is_public) VALUES ('x', {}) RETURNING id"
    published, _ = stranger.one(line.format("true")), stranger.one(line.format("false"))

    desk.one(
        "INSERT INTO call_queue (recipient_number, template_id) VALUES (%s, %s)",
        *(NUMBER, published),
    )

    assert desk.one("SELECT array_agg(id) FROM call_templates") == [published]


def test_a_vendors_account_shows_no_tenant_its_credential(desk: Desk) -> None:
    platforms, own = desk.asked(ACCOUNT, "VAPI"), desk.one(ACCOUNT, "Retell")
    desk.one(
        "UPDATE call_service_providers SET api_credentials = 'x', account_key = 'y' WHERE id = %s",
        own,
    )

    assert desk.one("SELECT array_agg(provider ORDER BY provider) FROM call_service_providers") == [
        "retell",
        "vapi",
    ]
    for secret in ("api_credentials", "account_key", "*"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            desk.one(f"SELECT {secret} FROM call_service_providers")
    assert (
        desk.connection.execute(
            "UPDATE call_service_providers SET priority = 9 WHERE id = %s", (platforms,)
        ).rowcount
        == 0
    )
    assert desk.asked("SELECT api_credentials FROM call_service_providers WHERE id = %s", own)


def test_a_call_keeps_the_id_of_an_account_that_is_gone(desk: Desk) -> None:
    account, queued = desk.one(ACCOUNT, "VAPI"), desk.one(QUEUE, NUMBER)
    desk.one("INSERT INTO calls (provider_id, call_queue_id) VALUES (%s, %s)", *(account, queued))
    desk.one("UPDATE call_queue SET provider_id = %s", account)

    desk.one("DELETE FROM call_service_providers")
    assert desk.one("SELECT provider_id FROM calls") == account
    assert desk.one("SELECT count(*) FROM call_queue WHERE provider_id IS NULL") == 1

    desk.one("DELETE FROM call_queue")
    assert desk.one("SELECT call_queue_id FROM calls") is None


def test_a_line_of_a_ledger_is_added_and_never_changed(desk: Desk) -> None:
    desk.one(
        "INSERT INTO usage_calls (call_id, seconds, phone_number) VALUES ('c', 60, %s)", NUMBER
    )

    assert desk.one("SELECT provider_call_id FROM usage_calls") == "c"
    for connection in (desk.connection, desk.house):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            first(connection, "UPDATE usage_calls SET seconds = 0")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        desk.one("DELETE FROM usage_calls")
    desk.asked("UPDATE usage_calls SET phone_number = NULL")  # a person is forgotten
    assert desk.asked("SELECT seconds FROM usage_calls WHERE phone_number IS NULL") == 60


@pytest.mark.parametrize(
    "line",
    [
        "INSERT INTO usage_credits (kind, seconds) VALUES ('grant', 99999)",
        "INSERT INTO subscription_plans (name, price, interval) VALUES ('x', 0, 'monthly')",
        "SELECT 1 FROM customer_health_scores",
        "SELECT 1 FROM churn_alerts",
        "SELECT 1 FROM reconciliation_findings",
        "UPDATE telephony_events SET status = 'x'",
        "SELECT 1 FROM telephony_events_default",
    ],
)
def test_what_is_the_houses_is_closed_to_tenants(desk: Desk, line: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        desk.one(line)


def test_every_tier_that_a_document_names_has_its_plan(desk: Desk) -> None:
    found = desk.one("SELECT array_agg(tier) FROM subscription_plans WHERE is_active")

    assert set(found) >= {"core", "pro", "elite", "scale", "basic", "professional", "enterprise"}


def test_an_alert_without_a_name_stands_beside_another(desk: Desk) -> None:
    for _ in range(2):
        desk.asked("INSERT INTO ops_alerts (message) VALUES ('odd')")

    assert desk.asked("SELECT count(DISTINCT subject) FROM ops_alerts") == 2


def test_outside_writers_of_calls_to_make_ring_their_area(desk: Desk) -> None:
    desk.house.execute("RESET ROLE")
    desk.house.execute("LISTEN frontdesk_bell")

    desk.one(QUEUE, NUMBER)
    heard = {bell.payload for bell in desk.house.notifies(timeout=5, stop_after=1)}

    assert heard == {"outbound"}
