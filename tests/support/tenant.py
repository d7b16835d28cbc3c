"""A tenant's receiver in its own process: verifies with the public library, and keeps a ledger.

It answers to the stand-ins' own words, too (`/_/ledger`, `/_/reset`, `/_/advance`), so that
trials speak to it as they do to the vendors'.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

SECRET = "whsec_" + "A" * 43 + "="


@dataclass
class Tenant:
    ledger: list[dict[str, Any]] = field(default_factory=list)
    busy: float = 0.0
    """How long it takes to answer; for who measures."""

    async def answer(self, path: str, headers: dict[str, str], body: bytes) -> bytes:
        if path.startswith("/_/ledger"):
            return json.dumps({"effects": self.ledger}).encode()
        if path == "/_/reset":
            self.ledger.clear()
        elif not path.startswith("/_/"):
            await asyncio.sleep(self.busy)
            self.take(headers, body)
        return b"{}"

    def take(self, headers: dict[str, str], body: bytes) -> None:
        try:
            Webhook(SECRET).verify(body, headers)
            is_ours = True
        except WebhookVerificationError:
            is_ours = False
        post = {"id": headers.get("webhook-id"), "body": body.decode(), "is_ours": is_ours}
        self.ledger.append(post)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ValueError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): word for name, word in (one.split(": ", 1) for one in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            text = await self.answer(first.split(" ")[1], headers, body)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n" % len(text))
            writer.write(b"Connection: close\r\n\r\n" + text)
            await writer.drain()
        writer.close()


@contextmanager
def tenant(_: Path, *, busy: float = 0.0) -> Iterator[str]:
    """Run a receiver; yield its address."""
    root = Path(__file__).parents[2]
    words = [sys.executable, "-m", "tests.support.tenant", str(busy)]
    with subprocess.Popen(words, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


async def main() -> None:
    made = Tenant(busy=float(sys.argv[1]))
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
