"""The carrier's notices are doubled, lost, swapped, forged or early: every text ends delivered."""

from collections.abc import Iterator

import pytest

from tests.support.broker import Broker
from tests.support.databases import Database
from tests.support.figures import Measured
from tests.support.premises import WITHOUT_LIMITS, Premises, premises
from tests.support.stand_ins import free_port
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

WAITING = "SELECT count(*) FROM messages WHERE status <> 'delivered'"
MANY = 12
FAULTS = (
    ("", 0.0),
    ("duplicate_webhook", 1.0),
    ("reorder_webhooks", 0.5),
    ("lose_webhook", 0.5),
    ("lose_webhook", 1.0),
    ("forge_webhook", 1.0),
    ("webhook_before_reply", 1.0),
)


@pytest.fixture
def house(database: Database, broker: Broker) -> Iterator[Premises]:
    door = str(free_port())
    told = {"INTAKE_PORT": door, "PUBLIC_URL": f"http://127.0.0.1:{door}"}
    commands = ("worker --queues messages,webhooks", "listen", "intake")
    with premises(database, broker, *commands, environment=told) as made:
        yield made


def test_every_text_ends_delivered_whatever_becomes_of_its_notices(
    house: Premises, measured: Measured
) -> None:
    user = house.tenant()
    house.scalar("UPDATE users SET settings = %s RETURNING id", WITHOUT_LIMITS)

    for fault, rate in FAULTS:
        _begin_anew(house, fault, rate)
        for number in range(MANY):
            house.scalar(
                "INSERT INTO messages (user_id, to_number, body, due_at, answers_at)"
                " VALUES (%s, %s, 'See you.', clock_timestamp(), clock_timestamp())"
                " RETURNING id",
                *(user, f"+121255503{number:02}"),
            )
        wait_until(lambda: house.scalar(WAITING) == 0, within=60, what=f"{fault}: all delivered")

        texts = [line for line in house.effects("twilio") if line["kind"] == "message"]
        results = house.count(
            "SELECT coalesce(result, 'waits'), count(*) FROM webhook_queue GROUP BY 1"
        )
        measured(f"notices {fault or 'undisturbed'} {rate}: {results}")
        assert len(texts) == MANY
        assert _is_right(results, fault, rate), (fault, results)


def _is_right(results: dict[str, int], fault: str, rate: float) -> bool:
    if fault == "lose_webhook" and rate == 1.0:
        return results == {}
    if fault == "forge_webhook":
        return set(results) == {"refused"}
    if fault in {"", "duplicate_webhook"}:
        return results.get("done", 0) + results.get("waits", 0) == 2 * MANY == sum(results.values())
    return set(results) <= {"done", "waits"} and sum(results.values()) <= 2 * MANY


def _begin_anew(house: Premises, fault: str, rate: float) -> None:
    house.vendors.reset(still=False)
    for table in ("messages", "effects", "webhook_queue", "webhook_payloads"):
        house.connection.execute(f"DELETE FROM {table}")
    if fault:
        route = "messages.create" if fault == "webhook_before_reply" else "webhooks"
        house.vendors.fault(fault, "twilio", route, rate=rate)
