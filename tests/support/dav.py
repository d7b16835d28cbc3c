"""Real CalDAV servers, each in a process of its own, and an owner who edits there by hand."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.support.commands import ROOT, environment
from tests.support.stand_ins import free_port

USER, PASSWORD = "user", "an app's password"

RADICALE = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {home}/people
htpasswd_encryption = plain
[storage]
filesystem_folder = {home}/collections
[logging]
level = warning
"""
MAKE = """<?xml version="1.0"?><C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
<D:set><D:prop><D:displayname>{name}</D:displayname><C:supported-calendar-component-set>
<C:comp name="VEVENT"/></C:supported-calendar-component-set></D:prop></D:set></C:mkcalendar>"""

NAMES = '<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'


@dataclass(frozen=True)
class DavServer:
    """One server, and the owner's place on it."""

    name: str
    url: str
    home: str

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> requests.Response:
        kind = "text/calendar" if method == "PUT" else "application/xml"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Content-Type", f"{kind}; charset=utf-8")
        return requests.request(
            method,
            self.url + path,
            data=body.encode(),
            headers=named,
            auth=(USER, PASSWORD),
            timeout=10,
        )

    def make(self, name: str) -> str:
        """Make a calendar; return its path."""
        path = f"{self.home}{name}/"
        answer = self.ask("MKCALENDAR", path, MAKE.format(name=name))
        assert answer.status_code == 201, answer.text
        return path


def _radicale(home: Path, port: int) -> list[str]:
    (home / "people").write_text(f"{USER}:{PASSWORD}\n")
    config = home / "config"
    config.write_text(RADICALE.format(port=port, home=home))
    return [sys.executable, "-m", "radicale", "--config", str(config)]


def _xandikos(home: Path, port: int) -> list[str]:
    words = [sys.executable, "-m", "xandikos", "serve", "-d", str(home / "dav")]
    words += ["--state-dir", str(home), "--defaults", "--no-detect-systemd"]
    return [*words, "-l", "127.0.0.1", "-p", str(port)]


SERVERS = {"radicale": (_radicale, "/user/"), "xandikos": (_xandikos, "/user/calendars/")}


@contextmanager
def dav_server(name: str, home: Path) -> Iterator[DavServer]:
    """Run one of the servers until the block ends."""
    port = free_port()
    words, place = SERVERS[name]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            words(home, port), cwd=ROOT, env=environment(home), stdout=log, stderr=log
        )
        try:
            made = DavServer(name, f"http://127.0.0.1:{port}", place)
            _wait_for(made, process)
            yield made
        finally:
            process.terminate()
            process.wait(10)


def _wait_for(made: DavServer, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while True:
        assert process.poll() is None, f"{made.name} ended"
        try:
            made.ask("OPTIONS", "/")
        except requests.ConnectionError:
            assert time.monotonic() < end, f"{made.name} does not answer"
            time.sleep(0.05)
        else:
            return


def ics(*events: str) -> str:
    """Return a calendar's text around events."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//by hand//EN"]
    lines += [line for event in events for line in event.strip().splitlines()]
    return "".join(line.strip() + "\r\n" for line in [*lines, "END:VCALENDAR"])


def event(uid: str, **lines: Any) -> str:
    """Return an event's text; DTSTART__TZID_Europe/Paris is written with the keyword `raw`."""
    raw = lines.pop("raw", "")
    said = [f"{name.replace('_', '-')}:{value}" for name, value in lines.items()]
    stamp = "DTSTAMP:20270101T000000Z"
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", stamp, *said, *raw.split("\n"), "END:VEVENT"])
