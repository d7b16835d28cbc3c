"""From an INSERT by somebody who knows no Celery to the start of the task."""

import os
import random
import subprocess
import sys
import time

from benchmarks.ground import Ground

BELL = """
CREATE OR REPLACE TRIGGER bell AFTER INSERT ON parcels
FOR EACH STATEMENT EXECUTE FUNCTION app_ring('upkeep')
"""


def insert_to_start(ground: Ground, count: int) -> dict[str, float]:
    """Insert `count` rows, about ten a second; return milliseconds until a worker began."""
    told = {
        "DATABASE_URL": ground.database.url().replace("+psycopg", ""),
        "REDIS_URL": ground.home.broker_url,
        "FRONTDESK_HOME": str(ground.home.path / "listen"),
    }
    ground.postgres.execute(BELL)
    log = (ground.home.path / "listen.log").open("ab")
    with (
        log,
        subprocess.Popen(
            [sys.executable, "-m", "workers", "listen"],
            env={**os.environ, **told},
            stdout=log,
            stderr=log,
        ) as listener,
    ):
        try:
            return _measure(ground, count)
        finally:
            listener.terminate()
            ground.postgres.execute("DROP TRIGGER bell ON parcels")


def _measure(ground: Ground, count: int) -> dict[str, float]:
    assert ground.valkey.blpop(["heard"], timeout=30), "the listener rings once it listens"
    took: list[float] = []
    while len(took) < count:
        time.sleep(random.uniform(0.07, 0.13))  # noqa: S311  # not in step with the listener
        ground.valkey.delete("heard")
        began = time.time()
        ground.postgres.execute("INSERT INTO parcels (ref) VALUES (gen_random_uuid())")
        heard = ground.valkey.blpop(["heard"], timeout=10)
        assert heard
        took.append((float(heard[1]) - began) * 1000)
    took.sort()
    return {"p50": took[count // 2], "p99": took[int(count * 0.99)]}
