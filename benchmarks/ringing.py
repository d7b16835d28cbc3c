"""How many calls the sandbox's vendors carry: placed, told about by signed notices, ended.

`python -m benchmarks.ringing`. The sandbox has a process of its own; who places the calls and
who hears of them share another, and are as cheap as can be, so that what is measured is the
sandbox. Its processor's time is told beside the rate, because others may use the machine.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from benchmarks import page
from tests.support import judge
from tests.support.stand_ins import StandIns, free_port

TICKS: Final = os.sysconf("SC_CLK_TCK")
NOTICES: Final = 4
"""Of a call that is answered."""

ORDER: Final = {
    "assistantId": "a",
    "phoneNumberId": "11111111-1111-4111-8111-111111111111",
}


def main(
    calls: Annotated[int, typer.Option(help="Calls in all.")] = 4000,
    width: Annotated[int, typer.Option(help="Requests in flight.")] = 16,
    *,
    write: Annotated[bool, typer.Option(help="Write docs/benchmarks.md.")] = True,
) -> None:
    """Measure, print, and write it down."""
    port = free_port()
    vendors = StandIns(f"http://127.0.0.1:{port}")
    words = [sys.executable, "-m", "workers", "sandbox", "--port", str(port)]
    with tempfile.TemporaryDirectory() as home:
        told = {**os.environ, "FRONTDESK_HOME": home}
        with subprocess.Popen(words, env=told, stdout=subprocess.DEVNULL) as process:
            try:
                figures = _measure(vendors, process.pid, calls, width)
            finally:
                process.terminate()
    text = _table(figures, calls, width)
    print(text)
    if write:
        page.write("ringing", text)


def _measure(vendors: StandIns, pid: int, calls: int, width: int) -> dict[str, float]:
    while True:
        try:
            vendors.reset(still=False)
            break
        except OSError:
            time.sleep(0.1)
    return asyncio.run(_run(vendors, pid, calls, width))


async def _run(vendors: StandIns, pid: int, calls: int, width: int) -> dict[str, float]:
    heard: list[float] = []
    all_heard = asyncio.Event()
    async with _hearing(heard, all_heard, NOTICES * calls) as url:
        behave: dict[str, Any] = {
            "ways": {"answered": 1},
            "rings": [0.05, 0.2],
            "talks": [0.1, 0.4],
            "dials": 0.05,
            "limits": {"vapi": None},
            "listeners": {"vapi": {"url": url, "secret": "s"}},
        }
        await asyncio.to_thread(vendors.behave, **behave)
        before, began = _cpu(pid), time.monotonic()
        numbers = iter(range(calls))
        await asyncio.gather(*(_place(vendors, numbers) for _ in range(width)))
        placed = time.monotonic() - began
        await asyncio.wait_for(all_heard.wait(), 120)
        took, spent = time.monotonic() - began, _cpu(pid) - before
        lines = judge.calls((await asyncio.to_thread(vendors.ledger, "vapi"))["effects"])
    assert len(lines) == calls
    assert judge.open_lines(lines) == []
    peak = max(judge.peaks(lines, judge.account).values())
    return {
        "placed": calls / placed,
        "whole": calls / took,
        "notices": len(heard) / took,
        "cpu": spent * 1000 / calls,
        "peak": peak,
    }


async def _place(vendors: StandIns, numbers: Any) -> None:  # noqa: ANN401  # an iterator that all share
    host, port = vendors.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for number in numbers:
        body = json.dumps({**ORDER, "customer": {"number": f"+1555{number:07}"}}).encode()
        head = (
            f"POST /vapi/call HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer k\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        status, _ = await _message(reader)
        assert b" 201 " in status
    writer.close()


@asynccontextmanager
async def _hearing(
    heard: list[float], all_heard: asyncio.Event, wanted: int
) -> AsyncGenerator[str]:
    """Take notices, and do nothing with them."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await _message(reader)
                heard.append(time.monotonic())
                if len(heard) >= wanted:
                    all_heard.set()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/told"


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0].strip()
    return head.split(b"\r\n")[0], await reader.readexactly(int(length or 0))


def _cpu(pid: int) -> float:
    """Return the processor's seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _table(figures: dict[str, float], calls: int, width: int) -> str:
    cpu = figures["cpu"]
    return f"""## Calls through the sandbox

`python -m benchmarks.ringing`: {calls} calls of Vapi, {width} requests in flight, four signed
notices a call to one listener. {page.where("uvicorn")}

| what | measured |
|---|---|
| placed | {figures["placed"]:.0f} a second |
| placed, told about and ended | {figures["whole"]:.0f} a second |
| notices | {figures["notices"]:.0f} a second |
| processor's time of the sandbox for a call | {cpu:.2f} ms: {1000 / cpu:.0f} a second on a core |
| most calls at once | {figures["peak"]:.0f} |
"""


if __name__ == "__main__":
    typer.run(main)
