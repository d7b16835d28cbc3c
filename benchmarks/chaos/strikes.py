"""What is done in a trial to both sides, and how it is mended."""

import json
import threading
from typing import Any, Final

from redis import Redis

from benchmarks.chaos.stage import TEXT, Stage
from benchmarks.chaos.wanted import Strike
from tests.support.proxy import Proxy
from tests.support.stand_ins import StandIns

HOUR: Final = 3600
HALVES: Final = (b"nonsense", b"{}", b"[" * 10_000)
FITS: Final = 4_000
"""Bytes that a broker which is too small still takes."""

FULL: Final = 6.0
SHIFTS: Final = (HOUR, -HOUR, 0)


def flush(stage: Stage) -> None:
    """Empty the broker."""
    stage.take_aim()
    with stage.broker.client as client:
        client.flushall()  # pyright: ignore[reportUnknownMemberType]  # redis-py leaves its keywords untyped


def kill_broker(stage: Stage) -> None:
    """Kill the broker."""
    stage.take_aim()
    stage.broker.kill()


def freeze_broker(stage: Stage) -> None:
    """Stop the broker where it stands."""
    stage.take_aim()
    stage.broker.freeze()


def evict(stage: Stage) -> None:
    """Make the broker what many a rented one is: small, and it forgets what it holds."""
    stage.take_aim()
    said = _told(stage, "memory")
    stage.broker.set("maxmemory-policy", "allkeys-random")
    stage.broker.set("maxmemory", int(said["used_memory"]) + FITS)


def _told(stage: Stage, section: str) -> dict[str, Any]:
    """Return what the broker says of itself."""
    with stage.broker.client as client:
        said: dict[str, Any] = client.info(section)  # pyright: ignore[reportUnknownMemberType]  # redis-py leaves its keywords untyped
    return said


def evict_no_more(stage: Stage) -> None:
    """Make it one that can be relied upon again, and note what it forgot."""
    said = _told(stage, "stats")
    stage.note = f"{said['evicted_keys']} keys evicted"
    stage.broker.set("maxmemory", 0)
    stage.broker.set("maxmemory-policy", "noeviction")


def forget(wires: Proxy) -> None:
    """Forget the connections there are."""
    wires.swallow()


def forget_broker(stage: Stage) -> None:
    """Do to the broker's wires as a firewall does."""
    stage.take_aim()
    forget(stage.to_broker)


def forget_database(stage: Stage) -> None:
    """Do to the database's wires as a firewall does."""
    stage.take_aim()
    forget(stage.to_database)


def cut_database(stage: Stage) -> None:
    """Cut the wires to the database."""
    stage.take_aim()
    stage.to_database.refuse()


def lose_commits(stage: Stage) -> None:
    """From now on, lose the database's answer to one COMMIT in ten, and the connection."""
    stage.take_aim()
    stage.to_database.lose_answers_to(b"COMMIT", lambda: stage.dice.random() < 0.1)  # as said


def lose_no_more(stage: Stage) -> None:
    """Let every answer through again."""
    stage.note = f"{stage.to_database.unheard} answers lost"
    stage.to_database.lose_answers_to(b"COMMIT", lambda: False)


def jump(stage: Stage) -> None:
    """Set both workers' clocks an hour forward, back, or right; the others' the other way."""
    stage.take_aim()
    shift = SHIFTS[(len(stage.struck) - 1) % len(SHIFTS)]
    for sign, clock in zip((1, -1), stage.clocks, strict=True):
        clock.set(sign * shift)


def fill_disk(stage: Stage) -> None:
    """Leave no room on the database's disk, for a while: whoever writes waits in here."""
    assert stage.disk
    stage.take_aim()
    stage.disk.fill()
    threading.Timer(FULL, stage.disk.free).start()


def free_disk(stage: Stage) -> None:
    """Give the room back, if that was not done, and note how often the database took nothing."""
    assert stage.disk
    stage.disk.free()
    stage.note = f"our own writer was refused {stage.town.refused} times"


def end_host(stage: Stage) -> None:
    """End one host of each side at once."""
    stage.take_aim()
    for host in stage.far.values():
        host.die()


def boot_host(stage: Stage) -> None:
    """Start both hosts again."""
    for host in stage.far.values():
        host.start()


def part(stage: Stage) -> None:
    """Cut the wire of one host of each side: what it hears, what it says, or both; in turn."""
    stage.take_aim()
    turn = (len(stage.struck) - 1) % 3
    for host in stage.far.values():
        if turn != 1:
            host.deafen()
        if turn != 0:
            host.silence()


def join(stage: Stage) -> None:
    """Mend the wires."""
    for host in stage.far.values():
        host.mend()


def ring_strangely(stage: Stage) -> None:
    """Ring by the name of a task that this release does not know; the control only has those."""
    stage.take_aim()
    for row_id in list(stage.town.due)[-8:]:
        stage.bells.send_task("messages.foretell", [str(row_id)], queue="messages", retry=False)


def garble(stage: Stage) -> None:
    """Put into each side's queue what another client's mistake would: no message, or a part."""
    stage.take_aim()
    for number, (queue, task) in enumerate((("messages", "messages.sweep"), ("celery", TEXT))):
        with Redis(port=stage.broker.port, db=number, socket_timeout=5) as client:
            client.lpush(queue, *HALVES, _without_id(task))


def _without_id(task: str) -> bytes:
    """Return a message that lacks nothing but its id."""
    way = {"exchange": "", "routing_key": "x"}
    properties = {"delivery_tag": "1", "body_encoding": "utf-8", "delivery_info": way}
    told = {"headers": {"task": task, "lang": "py"}, "properties": properties}
    kinds = {"content-type": "application/json", "content-encoding": "utf-8"}
    return json.dumps({"body": "[[], {}, {}]", **kinds, **told}).encode()


def anything(stage: Stage) -> None:
    """Do one of three, by chance."""
    strikes: list[Strike] = [flush, lambda one: one.kill_slots(), _reset_database]
    stage.dice.choice(strikes)(stage)


def _reset_database(stage: Stage) -> None:
    stage.take_aim()
    stage.to_database.reset()


def loses_answers(vendors: StandIns) -> None:
    """Lose one answer in five, after the text was taken."""
    vendors.fault("drop_reply", vendor="twilio", route="messages.create", rate=0.2)


def fails_after(vendors: StandIns) -> None:
    """Answer 500 to one text in five that was taken."""
    vendors.fault(
        "status", vendor="twilio", route="messages.create", rate=0.2, status=500, after=True
    )


def is_busy(vendors: StandIns) -> None:
    """Say 429 to three in ten."""
    vendors.fault(
        "status", vendor="twilio", route="messages.create", rate=0.3, status=429, retry_after="1"
    )
