"""The user that deploy/redis gives our processes is enough for them, and for no mischief."""

import secrets
from typing import Any

import pytest
import redis
from redis.exceptions import NoPermissionError

from tests.faults.conftest import Working
from tests.support.broker import Broker
from tests.support.commands import ROOT
from tests.support.timetable import Bells

LINES = (ROOT / "deploy/redis/users.acl").read_text().splitlines()
MISCHIEF = (
    *("FLUSHALL", "FLUSHDB", "CONFIG SET maxmemory-policy allkeys-lru", "CONFIG GET *", "KEYS *"),
    *("SHUTDOWN NOSAVE", "REPLICAOF 127.0.0.1 1", "ACL LIST", "MONITOR", "SAVE"),
)


@pytest.mark.slow
def test_a_worker_works_with_a_user_that_may_not_flush_or_configure(
    working: Working, broker: Broker, bells: Bells
) -> None:
    password = secrets.token_hex(12)
    _, name, *rules = next(line for line in LINES if line.startswith("user frontdesk")).split()
    given = [f">{password}" if one.startswith(">") else one for one in rules]
    owner: Any = broker.client
    with owner:
        owner.execute_command("ACL", "SETUSER", name, "reset", *given)

    with working(REDIS_URL=f"redis://{name}:{password}@127.0.0.1:{broker.port}/0") as worker:
        bells.seconds_until_one_is_done(within=30)
        said = worker.said()

    assert password not in said
    mine: Any = redis.Redis(port=broker.port, username=name, password=password)
    with mine:
        for words in MISCHIEF:
            with pytest.raises(NoPermissionError):
                mine.execute_command(*words.split())
