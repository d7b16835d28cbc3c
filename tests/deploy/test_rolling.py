"""A release is rolled out: the one before works on the new schema, beside the new one."""

import shutil
import signal
import subprocess
import tarfile
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from config.home import Home
from tests.architecture.source import ROOT
from tests.support.broker import a_broker
from tests.support.databases import Database, drop_database, make_database
from tests.support.premises import Premises, booking, premises
from tests.support.processes import frontdesk
from tests.support.waiting import wait_until
from workers import migration

A_FEW = 6


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the release before: the code as it was when the schema was last another."""
    # A step that was given another number is no new one.
    words = ["git", "log", "-M", "--diff-filter=A", "--format=%H", "-n", "1"]
    words += ["--", "migrations/versions"]
    git = shutil.which("git")
    newest = (
        subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
        if git
        else ""
    )
    done = subprocess.run(
        ["git", "archive", "--format=tar", f"{newest}^"] if newest else ["false"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        reason = "The clone is too shallow, or no clone: the release before was NOT run."
        print(reason)
        pytest.skip(reason)
    place = tmp_path_factory.mktemp("before")
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(place, filter="data")
    return place


@pytest.fixture
def empty(servers: Home) -> Iterator[Database]:
    made = make_database(servers, f"rolling_{uuid4().hex[:12]}")
    yield made
    drop_database(made)


def call_in(place: Premises, phones: Iterator[str]) -> list[str]:
    """Have some people call who agree on a visit."""
    called = [next(phones) for _ in range(A_FEW)]
    for phone in called:
        place.call(place.tenant(), booking(), phone)
    return called


def read_of(place: Premises) -> Any:
    return place.scalar("SELECT count(*) FROM calls WHERE ai_processing_status = 'completed'")


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_the_release_before_works_on_the_new_schema_and_nothing_is_lost_or_doubled(
    before: Path, empty: Database
) -> None:
    phones = (f"+1212555{number:04d}" for number in range(1000, 9999))
    owner = {"MIGRATE_DATABASE_URL": empty.url("postgres"), "DATABASE_URL": empty.url()}
    with frontdesk("migrate", environment=owner, code=before) as process:
        assert process.ends_within(120) == 0, process.said()
    with empty.connect() as connection:
        stood_at = connection.execute("SELECT version_num FROM alembic_version").fetchall()[0][0]

    with a_broker() as broker, premises(empty, broker) as place:
        given = {"DATABASE_URL": empty.url(), "REDIS_URL": broker.url}
        given |= {"SANDBOX_URL": place.vendors.url, "FRONTDESK_ENV": "sandbox"}
        given["ENCRYPTION_KEYS"] = f"k1:{b64encode(bytes(32)).decode()}"
        with (
            frontdesk("listen", environment=given, code=before),
            frontdesk("worker", environment=given, code=before) as aged,
        ):
            called = call_in(place, phones)
            wait_until(lambda: read_of(place) > 0, within=90, what="the old release works")
            migration.migrate(empty.url("postgres"))
            called += call_in(place, phones)
            wait_until(
                lambda: read_of(place) == 2 * A_FEW,
                within=90,
                what="the old release works on the new schema",
            )
            with frontdesk("worker", environment=given) as fresh:
                called += call_in(place, phones)
                place.wait_for_the_end(within=120)
                aged.signal(signal.SIGTERM)
                aged.ends_within(60)
                called += call_in(place, phones)
                wait_until(
                    lambda: read_of(place) == len(called), within=90, what="the new release works"
                )
                place.wait_for_the_end(within=120)
                said = aged.said() + fresh.said()
        texts = Counter(str(text["to"]) for text in place.effects("twilio"))
        alerts = place.count("SELECT alert_type, count(*) FROM ops_alerts GROUP BY 1")

    assert stood_at < (migration.head() or "")
    assert texts == Counter(called)
    assert "task.failed" not in said
    assert "work.bug" not in said
    assert set(alerts) <= {"slots_missed"}
