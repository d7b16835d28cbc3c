"""Posts a notice over a connection that is kept: an eighth of what a whole HTTP client costs."""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Mapping
from urllib.parse import urlsplit

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Place = tuple[str, int, bool]


class Post:
    """Keeps connections to whoever takes notices."""

    def __init__(self, patience: float) -> None:
        """Wait so many seconds for an answer."""
        self._patience = patience
        self._idle: defaultdict[Place, list[Line]] = defaultdict(list)

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Post it; return the status. Raises OSError, TimeoutError, EOFError or ValueError."""
        parts = urlsplit(url)
        is_sealed = parts.scheme == "https"
        place = (parts.hostname or "", parts.port or (443 if is_sealed else 80), is_sealed)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n{lines}"
        request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        return await asyncio.wait_for(self._carry(place, request), self._patience)

    def close(self) -> None:
        """Let go of connections."""
        for lines in self._idle.values():
            for _, writer in lines:
                writer.close()
        self._idle.clear()

    async def _carry(self, place: Place, request: bytes) -> int:
        """Carry a request; over a kept connection that was closed meanwhile, over a new one."""
        while self._idle[place]:
            line = self._idle[place].pop()
            try:
                return await self._over(line, place, request)
            except (ConnectionError, asyncio.IncompleteReadError):
                line[1].close()
        host, port, is_sealed = place
        context = ssl.create_default_context() if is_sealed else None
        return await self._over(
            await asyncio.open_connection(host, port, ssl=context), place, request
        )

    async def _over(self, line: Line, place: Place, request: bytes) -> int:
        reader, writer = line
        is_whole = False
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = head.partition(b"\r\ncontent-length:")[2].split(b"\r\n")[0].strip()
            if length:
                await reader.readexactly(int(length))
            is_whole = bool(length) and b"\r\nconnection: close" not in head
            return int(head.split(b" ", 2)[1])
        finally:
            if is_whole:
                self._idle[place].append(line)
            else:
                writer.close()
