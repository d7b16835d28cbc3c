"""What the database does by itself with rows, whoever writes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.support.databases import Database
from workers import migration

APPOINTMENT = "start_time = '2026-11-20 12:00+00', end_time = '2026-11-20 13:00+00'"


@dataclass(frozen=True, slots=True)
class Desk:
    """A connection that may do anything, on which two tenants are known; nothing stays."""

    connection: psycopg.Connection[Any]
    mine: UUID
    theirs: UUID

    def one(self, words: str, *values: object) -> Any:
        row = self.connection.execute(words.encode(), values).fetchone()
        return row[0] if row else None

    def all(self, words: str, *values: object) -> list[tuple[Any, ...]]:
        return self.connection.execute(words.encode(), values).fetchall()

    def do(self, words: str, *values: object) -> int:
        return self.connection.execute(words.encode(), values).rowcount

    def be(self, user: UUID) -> None:
        """Go on as another service does, for one tenant."""
        self.do("SELECT set_config('app.user_id', %s, true)", str(user))
        self.do("SET LOCAL ROLE frontdesk_tenant")


@pytest.fixture
def desk(own_database: Database) -> Iterator[Desk]:
    with own_database.connect() as connection, connection.transaction(force_rollback=True):
        mine, theirs = uuid4(), uuid4()
        for user in (mine, theirs):
            connection.execute("INSERT INTO users (id) VALUES (%s)", [user])
        connection.execute("SELECT set_config('app.user_id', %s, true)", [str(mine)])
        yield Desk(connection, mine, theirs)


@pytest.mark.parametrize(
    ("table", "theirs", "ours"),
    [
        ("events", "no-show", "no_show"),
        ("events", "booked", "scheduled"),
        ("events", "rescheduled", "scheduled"),
        ("events", "canceled", "cancelled"),
        ("calendar_events", "no-show", "no_show"),
        ("calendar_events", "booked", "scheduled"),
        ("messages", "opened", "delivered"),
        ("messages", "queued", "pending"),
        ("messages", "cancelled", "void"),
        ("leads", "Callback Requested", "callback_requested"),
        ("leads", "Not Interested", "not_interested"),
        ("leads", "New", "new"),
    ],
)
def test_a_state_in_anothers_spelling_is_stored_in_ours(
    desk: Desk, table: str, theirs: str, ours: str
) -> None:
    written = desk.one(f"INSERT INTO {table} (status) VALUES (%s) RETURNING status", theirs)
    changed = desk.one(f"UPDATE {table} SET status = %s RETURNING status", theirs)

    assert (written, changed) == (ours, ours)


def test_a_spelling_is_no_change_of_an_event(desk: Desk) -> None:
    desk.do("INSERT INTO events (status) VALUES ('no_show')")

    same = desk.one("UPDATE events SET status = 'no-show' RETURNING generation")
    other = desk.one("UPDATE events SET status = 'booked' RETURNING generation")

    assert (same, other) == (0, 1)


def test_an_event_without_a_title_is_called_what_it_is(desk: Desk) -> None:
    named = desk.one("INSERT INTO events (title) VALUES ('Boiler') RETURNING title")
    served = desk.one("INSERT INTO events (title, service_type) VALUES (NULL, 'x') RETURNING title")
    plain = desk.one("INSERT INTO events (event_type) VALUES ('service_call') RETURNING title")

    assert (named, served, plain) == ("Boiler", "x", "service call")


def test_a_start_and_a_length_make_an_end(desk: Desk) -> None:
    long = "EXTRACT(epoch FROM end_time - start_time) / 60"

    made = desk.one(
        "INSERT INTO events (start_time, duration_minutes) VALUES (now(), 90) RETURNING " + long
    )
    given = desk.one(
        "INSERT INTO events (start_time, end_time, duration_minutes)"
        " VALUES (now(), now() + interval '30 min', 90) RETURNING " + long
    )
    wished = desk.one("INSERT INTO events (duration_minutes) VALUES (90) RETURNING end_time")

    assert (made, given, wished) == (90, 30, None)


def test_an_event_that_took_place_says_when_that_was_known(desk: Desk) -> None:
    desk.do("INSERT INTO events (status) VALUES ('scheduled')")

    open_ = desk.one("SELECT completed_at FROM events")
    first = desk.one("UPDATE events SET status = 'completed' RETURNING completed_at")
    later = desk.one("UPDATE events SET notes = 'x' RETURNING completed_at")

    assert open_ is None
    assert first == later is not None


@pytest.mark.parametrize(
    ("day", "hour", "zone", "moment"),
    [
        ("2026-11-20", "02:30 PM", "America/Toronto", "2026-11-20 19:30+00"),
        ("2026-07-01", "14:30", "America/Toronto", "2026-07-01 18:30+00"),
        ("2026-03-29", "02:30", "Europe/Stockholm", "2026-03-29 01:30+00"),
    ],
)
def test_a_day_and_an_hour_are_a_moment_in_a_zone(
    desk: Desk, day: str, hour: str, zone: str, moment: str
) -> None:
    assert desk.one("SELECT app_moment(%s, %s, %s) = %s::timestamptz", day, hour, zone, moment)


def test_a_name_in_two_parts_is_a_name(desk: Desk) -> None:
    written = "INSERT INTO users (first_name, last_name, full_name) VALUES (%s, %s, %s)"

    made = desk.one(written + " RETURNING full_name", "Ada", "Byron", None)
    given = desk.one(written + " RETURNING full_name", "Ada", "Byron", "Lady Lovelace")

    assert (made, given) == ("Ada Byron", "Lady Lovelace")


def owed(desk: Desk, task: str) -> int:
    return int(desk.one("SELECT count(*) FROM errands WHERE task = %s", task))


def test_a_booking_that_others_write_is_owed_to_the_owner_once_a_change(desk: Desk) -> None:
    desk.do("INSERT INTO calendar_events (title) VALUES ('x')")
    written = owed(desk, "messages.plan")
    desk.do("UPDATE calendar_events SET etag = 'seen again', title = 'y'")
    seen_again = owed(desk, "messages.plan")
    desk.do(f"UPDATE calendar_events SET {APPOINTMENT}")
    moved = owed(desk, "messages.plan")

    assert (written, seen_again, moved) == (1, 1, 2)


def test_our_own_pull_of_a_calendar_tells_the_owner_nothing(desk: Desk) -> None:
    desk.do("SELECT set_config('app.bell', 'off', true)")

    desk.do("INSERT INTO calendar_events (title) VALUES ('x')")
    desk.do(f"UPDATE calendar_events SET {APPOINTMENT}")

    assert owed(desk, "messages.plan") == 0


def test_a_review_is_read_when_written_and_when_edited(desk: Desk) -> None:
    desk.do("INSERT INTO reviews (rating, comment) VALUES (5, 'Good')")
    written = owed(desk, "growth.review")
    desk.do("UPDATE reviews SET sentiment = 'positive', analysed_at = now()")
    understood = owed(desk, "growth.review")
    desk.do("UPDATE reviews SET comment = 'Bad, on second thoughts'")
    edited = owed(desk, "growth.review")

    assert (written, understood, edited) == (1, 1, 2)


HOLD = (
    "INSERT INTO booking_holds (user_id, resource, during, expires_at)"
    " VALUES (%s, %s, tstzrange(%s, %s), now()) RETURNING 1"
)


def test_holds_stand_in_each_others_way_only_for_one_resource_and_time(desk: Desk) -> None:
    noon, one, two = "2026-11-20 12:00+00", "2026-11-20 13:00+00", "2026-11-20 14:00+00"
    desk.do(HOLD, desk.mine, "owner", noon, one)

    assert desk.one(HOLD, desk.mine, "owner", one, two)
    assert desk.one(HOLD, desk.mine, "van", noon, one)
    assert desk.one(HOLD, desk.theirs, "owner", noon, one)
    desk.do("UPDATE booking_holds SET released_at = now()")
    assert desk.one(HOLD, desk.mine, "owner", noon, two)


def test_defaults_are_everybodys_to_read_and_nobodys_to_change(desk: Desk) -> None:
    desk.do(
        "INSERT INTO industry_configurations (user_id, industry_type, event_types)"
        " VALUES (%s, 'secret', '[]')",
        desk.theirs,
    )
    desk.be(desk.mine)

    seen = desk.all("SELECT industry_type FROM industry_configurations ORDER BY 1")
    changed = desk.do("UPDATE industry_configurations SET event_types = '[\"x\"]'")
    deleted = desk.do("DELETE FROM industry_configurations")

    assert [name for (name,) in seen] == ["legal", "medical", "plumbing", "real_estate", "sales"]
    assert (changed, deleted) == (0, 0)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        desk.do(
            "INSERT INTO industry_configurations (user_id, industry_type, event_types)"
            " VALUES (NULL, 'x', '[]')"
        )


@pytest.mark.parametrize("role", ["frontdesk_tenant", "frontdesk_system"])
@pytest.mark.parametrize("table", ["audit_logs", "consent_logs"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET user_agent = 'x'", "DELETE FROM {}"])
def test_what_is_on_record_stays(desk: Desk, role: str, table: str, verb: str) -> None:
    desk.do(f"SET LOCAL ROLE {role}")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        desk.do(verb.format(table))


@pytest.mark.parametrize(
    "words",
    [
        "INSERT INTO user_premium_features (post_call_sms) VALUES (true)",
        "UPDATE ai_budgets SET hard_limit = 1000000",
        "DELETE FROM suppressions",
        "UPDATE exchange_rates SET rate = 1",
        "UPDATE number_ranges SET day_count = 0",
        "SELECT 1 FROM sms_thread_locks",
        "SELECT 1 FROM pace_buckets",
    ],
)
def test_a_tenant_cannot_help_itself(desk: Desk, words: str) -> None:
    desk.be(desk.mine)

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        desk.do(words)


def test_an_actor_stands_in_the_record(desk: Desk) -> None:
    desk.do("SET LOCAL app.actor = 'api:anna'")
    desk.be(desk.mine)

    actor = desk.one("INSERT INTO audit_logs (action) VALUES ('x') RETURNING actor")

    assert actor == "api:anna"


def test_the_figures_of_events_are_ones_own(desk: Desk) -> None:
    for user in (desk.mine, desk.theirs):
        for status in ("pending", "confirmed", "completed", "cancelled"):
            desk.do("INSERT INTO events (user_id, status) VALUES (%s, %s)", user, status)
    desk.be(desk.mine)

    mine = desk.all("SELECT * FROM get_user_event_stats(%s)", desk.mine)
    theirs = desk.all("SELECT * FROM get_user_event_stats(%s)", desk.theirs)

    assert mine == [(4, 1, 1, 1, 50)]
    assert theirs == [(0, 0, 0, 0, 0)]


def test_an_organization_is_told_to_its_members_only(desk: Desk) -> None:
    organization = uuid4()
    desk.do("UPDATE users SET organization_id = %s", organization)
    desk.be(desk.mine)

    assert desk.one("SELECT user_organization_id(%s)", desk.mine) == organization
    assert desk.one("SELECT user_organization_id(%s)", desk.theirs) is None


def test_costs_are_those_that_were_charged_each_in_its_currency(desk: Desk) -> None:
    for user in (desk.mine, desk.theirs):
        desk.do("INSERT INTO ai_usage_logs (user_id, cost_usd) VALUES (%s, 0.02)", user)
        desk.do(
            "INSERT INTO ai_usage_logs (user_id, cost_usd, cost_local, currency)"
            " VALUES (%s, 0.02, 0.21, 'SEK')",
            user,
        )
        desk.do("INSERT INTO messages (user_id, cost, currency) VALUES (%s, 0.5, 'SEK')", user)
        desk.do("INSERT INTO messages (user_id) VALUES (%s)", user)
        desk.do("INSERT INTO calls (user_id, cost) VALUES (%s, 0.3)", user)
    desk.be(desk.mine)

    costs = desk.all(
        "SELECT cost_type, currency, cost::text, event_count FROM v_user_costs ORDER BY 1, 2"
    )

    assert costs == [
        ("ai", "SEK", "0.21", 1),
        ("ai", "USD", "0.02", 1),
        ("calls", "USD", "0.3", 1),
        ("sms", "SEK", "0.5", 1),
    ]


def test_revenue_is_what_was_completed(desk: Desk) -> None:
    for user in (desk.mine, desk.theirs):
        for status in ("completed", "scheduled"):
            desk.do(
                "INSERT INTO calendar_events (user_id, status, start_time, expected_revenue,"
                " actual_revenue, currency) VALUES (%s, %s, '2026-11-20 12:00+00', 10, 9, 'SEK')",
                user,
                status,
            )
    desk.be(desk.mine)

    revenue = desk.all(
        "SELECT date::text, booking_count, currency, expected_revenue::int, actual_revenue::int"
        " FROM v_user_revenue"
    )

    assert revenue == [("2026-11-20", 1, "SEK", 10, 9)]


def test_encryption_for_others_stands_only_where_the_server_has_it(database: Database) -> None:
    known = "SELECT count(*) FROM pg_proc WHERE proname IN ('encrypt_text', 'decrypt_text')"
    with database.connect() as connection:
        without = connection.execute(known).fetchone()
        offered = connection.execute(
            "SELECT 1 FROM pg_available_extensions WHERE name = 'pgcrypto'"
        ).fetchone()

    assert without == (0,)
    if offered is None:
        pytest.skip("this server has no pgcrypto")
    migration.migrate(database.url("postgres"), to="0012")
    with database.connect() as connection:
        connection.execute("CREATE EXTENSION pgcrypto SCHEMA public")
    migration.migrate(database.url("postgres"))
    with database.connect("frontdesk_tenant") as connection:
        told = connection.execute("SELECT decrypt_text(encrypt_text('x', 'k'), 'k')").fetchone()
    assert told == ("x",)


def test_the_way_back_holds_no_call_among_messages(database: Database) -> None:
    with database.connect() as connection:
        user = uuid4()
        connection.execute("INSERT INTO users (id) VALUES (%s)", [user])
        for channel in ("call", "sms"):
            connection.execute(
                "INSERT INTO messages (user_id, channel, body) VALUES (%s, %s, 'x')",
                [user, channel],
            )

    migration.migrate(database.url("postgres"), to="0010")

    with database.connect() as connection:
        left = connection.execute("SELECT channel FROM messages").fetchall()
    assert left == [("sms",)]
