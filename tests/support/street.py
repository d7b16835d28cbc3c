"""Intake's door, open on a free port, and what stands before it."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from domain.database import Begin
from domain.webhooks.intake import Desk
from tests.support.notices import Post
from tests.support.stand_ins import free_port
from tests.support.waiting import wait_until
from tests.support.webhook_box import senders
from workers.intake import Door


class Street:
    """What stands before an open door."""

    def __init__(self, url: str, rung: list[tuple[Any, ...]]) -> None:
        self.url, self.rung = url, rung

    def send(self, post: Post, method: str = "POST") -> tuple[int, str, float]:
        where = urlsplit(self.url)
        line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
        began = time.monotonic()
        line.request(method, post.target, post.body, dict(post.headers))
        answer = line.getresponse()
        said = answer.read().decode()
        took = time.monotonic() - began
        line.close()
        return answer.status, said, took


@contextmanager
def open_door(begin: Begin, **more: Any) -> Iterator[Street]:
    port, rung = free_port(), list[tuple[Any, ...]]()
    desk = Desk(begin=begin, senders=senders(begin))
    door = Door(desk, lambda *bell: rung.append(bell), **more)
    server = uvicorn.Server(
        uvicorn.Config(door.app(), port=port, log_config=None, access_log=False)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started, within=10, what="the door is open")
    try:
        yield Street(f"http://127.0.0.1:{port}", rung)
    finally:
        server.should_exit = True
        thread.join()
