"""Dramatiq as it comes."""

import os
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
