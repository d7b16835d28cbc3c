"""Flower in a real browser: a password, workers and tasks by name, and no caller's word."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from celery import Celery

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


RUN = 'id="run-by-a-forger"'
EVIL = "<img src=x onerror=\"document.body.id='run-by-a-forger'\">"


@pytest.mark.slow
def test_an_event_that_somebody_forged_runs_nothing_in_the_browser(
    place: Premises, chromium: str, flower: str, tmp_path: Path
) -> None:
    home = f"http://{LOGIN}@{flower}"
    name = str(uuid4())
    words = {"name": EVIL, "args": EVIL, "kwargs": EVIL, "routing_key": EVIL, "exception": EVIL}
    forger = Celery(broker=place.broker.url, set_as_current=False)

    def say() -> str:
        with forger.connection_for_write() as line:
            events = forger.events.Dispatcher(line, hostname=EVIL)
            for kind in ("worker-online", "worker-heartbeat"):
                events.send(kind, freq=2, sw_ident=EVIL, sw_ver=EVIL, sw_sys=EVIL)
            for kind in ("task-received", "task-started", "task-failed"):
                events.send(kind, uuid=name, retries=0, traceback=EVIL, **words)
        return look(chromium, f"{home}/task/{name}", tmp_path / "profile")

    pages: list[str] = []

    def is_shown() -> bool:
        pages.append(say())
        return "onerror" in pages[-1]  # it is there, as words

    wait_until(is_shown, within=60, what="the forged task is shown")
    pages += [look(chromium, f"{home}/{one}", tmp_path / "profile") for one in ("workers", "tasks")]

    bare = look(chromium, "data:text/html," + quote(EVIL), tmp_path / "profile")
    assert RUN in bare  # where nobody makes words of it, it runs
    assert not any(RUN in page for page in pages)
