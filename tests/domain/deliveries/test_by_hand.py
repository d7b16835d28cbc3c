"""What a person says about webhooks on the command line, and what others' writing rings."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.support.commands import run
from tests.support.databases import Database
from tests.support.receivers import Desk, receiver, take


def say(database: Database, tmp_path: Path, *words: str, **more: str) -> Any:
    url = database.url().replace("+psycopg", "")
    broker = f"redis+socket://{database.home.redis_socket}"
    return run(tmp_path, *words, DATABASE_URL=url, REDIS_URL=broker, **more)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_address_is_tried_resumed_and_a_delivery_explained_and_made_again(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    bodies: list[bytes] = []
    with receiver(lambda request: bodies.append(take(request))) as url:
        config = str(desk.config(url, paused_at="2026-01-01"))
        places = url.removeprefix("http://")

        refused = say(database, tmp_path, "webhooks", "test", config)
        tried = say(database, tmp_path, "webhooks", "test", config, "--json", WEBHOOKS_ALLOW=places)
        delivery = json.loads(tried.stdout)["delivery"]
        too_soon = say(database, tmp_path, "retry", "delivery", delivery)
        resumed = say(database, tmp_path, "webhooks", "resume", config)
        again = say(database, tmp_path, "retry", "delivery", delivery)
        told = say(database, tmp_path, "explain", "delivery", delivery)

    assert (refused.returncode, tried.returncode) == (1, 0), refused.stderr + tried.stderr
    assert "https" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert len(bodies) == 1
    assert too_soon.returncode == 2
    assert "resume" in too_soon.stderr
    assert (resumed.returncode, again.returncode) == (0, 0)
    assert told.returncode == 0
    assert "pending" in told.stdout
    assert f"delivery:{delivery}:0" in told.stdout


def test_an_address_that_is_not_there_is_told_in_a_sentence(
    database: Database, tmp_path: Path
) -> None:
    for word in ("test", "resume"):
        done = say(database, tmp_path, "webhooks", word, str(uuid4()))

        assert done.returncode == 1
        assert "There is no webhook config" in done.stderr


def test_a_writer_that_knows_no_celery_rings_the_area(desk: Desk, database: Database) -> None:
    desk.config()
    with psycopg.connect(
        database.url("postgres").replace("+psycopg", ""), autocommit=True
    ) as listener:
        listener.execute("LISTEN frontdesk_bell")
        desk.event()

        heard = {notice.payload for notice in listener.notifies(timeout=2, stop_after=2)}

    assert "webhooks" in heard


def test_a_tenant_sees_its_own_addresses_and_deliveries_only(
    desk: Desk, database: Database
) -> None:
    mine, theirs = desk.config(), desk.config(user_id=desk.tenant())
    desk.owe(mine)
    desk.owe(theirs)
    with database.connect("frontdesk_tenant") as tenant:
        tenant.execute("SELECT set_config('app.user_id', %s, false)", [str(desk.user)])
        configs = tenant.execute("SELECT id FROM webhook_configs").fetchall()
        deliveries = tenant.execute("SELECT config_id FROM webhook_deliveries").fetchall()

        with pytest.raises(psycopg.errors.Error):
            tenant.execute(
                "INSERT INTO webhook_deliveries (config_id, event_type, object_id, payload)"
                " VALUES (%s, 'x', %s, '{}')",
                [theirs, uuid4()],
            )

    assert configs == deliveries == [(mine,)]
