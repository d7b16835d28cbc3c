"""Figures that Prometheus reads: bounded however many tenants, and each one documented."""

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import psycopg
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from domain.database import Begin
from tests.architecture.source import ROOT
from tests.support.commands import running
from tests.support.databases import Database
from tests.support.figures import Measured
from tests.support.rows import fill
from tests.support.stand_ins import free_port
from tests.support.waiting import wait_until
from workers import metrics
from workers.measures import READINGS
from workers.reference import FLOWERS

MANY = 1000
TENANTS = (
    (
        "INSERT INTO users (id, business_name, timezone, status)"
        " SELECT app_uuid7(), 'Pipe ' || n, 'UTC', 'active' FROM generate_series(1, %s) n"
    ),
    (
        "INSERT INTO call_service_providers (user_id, name, type, provider, concurrency_limit)"
        " SELECT id, 'mine ' || business_name, 'voice', 'vapi', 3 FROM users"
    ),
    (
        "INSERT INTO call_queue (user_id, recipient_number, verdict)"
        " SELECT id, '+1212555' || lpad((row_number() OVER ())::text, 4, '0'),"
        " jsonb_build_object('why', 'hours') FROM users"
    ),
    (
        "INSERT INTO messages (user_id, direction, channel, to_number, body, due_at, rule, status)"
        " SELECT id, 'outbound', 'sms', '+12125550142', 'See you.', now() - interval '1 hour',"
        " 'reminder_24h', 'pending' FROM users"
    ),
    (
        "INSERT INTO effects (key, kind, row_id, user_id, vendor, token, state, settled_at)"
        " SELECT 'message:' || id, 'message', id, user_id, 'twilio', id, 'done', now()"
        " FROM messages"
    ),
    (
        "INSERT INTO ops_alerts (alert_type, subject, severity, message)"
        " SELECT 'work_failed', 'message ' || id, 'critical', 'it failed' FROM messages"
    ),
)


def read(begin: Begin, *, is_held: bool = False) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Return what an exporter tells, by metric: labels and value."""
    told = generate_latest(metrics.registry(begin, is_held=is_held)).decode()
    return {
        family.name: [(sample.labels, sample.value) for sample in family.samples]
        for family in text_string_to_metric_families(told)
    }


def value(told: dict[str, Any], name: str, **labels: str) -> float:
    [found] = [number for words, number in told[name] if labels.items() <= words.items()]
    return found


def make(connection: psycopg.Connection[Any], many: int) -> None:
    for statement in TENANTS:
        connection.execute(statement.encode(), [many] if "%s" in statement else [])


def test_a_thousand_tenants_make_no_more_series_than_ten(
    database: Database, begin_for_real: Begin, measured: Measured
) -> None:
    with database.connect() as connection:
        make(connection, 10)
        few = read(begin_for_real)
        connection.execute("TRUNCATE users, effects, ops_alerts CASCADE")
        make(connection, MANY)

    many = read(begin_for_real)

    series = {name: len(samples) for name, samples in many.items()}
    measured(f"{MANY} tenants: {sum(series.values())} series")
    assert series == {name: len(samples) for name, samples in few.items()}
    assert sum(series.values()) < 500
    assert value(many, "frontdesk_work_due", queue="messages", kind="message") == MANY
    assert value(many, "frontdesk_work_oldest_seconds", kind="message") > 3500
    assert value(many, "frontdesk_work_failed", kind="message") == MANY
    assert value(many, "frontdesk_calls_waiting", why="hours") == MANY
    assert value(many, "frontdesk_slots_limit", vendor="vapi", account="of tenants") == 3 * MANY
    assert value(many, "frontdesk_texts_day", rule="reminder", status="overdue") == MANY
    assert value(many, "frontdesk_effects_recent", vendor="twilio", state="done") == MANY
    assert value(many, "frontdesk_alerts_open", severity="critical", cause="work_failed") == MANY
    assert value(many, "frontdesk_tenants", status="active") == MANY


def test_every_reading_reads_a_house_with_a_row_in_every_table(
    database: Database, begin_for_real: Begin
) -> None:
    with database.connect() as connection:
        users = [connection.execute("SELECT app_uuid7()").fetchall()[0][0]]
        fill(connection, users)

    told = read(begin_for_real, is_held=True)

    assert value(told, "frontdesk_up") == 1
    assert value(told, "frontdesk_hold") == 1
    assert {words["reading"] for words, _ in told["frontdesk_reading_seconds"]} == {
        reading.name for reading in READINGS
    }


def test_without_a_database_nothing_old_is_told_and_up_is_zero(
    database: Database, begin_for_real: Begin
) -> None:
    registry = metrics.registry(begin_for_real, is_held=False)
    before = generate_latest(registry).decode()
    with Database("postgres", database.home).connect() as connection:
        connection.execute(f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS false")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [database.name],
        )
        after = generate_latest(registry).decode()
        connection.execute(f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS true")
    again = generate_latest(registry).decode()

    assert 'frontdesk_work_due{kind="message"' in before
    assert "frontdesk_up 0.0" in after
    assert "frontdesk_work_due{" not in after
    assert "frontdesk_up 1.0" in again


def test_prometheus_reads_them_on_localhost(database: Database, tmp_path: Path) -> None:
    port = free_port()
    words = ("metrics", "--port", str(port))
    environment = {"DATABASE_URL": database.url(), "REDIS_URL": database.home.broker_url}
    url = f"http://127.0.0.1:{port}/metrics"

    def answers() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return "frontdesk_up 1.0" in answer.read().decode()
        except OSError:
            return False

    with running(tmp_path, *words, **environment) as process:
        wait_until(answers, within=30, what="figures are told")
        process.terminate()
        assert process.wait(10) == 0


EXPORTED = set(metrics.meanings())
WORD = re.compile(r"\b(?:frontdesk|flower)_[a-z_]+\b")
SUFFIX = re.compile(r"_(bucket|sum|count)$")


def used(path: Path) -> set[str]:
    return {SUFFIX.sub("", word) for word in WORD.findall(path.read_text())}


@pytest.mark.parametrize("name", ["deploy/grafana/frontdesk.json", "deploy/prometheus/alerts.yml"])
def test_dashboard_and_rules_use_only_what_is_exported(name: str) -> None:
    words = used(ROOT / name)

    assert words
    assert words - EXPORTED - set(FLOWERS) == set()


def test_flowers_own_metrics_are_called_so() -> None:
    source = Path(__import__("flower").__file__).with_name("events.py").read_text()

    assert {name for name in FLOWERS if f"'{name}'" not in source} == set()


def test_the_dashboard_shows_what_an_operator_asks_for() -> None:
    dashboard = json.loads((ROOT / "deploy/grafana/frontdesk.json").read_text())
    titles = {panel["title"] for panel in dashboard["panels"]}
    ids = [panel["id"] for panel in dashboard["panels"]]

    assert len(ids) == len(set(ids))
    assert {
        "What waits",
        "Why calls wait",
        "Slots per account",
        "Spent today",
        "Reminders: promised and delivered",
        "Open alerts",
        "Tenants who may leave",
    } <= titles
    for panel in dashboard["panels"]:
        assert panel["type"] == "row" or all(target["expr"] for target in panel["targets"])
