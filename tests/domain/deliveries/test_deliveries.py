"""Tenants' systems are told what happened: once it happened, in order, until it is taken."""

import base64
import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.database import SYSTEM
from domain.deliveries import service
from domain.deliveries.ports import Answer
from domain.errors import OutcomeUnknown, Refusal
from domain.sealing import Ciphertext
from domain.work import batch, retention
from tests.support.databases import Database
from tests.support.receivers import Desk
from tests.support.slice import KEYS

URL = "https://a.example/"
DOWN = OutcomeUnknown("the receiver gave no answer")


def types(desk: Desk) -> list[str]:
    return [
        row[0] for row in desk.rows("SELECT event_type FROM webhook_deliveries ORDER BY sequence")
    ]


def fact(desk: Desk, column: str) -> Any:
    return desk.scalar(f"SELECT {column} FROM webhook_deliveries")


# What is owed


def test_an_event_is_told_when_it_is_booked_moved_and_called_off(desk: Desk) -> None:
    desk.config()
    event = desk.event("pending")
    desk.connection.execute("UPDATE events SET status = 'confirmed'")
    desk.connection.execute("UPDATE events SET start_time = start_time + interval '1 hour'")
    desk.connection.execute("UPDATE events SET title = 'Another'")
    desk.connection.execute("UPDATE events SET status = 'cancelled'")

    desk.work()

    told = [json.loads(post.body) for post in desk.receivers.posts]
    assert [one["type"] for one in told] == [
        "appointment_booked",
        "appointment_updated",
        "appointment_cancelled",
    ]
    assert {one["data"]["event_id"] for one in told} == {str(event)}


def test_calls_and_messages_are_told(desk: Desk) -> None:
    desk.config()
    insert = "INSERT INTO calls (user_id, status) VALUES (%s, 'ringing')"
    desk.connection.execute(insert, [desk.user])
    desk.connection.execute("UPDATE calls SET status = 'in_progress'")
    desk.connection.execute("UPDATE calls SET status = 'completed'")
    insert = "INSERT INTO messages (user_id, direction, body, status) VALUES (%s, %s, 'hello', %s)"
    desk.connection.execute(insert, [desk.user, "inbound", "received"])
    desk.connection.execute(insert, [desk.user, "outbound", "sent"])
    desk.connection.execute("UPDATE messages SET status = 'delivered' WHERE status = 'sent'")
    desk.connection.execute("UPDATE messages SET status = 'failed' WHERE status = 'delivered'")

    assert types(desk) == [
        "call_started",
        "call_ended",
        "sms_received",
        "message_delivered",
        "message_failed",
    ]


def test_what_was_said_and_who_said_it_is_not_told(desk: Desk) -> None:
    desk.config()
    desk.event()
    desk.connection.execute(
        "INSERT INTO calls (user_id, phone_number, transcript)"
        " VALUES (%s, '+12125550200', 'secret')",
        [desk.user],
    )

    bodies = " ".join(row[0] for row in desk.rows("SELECT payload FROM webhook_deliveries"))

    assert len(types(desk)) == 2
    assert not re.search(r"Canary|\+1212|secret", bodies)


def test_imports_of_long_ago_are_no_news(desk: Desk) -> None:
    desk.config()
    desk.connection.execute(
        "INSERT INTO calls (user_id, started_at) VALUES (%s, now() - interval '2 days')",
        [desk.user],
    )

    assert types(desk) == []


@pytest.mark.parametrize(
    "facts", [{"events": ["call_ended"]}, {"events": []}, {"is_active": False}], ids=str
)
def test_who_does_not_want_to_hear_of_it_is_not_told(desk: Desk, facts: dict[str, Any]) -> None:
    desk.config(**facts)

    desk.event()

    assert types(desk) == []


def test_another_service_that_writes_as_a_tenant_owes_it_too(
    desk: Desk, database: Database
) -> None:
    desk.config()
    other = desk.tenant()
    desk.config(user_id=other)
    with database.connect("frontdesk_tenant") as tenant:
        tenant.execute("SELECT set_config('app.user_id', %s, false)", [str(desk.user)])
        tenant.execute("INSERT INTO events (title, status) VALUES ('x', 'confirmed')")

    assert desk.rows("SELECT user_id FROM webhook_deliveries") == [(desk.user,)]


# What is sent


def test_a_retry_has_the_same_id_and_the_same_bytes(desk: Desk) -> None:
    desk.config()
    desk.event()
    desk.receivers.answers[URL] = 503

    for _ in range(3):
        desk.work()
        desk.hurry()

    assert len(desk.receivers.posts) == 3
    assert len(set(desk.receivers.ids())) == 1
    assert len({post.body for post in desk.receivers.posts}) == 1
    assert desk.receivers.posts[0].body.decode() == fact(desk, "payload")


def test_the_pauses_grow_from_half_a_minute_to_a_day_and_then_it_ends(desk: Desk) -> None:
    desk.config()
    desk.event()
    desk.receivers.answers[URL] = DOWN
    waits: list[float] = []

    for _ in range(8):
        desk.work()
        waits.append(fact(desk, "extract(epoch FROM due_at - clock_timestamp())::float8"))
        desk.hurry()

    wanted = [30, 120, 600, 3600, 6 * 3600, 24 * 3600]
    assert all(low * 0.99 <= got <= low * 1.25 for low, got in zip(wanted, waits, strict=False))
    assert len(desk.receivers.posts) == 7
    assert desk.states() == {"exhausted": 1}
    assert desk.scalar("SELECT count(*) FROM ops_alerts") == 0


def test_who_asks_us_to_wait_is_heard(desk: Desk) -> None:
    desk.config()
    desk.event()
    desk.receivers.answers[URL] = Answer(429, timedelta(minutes=20))

    desk.work()

    assert fact(desk, "due_at > clock_timestamp() + interval '19 minutes'")


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 500, 503])
def test_whatever_is_not_taken_is_told_again(desk: Desk, status: int) -> None:
    desk.config()
    desk.event()
    desk.receivers.answers[URL] = status

    desk.work()

    assert desk.states() == {"pending": 1}
    assert fact(desk, "status_code") == status
    assert f"answered {status}" in fact(desk, "last_error")


def test_gone_switches_the_address_off(desk: Desk) -> None:
    config = desk.config()
    desk.owe(config, many=1)
    desk.receivers.answers[URL] = 410
    desk.work()
    desk.owe(config, many=30)

    desk.work()

    assert len(desk.receivers.posts) == 1
    assert desk.states() == {"failed": 1, "cancelled": 30}
    assert desk.scalar("SELECT NOT is_active AND pause_reason LIKE '%%410%%' FROM webhook_configs")
    assert desk.scalar("SELECT count(*) FROM ops_alerts WHERE subject = %s", str(config)) == 1


def test_things_told_of_one_object_arrive_in_order(desk: Desk) -> None:
    config, other = desk.config(), uuid4()
    desk.owe(config, many=20, object_id=uuid4())
    desk.owe(config, many=20, object_id=other)

    for _ in range(40):
        desk.work()
        desk.hurry()

    numbers = [json.loads(post.body)["n"] for post in desk.receivers.posts]
    assert len(numbers) == 40
    by_object = desk.rows("SELECT id, object_id FROM webhook_deliveries")
    of = {str(key): object_id for key, object_id in by_object}
    order: dict[UUID, list[int]] = {}
    for key, number in zip(desk.receivers.ids(), numbers, strict=True):
        order.setdefault(of[key], []).append(number)
    assert list(order.values()) == [list(range(1, 21))] * 2


def test_a_later_word_waits_for_an_earlier_one_until_that_is_given_up(desk: Desk) -> None:
    config, thing = desk.config(), uuid4()
    desk.owe(config, many=2, object_id=thing)
    desk.owe(config, many=1)
    desk.receivers.answers[URL] = 500

    for _ in range(6):
        desk.work()
        desk.hurry()
    before = len(set(desk.receivers.ids()))
    desk.work()
    desk.receivers.answers[URL] = 200
    desk.hurry()
    desk.work()

    assert before == 2
    assert desk.states() == {"exhausted": 2, "delivered": 1}


def test_an_address_switched_off_hears_nothing_any_more(desk: Desk) -> None:
    config = desk.config()
    desk.owe(config, many=25)
    desk.connection.execute("UPDATE webhook_configs SET is_active = false")

    desk.work()

    assert desk.receivers.posts == []
    assert desk.states() == {"cancelled": 25}


def test_an_address_switched_off_in_the_last_instant_hears_nothing(desk: Desk) -> None:
    config = desk.config(max_in_flight=1)
    desk.owe(config, many=2)

    def switch_off() -> int:
        desk.connection.execute("UPDATE webhook_configs SET is_active = false")
        return 200

    desk.receivers.answers[URL] = switch_off

    desk.work()

    assert len(desk.receivers.posts) == 1
    assert desk.states() == {"delivered": 1, "cancelled": 1}


# The secret


def opened(desk: Desk, column: str = "secret") -> str:
    row = desk.rows(f"SELECT id, {column}_sealed FROM webhook_configs")[0]
    return KEYS.open(Ciphertext(row[1]), table="webhook_configs", column=column, row_id=row[0])


def test_a_secret_is_made_shown_once_and_sealed(desk: Desk) -> None:
    config = desk.config()
    shown = desk.scalar("SELECT secret FROM webhook_configs")

    desk.work()

    assert len(base64.b64decode(shown.removeprefix("whsec_"))) == 32
    assert desk.scalar("SELECT secret FROM webhook_configs WHERE id = %s", config) is None
    assert opened(desk) == shown


def test_a_changed_secret_overlaps_with_the_one_before_for_a_day(desk: Desk) -> None:
    config = desk.config(secret="the first one")
    desk.work()
    desk.connection.execute("UPDATE webhook_configs SET secret = 'the second one'")
    desk.owe(config)
    desk.work()
    desk.connection.execute(
        "UPDATE webhook_configs SET secret_rotated_at = now() - interval '25 hours'"
    )
    desk.owe(config)
    desk.work()

    signatures = [post.headers["webhook-signature"].split() for post in desk.receivers.posts]
    assert [len(some) for some in signatures] == [2, 1]
    assert (opened(desk), opened(desk, "previous_secret")) == ("the second one", "the first one")


def test_a_secret_that_cannot_be_opened_costs_its_own_deliveries_only(desk: Desk) -> None:
    broken = desk.config(secret=None, secret_sealed=b"nonsense")
    fine = desk.config("https://b.example/")
    desk.owe(broken)
    desk.owe(fine)

    desk.work()

    assert desk.states() == {"pending": 1, "delivered": 1}
    assert desk.scalar("SELECT last_error FROM webhook_deliveries WHERE state = 'pending'")


def test_a_tenants_own_headers_go_along_but_frame_and_sign_nothing(desk: Desk) -> None:
    desk.config(
        headers=json.dumps(
            {
                "X-Key": "abc",
                "Host": "inside.example",
                "webhook-signature": "v1,mine",
                "X-Break": "a\r\nHost: b",
                "X Bad": "c",
                "X-Number": 5,
            }
        )
    )
    desk.event()

    desk.work()

    headers = desk.receivers.posts[0].headers
    assert headers["X-Key"] == "abc"
    assert set(headers) == {"X-Key", "webhook-id", "webhook-timestamp", "webhook-signature"}
    assert "mine" not in headers["webhook-signature"]
    assert desk.scalar("SELECT headers IS NULL FROM webhook_configs")
    assert json.loads(opened(desk, "headers"))["X-Key"] == "abc"


def test_headers_written_anew_win_and_none_are_none(desk: Desk) -> None:
    config = desk.config(headers='{"X-Key": "abc"}')
    desk.work()
    for words in ('{"X-Key": "def"}', "{}"):
        desk.connection.execute("UPDATE webhook_configs SET headers = %s", [words])
        desk.owe(config)
        desk.work()

    assert [post.headers.get("X-Key") for post in desk.receivers.posts] == ["def", None]
    assert desk.scalar("SELECT headers_sealed IS NULL FROM webhook_configs")


def test_headers_that_cannot_be_opened_wait_for_somebody_to_write_them(desk: Desk) -> None:
    config = desk.config(headers=None, headers_sealed=b"nonsense")
    desk.owe(config)

    desk.work()

    assert desk.states() == {"pending": 1}
    why = desk.scalar("SELECT last_error FROM webhook_deliveries")
    assert why == "its headers cannot be opened: write them anew"


# How a receiver does


def test_five_days_without_a_success_pause_an_address_and_tell(desk: Desk) -> None:
    config = desk.config()
    desk.receivers.answers[URL] = 500
    desk.owe(config)
    desk.work()
    desk.connection.execute(
        "UPDATE webhook_configs SET failing_since = now() - interval '5 days 1 minute',"
        " failed_at = now() - interval '2 hours'"
    )
    desk.owe(config)

    desk.work()
    desk.owe(config)
    desk.work()

    assert desk.scalar("SELECT paused_at IS NOT NULL AND is_active FROM webhook_configs")
    assert len(desk.receivers.posts) == 2
    assert desk.scalar("SELECT count(*) FROM ops_alerts WHERE alert_type = 'webhook_paused'") == 1


def test_a_failure_after_long_silence_begins_a_count_of_its_own(desk: Desk) -> None:
    config = desk.config()
    desk.connection.execute(
        "UPDATE webhook_configs SET failing_since = now() - interval '30 days',"
        " failed_at = now() - interval '20 days'"
    )
    desk.receivers.answers[URL] = 500
    desk.owe(config)

    desk.work()

    assert desk.scalar(
        "SELECT paused_at IS NULL AND failing_since > now() - interval '1 minute'"
        " FROM webhook_configs"
    )


def test_one_success_ends_the_count(desk: Desk) -> None:
    config = desk.config()
    desk.connection.execute(
        "UPDATE webhook_configs SET failing_since = now() - interval '4 days', failed_at = now()"
    )
    desk.owe(config)

    desk.work()

    assert desk.scalar("SELECT failing_since IS NULL AND failed_at IS NULL FROM webhook_configs")


def test_a_mended_address_is_delivered_to_again_and_its_alert_resolved(desk: Desk) -> None:
    config = desk.config()
    desk.receivers.answers[URL] = 410
    desk.owe(config)
    desk.work()
    desk.receivers.answers[URL] = 200

    with desk.begin(SYSTEM) as session:
        service.resume(session, config)
    desk.owe(config)
    desk.work()

    assert desk.states() == {"failed": 1, "delivered": 1}
    assert desk.scalar("SELECT count(*) FROM ops_alerts WHERE resolved_at IS NULL") == 0


def test_a_tenant_that_mends_its_address_is_tried_at_once(desk: Desk) -> None:
    desk.config(is_active=False, paused_at="2026-01-01", failing_since="2026-01-01")

    desk.connection.execute("UPDATE webhook_configs SET url = 'https://b.example/'")

    assert desk.scalar("SELECT paused_at IS NULL AND failing_since IS NULL FROM webhook_configs")


# What a person may do


def test_a_delivery_is_made_again_by_hand_with_its_id_and_its_bytes(desk: Desk) -> None:
    desk.config()
    desk.event()
    desk.work()
    key = fact(desk, "id")

    with desk.begin(SYSTEM) as session:
        service.redeliver(session, key)
    desk.work()

    assert desk.receivers.ids() == [str(key)] * 2
    assert desk.receivers.posts[0].body == desk.receivers.posts[1].body
    assert desk.states() == {"delivered": 1}


def test_one_that_waits_is_made_at_once(desk: Desk) -> None:
    desk.config()
    desk.event()
    desk.receivers.answers[URL] = 500
    desk.work()
    desk.receivers.answers[URL] = 200

    with desk.begin(SYSTEM) as session:
        service.redeliver(session, fact(desk, "id"))
    desk.work()

    assert desk.states() == {"delivered": 1}


def test_no_delivery_to_an_address_that_is_left_alone_is_made_again(desk: Desk) -> None:
    desk.config()
    desk.event()
    desk.work()
    desk.connection.execute("UPDATE webhook_configs SET paused_at = now()")

    with desk.begin(SYSTEM) as session, pytest.raises(Refusal, match="resume"):
        service.redeliver(session, fact(desk, "id"))


def test_a_test_reaches_even_a_paused_address(desk: Desk) -> None:
    config = desk.config(events=[], paused_at="2026-01-01")

    _, standing = service.send_test(desk.outbox, desk.shop, config)

    assert (standing.state, standing.status_code) == ("delivered", 200)
    assert json.loads(desk.receivers.posts[0].body)["type"] == "test"


def test_a_bell_delivers_one(desk: Desk) -> None:
    desk.config()
    desk.event()
    key = fact(desk, "id")

    batch.work_one(desk.shop, service.job(desk.outbox), key)
    batch.work_one(desk.shop, service.job(desk.outbox), key)

    assert desk.receivers.ids() == [str(key)]


def test_old_deliveries_are_thrown_away(desk: Desk) -> None:
    config = desk.config()
    desk.owe(config, many=3)
    desk.connection.execute("UPDATE webhook_deliveries SET created_at = now() - interval '31 days'")
    desk.owe(config)

    retention.work(desk.begin, wait=lambda _: None)

    assert desk.states() == {"pending": 1}
