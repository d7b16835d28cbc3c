"""An old backup is brought back: what went out after it is found at the vendors, not sent again."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, pool

from config.home import Home
from config.settings import Settings
from domain.database import sessions
from domain.messages import service as messages
from domain.messages.post import Post
from domain.work import batch, resolve, restoring
from domain.work.shop import Inline, Shop
from tests.support.databases import Database
from tests.support.stand_ins import StandIns, stand_ins
from tests.support.waiting import wait_until
from workers import migration
from workers.embedded import seat
from workers.keys import keyring
from workers.vendors import messages as carriers

ROWS = (
    "INSERT INTO users (business_name, timezone) VALUES ('Pipe & Co', 'UTC')",
    (
        "INSERT INTO messages (user_id, direction, channel, to_number, body, due_at, status,"
        " answers_at) SELECT id, 'outbound', 'sms', '+1212555010' || n, 'Text number ' || n,"
        " now(), 'pending', now() FROM users, generate_series(1, 4) n"
    ),
    (
        "INSERT INTO messages (user_id, direction, channel, to_email, subject, body, due_at,"
        " status) SELECT id, 'outbound', 'email', 'delivered@resend.dev', 'Hello', 'A letter',"
        " now(), 'pending' FROM users"
    ),
)
"""Texts that answer somebody: they may go at any hour."""

STATES = "SELECT status, count(*) FROM messages GROUP BY 1"


class House:
    """An embedded database that can be stopped, copied and put back, and who works on it."""

    def __init__(self, place: Path, vendors: StandIns) -> None:
        self.home = Home(place / "home")
        self.backup = place / "backup"
        self.vendors = vendors

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        with Database("frontdesk", self.home).connect() as connection:
            for statement in statements:
                cursor: psycopg.Cursor[Any] = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def rests(self) -> None:
        """Wait until the server has ended: then its files are a backup."""
        running = self.home.postgres / "postmaster.pid"
        wait_until(lambda: not running.exists(), within=30, what="the server has ended")

    def sweep(self, *, hold: bool, doubting: datetime | None = None) -> int:
        """Do what a worker does; before it, where asked for, doubt what is due."""
        given = Settings(frontdesk_home=self.home.path, sandbox_url=self.vendors.url)
        engine = create_engine(given.worker_database, poolclass=pool.NullPool)
        begin = sessions(engine)
        post = Post(
            begin=begin,
            keyring=keyring(given),
            texts=carriers.texts(given),
            mails=carriers.mails(given),
        )
        shop, job = Shop(begin=begin, hands=Inline(), holds_back=hold), messages.job(post)
        doubted = restoring.doubt(shop, job, since=doubting) if doubting else 0
        resolve.resolve(shop, job)
        batch.work(shop, job)
        for port in (post.texts, post.mails):
            getattr(port, "close", lambda: None)()
        return doubted

    def sent(self) -> list[str]:
        """Return what reached anybody at the vendors, one entry a text or letter."""
        found = [*self.vendors.effects("twilio"), *self.vendors.effects("resend")]
        return sorted(str(one["body"]) for one in found)


@pytest.mark.slow
def test_what_went_out_after_the_backup_is_found_and_not_sent_again(tmp_path: Path) -> None:
    with stand_ins(tmp_path) as vendors:
        house = House(tmp_path, vendors)
        with seat(house.home, durable=False):
            migration.migrate(house.home.database_url("postgres"))
            house.sql(*ROWS)
        house.rests()
        shutil.copytree(house.home.postgres, house.backup)
        made = datetime.now(UTC)
        with seat(house.home, durable=False):
            house.sql("UPDATE messages SET due_at = NULL WHERE body = 'Text number 4'")
            house.sweep(hold=False)
            lived = house.sent()
        house.rests()
        shutil.rmtree(house.home.postgres)
        shutil.copytree(house.backup, house.home.postgres)

        with seat(house.home, durable=False):
            house.sweep(hold=True)
            after_a_sweep = dict(house.sql(STATES))
            doubted = house.sweep(hold=True, doubting=made)
            found = dict(house.sql(STATES))
            house.sql(
                "UPDATE effects SET first_negative_at = first_negative_at - interval '1 minute',"
                " intended_at = intended_at - interval '5 minutes'",
                "UPDATE messages SET due_at = now() WHERE status = 'unknown'",
            )
            house.sweep(hold=True)
            believed = dict(house.sql(STATES))
            before_release = house.sent()
            house.sweep(hold=False)
            released = dict(house.sql(STATES))
            in_the_end = house.sent()

    assert lived == ["A letter", "Text number 1", "Text number 2", "Text number 3"]
    assert after_a_sweep == {"pending": 5}
    assert doubted == 5
    assert found == {"sent": 4, "unknown": 1}
    assert believed == {"sent": 4, "pending": 1}
    assert before_release == lived
    assert released == {"sent": 5}
    assert in_the_end == sorted([*lived, "Text number 4"])
