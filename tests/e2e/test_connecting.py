"""An owner connects a calendar by the command line, as a self-hosting owner does."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.support.commands import ROOT, environment, told
from tests.support.databases import Database
from tests.support.dav import PASSWORD, USER, DavServer
from tests.support.desks import dav_servers
from tests.support.stage import running_vendors, vendors
from tests.support.stand_ins import StandIns

__all__ = ["dav_servers", "running_vendors", "vendors"]

Servers = Callable[[str], DavServer]


@pytest.fixture
def user(tmp_path: Path, own_database: Database) -> str:
    code, said, _ = told(tmp_path, own_database, "tenant", "add", "--name", "Canary Roofs")
    assert code == 0
    return said.strip()


def connected(tmp_path: Path, database: Database) -> list[dict[str, object]]:
    _, said, _ = told(tmp_path, database, "calendars", "status", "--json")
    return json.loads(said)["calendars"]


def test_a_caldav_calendar_is_connected_by_address_login_and_password(
    tmp_path: Path, own_database: Database, dav_servers: Servers, user: str
) -> None:
    server = dav_servers("radicale")
    server.make("roofs")
    words = ["calendars", "connect", "other", "--user", user, "--login", USER]
    words += ["--address", server.url, "--calendar", "roofs"]

    code, said, _ = told(tmp_path, own_database, *words, given=PASSWORD + "\n")
    assert (code, "roofs is connected" in said) == (0, True)
    again, _, _ = told(tmp_path, own_database, *words, given=PASSWORD + "\n")
    assert again == 0
    [row] = connected(tmp_path, own_database)
    assert (row["kind"], row["name"], row["status"]) == ("other", "roofs", "connected")

    code, _, why = told(tmp_path, own_database, *words, given="wrong\n")
    assert (code, "does not take this login" in why) == (1, True)
    assert PASSWORD not in said + why


@pytest.mark.parametrize("kind", ["google", "outlook"])
def test_a_calendar_is_connected_through_its_vendors_log_in(
    tmp_path: Path, own_database: Database, vendors: StandIns, user: str, kind: str
) -> None:
    with connecting(tmp_path, own_database, vendors, user, kind) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline(), process.stdout.readline()]
        answer = requests.get(lines[1].strip(), timeout=30)
        rest, _ = process.communicate(timeout=60)

    assert "can be closed" in answer.text
    assert (process.returncode, " is connected: " in rest) == (0, True)
    rows = connected(tmp_path, own_database)
    assert [row["status"] for row in rows if row["kind"] == kind] == ["connected"]


class connecting:  # noqa: N801  # reads as a verb
    """The command, waiting for the owner."""

    def __init__(
        self, home: Path, database: Database, vendors: StandIns, user: str, kind: str
    ) -> None:
        url = database.url().replace("+psycopg", "")
        more = {"DATABASE_URL": url, "REDIS_URL": database.home.broker_url}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "workers", "calendars", "connect", kind, "--user", user],
            cwd=ROOT,
            env=environment(home, **more, SANDBOX_URL=vendors.url),
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> subprocess.Popen[str]:
        return self._process

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(10)
        if self._process.stdout is not None:
            self._process.stdout.close()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["yahoo"], "KIND must be"),
        (["other", "--login", "x"], "--address"),
        (["apple"], "--login"),
        (["apple", "--login", "a:b"], "--login"),
        (["apple", "--login", "a"], "no password"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(
    tmp_path: Path, own_database: Database, words: list[str], why: str
) -> None:
    user = "0190a0b0-0000-7000-8000-00000000000a"
    code, _, said = told(
        tmp_path, own_database, "calendars", "connect", *words, "--user", user, given=""
    )

    assert (code, why in said) == (2, True)
