"""What the house does for itself, through a real worker: each chore rung three times, done once."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from celery import Celery

from domain.work.names import TaskName
from tests.support.broker import Broker
from tests.support.databases import Database
from tests.support.premises import Premises, premises
from tests.support.receivers import receiver, take
from tests.support.waiting import wait_until

ACCOUNT = """
INSERT INTO users (created_at, last_login_at, timezone)
VALUES (now() - interval '100 days', now(), 'UTC') RETURNING id
"""
LIFE = """
ALTER TABLE leads DISABLE TRIGGER USER;
INSERT INTO calls (user_id, started_at, status, duration)
SELECT id, now() - n * interval '1 day', 'completed', 60 FROM users, generate_series(1, 40) n;
INSERT INTO reviews (user_id, comment, rating, submitted_at)
SELECT id, 'The staff was rude and late', 1, now() - interval '8 days' FROM users;
INSERT INTO leads (user_id, status, created_at, updated_at)
SELECT id, 'contacted', now() - interval '4 days', now() - interval '4 days' FROM users;
INSERT INTO ops_alerts (alert_type, subject, message, severity)
VALUES ('work_failed', 'call 7', 'A call has failed.', 'critical')
"""
RUNG = (
    *(TaskName.GROWTH_SWEEP, TaskName.HEALTH_SCORE, TaskName.GROWTH_NUDGE),
    *(TaskName.UPKEEP_ROLLUP, TaskName.UPKEEP_OVERDUE, TaskName.UPKEEP_PARTITIONS),
    *(TaskName.UPKEEP_SEAL, TaskName.UPKEEP_INVARIANTS, TaskName.UPKEEP_SWEEP),
    TaskName.UPKEEP_RETENTION,
)
DONE = {
    "review": "SELECT sentiment = 'negative' FROM reviews",
    "score": "SELECT score IS NOT NULL FROM customer_health_scores",
    "lead": "SELECT true FROM lead_activities",
    "figures": "SELECT true FROM analytics LIMIT 1",
    "letter": "SELECT true FROM alert_tellings WHERE channel = 'email' AND state = 'done'",
    "post": "SELECT true FROM alert_tellings WHERE channel = 'webhook' AND state = 'done'",
}
ONCE = {
    "history": "SELECT count(*) FROM customer_health_history",
    "leads": "SELECT count(*) FROM lead_activities",
    "tellings": "SELECT count(*) / 2 FROM alert_tellings",
    "insights": "SELECT count(*) FROM review_insights",
}


@pytest.fixture
def posts() -> Iterator[tuple[str, list[bytes]]]:
    """An operator's receiver, and what it was told."""
    told: list[bytes] = []
    with receiver(lambda request: told.append(take(request))) as url:
        yield url, told


@pytest.fixture
def place(database: Database, broker: Broker, posts: tuple[str, list[bytes]]) -> Iterator[Premises]:
    url, _ = posts
    given = {
        "ALERT_EMAIL": "ops@example.com",
        "ALERT_WEBHOOK": url,
        "WEBHOOKS_ALLOW": url.removeprefix("http://").rstrip("/"),
    }
    worker = "worker --queues health,growth,upkeep"
    with premises(database, broker, worker, environment=given) as made:
        yield made


@pytest.mark.slow
def test_the_houses_chores_are_done_once_however_often_they_are_rung(
    place: Premises, broker: Broker, posts: tuple[str, list[bytes]]
) -> None:
    user: UUID = place.scalar(ACCOUNT)
    place.connection.execute(LIFE)
    client = Celery(broker=broker.url, set_as_current=False)

    def ring(name: TaskName, *args: Any) -> None:
        client.send_task(name.value, args=args, queue=name.area.value, ignore_result=True)

    for name in sorted(RUNG * 3, key=RUNG.index):
        ring(name)
    wait_until(lambda: all(map(place.scalar, DONE.values())), within=60, what="chores are done")
    for _ in range(3):
        ring(TaskName.HEALTH_SCORE, str(user))
        ring(TaskName.GROWTH_INSIGHTS, str(user))
        ring(TaskName.GROWTH_REVIEW, str(place.scalar("SELECT id FROM reviews")))
    wait_until(lambda: place.scalar("SELECT true FROM review_insights"), within=30)

    assert {name: place.scalar(query) for name, query in ONCE.items()} == dict.fromkeys(ONCE, 1)
    assert [one["kind"] for one in place.effects("resend")] == ["email"]
    (body,) = posts[1]
    assert json.loads(body)["data"]["alerts"][0]["word"] == "critical"
    assert "Traceback" not in place.said()
