"""The broker dies, freezes, forgets us, lies: work goes on, by itself, within a minute."""

import signal
import time

import pytest

from tests.faults.conftest import Working
from tests.support.broker import Broker, a_broker
from tests.support.databases import Database
from tests.support.figures import Measured
from tests.support.processes import celery_of, frontdesk
from tests.support.proxy import a_proxy
from tests.support.timetable import Bells
from tests.support.waiting import wait_until

CANARY = "+12125559999"
A_MINUTE = 60.0


@pytest.mark.slow
def test_a_broker_that_was_killed_is_found_again(
    working: Working, broker: Broker, bells: Bells, measured: Measured
) -> None:
    with working() as worker:
        child = celery_of(worker)

        broker.kill()
        time.sleep(2)
        broker.start()
        idle = bells.seconds_until_one_is_done(within=A_MINUTE)

        busy = [bells.write() for _ in range(5)]
        with bells.held(*busy):
            for slot in busy:  # two run, two wait unacknowledged in the child, one in the queue
                bells.send(slot)
            bells.wait_until_stuck(2)
            broker.kill()
            time.sleep(1.5)
            broker.start()
            began = time.monotonic()
            time.sleep(1.5)
        bells.seconds_until_one_is_done(within=A_MINUTE)
        with_tasks = time.monotonic() - began

        measured(f"killed while idle: {idle:.1f} s; with tasks running: {with_tasks:.1f} s")
        assert all(bells.is_done(slot) for slot in busy[:2])
        assert celery_of(worker) == child


@pytest.mark.slow
def test_a_frozen_broker_costs_nothing_once_it_thaws(
    working: Working, broker: Broker, bells: Bells, measured: Measured
) -> None:
    with working():
        broker.freeze()
        time.sleep(8)
        broker.thaw()

        after = bells.seconds_until_one_is_done(within=A_MINUTE)

    measured(f"frozen for 8 s: {after:.1f} s after the thaw")


@pytest.mark.slow
def test_connections_that_a_firewall_forgot_are_replaced(
    working: Working, broker: Broker, bells: Bells, measured: Measured
) -> None:
    with a_proxy(broker.port) as proxy, working(REDIS_URL=f"redis://127.0.0.1:{proxy.port}/0"):
        forgotten = proxy.swallow()
        swallowed = bells.seconds_until_one_is_done(within=A_MINUTE)

        proxy.reset()
        reset = bells.seconds_until_one_is_done(within=A_MINUTE)

        proxy.refuse()
        time.sleep(3)
        proxy.allow()
        refused = bells.seconds_until_one_is_done(within=A_MINUTE)

        proxy.delay = 0.3
        slow = bells.seconds_until_one_is_done(within=A_MINUTE)

    measured(
        f"{forgotten} connections swallowed: {swallowed:.1f} s; reset: {reset:.1f} s; "
        f"refused for 3 s: {refused:.1f} s; 0.3 s a packet: {slow:.1f} s"
    )


@pytest.mark.parametrize("command", ["worker", "beat", "listen"])
def test_a_broker_that_evicts_is_refused_in_a_sentence(database: Database, command: str) -> None:
    with a_broker(policy="allkeys-lru") as evicting:
        environment = {"DATABASE_URL": database.url(), "REDIS_URL": evicting.url}

        with frontdesk(command, environment=environment) as process:
            code = process.ends_within(15)
            said = process.said()

    assert code == 2
    assert said.count("\n") == 1
    assert "allkeys-lru" in said
    assert "CONFIG SET maxmemory-policy noeviction" in said


def message(task: str, *, body: str = "W1tdLCB7fSwge31d", kind: str = "application/json") -> str:
    """Return what lies in the queue for `task`, its body in base64."""
    return (
        f'{{"body": "{body}", "content-encoding": "utf-8", "content-type": "{kind}",'
        f' "headers": {{"lang": "py", "task": "{task}", "id": "1", "argsrepr": "{CANARY}"}},'
        ' "properties": {"delivery_info": {"exchange": "", "routing_key": "upkeep"},'
        ' "delivery_tag": "1", "body_encoding": "base64", "correlation_id": "1"}}'
    )


NUMBER_IN_JSON = "W1siKzE1NTUwMTA5OTk5Il0sIHt9LCB7fV0="
"""[["+12125559999"], {}, {}]"""

STRANGE = {
    "unknown task": message("growth.of_tomorrow", body=NUMBER_IN_JSON),
    "a number for a name": message(CANARY),
    "a number for an id": message("upkeep.measure", body=NUMBER_IN_JSON).replace(
        '"id": "1"', f'"id": "{CANARY}"'
    ),
    "too many ids": message("upkeep.sweep", body=NUMBER_IN_JSON),
    "pickle": message("upkeep.sweep", body="gASVCwAAAAAA", kind="application/x-python-serialize"),
    "an unknown kind": message("upkeep.sweep", kind=f"text/{CANARY}"),
    "a body that is no JSON": message("upkeep.sweep", body="KzE1NTUwMTA5OTk5IQ=="),
    "a body that is no base64": message("upkeep.sweep", body=f"{CANARY}!"),
    "a body of another shape": message("upkeep.sweep", body="Iis1NTU1MDEwOTk5OSI="),
    "no headers": '{"body": "' + CANARY + '", "properties": {}}',
    "no properties": '{"body": "' + CANARY + '"}',
    "a list": f'["{CANARY}"]',
    "a text": f'"{CANARY}"',
    "no JSON": f"call {CANARY} now",
    "no text": b"\x80\x04\xff" + CANARY.encode(),
    "nothing": "",
}


@pytest.mark.slow
def test_strange_messages_neither_stop_the_worker_nor_reach_the_log(
    working: Working, broker: Broker, bells: Bells, measured: Measured
) -> None:
    slowest = 0.0
    ended: dict[str, int] = {}
    with working() as worker:
        for name, body in STRANGE.items():
            before = worker.said().count("child.replaced")

            broker.push("upkeep", body if isinstance(body, bytes) else body.encode())
            wait_until(lambda: not broker.length("upkeep"), within=15, what=name)
            slowest = max(slowest, bells.seconds_until_one_is_done(within=A_MINUTE))

            ended[name] = worker.said().count("child.replaced") - before
        worker.signal(signal.SIGTERM)
        code = worker.ends_within(20)
        said = worker.said()

    measured(f"slowest next task: {slowest:.1f} s; children ended by: {ended}")
    assert code == 0
    assert CANARY not in said
    assert CANARY[1:] not in said
    assert not any(ended.values())
