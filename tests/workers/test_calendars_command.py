"""`frontdesk calendars`, as an operator says it."""

import json
from datetime import timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from domain.database import Begin
from tests.support.broker import a_broker
from tests.support.commands import run
from tests.support.databases import Database
from tests.support.diary import HOUR, SOON, diary
from tests.support.stage import running_vendors, vendors
from tests.support.stand_ins import StandIns

KEY = "k1:" + "A" * 43 + "="  # as tests.support.slice.KEYS

__all__ = ["running_vendors", "vendors"]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_operator_reads_compares_and_books(
    begin_for_real: Begin, database: Database, vendors: StandIns, tmp_path: Path
) -> None:
    with diary(begin_for_real, vendors) as book, a_broker() as broker:
        given = {
            "DATABASE_URL": database.url(),
            "REDIS_URL": broker.url,
            "ENCRYPTION_KEYS": KEY,
            "GOOGLE_BASE_URL": vendors.at("google"),
        }

        def say(*words: str) -> CompletedProcess[str]:
            return run(tmp_path / "home", "calendars", *words, **given)

        calendar, user = str(book.calendar), str(book.user)
        day = (SOON + timedelta(days=3)).replace(hour=9)
        book.do(
            "INSERT INTO availability_slots (user_id, day_of_week, start_time, end_time)"
            " SELECT :user, n, '00:00', '23:59' FROM generate_series(0, 6) n",
            user=book.user,
        )
        book.person.write("Dentist", day)

        read = say("pull", calendar)
        status = say("status", "--json")
        compared = say("compare", calendar, "--json")
        book.do("DELETE FROM calendar_events")
        drifted = say("compare", calendar, "--dry-run")
        book.sync()
        taken = say("book", user, day.isoformat(), "Visit")
        booked = say("book", user, (day + HOUR).isoformat(), "Visit", "--json")
        free = say("free", user, f"{day:%Y-%m-%d}", "--json")
        nobody = say("pull", user)

        assert read.returncode == 0, read.stderr
        assert "fresh as of" in read.stdout
        assert status.returncode == 0
        [row] = json.loads(status.stdout)["calendars"]
        assert (row["id"], row["is_well"]) == (calendar, True)
        assert (compared.returncode, json.loads(compared.stdout)["drift"]) == (0, 0)
        assert (drifted.returncode, "not_mirrored" in drifted.stdout) == (1, True)
        assert (taken.returncode, "taken" in taken.stderr) == (1, True)
        assert booked.returncode == 0, booked.stderr
        assert json.loads(booked.stdout)["start"].startswith(f"{day + HOUR:%Y-%m-%d %H:%M}")
        starts = " ".join(json.loads(free.stdout)["starts"])
        assert f"{day + HOUR:%Y-%m-%d %H:%M}" not in starts
        assert (nobody.returncode, "no calendar" in nobody.stderr) == (1, True)
        assert say("book", user, "tomorrow", "Visit").returncode == 2
