"""Flower in a real browser: a password, workers and tasks by name, and no caller's word."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.broker import a_broker
from tests.support.databases import Database
from tests.support.figures import Measured
from tests.support.premises import Premises, booking, premises
from tests.support.stand_ins import free_port
from tests.support.waiting import wait_until

LOGIN = "frontdesk:correct-horse-battery"
PHONE = "+12125558675"
SENTENCE = "amber walruses juggle crooked lanterns"
QUIETLY = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--virtual-time-budget=8000", "--window-size=1400,1000"),
)


@pytest.fixture(scope="module")
def chromium() -> str:
    found = shutil.which("chromium")
    if found is None:
        reason = "Chromium is not installed: apt-get install chromium. Flower was not looked at."
        print(reason)
        pytest.skip(reason)
    return found


@pytest.fixture
def flower() -> str:
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def place(database: Database, flower: str) -> Iterator[Premises]:
    environment = {
        "FLOWER_PORT": flower.partition(":")[2],
        "FLOWER_BASIC_AUTH": LOGIN,
        "OPENAI_API_KEY": "sk-crooked-lantern",
    }
    commands = ("flower", "worker", "listen")
    with (
        a_broker() as broker,
        premises(database, broker, *commands, environment=environment) as made,
    ):
        yield made


def look(chromium: str, url: str, profile: Path, *, picture: Path | None = None) -> str:
    """Return the page as it stands after its scripts have run."""
    wanted = f"--screenshot={picture}" if picture else "--dump-dom"
    done = subprocess.run(
        [chromium, *QUIETLY, f"--user-data-dir={profile}", wanted, url],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    return done.stdout


SWEEPS = ("transcripts.sweep", "messages.sweep")


def seen_in_time(chromium: str, address: str, profile: Path) -> str:
    """Return all that a page showed until both sweeps had been on it; it has room for fifteen."""
    pages: list[str] = []

    def both() -> bool:
        pages.append(look(chromium, address, profile))
        return all(any(name in page for page in pages) for name in SWEEPS)

    wait_until(both, within=60, what="both sweeps are shown")
    return "".join(pages)


@pytest.mark.slow
def test_a_browser_sees_workers_and_tasks_and_no_callers_word(
    place: Premises, chromium: str, flower: str, tmp_path: Path, measured: Measured
) -> None:
    talk = booking(aside=f"I am on {PHONE}, and {SENTENCE}")
    place.call(place.tenant(), talk, PHONE)
    wait_until(lambda: place.effects("twilio"), within=60, what="the text goes out")
    home = f"http://{LOGIN}@{flower}"

    without = look(chromium, f"http://{flower}/tasks", tmp_path / "stranger")
    workers = look(chromium, f"{home}/workers", tmp_path / "profile")
    tasks = seen_in_time(chromium, f"{home}/tasks", tmp_path / "profile")
    picture = tmp_path / "tasks.png"
    look(chromium, f"{home}/tasks", tmp_path / "profile", picture=picture)

    measured(f"Flower's pages: {len(workers)} and {len(tasks)} characters")
    assert "transcripts.sweep" not in without
    assert "fast@" in workers
    assert "slow@" in workers
    assert "Online" in workers
    assert "transcripts.sweep" in tasks
    assert "messages.sweep" in tasks
    assert "SUCCESS" in tasks
    assert picture.stat().st_size > 10_000
    for canary in (PHONE[1:], SENTENCE, "crooked-lantern"):
        assert canary not in workers + tasks + place.said()
