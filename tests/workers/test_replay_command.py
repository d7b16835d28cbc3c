"""`frontdesk replay`, `explain`, `retry` and `status` on notices, as an operator says them."""

import json
from pathlib import Path
from typing import Any

import pytest

from domain.database import Begin
from tests.support.broker import a_broker
from tests.support.commands import run
from tests.support.databases import Database
from tests.support.hall import Hall, twilio
from tests.support.notices import text


@pytest.mark.slow
def test_an_operator_replays_and_is_told(
    begin_for_real: Begin, database: Database, tmp_path: Path
) -> None:
    with database.connect() as connection, a_broker() as broker:
        hall = Hall(begin_for_real, connection)
        message = hall.message()
        [webhook] = hall.take_in(twilio(hall, text("delivered")))
        dead = hall.scalar(
            "INSERT INTO webhook_queue (provider, idempotency_key) VALUES ('vapi', 'k')"
            " RETURNING id"
        )
        hall.work()
        hall.connection.execute("UPDATE messages SET status = 'sent'")
        given = {"DATABASE_URL": database.url(), "REDIS_URL": broker.url}

        def say(*words: str) -> Any:
            return run(tmp_path / "home", *words, **given)

        would = json.loads(say("replay", "webhook", "--since", "1h", "--dry-run", "--json").stdout)
        before = hall.status(message)
        done = say("replay", "webhook", str(webhook))
        failed = say("replay", "webhook", "--failed", "--dry-run")
        status = say("status")
        story = say("explain", "webhook", str(webhook))
        retried = say("retry", "webhook", str(dead))

        assert {one["id"]: len(one["changes"]) for one in would} == {
            str(webhook): 1,
            str(dead): 0,
        }
        assert before == "sent"
        assert done.returncode == 0, done.stderr
        assert "delivered" in done.stdout
        assert hall.status(message) == "delivered"
        assert "its payload is not kept any more" in failed.stdout
        assert "its payload is not kept any more" in status.stdout
        assert "message.delivered" in story.stdout
        assert retried.returncode == 0, retried.stderr
        assert hall.scalar("SELECT state FROM webhook_queue WHERE id = %s", dead) == "pending"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("replay", "call", "x"), "There is no replaying a call"),
        (("replay", "webhook"), "Say which"),
        (("replay", "webhook", "x", "--failed"), "Say which"),
        (("replay", "webhook", "--since", "soon"), "--since must be"),
    ],
)
def test_what_cannot_be_replayed_is_said_in_one_sentence(
    tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    done = run(tmp_path / "home", *words)

    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
