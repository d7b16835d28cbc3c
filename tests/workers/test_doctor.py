"""Each line of the doctor's says what is wrong when that is, and what to do about it."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, pool, text

from config.settings import Settings
from domain.database import SYSTEM, Begin
from domain.tables.ops import Severity
from domain.work import alerts
from tests.support.broker import a_broker
from tests.support.commands import told
from tests.support.databases import Database
from tests.support.people import a_ring
from tests.support.stand_ins import free_port, page, stand_ins
from workers import checks, surroundings, vendor_checks
from workers.findings import Finding, Level
from workers.keys import keyring


def settings_for(database: Database, tmp_path: Path, **more: Any) -> Settings:
    return Settings(database_url=database.url(), frontdesk_home=tmp_path, **more)


def named(found: Iterator[Finding] | list[Finding], name: str) -> Finding:
    [one] = [finding for finding in found if finding.name == name]
    return one


def advised(finding: Finding, level: Level) -> bool:
    """Tell whether it is of this level and says what to do."""
    return finding.level is level and finding.advice.endswith(".")


def test_an_old_server_a_wrong_clock_and_a_long_transaction_are_told(database: Database) -> None:
    engine = create_engine(database.url(), poolclass=pool.NullPool)
    with engine.connect() as connection, database.connect("frontdesk_worker") as other:
        other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT 1 FROM pg_class")

        assert advised(checks.version(connection, oldest=999999), Level.FAULT)
        assert advised(checks.clock(connection, most=-1.0), Level.WARNING)
        assert advised(checks.snapshots(connection, most=0.0), Level.WARNING)
        other.execute("ROLLBACK")


def test_a_role_that_inherits_what_it_may_become_is_a_fault(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("CREATE ROLE inherits LOGIN INHERIT")
    try:
        found = checks.database(
            Settings(database_url=database.url("inherits"), frontdesk_home=database.home.path)
        )
        assert advised(named(found, "role"), Level.FAULT)
    finally:
        with database.connect() as connection:
            connection.execute("DROP ROLE inherits")


def test_a_broker_that_is_away_is_waited_for_and_one_that_evicts_is_a_fault(
    tmp_path: Path,
) -> None:
    nowhere = Settings(redis_url=f"redis://127.0.0.1:{free_port()}/0", frontdesk_home=tmp_path)
    with a_broker(policy="allkeys-lru") as broker:
        evicts = Settings(redis_url=broker.url, frontdesk_home=tmp_path)

        assert advised(named(checks.broker(nowhere), "broker"), Level.WARNING)
        assert advised(named(checks.broker(evicts), "eviction"), Level.FAULT)


def test_a_full_disk_is_told(database: Database, tmp_path: Path) -> None:
    given = settings_for(database, tmp_path / "not made yet")

    assert surroundings.disk(given).level is Level.OK
    assert advised(surroundings.disk(given, least_gb=1e9), Level.WARNING)


def test_a_flower_that_is_open_is_a_fault(database: Database, tmp_path: Path) -> None:
    nobody = surroundings.flower(settings_for(database, tmp_path, flower_port=free_port()))
    with page(200, b"come in") as url, socket.socket() as everywhere:
        everywhere.bind(("0.0.0.0", 0))  # noqa: S104  # that is the fault
        everywhere.listen()
        here, there = int(url.rpartition(":")[2]), everywhere.getsockname()[1]
        lets_in = surroundings.flower(settings_for(database, tmp_path, flower_port=here))
        given = settings_for(database, tmp_path).model_copy(update={"flower_port": there})
        is_seen = surroundings.flower(given)
    with page(401, b"who are you?") as url:
        asks = settings_for(database, tmp_path, flower_port=int(url.rpartition(":")[2]))
        asking = surroundings.flower(asks)

    assert nobody.level is Level.OK
    assert asking.level is Level.OK
    assert advised(lets_in, Level.FAULT)
    assert "no password" in lets_in.words
    assert advised(is_seen, Level.FAULT)
    assert "other addresses" in is_seen.words


def test_keys_that_are_lost_readable_by_others_or_no_keys_are_faults(
    database: Database, begin_for_real: Begin, tmp_path: Path
) -> None:
    given = settings_for(database, tmp_path)
    well = named([*surroundings.keys(given, begin_for_real)], "keys")
    with database.connect() as connection:
        user, row = connection.execute("SELECT app_uuid7(), app_uuid7()").fetchall()[0]
        connection.execute(
            "INSERT INTO users (id, business_name, timezone) VALUES (%s, 'Pipe', 'UTC')", [user]
        )
        sealed = a_ring("k9").seal(
            "sk", table="integrations", column="encrypted_credentials", row_id=row
        )
        connection.execute(
            "INSERT INTO integrations (id, user_id, provider, encrypted_credentials)"
            " VALUES (%s, %s, 'twilio', %s)",
            [row, user, bytes(sealed)],
        )
    lost = named([*surroundings.keys(given, begin_for_real)], "keys")
    (tmp_path / "encryption-keys").chmod(0o644)
    readable = named([*surroundings.keys(given, begin_for_real)], "keys")
    (tmp_path / "encryption-keys").write_text("no keys at all")
    broken = named([*surroundings.keys(given, begin_for_real)], "keys")

    assert well.level is Level.OK
    assert advised(lost, Level.FAULT)
    assert "k9" in lost.words
    assert advised(readable, Level.FAULT)
    assert advised(broken, Level.FAULT)


def test_what_is_held_back_is_told(database: Database, tmp_path: Path) -> None:
    given = settings_for(database, tmp_path, frontdesk_hold=True, send_only_to="example.com")

    found = [*surroundings.caution(given)]

    assert [one.name for one in found] == ["hold", "recipients"]
    assert all(advised(one, Level.WARNING) for one in found)
    assert [*surroundings.caution(settings_for(database, tmp_path))] == []


def test_nobody_at_work_no_beat_and_critical_alerts_are_told(begin: Begin) -> None:
    nobody = [*surroundings.house(begin)]
    with begin(SYSTEM) as session:
        session.execute(
            text(
                "INSERT INTO supervisors (id, host, hostname, pid, children, seen_at)"
                " VALUES (app_uuid7(), 'h', 'elsewhere', 1, '[]', now() - interval '5 minutes')"
            )
        )
        session.execute(
            text(
                "INSERT INTO periodic_runs (name, slot, rung_by)"
                " VALUES ('upkeep.overdue', now() - interval '10 minutes', 'b')"
            )
        )
        alerts.tell(
            session, "work_failed", subject="call 1", message="Odd.", severity=Severity.CRITICAL
        )
    ill = [*surroundings.house(begin)]
    with begin(SYSTEM) as session:
        session.execute(text("UPDATE supervisors SET seen_at = clock_timestamp()"))
        session.execute(text("UPDATE periodic_runs SET slot = clock_timestamp()"))
        alerts.settle(session, "work_failed", subject="call 1")

    assert {one.name: one.level for one in nobody} == {
        "workers": Level.WARNING,
        "beat": Level.WARNING,
        "alerts": Level.OK,
    }
    assert advised(named(ill, "workers"), Level.FAULT)
    assert "elsewhere" in named(ill, "workers").words
    assert advised(named(ill, "beat"), Level.WARNING)
    assert advised(named(ill, "alerts"), Level.FAULT)
    assert {one.level for one in surroundings.house(begin)} == {Level.OK}


PLATFORM = (
    "INSERT INTO call_service_providers (name, type, provider, concurrency_limit)"
    " VALUES ('ours at Vapi', 'voice', 'vapi', 5)"
)


def asked(database: Database, begin: Begin, home: Path, **more: Any) -> dict[str, Finding]:
    given = settings_for(database, home, **more)
    return {one.name: one for one in vendor_checks.vendors(given, begin, keyring(given))}


def test_vendors_are_asked_a_harmless_question_each(
    database: Database, begin_for_real: Begin, tmp_path: Path
) -> None:
    with database.connect() as connection:
        connection.execute(PLATFORM)
    unasked = asked(database, begin_for_real, tmp_path)
    with stand_ins(tmp_path) as vendors:
        keys = {"sandbox_url": vendors.url, "openai_api_key": "sk-1", "frontdesk_hold": True}
        wrong = {
            "sandbox_url": vendors.url,
            "openai_api_key": "wrong",
            "twilio_auth_token": "wrong",
            "resend_api_key": "wrong",
            "stripe_api_key": "wrong",
            "vapi_api_key": "wrong",
        }
        well = asked(database, begin_for_real, tmp_path, **keys)
        ill = asked(database, begin_for_real, tmp_path, **wrong)
        left = vendors.ledger()["effects"]
    away = asked(database, begin_for_real, tmp_path, **keys)

    names = {"texts, twilio", "letters, resend", "money, stripe", "model, openai"}
    assert {one.level for one in unasked.values()} == {Level.OK}
    assert {name: one.level for name, one in well.items()} == dict.fromkeys(
        names | {"calls, ours at Vapi"}, Level.OK
    )
    assert [name for name, one in ill.items() if not advised(one, Level.FAULT)] == []
    assert [name for name, one in away.items() if not advised(one, Level.WARNING)] == []
    assert left == []


def test_the_command_ends_with_1_on_a_fault_and_tells_machines(
    database: Database, tmp_path: Path
) -> None:
    words = ("doctor", "--offline", "--json")
    code, well, _ = told(tmp_path, database, *words)
    with database.connect() as connection:
        connection.execute("ALTER TABLE users NO FORCE ROW LEVEL SECURITY")
    ill = told(tmp_path, database, *words)

    lines = {line["check"]: line for line in json.loads(well)}
    assert code == 0
    assert {"database", "schema", "broker", "queue", "keys", "flower", "disk"} <= set(lines)
    assert set(lines["workers"]) == {"check", "level", "words", "advice"}
    assert ill[0] == 1
