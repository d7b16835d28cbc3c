"""One person's time with a tenant, out of every table; and a status that stays on the screen."""

import json
import signal
from pathlib import Path

from domain.privacy import timelines
from domain.privacy.plan import PARTS
from tests.support.commands import running, told
from tests.support.databases import Database
from tests.support.waiting import wait_until

PHONE = "+12125550142"
STATEMENTS = (
    "INSERT INTO users (id, business_name, timezone) VALUES (app_uuid7(), 'Pipe', 'UTC')",
    "INSERT INTO customers (user_id, name, phone) SELECT id, 'Ann Lee', '{phone}' FROM users",
    (
        "INSERT INTO calls (user_id, phone_number, transcript, started_at, ai_processing_status)"
        " SELECT id, '{phone}', 'I am Ann Lee.', now() - interval '2 days', 'completed' FROM users"
    ),
    (
        "INSERT INTO events (user_id, call_id, title, status, customer_phone, start_time, end_time,"
        " timezone) SELECT user_id, id, 'Boiler', 'scheduled', phone_number,"
        " now() + interval '2 days',"
        " now() + interval '50 hours', 'UTC' FROM calls"
    ),
    (
        "INSERT INTO messages (user_id, event_id, direction, channel, to_number, body, rule,"
        " status, created_at, due_at, sent_at) SELECT user_id, id, 'outbound', 'sms', '{phone}',"
        " 'Dear Ann',"
        " 'confirmation', 'sent', now() - interval '1 day', now() - interval '1 day',"
        " now() - interval '1 day' FROM events"
    ),
    "INSERT INTO sms_opt_outs (user_id, phone_number) SELECT id, '{phone}' FROM users",
    (
        "INSERT INTO calls (user_id, phone_number, started_at)"
        " SELECT id, '+12125550199', now() FROM users"
    ),
)


def test_a_persons_time_is_told_in_order_and_without_a_word_of_theirs(
    database: Database, tmp_path: Path
) -> None:
    with database.connect() as connection:
        for statement in STATEMENTS:
            connection.execute(statement.format(phone=PHONE).encode())
        user, customer = connection.execute(
            "SELECT u.id, c.id FROM users u, customers c"
        ).fetchall()[0]

    by_number = told(tmp_path, database, "timeline", PHONE, "--user", str(user), "--json")
    by_customer = told(tmp_path, database, "timeline", str(customer), "--json")
    page = told(tmp_path, database, "timeline", str(customer))
    nobody = told(tmp_path, database, "timeline", "+12125550177", "--user", str(user))

    moments = json.loads(by_number[1])
    whats = [one["what"] for one in moments]
    assert whats[:1] == ["called us"]
    assert whats.index("confirmation was sent") < whats.index("said stop")
    assert whats[-1] == "the event begins"
    assert [one["at"] for one in moments] == sorted(one["at"] for one in moments)
    assert json.loads(by_customer[1]) == moments
    assert "(to come)" in page[1]
    for word in ("Ann", PHONE, "Boiler"):
        assert word not in by_number[1] + page[1]
    assert nobody[0] == 1


def test_every_table_of_a_timeline_is_one_in_which_people_are_found(database: Database) -> None:
    assert set(timelines.MOMENTS) <= {part.table for part in PARTS}
    with database.connect("frontdesk_worker") as connection:
        connection.execute("SET ROLE frontdesk_system")
        for table in timelines.MOMENTS:
            for query in timelines.queries(table):
                connection.execute(query.replace(":ids", "'{}'").encode())


def test_status_is_shown_anew_until_it_is_told_to_end(database: Database, tmp_path: Path) -> None:
    given = {"DATABASE_URL": database.url(), "REDIS_URL": database.home.broker_url}
    with running(tmp_path, "status", "--watch", "--every", "0.2", **given) as process:
        assert process.stdout
        wait_until(lambda: "Timetable" in (process.stdout or [""]).readline(), within=30)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
