"""How soon a slot that came free is used again: real processes, and the vendors' own ledger."""

import itertools
from datetime import datetime, timedelta
from typing import Final

from benchmarks.ground import empty_ground
from tests.support.broker import a_broker, free_port
from tests.support.fire_stage import places
from tests.support.premises import Premises, premises
from tests.support.waiting import wait_until
from workers.vendors.notices import SANDBOX_VAPI

CALLS: Final = 150
STAGE: Final = """
WITH who AS (INSERT INTO users (timezone) VALUES ('UTC') RETURNING id),
  turn AS (INSERT INTO tenant_turns (user_id) SELECT id FROM who ON CONFLICT DO NOTHING),
  account AS (INSERT INTO call_service_providers (name, type, provider, concurrency_limit,
    calls_per_second) VALUES ('Vapi', 'voice', 'vapi', 1, 1000) RETURNING id),
  number AS (INSERT INTO provider_phone_numbers (provider_id, phone_id, country_code, area_code,
    phone_number, full_number) SELECT id, gen_random_uuid()::text, '1', '212', '5550000',
    '+12125550000' FROM account),
  script AS (INSERT INTO call_templates (name, assistant_id) VALUES ('Hello', 'a') RETURNING id)
INSERT INTO call_queue (user_id, template_id, recipient_number, consent_source)
SELECT who.id, script.id, %s || (3000000 + n::bigint * 10007 %% 4000000)::text, 'asked'
FROM who, script, generate_series(1, %s) n
"""
WAITING: Final = "SELECT count(*) FROM call_queue WHERE status IN ('queued', 'in-progress')"


def gaps() -> list[float]:
    """Return seconds from each call's end to the next one's beginning on its account's one slot."""
    port = str(free_port())
    told = {"INTAKE_PORT": port, "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    commands = ("worker --queues outbound,webhooks --slots 2", "listen", "intake")
    with (
        empty_ground() as database,
        a_broker() as broker,
        premises(database, broker, *commands, environment=told) as place,
    ):
        return _measure(place, f"http://127.0.0.1:{port}")


def _measure(place: Premises, door: str) -> list[float]:
    place.vendors.reset(still=False)
    place.vendors.behave(
        ways={"answered": 1},
        dials=0,
        rings=(0, 0),
        talks=(0.1, 0.2),
        limits={"vapi": 1000},
        listeners={"vapi": {"url": f"{door}/webhooks/vapi", "secret": SANDBOX_VAPI}},
    )
    awake, _ = places(timedelta(minutes=5))
    place.connection.execute(STAGE, (awake[0], CALLS))
    wait_until(lambda: place.scalar(WAITING) == 0, within=300, what="all are dialled")
    lines = sorted(place.effects("vapi"), key=lambda line: line["began_n"])
    moments = [
        (datetime.fromisoformat(line["began_at"]), datetime.fromisoformat(line["ended_at"]))
        for line in lines
    ]
    found = [
        (begins - ended) / timedelta(seconds=1)
        for (_, ended), (begins, _) in itertools.pairwise(moments)
    ]
    return found[5:]  # the first wait for processes that begin
