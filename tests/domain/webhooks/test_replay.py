"""A notice may be taken again, and nothing is taken twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from domain.errors import Refusal
from domain.webhooks import replay
from domain.work import control
from domain.work.changes import Change
from tests.support.hall import Hall, heard, twilio
from tests.support.notices import AT, OLD, SENDERS, text
from workers.kinds import KINDS


def test_what_was_taken_is_shown_to_change_nothing_more(hall: Hall) -> None:
    hall.message()
    [webhook] = hall.take_in(twilio(hall, text("delivered")))
    hall.work()

    shown = replay.again(hall.ears, hall.shop, webhook, hall.caused)

    assert (shown.before, shown.after, shown.changes) == ("done", "done", ())
    assert hall.scalar("SELECT processed_by FROM webhook_queue") == "replay"


def test_a_dry_run_shows_what_would_change_and_changes_nothing(hall: Hall) -> None:
    message = hall.message()
    [webhook] = hall.take_in(twilio(hall, text("delivered")))

    shown = replay.would(hall.ears, webhook)

    change = Change(f"message {message}", "status", "sent", "delivered")
    assert (shown.before, shown.after, shown.changes) == ("waits", "done", (change,))
    assert hall.status(message) == "sent"
    assert hall.results() == {None: 1}


def test_what_was_lost_is_brought_back(hall: Hall) -> None:
    message = hall.message()
    hall.take_in(twilio(hall, text("delivered")), twilio(hall, heard("Hello"), own=True))
    hall.work()
    hall.connection.execute("UPDATE messages SET status = 'sent' WHERE id = %s", [message])
    hall.connection.execute("DELETE FROM messages WHERE direction = 'inbound'")

    yesterday = datetime.now(UTC) - timedelta(days=1)
    ids = list(replay.wanted(hall.ears, since=yesterday, only_failed=False))
    would = [replay.would(hall.ears, key) for key in ids]
    done = [replay.again(hall.ears, hall.shop, key, hall.caused) for key in ids]

    assert [len(one.changes) for one in would] == [1, 1]
    assert [one.after for one in done] == ["done", "done"]
    assert hall.status(message) == "delivered"
    assert hall.scalar("SELECT count(*) FROM messages WHERE direction = 'inbound'") == 1


def test_what_was_refused_for_a_wrong_secret_of_ours_is_taken_once_it_is_right(hall: Hall) -> None:
    post = SENDERS["resend"].post("delivered", at=datetime.now(UTC))
    message = hall.message(reference="E1", provider="resend")
    wrong = replace(SENDERS["resend"].notices, secrets=(OLD,))  # type: ignore[type-var]
    senders = hall.desk.senders
    mistaken = replace(senders, vendors={**senders.vendors, "resend": wrong})  # type: ignore[dict-item]
    hall.desk = replace(hall.desk, senders=mistaken)
    hall.take_in(post, at=datetime.now(UTC))
    webhook = hall.scalar("SELECT id FROM webhook_queue")

    still = replay.again(
        replace(hall.ears, senders=mistaken),
        *(hall.shop, webhook, hall.caused),
    )
    done = replay.again(hall.ears, hall.shop, webhook, hall.caused)

    assert (still.before, still.after) == ("refused", "refused")
    assert (done.before, done.after) == ("refused", "done")
    assert hall.status(message) == "delivered"


def test_what_was_refused_and_came_again_is_not_taken_twice(hall: Hall) -> None:
    now = datetime.now(UTC)
    post = SENDERS["resend"].post("delivered", at=now)
    senders = hall.desk.senders
    wrong = replace(SENDERS["resend"].notices, secrets=(OLD,))  # type: ignore[type-var]
    mistaken = replace(senders, vendors={**senders.vendors, "resend": wrong})  # type: ignore[dict-item]
    hall.desk = replace(hall.desk, senders=mistaken)
    hall.take_in(post, at=now)
    refused = hall.scalar("SELECT id FROM webhook_queue")
    hall.desk = replace(hall.desk, senders=senders)
    hall.take_in(post, at=now)

    shown = replay.again(hall.ears, hall.shop, refused, hall.caused)

    assert (shown.after, shown.why) == ("refused", "it has come again since, and stands there")


def test_a_forgery_stays_refused_however_often_it_is_replayed(hall: Hall) -> None:
    post = replace(hall.mine(SENDERS["vapi"]).post("report"), headers={"x-vapi-secret": "x"})
    hall.take_in(post)
    webhook = hall.scalar("SELECT id FROM webhook_queue")

    for _ in range(3):
        assert replay.would(hall.ears, webhook).after == "refused"
        assert replay.again(hall.ears, hall.shop, webhook, hall.caused).after == "refused"

    assert hall.scalar("SELECT count(*) FROM calls") == 0


def test_the_dead_are_found_and_grouped_by_their_cause(hall: Hall) -> None:
    for number in range(4):
        row = hall.scalar(
            "INSERT INTO webhook_queue (provider, idempotency_key) VALUES ('vapi', %s)"
            " RETURNING id",
            str(number),
        )
        body = b"[]" if number % 2 else b"{"
        hall.connection.execute(
            "INSERT INTO webhook_payloads (webhook_id, body) VALUES (%s, %s)", [row, body]
        )
    hall.message()
    hall.take_in(twilio(hall, text("delivered")))
    hall.work()

    ids = list(replay.wanted(hall.ears, since=None, only_failed=True))
    whys = {replay.would(hall.ears, key).why for key in ids}

    assert len(ids) == 4
    assert len(whys) == 2


def test_a_dead_one_may_be_retried_like_any_other_row(hall: Hall) -> None:
    row = hall.scalar(
        "INSERT INTO webhook_queue (provider, idempotency_key) VALUES ('vapi', 'k') RETURNING id"
    )
    hall.work()
    dead = hall.results()
    call = hall.mine(SENDERS["vapi"]).post("report")
    hall.connection.execute(
        "INSERT INTO webhook_payloads (webhook_id, headers, body) VALUES (%s, %s, %s)",
        [row, f'{{":path": "{call.target}"}}', call.body],
    )
    hall.connection.execute("UPDATE webhook_queue SET user_id = %s", [hall.user])

    with hall.begin(replay.SYSTEM) as session:
        control.retry(session, KINDS["webhook"], row, is_sure=False)
    hall.work()

    assert dead == {"failed": 1}
    assert hall.results() == {"done": 1}
    assert hall.call()["status"] == "completed"


def test_a_notice_in_somebodys_hands_is_left_to_him(hall: Hall) -> None:
    [webhook] = hall.take_in(twilio(hall, text("delivered")), at=AT)
    hall.connection.execute(
        "UPDATE webhook_queue SET state = 'working', lease_token = gen_random_uuid(),"
        " lease_expires_at = clock_timestamp() + interval '1 minute'"
    )

    shown = replay.again(hall.ears, hall.shop, webhook, hall.caused)

    assert shown.why == replay.IN_HAND
    assert hall.scalar("SELECT state FROM webhook_queue") == "working"


def test_what_is_not_there_is_refused_in_words(hall: Hall) -> None:
    with pytest.raises(Refusal, match="There is no webhook"):
        replay.would(hall.ears, uuid4())
