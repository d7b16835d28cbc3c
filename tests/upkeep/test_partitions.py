"""Months as partitions: made ahead, dropped late, and nobody is kept from writing meanwhile."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from domain.database import SYSTEM, Begin, sessions
from domain.work import partitions
from tests.support.databases import Database
from tests.support.figures import Measured

TABLE = "ai_usage_logs"
NOW = datetime(2030, 12, 31, 23, 59, 59, tzinfo=UTC)
YEARS = timedelta(days=900)


@pytest.fixture
def bare(database: Database) -> Database:
    """A database whose months were never made."""
    with database.connect() as connection:
        for (name,) in connection.execute(
            "SELECT p.name FROM pg_class c, app_partitions(c.relname) p"
            " WHERE relkind = 'p' AND relnamespace = 'frontdesk'::regnamespace"
        ).fetchall():
            connection.execute(f"DROP TABLE {name}")
    return database


@contextmanager
def owner(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.connect() as connection:
        connection.execute("SET ROLE frontdesk_owner")
        yield connection


def keep_up(
    connection: psycopg.Connection[Any], now: datetime = NOW, keep: timedelta | None = None
) -> list[tuple[str, str, int]]:
    done = []
    while True:
        (found,) = connection.execute(
            "SELECT (step, partition, rows)::text FROM app_step_partitions_at(%s, 3, %s, %s)",
            (TABLE, keep, now),
        ).fetchall()
        step, partition, rows = found[0].strip("()").split(",")
        if not step:
            return done
        done.append((step, partition, int(rows or 0)))


def write(connection: psycopg.Connection[Any], *moments: datetime) -> None:
    for moment in moments:
        connection.execute(
            "INSERT INTO ai_usage_logs (user_id, created_at, purpose, provider, model, outcome)"
            " VALUES (%s, %s, 'p', 'v', 'm', 'done')",
            (uuid4(), moment),
        )


def found(database: Database) -> dict[str, int]:
    with database.connect() as connection:
        return dict(
            connection.execute(
                "SELECT tableoid::regclass::text, count(*) FROM ai_usage_logs GROUP BY 1 ORDER BY 1"
            ).fetchall()
        )


def test_the_year_turns_in_utc(bare: Database) -> None:
    with owner(bare) as connection:
        connection.execute("SET timezone = 'Pacific/Kiritimati'")  # 14 hours ahead

        before = keep_up(connection, NOW)
        after = keep_up(connection, NOW + timedelta(seconds=1))

    assert [name for _, name, _ in before] == [
        f"{TABLE}_{month}" for month in ("2030_12", "2031_01", "2031_02", "2031_03")
    ]
    assert after == [("made", f"{TABLE}_2031_04", 0)]
    with bare.connect() as connection:
        write(connection, NOW, NOW + timedelta(seconds=1))
    assert found(bare) == {f"{TABLE}_2030_12": 1, f"{TABLE}_2031_01": 1}


def test_what_was_written_before_the_months_were_made_is_moved(bare: Database) -> None:
    days = [NOW - timedelta(days=n) for n in (400, 70, 0)]
    with bare.connect() as connection:
        write(connection, *days, NOW + timedelta(days=500))

    with owner(bare) as connection:
        done = keep_up(connection)

    assert done[0] == ("made", f"{TABLE}_until_2031_01", 3)
    assert found(bare) == {f"{TABLE}_until_2031_01": 3, f"{TABLE}_default": 1}


def test_months_that_were_missed_are_made_up_for_with_their_rows(bare: Database) -> None:
    late = NOW + timedelta(days=150)
    with owner(bare) as connection:
        keep_up(connection)
    with bare.connect() as connection:
        write(connection, datetime(2019, 1, 1, tzinfo=UTC), NOW, late, late, late)

    with owner(bare) as connection:
        keep_up(connection, late)

    assert found(bare) == {
        f"{TABLE}_2030_12": 1,
        f"{TABLE}_default": 1,
        f"{TABLE}_until_2031_06": 3,
    }


def test_a_few_rows_ahead_of_their_time_move_out_of_many_old_ones(bare: Database) -> None:
    ahead = NOW + timedelta(days=100)
    with owner(bare) as connection:
        keep_up(connection)
    with bare.connect() as connection:
        write(connection, *[datetime(2019, 1, day, tzinfo=UTC) for day in range(1, 10)], ahead)

    with owner(bare) as connection:
        done = keep_up(connection, NOW + timedelta(days=31))

    assert done == [("made", f"{TABLE}_2031_04", 1)]
    assert found(bare) == {f"{TABLE}_2031_04": 1, f"{TABLE}_default": 9}


def test_a_month_goes_when_all_in_it_is_past_keeping_and_old_rows_of_the_rest(
    bare: Database,
) -> None:
    with owner(bare) as connection:
        keep_up(connection)
        with bare.connect() as writer:
            write(writer, NOW, datetime(2019, 1, 1, tzinfo=UTC))

        kept = keep_up(connection, NOW + YEARS, keep=YEARS + timedelta(days=1))
        gone = keep_up(connection, NOW + YEARS + timedelta(seconds=2), keep=YEARS)

    assert [what for what, _, _ in kept[-2:]] == ["made", "emptied"]
    assert ("dropped", f"{TABLE}_2030_12", 1) in gone
    assert found(bare) == {}


def test_the_house_cannot_drop_what_the_law_wants_kept(
    bare: Database, begin_for_real: Begin
) -> None:
    with bare.connect() as connection:
        connection.execute("SET ROLE frontdesk_owner")
        keep_up(connection, datetime.now(UTC) - timedelta(days=90))
    with bare.connect() as connection:
        write(connection, datetime.now(UTC) - timedelta(days=89))

    done = list(partitions.keep_up(begin_for_real, TABLE, keep=timedelta(0)))

    assert {step.what for step in done} <= {"made"}
    assert sum(found(bare).values()) == 1


@pytest.mark.parametrize(
    "table",
    ["calls", "users", "ai_usage_logs_default", "ai_usage_logs; DROP TABLE users", "pg_class", ""],
)
def test_nothing_but_our_partitioned_tables_is_taken(database: Database, table: str) -> None:
    with database.connect("frontdesk_worker") as connection:
        connection.execute("SET ROLE frontdesk_system")

        with pytest.raises(psycopg.errors.InvalidParameterValue):
            connection.execute("SELECT app_step_partitions(%s, 3, '0 s')", (table,))


@pytest.mark.parametrize("role", ["frontdesk_tenant", "frontdesk_worker"])
def test_only_the_house_may_make_or_drop_months(database: Database, role: str) -> None:
    calls = (
        "app_step_partitions('ai_usage_logs', 3, '0 s')",
        "app_step_partitions_at('ai_usage_logs', 3, '0 s', '2099-01-01')",
        "app_make_partition('ai_usage_logs', now(), now(), true)",
        "app_close_partition('users')",
    )
    with database.connect(role) as connection:
        for call in calls:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT {call}".encode())
    with database.connect("frontdesk_worker") as connection:
        connection.execute("SET ROLE frontdesk_system")
        for call in calls[1:]:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT {call}".encode())


def test_a_temporary_table_of_that_name_changes_nothing(database: Database) -> None:
    with database.connect("frontdesk_worker") as connection:
        connection.execute("CREATE TEMP TABLE ai_usage_logs_default (created_at timestamptz)")
        connection.execute("CREATE TEMP TABLE ai_usage_logs (created_at timestamptz)")
        connection.execute("SET search_path = pg_temp, frontdesk")
        connection.execute("SET ROLE frontdesk_system")

        connection.execute("SELECT frontdesk.app_step_partitions('ai_usage_logs', 5, NULL)")

    with database.connect() as connection:
        made = connection.execute("SELECT count(*) FROM app_partitions('ai_usage_logs')")
        assert made.fetchone() == (5,)


def test_a_partition_is_as_closed_as_its_table(bare: Database) -> None:
    with bare.connect() as connection:
        write(connection, NOW)
    with owner(bare) as connection:
        keep_up(connection)

    with bare.connect("frontdesk_tenant") as connection:
        for name in ("default", "until_2031_01", "2031_02"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT FROM {TABLE}_{name}".encode())
    with bare.connect() as connection:
        open_ones = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'frontdesk'::regnamespace"
            " AND relkind IN ('r', 'p') AND relname <> 'alembic_version'"
            " AND NOT (relrowsecurity AND relforcerowsecurity)"
        ).fetchall()
    assert open_ones == []


def test_an_alert_stands_while_the_newest_month_is_near(
    bare: Database, begin_for_real: Begin
) -> None:
    partitions.notice_few_months(begin_for_real)
    before = alerts(bare)
    for table in ("ai_usage_logs", "webhook_payloads"):
        list(partitions.keep_up(begin_for_real, table, keep=None))
    partitions.notice_few_months(begin_for_real)
    with bare.connect() as connection:
        edges = connection.execute("SELECT min(till - now()) FROM app_partitions(%s)", (TABLE,))
        assert edges.fetchone()

    assert {TABLE, "webhook_payloads"} <= before
    assert not {TABLE, "webhook_payloads"} & alerts(bare)


def alerts(database: Database) -> set[str]:
    with database.connect() as connection:
        return {
            row[0]
            for row in connection.execute(
                "SELECT subject FROM ops_alerts WHERE alert_type = 'partitions_near'"
                " AND resolved_at IS NULL"
            )
        }


def test_who_holds_a_lock_is_waited_for_a_second_and_the_months_made_later(
    bare: Database, begin_for_real: Begin
) -> None:
    with bare.connect() as reader, reader.transaction():
        reader.execute(f"LOCK TABLE {TABLE} IN ACCESS SHARE MODE")
        began = time.monotonic()
        done = list(partitions.keep_up(begin_for_real, TABLE, keep=None))
        waited = time.monotonic() - began

    assert done == []
    assert waited < 3
    assert len(list(partitions.keep_up(begin_for_real, TABLE, keep=None))) == 4


MANY = 300_000


class Crowd:
    """Three who write and one who counts, while something happens."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.waits: list[float] = []
        self.seen: list[int] = []
        self.failures: list[psycopg.Error] = []
        self._done = threading.Event()
        self._people = [threading.Thread(target=self._write) for _ in range(3)]
        self._people.append(threading.Thread(target=self._count))

    def __enter__(self) -> Self:
        for one in self._people:
            one.start()
        time.sleep(0.5)
        return self

    def __exit__(self, *_: object) -> None:
        time.sleep(0.5)
        self._done.set()
        for one in self._people:
            one.join()

    def _write(self) -> None:
        try:
            with self.database.connect("frontdesk_worker") as connection:
                connection.execute("SET ROLE frontdesk_system")
                while not self._done.is_set():
                    began = time.monotonic()
                    write(connection, datetime.now(UTC))
                    self.waits.append(time.monotonic() - began)
        except psycopg.Error as error:
            self.failures.append(error)

    def _count(self) -> None:
        with self.database.connect() as connection:
            while not self._done.is_set():
                (row,) = connection.execute("SELECT count(*) FROM ai_usage_logs").fetchall()
                self.seen.append(row[0])


@pytest.mark.slow
def test_writers_and_readers_miss_nothing_while_months_are_made(
    bare: Database, measured: Measured
) -> None:
    with bare.connect() as connection:
        connection.execute(
            "INSERT INTO ai_usage_logs (user_id, created_at, purpose, provider, model, outcome)"
            " SELECT gen_random_uuid(), now() - n * interval '10 s', 'p', 'v', 'm', 'done'"
            " FROM generate_series(1, %s) n",
            (MANY,),
        )
    engines = [create_engine(bare.url()) for _ in range(2)]
    makers = [
        threading.Thread(target=make_until_made, args=(sessions(engine),)) for engine in engines
    ]

    with Crowd(bare) as crowd:
        for one in makers:
            one.start()
        for one in makers:
            one.join()

    for engine in engines:
        engine.dispose()
    after = found(bare)
    measured(
        f"months made beside 3 writers, {MANY} rows waiting for theirs: {len(crowd.waits)} writes,"
        f" the slowest waited {max(crowd.waits):.2f} s"
    )
    assert crowd.failures == []
    assert sum(after.values()) == MANY + len(crowd.waits)
    assert f"{TABLE}_default" not in after
    assert crowd.seen == sorted(crowd.seen)
    assert max(crowd.waits) < 2


def make_until_made(begin: Begin) -> None:
    for _ in range(20):
        list(partitions.keep_up(begin, TABLE, keep=None))
        with begin(SYSTEM) as session:
            near = {one.table for one in partitions.standing(session.connection()) if one.severity}
        if TABLE not in near:
            return


def test_what_is_none_of_our_tables_is_an_error_and_not_a_wait(begin_for_real: Begin) -> None:
    with pytest.raises(DBAPIError):
        list(partitions.keep_up(begin_for_real, "users", keep=None))
