"""One receiver's trouble, or its million rows, is not the others'; and all verify what they get."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from domain.database import SYSTEM
from domain.deliveries import rules, service, turns
from domain.deliveries.turns import Round
from domain.tables.deliveries import DeliveryState
from domain.work.shop import Shop
from providers.receivers.post import HttpReceivers
from tests.support.receivers import Desk, receiver, take


def place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def over_http(desk: Desk, *urls: str, **more: Any) -> None:
    """Speak HTTP to these, instead of to a fake."""
    made = HttpReceivers(allowed=frozenset(place(url) for url in urls), **more)
    desk.outbox = service.Outbox(begin=desk.begin, keyring=desk.outbox.keyring, receivers=made)


def test_a_receiver_with_the_public_library_verifies_what_it_gets(desk: Desk) -> None:
    heard: list[tuple[bytes, dict[str, str]]] = []

    def keep(request: Any) -> None:
        headers = {name: value for name, value in request.headers.items()}  # noqa: C416  # a Message is no dict
        heard.append((take(request), headers))

    with receiver(keep) as url:
        over_http(desk, url)
        desk.config(url, secret=None)
        secret = desk.scalar(
            "UPDATE webhook_configs SET secret = app_webhook_secret() RETURNING secret"
        )
        event = desk.event()
        desk.work()

    (body, headers), *others = heard
    told = Webhook(secret).verify(body, headers)
    assert not others
    assert told["type"] == "appointment_booked"
    assert told["data"]["event_id"] == str(event)
    for change in (body.replace(b"booked", b"booket"), body + b" "):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(change, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, {**headers, "webhook-id": str(uuid4())})
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 43 + "=").verify(body, headers)


def test_while_a_secret_is_rotated_both_verify(desk: Desk) -> None:
    config = desk.config(secret="whsec_" + "A" * 43 + "=")
    desk.work()
    desk.connection.execute("UPDATE webhook_configs SET secret = %s", ["whsec_" + "B" * 43 + "="])
    desk.owe(config)
    desk.work()

    post = desk.receivers.posts[0]
    for letter in "AB":
        assert Webhook(f"whsec_{letter * 43}=").verify(post.body, post.headers) == {"n": 1}


@contextmanager
def sweeping(desk: Desk) -> Iterator[None]:
    """Sweep again and again with the two slots of a worker."""
    stop = threading.Event()

    def sweep() -> None:
        while not stop.wait(0.05):
            desk.work()

    sweepers = [threading.Thread(target=sweep) for _ in range(2)]
    for sweeper in sweepers:
        sweeper.start()
    yield
    stop.set()
    for sweeper in sweepers:
        sweeper.join()


def owe_for(desk: Desk, config: UUID, *, seconds: float) -> int:
    """Owe a delivery every tenth of a second, each with the moment in it; return how many."""
    end, owed = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        desk.connection.execute(
            "INSERT INTO webhook_deliveries (config_id, user_id, event_type, object_id, payload)"
            " VALUES (%s, %s, 'call_ended', gen_random_uuid(), %s)",
            [config, desk.user, json.dumps({"at": time.time()})],
        )
        owed += 1
        time.sleep(0.1)
    return owed


@pytest.mark.slow
def test_slow_and_dead_receivers_do_not_delay_a_good_one(
    desk: Desk, measured: Callable[[str], None]
) -> None:
    """Nine others answer after 8 seconds, never, or refuse; each has hundreds of rows due."""
    desk.shop = Shop(begin=desk.begin)
    waited: list[float] = []
    over = threading.Event()

    def slow(request: Any) -> None:
        over.wait(8)
        take(request)

    def good(request: Any) -> None:
        waited.append(time.time() - json.loads(take(request))["at"])

    with (
        receiver(slow) as slow_url,
        receiver(good) as good_url,
        socket.create_server(("127.0.0.1", 0), backlog=64) as dead,
    ):
        dead_url = f"http://127.0.0.1:{dead.getsockname()[1]}"
        closed_url = "http://127.0.0.1:9"
        over_http(desk, slow_url, good_url, dead_url, closed_url)
        for url in (slow_url, dead_url, closed_url) * 3:
            desk.owe(desk.config(url, user_id=desk.tenant()), many=300)
        config = desk.config(good_url)
        with sweeping(desk):
            owed = owe_for(desk, config, seconds=30)
            time.sleep(2)
            over.set()

    waited.sort()
    p50, p99 = waited[len(waited) // 2], waited[int(len(waited) * 0.99)]
    measured(
        f"{len(waited)} deliveries beside nine slow and dead receivers:"
        f" p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, longest {waited[-1] * 1000:.0f} ms"
    )
    assert len(waited) == owed
    assert p99 < 2


def test_a_receiver_has_never_more_at_once_than_its_slots(desk: Desk) -> None:
    config = desk.config(max_in_flight=3)
    desk.owe(config, many=60)
    lock, now, peak = threading.Lock(), [0], [0]

    def answer() -> int:
        with lock:
            now[0] += 1
            peak[0] = max(peak[0], now[0])
        time.sleep(0.01)
        with lock:
            now[0] -= 1
        return 200

    desk.receivers.answers["https://a.example/"] = answer
    sweepers = [threading.Thread(target=desk.work) for _ in range(4)]
    for sweeper in sweepers:
        sweeper.start()
    for sweeper in sweepers:
        sweeper.join()

    assert desk.states() == {"delivered": 60}
    assert peak[0] == 3
    assert len(set(desk.receivers.ids())) == 60


def test_a_failing_receiver_is_asked_by_one_at_a_time(desk: Desk) -> None:
    config = desk.config()
    desk.connection.execute("UPDATE webhook_configs SET failing_since = now(), failed_at = now()")
    desk.owe(config, many=40)

    with desk.begin(SYSTEM) as session:
        chosen = turns.choose(session, 200, Round(), slow_too=True)
        not_now = turns.choose(session, 200, Round(), slow_too=False)

    assert len(chosen) == 1
    assert not_now == []


def test_all_that_fail_share_a_narrow_lane(desk: Desk) -> None:
    for _ in range(turns.SLOW_LANE + 10):
        config = desk.config(failing_since="2026-01-01", failed_at="2026-01-01")
        desk.owe(config, many=2)
    good = desk.config()
    desk.owe(good, many=5)

    with desk.begin(SYSTEM) as session:
        chosen = turns.choose(session, 200, Round(), slow_too=True)

    assert len(chosen) == turns.SLOW_LANE + 5


def test_a_slow_answer_narrows_the_slots_and_a_quick_one_widens_them(desk: Desk) -> None:
    config = desk.config()
    desk.receivers.answers["https://a.example/"] = lambda: (
        time.sleep(rules.SLOW.total_seconds() + 0.1) or 200
    )
    desk.owe(config)
    desk.work()
    was_slow = desk.scalar("SELECT slow_since IS NOT NULL FROM webhook_configs")
    desk.receivers.answers.clear()
    desk.owe(config)
    desk.work()

    assert was_slow
    assert desk.scalar("SELECT slow_since IS NULL FROM webhook_configs")


def test_whoever_stands_far_back_in_the_round_has_a_turn(
    desk: Desk, measured: Callable[[str], None]
) -> None:
    desk.connection.execute(
        "INSERT INTO webhook_configs (user_id, url)"
        " SELECT %s, 'https://a.example/' FROM generate_series(1, 5000)",
        [desk.user],
    )
    desk.connection.execute(
        "INSERT INTO webhook_deliveries"
        " (config_id, user_id, event_type, object_id, payload, due_at)"
        " SELECT id, user_id, 'x', id, '{}', now() + interval '1 hour' FROM webhook_configs"
    )
    desk.owe(desk.config())
    desk.connection.execute("ANALYZE webhook_deliveries")
    first, again = Round(), Round(UUID(int=2**128 - 1))
    began = time.perf_counter()

    with desk.begin(SYSTEM) as session:
        chosen = turns.choose(session, 200, first, slow_too=True)
    took = time.perf_counter() - began
    with desk.begin(SYSTEM) as session:
        chosen_again = turns.choose(session, 200, again, slow_too=True)

    measured(f"finding the one row due behind 5,000 receivers that wait: {took * 1000:.0f} ms")
    assert len(chosen) == 1
    assert chosen_again == chosen


@pytest.mark.slow
def test_a_million_rows_of_one_tenant_cost_the_others_nothing(
    desk: Desk, measured: Callable[[str], None]
) -> None:
    config = desk.config("https://noisy.example/", max_in_flight=20)
    desk.owe(config, many=1_000_000)
    quiet = [desk.config(f"https://{n}.example/", user_id=desk.tenant()) for n in range(20)]
    for one in quiet:
        desk.owe(one, many=5)
    desk.connection.execute("VACUUM ANALYZE webhook_deliveries")
    times: list[float] = []

    for _ in range(20):
        began = time.perf_counter()
        with desk.begin(SYSTEM) as session:
            chosen = turns.choose(session, 200, Round(), slow_too=True)
        times.append(time.perf_counter() - began)

    per_config = desk.rows(
        "SELECT config_id, count(*) FROM webhook_deliveries WHERE id = ANY(%s) GROUP BY 1", chosen
    )
    times.sort()
    measured(
        f"choosing 120 rows of 21 receivers, one with a million due: median"
        f" {times[10] * 1000:.1f} ms, longest {times[-1] * 1000:.1f} ms"
    )
    assert dict(per_config) == {config: 20, **dict.fromkeys(quiet, 5)}
    assert times[10] < 0.1


def test_the_quiet_are_served_beside_a_noisy_one(desk: Desk) -> None:
    noisy = desk.config("https://noisy.example/")
    desk.owe(noisy, many=2000)
    for number in range(20):
        config = desk.config(f"https://{number}.example/", user_id=desk.tenant())
        desk.owe(config, many=5)

    desk.work()

    first = [post.url for post in desk.receivers.posts[:400]]
    assert sum("noisy" not in url for url in first) == 100


def test_whoever_owes_more_does_not_wait_for_a_claim(desk: Desk) -> None:
    config = desk.config()
    desk.owe(config, many=3)

    with desk.begin(SYSTEM) as session:
        chosen = turns.choose(session, 200, Round(), slow_too=True)
        desk.connection.execute("SET lock_timeout = '1s'")
        desk.event()  # on a connection of its own, while the receiver's row is locked

    assert len(chosen) == 3
    assert desk.states() == {DeliveryState.PENDING: 4}
