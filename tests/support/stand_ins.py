"""The sandbox in a process of its own, what tests say to it, and somebody who hears its notices."""

import json
import random
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.commands import ROOT, environment

LOWEST, HIGHEST = 18000, 32000


@dataclass
class StandIns:
    """All vendors, at one address."""

    url: str

    def at(self, vendor: str) -> str:
        return f"{self.url}/{vendor}"

    def fault(self, kind: str, vendor: str = "*", route: str = "*", **more: Any) -> None:
        self._post("/_/faults", {"kind": kind, "vendor": vendor, "route": route, **more})

    def struck(self, *, besides: str = "") -> int:
        """Return how often rules have struck, those of one kind aside."""
        rules = self._get("/_/faults")["rules"]
        return sum(rule["struck"] for rule in rules if rule["kind"] != besides)

    def reset(self, **wanted: Any) -> None:
        self._post("/_/reset", {"still": True, **wanted})

    def advance(self, seconds: float) -> None:
        self._post("/_/advance", {"seconds": seconds})

    def say(self, **said: str) -> None:
        self._post("/_/say", dict(said))

    def behave(self, **habits: Any) -> None:
        """Say how people answer and how many lines accounts have."""
        self._post("/_/calls", habits)

    def calls(self) -> dict[str, Any]:
        """Return how people behave now, and how many calls are live and were at most."""
        return self._get("/_/calls")

    def ledger(self, vendor: str = "", *, after: int = 0) -> dict[str, Any]:
        return self._get(f"/_/ledger?vendor={vendor}&after={after}")

    def _get(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=60) as answer:
            return json.load(answer)

    def effects(self, vendor: str) -> list[dict[str, Any]]:
        return self.ledger(vendor)["effects"]

    def _post(self, path: str, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        urllib.request.urlopen(urllib.request.Request(self.url + path, data), timeout=30).close()


def free_port() -> int:
    """Return a port below the system's own range that nobody holds now."""
    while True:
        port = random.randint(LOWEST, HIGHEST)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def stand_ins(home: Path) -> Iterator[StandIns]:
    """Run the sandbox until the block ends."""
    port = free_port()
    words = [sys.executable, "-m", "workers", "sandbox", "--port", str(port)]
    process = subprocess.Popen(words, cwd=ROOT, env=environment(home), stdout=subprocess.DEVNULL)
    try:
        made = StandIns(f"http://127.0.0.1:{port}")
        _wait_for(made, process)
        yield made
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(made: StandIns, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while True:
        assert process.poll() is None, "the sandbox ended"
        try:
            made.ledger()
        except urllib.error.URLError:
            assert time.monotonic() < end, "the sandbox does not answer"
            time.sleep(0.05)
        else:
            return


@dataclass
class Ear:
    """Hears notices and keeps them."""

    url: str = ""
    status: int = 200
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def ear() -> Iterator[Ear]:
    """Listen for notices on a free port until the block ends."""
    kept = Ear()

    class Listener(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            kept.heard.append((self.path, headers, body))
            self.send_response(kept.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the parent's name
            pass

    with serving(Listener) as url:
        kept.url = url
        yield kept


@contextmanager
def page(status: int, body: bytes, kind: str = "text/html", **headers: str) -> Iterator[str]:
    """Answer everything with this, as a gate in between would."""

    class Gate(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815  # the parent's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the parent's name
            pass

    with serving(Gate) as url:
        yield url


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", free_port()), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
