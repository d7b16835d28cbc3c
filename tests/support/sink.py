"""A listener inside that nobody from outside is to reach: it counts who came and what was said."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass
class Sink:
    port: int
    visits: int = 0
    octets: int = 0


@contextmanager
def sink() -> Iterator[Sink]:
    """Listen on every address of this machine, of both kinds where it has both."""
    both = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both else socket.AF_INET
    with socket.create_server(("", 0), family=family, dualstack_ipv6=both) as server:
        made = Sink(server.getsockname()[1])

        def take(line: socket.socket) -> None:
            made.visits += 1
            line.settimeout(0.5)
            with suppress(OSError):
                made.octets += len(line.recv(65_536))

        with accepting(server, take):
            yield made


@contextmanager
def rude(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """Run a receiver that hears a request and then behaves as it likes; yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take(line: socket.socket) -> None:
            with suppress(OSError):
                line.recv(65_536)
                behave(line)

        with accepting(server, take):
            yield server.getsockname()[1]


@contextmanager
def accepting(server: socket.socket, take: Callable[[socket.socket], None]) -> Iterator[None]:
    """Take one connection after the other until the block ends."""

    def serve() -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            with line:
                take(line)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
