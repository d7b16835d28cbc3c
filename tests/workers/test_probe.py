"""A probe says that a worker consumes, and asks nobody who may be ill himself."""

import os
import signal
import time
from pathlib import Path

import pytest

from config.home import Home
from tests.support.broker import a_broker
from tests.support.commands import run, running
from tests.support.databases import Database
from tests.support.waiting import wait_until
from workers import probe
from workers.probe import Heard


@pytest.fixture
def place(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_who_answers_its_canary_is_well_and_who_does_not_is_named(place: Home) -> None:
    nobody = probe.unwell(place)
    probe.note(place, [Heard("fast", hears=True, unanswered=0.0)])
    well = probe.unwell(place)
    probe.note(
        place,
        [Heard("fast", hears=True, unanswered=500.0), Heard("slow", hears=False, unanswered=9.0)],
    )
    ill = probe.unwell(place)
    frozen = probe.unwell(place, now=time.time() + 300)
    probe.note(place, [])
    childless = probe.unwell(place)
    probe.forget(place)

    assert nobody == ["no worker runs here"]
    assert well == []
    assert ill == ["fast has not answered for 500 s", "slow has not answered yet"]
    assert frozen == [f"the supervisor {os.getpid()} has said nothing for 300 s"]
    assert childless == [f"the supervisor {os.getpid()} has no child"]
    assert probe.unwell(place) == nobody


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_worker_is_probed_while_the_broker_is_away_and_when_it_has_left(
    database: Database, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with a_broker() as broker:
        given = {"DATABASE_URL": database.url(), "REDIS_URL": broker.url}

        words = ("worker", "--queues", "upkeep", "--slots", "1", "--deaf", "10")
        with running(home, *words, **given) as worker:
            told = Home(home)
            wait_until(lambda: not probe.unwell(told), within=90, what="the worker consumes")
            broker.kill()
            without_broker = run(home, "worker", "--probe", **given)
            worker.send_signal(signal.SIGTERM)
            worker.wait(60)
        after = run(home, "worker", "--probe", **given)

    assert without_broker.returncode == 0, without_broker.stderr
    assert after.returncode == 1
    assert "no worker runs here" in after.stderr.casefold()
