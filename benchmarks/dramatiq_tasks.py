"""Dramatiq as it comes."""

import os
import sys
from pathlib import Path

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from redis import BlockingConnectionPool, Redis, UnixDomainSocketConnection

from config.home import Home

HOME = Home(Path(os.environ["BENCH_HOME"]))
POOL = BlockingConnectionPool(
    connection_class=UnixDomainSocketConnection, path=str(HOME.redis_socket), max_connections=40
)

dramatiq.set_broker(RedisBroker(client=Redis(connection_pool=POOL)))


@dramatiq.actor
def noop(row_id: str) -> None:
    """Do nothing."""


def fill(count: int) -> None:
    """Put messages where no worker looks yet."""
    with Redis(connection_pool=POOL).pipeline() as pipeline:
        for number in range(count):
            message = noop.message(str(number))
            redis_id = message.message_id
            message = message.copy(options={"redis_message_id": redis_id})
            pipeline.hset("dramatiq:parked.msgs", redis_id, message.encode())
            pipeline.rpush("dramatiq:parked", redis_id)
        pipeline.execute()


if __name__ == "__main__":
    fill(int(sys.argv[1]))
