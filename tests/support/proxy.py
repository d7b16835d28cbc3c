"""A wire that can be cut in every way that wires are cut."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.broker import free_port

Pipe = tuple[asyncio.StreamReader, asyncio.StreamWriter]

RESET_ON_CLOSE = b"\1\0\0\0\0\0\0\0"
"""SO_LINGER of no seconds: closing sends RST."""


class Proxy:
    """Carries bytes from a port of its own to a server, in a thread of its own."""

    def __init__(self, to: int | Path, at: str = "127.0.0.1") -> None:
        """Carry to a port of this machine, or to a unix socket, from an address of its own."""
        self.at = at
        self.port = free_port()
        self.delay = 0.0
        self.unheard = 0
        """How often an answer was lost."""

        self._to = to
        self._wires: set[_Wire] = set()
        self._refuses = False
        self._loses: tuple[bytes, Callable[[], bool]] | None = None
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(5)

    def stop(self) -> None:
        self.reset()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def swallow(self) -> int:
        """Forget the connections there are, as a firewall does: open, and nothing comes through."""

        async def forget() -> int:
            for wire in self._wires:
                wire.swallowed = True
            return len(self._wires)

        return self._do(forget)

    def reset(self) -> None:
        """Break the connections there are."""

        async def break_all() -> None:
            for wire in list(self._wires):
                wire.reset()

        self._do(break_all)

    def refuse(self) -> None:
        """Break the connections there are, and take no new ones."""
        self._refuses = True
        self.reset()

    def allow(self) -> None:
        self._refuses = False

    def lose_answers_to(self, asked: bytes, whether: Callable[[], bool]) -> None:
        """Carry what holds these bytes there, and break the connection when it is answered."""
        self._loses = (asked, whether)

    def _do(self, what: "Callable[[], Awaitable[int | None]]") -> int:
        async def run() -> int:
            return await what() or 0

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._carry, self.at, self.port)
        )
        self._ready.set()
        self._loop.run_forever()
        server.close()
        while left := asyncio.all_tasks(self._loop):  # who was just let in begins meanwhile
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    async def _carry(self, *near: asyncio.StreamReader | asyncio.StreamWriter) -> None:
        reader, writer = near
        assert isinstance(reader, asyncio.StreamReader)
        assert isinstance(writer, asyncio.StreamWriter)
        if self._refuses:
            writer.transport.abort()
            return
        try:
            far = await self._reach()
        except (OSError, asyncio.CancelledError):  # whom it carries to is away, or all is over
            writer.transport.abort()
            return
        wire = _Wire(writer, far[1])
        self._wires.add(wire)
        there = asyncio.ensure_future(self._pump(wire, reader, far[1], listens=True))
        back = asyncio.ensure_future(self._pump(wire, far[0], writer))
        with suppress(asyncio.CancelledError):  # the end of the test; asyncio would log it
            await asyncio.wait((there, back))
        self._wires.discard(wire)
        wire.close()

    async def _reach(self) -> Pipe:
        if isinstance(self._to, Path):
            return await asyncio.open_unix_connection(str(self._to))
        return await asyncio.open_connection("127.0.0.1", self._to)

    async def _pump(
        self,
        wire: "_Wire",
        source: asyncio.StreamReader,
        to: asyncio.StreamWriter,
        *,
        listens: bool = False,
    ) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                if self.delay:
                    await asyncio.sleep(self.delay)
                if listens and self._loses and self._loses[0] in data and self._loses[1]():
                    wire.is_unheard = True
                elif wire.is_unheard and not listens:
                    self.unheard += 1
                    wire.reset()
                    return
                if not wire.swallowed:
                    to.write(data)
                    await to.drain()
        if not wire.swallowed:  # an end that nobody hears of is swallowed, too
            to.close()


class _Wire:
    """Both ends of one connection."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self.swallowed = False
        self.is_unheard = False
        self._near = near
        self._far = far

    def reset(self) -> None:
        self.swallowed = False
        sock = self._near.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._near.transport.abort()
        self._far.transport.abort()

    def close(self) -> None:
        self._near.close()
        self._far.close()


@contextmanager
def a_proxy(to: int | Path, at: str = "127.0.0.1") -> Iterator[Proxy]:
    proxy = Proxy(to, at)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
