"""A business with a past to try things out on; none of its people hears of it."""

import json
from pathlib import Path

import psycopg
from sqlalchemy import create_engine

import sandbox
from domain.database import sessions
from domain.ids import new_id
from tests.support.commands import run
from tests.support.databases import Database

PAST = Path(sandbox.__file__).parent / "demo" / "history.sql"


def test_a_business_is_made_and_another_the_second_time(tmp_path: Path) -> None:
    first, second = (run(tmp_path / "home", "seed", "demo", "--json") for _ in range(2))

    made, again = json.loads(first.stdout), json.loads(second.stdout)
    assert made["user_id"] != again["user_id"]
    assert made["rows"] == again["rows"]
    assert min(made["rows"].values()) > 10


def test_nothing_of_it_is_due(database: Database) -> None:
    user, engine = new_id(), create_engine(database.url())
    with sessions(engine)(user) as session:
        raw = session.connection().exec_driver_sql
        raw("INSERT INTO users (id) VALUES (%s)", (user,))
        for statement in PAST.read_text(encoding="utf-8").split(";\n"):
            words = statement.replace("%", "%%")
            raw(
                words.replace(":user", "%(user)s").replace(":word", "%(word)s"),
                {"user": user, "word": "x"},
            )
    engine.dispose()

    with database.connect() as connection:
        due = {
            table: scalar(connection, f"SELECT count(*) FROM {table} WHERE {rule}")
            for table, rule in {
                "errands": "true",
                "messages": "due_at IS NOT NULL",
                "calls": "transcript IS NOT NULL",
                "call_queue": "true",
            }.items()
        }
    assert set(due.values()) == {0}, due


def test_it_is_refused_in_production(tmp_path: Path) -> None:
    refused = run(tmp_path / "home", "seed", "demo", FRONTDESK_ENV="production")

    assert refused.returncode == 2
    assert refused.stderr.startswith("frontdesk: ")


def scalar(connection: psycopg.Connection, words: str) -> int:
    row = connection.execute(words).fetchone()
    return int(row[0]) if row else -1
