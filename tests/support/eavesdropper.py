"""Somebody who hears all that goes to the broker: every command, every event, every key."""

import base64
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from celery import Celery
from celery.events import EventReceiver

from tests.support.broker import Broker
from tests.support.waiting import wait_until

PACKED = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


class Eavesdropper:
    """What was heard, packed bodies unpacked."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._commands: list[bytes] = []
        self._line = socket.socket(socket.AF_UNIX)
        self.events: list[dict[str, Any]] = []
        self._app = Celery("tests", broker=broker.url, set_as_current=False)
        self._is_over = threading.Event()

    def commands(self) -> str:
        return unpacked(b"".join(self._commands).decode(errors="replace"))

    def keys(self) -> str:
        """Return what lies in the broker now, whatever its type."""
        with self._broker.client as client:
            found = [(key, client.dump(key)) for key in client.scan_iter(count=1000)]
        return unpacked("\n".join(repr(one) for one in found))

    def heard_of(self) -> set[str]:
        """Return the names of the tasks that events told of."""
        return {str(event["name"]) for event in self.events if event.get("name")}

    @contextmanager
    def listening(self) -> Iterator[None]:
        self._line.connect(str(self._broker.socket))
        self._line.sendall(b"MONITOR\r\n")
        threads = [threading.Thread(target=one) for one in (self._monitor, self._receive)]
        for thread in threads:
            thread.start()
        try:
            wait_until(lambda: self._commands, within=10, what="the monitor answers")
            yield
        finally:
            self._is_over.set()
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join(10)
            self._line.close()
            self._app.close()

    def _monitor(self) -> None:
        while heard := self._line.recv(65536):
            self._commands.append(heard)

    def _receive(self) -> None:
        with self._app.connection_for_read() as connection:
            receiver = EventReceiver(connection, {"*": self.events.append}, app=self._app)
            while not self._is_over.is_set():
                with suppress(TimeoutError):
                    receiver.capture(limit=None, timeout=1, wakeup=False)


def unpacked(text: str) -> str:
    """Return a text with all that is packed in it in base64 laid open beside it."""
    opened = [text]
    for found in PACKED.findall(text):
        with suppress(ValueError):
            opened.append(base64.b64decode(found + "=" * (-len(found) % 4)).decode("latin-1"))
    return "\n".join(opened)
