"""A vendor in its own process: takes parcels over HTTP, with or without keys, and keeps a ledger.

    POST /parcels   {"ref": ..., "key": ...}   -> 200 {"id": ...}   the effect
    GET  /parcels?ref=...                      -> 200 {"ids": [...]} what it knows, after `lag`
    GET  /ledger                               -> every effect, in order
    POST /behave    {"fault": ..., "times": n, "delay": s, "lag": s, "blind": n, "keyed": bool}

`blind`: the first n look-ups after an effect do not see it yet, as `lag`, but without waiting.

Faults of the next n requests: `refuse` (422), `busy` (503 before the effect), `lose_before` (the
connection is closed without the effect), `lose_after` (the effect happens, the answer is lost).
"""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Vendor:
    keyed: bool = False
    lag: float = 0.0
    blind: int = 0
    delay: float = 0.0
    faults: list[str] = field(default_factory=list)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    by_key: dict[str, str] = field(default_factory=dict)

    async def answer(self, method: str, target: str, body: bytes) -> tuple[int, Any] | None:
        """Return status and answer, or None to close the connection without a word."""
        path = urlsplit(target)
        if path.path == "/ledger":
            return 200, self.ledger
        if path.path == "/behave":
            return 200, self.behave(**json.loads(body))
        if method == "GET":
            return 200, {"ids": self.find(parse_qs(path.query).get("ref", [""])[0])}
        return await self.take(json.loads(body))

    def find(self, ref: str) -> list[str]:
        now = time.monotonic()
        known = [e for e in self.ledger if e["ref"] == ref and now - e["at"] >= self.lag]
        seen = [e["id"] for e in known if e["unseen"] <= 0]
        for entry in known:
            entry["unseen"] -= 1
        return seen

    def behave(self, **wanted: Any) -> dict[str, bool]:
        self.faults += [wanted.pop("fault")] * wanted.pop("times", 1) if "fault" in wanted else []
        for name, value in wanted.items():
            setattr(self, name, value)
        return {"ok": True}

    async def take(self, order: dict[str, str]) -> tuple[int, Any] | None:
        fault = self.faults.pop(0) if self.faults else ""
        if self.delay:
            await asyncio.sleep(self.delay)
        early = {"refuse": (422, {}), "busy": (503, {}), "lose_before": None}
        if fault in early:
            return early[fault]
        known = self.by_key.get(order["key"]) if self.keyed else None
        made = known or f"P{len(self.ledger) + 1}"
        if known is None:
            entry = {"ref": order["ref"], "id": made, "at": time.monotonic()}
            self.ledger.append({**entry, "unseen": self.blind})
            self.by_key[order["key"]] = made
        return None if fault == "lose_after" else (200, {"id": made})

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ValueError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                method, target, _ = head.split(" ", 2)
                length = head.lower().partition("content-length:")[2].split("\r\n")[0].strip()
                answer = await self.answer(
                    method, target, await reader.readexactly(int(length or 0))
                )
                if answer is None:
                    break
                text = json.dumps(answer[1]).encode()
                writer.write(
                    b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (answer[0], len(text))
                )
                writer.write(text)
        writer.close()


@contextmanager
def vendor(folder: Path) -> Iterator[str]:
    """Run a vendor on a unix socket in `folder`; yield the socket's path."""
    path = folder / "vendor.sock"
    with subprocess.Popen([sys.executable, __file__, str(path)]) as process:
        while not path.exists():
            time.sleep(0.01)
        try:
            yield str(path)
        finally:
            process.kill()


async def main() -> None:
    server = await asyncio.start_unix_server(Vendor().serve, sys.argv[1])
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
