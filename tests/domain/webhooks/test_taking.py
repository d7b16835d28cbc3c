"""What vendors tell is taken once, in any order, and nothing of it is lost."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from domain.work.names import TaskName
from tests.support.hall import Hall, heard, twilio
from tests.support.notices import AT, INTEGRATION, OURS, SAID, SENDERS, THEIRS, text

CALLS = ["twilio", "vapi", "retell", "telnyx", "bland"]


@pytest.mark.parametrize("name", sorted(SENDERS))
def test_a_hundred_redeliveries_stand_once_and_are_taken_once(hall: Hall, name: str) -> None:
    sender = hall.mine(SENDERS[name])
    posts = [sender.post(event) for event in sender.events]

    for _ in range(50):
        hall.take_in(*posts)
    hall.work()
    taken = hall.rows("SELECT id, processed_at, attempts FROM webhook_queue ORDER BY id")
    for _ in range(50):
        hall.take_in(*posts)
    hall.work()

    assert len(taken) == len(sender.events)
    assert {attempts for _, _, attempts in taken} == {1}
    assert hall.rows("SELECT id, processed_at, attempts FROM webhook_queue ORDER BY id") == taken
    assert hall.scalar("SELECT count(*) FROM webhook_payloads") == len(sender.events)


@pytest.mark.parametrize("name", CALLS)
def test_every_order_of_a_calls_events_ends_in_the_same_row(hall: Hall, name: str) -> None:
    sender = hall.mine(SENDERS[name])
    ends = set[tuple[tuple[str, str], ...]]()

    for order in permutations(sender.events):
        hall.connection.execute("DELETE FROM calls")
        hall.connection.execute("DELETE FROM webhook_queue")
        ranks = list[int]()
        for event in order:
            hall.take_in(sender.post(event))
            hall.work()
            ranks.append(RANK[hall.call()["status"]])
        assert ranks == sorted(ranks), order
        ends.add(tuple((key, str(value)) for key, value in hall.call().items()))

    assert len(ends) == 1
    end = dict(ends.pop())
    assert end["status"] == "completed"
    assert (end["phone_number"], end["call_type"]) == (THEIRS, "inbound")
    if name != "telnyx":
        assert (end["transcript"], end["ai_processing_status"]) == (SAID, "pending")


RANK = {"ringing": 1, "in_progress": 2, "completed": 3, "failed": 4, "no_answer": 6, "busy": 7}


def test_contradicting_news_ends_the_same_in_any_order(hall: Hall) -> None:
    forms = [{**SENDERS["twilio"].events["completed"], "CallStatus": word} for word in ENDS]
    ends = set[str]()

    for order in permutations(forms):
        hall.connection.execute("DELETE FROM calls")
        hall.connection.execute("DELETE FROM webhook_queue")
        for form in order:
            hall.take_in(twilio(hall, form, own=True))
            hall.work()
        ends.add(hall.call()["status"])

    assert ends == {"busy"}


ENDS = ("completed", "failed", "no-answer", "busy")


def test_every_order_of_a_texts_events_ends_delivered(hall: Hall) -> None:
    words = ("queued", "sending", "sent", "delivered", "read")

    for order in permutations(words):
        message = hall.message()
        for word in order:
            hall.take_in(twilio(hall, text(word)))
            hall.work()
        assert hall.status(message) == "delivered", order
        hall.connection.execute("DELETE FROM messages")
        hall.connection.execute("DELETE FROM webhook_queue")


def test_every_order_of_a_letters_events_ends_with_the_worst(hall: Hall) -> None:
    sender = SENDERS["resend"]

    for order in permutations(sender.events):
        message = hall.message(
            reference="E1", provider="resend", channel="email", to_email="x@example.com"
        )
        for event in order:
            hall.take_in(sender.post(event))
            hall.work()
        assert hall.status(message) == "complained", order
        hall.connection.execute("DELETE FROM messages")
        hall.connection.execute("DELETE FROM webhook_queue")


@pytest.mark.parametrize("name", sorted(SENDERS))
def test_what_is_forged_is_stored_as_refused_and_never_taken(hall: Hall, name: str) -> None:
    sender = hall.mine(SENDERS[name])
    event = next(iter(sender.events))
    true = sender.post(event)
    body = true.body.replace(sender.secrets[0].encode(), b"guessed")
    forged = replace(true, headers={"content-type": "application/json"}, body=body)

    assert hall.take_in(forged) == []
    hall.work()

    assert hall.results() == {"refused": 1}
    assert hall.scalar("SELECT count(*) FROM calls") == 0
    assert hall.scalar("SELECT processed_by FROM webhook_queue") == "intake"
    assert hall.take_in(true), "a forger must not take the true one's place"


def test_a_notice_sent_again_after_a_day_is_refused_or_known(hall: Hall) -> None:
    for name in sorted(SENDERS):
        sender = hall.mine(SENDERS[name])
        post = sender.post(next(iter(sender.events)))
        hall.take_in(post)

        new = hall.take_in(post, at=AT + timedelta(days=1))

        untimed = name == "graph" or not sender.has_time
        refused = hall.scalar(
            "SELECT count(*) FROM webhook_queue WHERE provider = %s AND result = 'refused'", name
        )
        assert new == []
        assert refused == (0 if untimed else 1), name


def test_the_bytes_are_kept_as_they_came(hall: Hall) -> None:
    post = SENDERS["stripe"].post("paid")

    hall.take_in(post)

    [(body, headers)] = hall.rows("SELECT body, headers FROM webhook_payloads")
    assert bytes(body) == post.body
    assert headers["stripe-signature"] == post.headers["stripe-signature"]
    assert headers[":path"] == "/webhooks/stripe"


def test_secrets_that_are_the_whole_proof_are_not_kept(hall: Hall) -> None:
    post = SENDERS["vapi"].post("report")
    secret = SENDERS["vapi"].secrets[0]

    hall.take_in(replace(post, headers={"x-vapi-secret": secret}))
    hall.take_in(replace(post, headers={"authorization": f"Bearer {secret}"}))

    [(headers,)] = hall.rows("SELECT headers::text FROM webhook_payloads")
    assert secret not in headers


def test_an_unknown_kind_is_kept_and_counted_by_its_name(hall: Hall) -> None:
    told = {"id": "evt_5", "type": "radar.early_fraud_warning.created", "data": {"object": {}}}
    sender = replace(SENDERS["stripe"], events={"it": told})

    hall.take_in(sender.post("it"))
    hall.work()

    [(result, kind, why)] = hall.rows("SELECT result, event_type, error_message FROM webhook_queue")
    assert (result, kind) == ("ignored", "radar.early_fraud_warning.created")
    assert kind in why


@pytest.mark.parametrize(
    ("name", "task"), [("stripe", "billing.reconcile"), ("calcom", "calendars.pull")]
)
def test_what_another_area_is_to_do_is_owed_with_the_notice(
    hall: Hall, name: str, task: str
) -> None:
    sender = hall.mine(SENDERS[name])

    hall.take_in(*[sender.post(event) for event in sender.events])
    hall.work()

    assert hall.results() == {"done": 3}
    assert hall.scalar("SELECT count(*) FROM errands WHERE task = %s", task) > 0


def test_a_subscription_that_its_vendor_ends_is_due_to_be_asked_for_again(hall: Hall) -> None:
    made = (
        "INSERT INTO calendar_integrations (id, user_id, integration_type, watch_name,"
        " watch_due_at) VALUES (%s, %s, 'outlook', 'w', now() + interval '2 days') RETURNING id"
    )
    hall.scalar(made, INTEGRATION, hall.user)
    due = "SELECT watch_due_at <= clock_timestamp() FROM calendar_integrations"
    sender = SENDERS["graph"]
    hall.take_in(sender.post("updated"), sender.post("missed"))
    hall.work()
    assert hall.scalar(due) is False

    hall.take_in(sender.post("removed"))
    hall.work()

    assert hall.scalar(due) is True


def test_a_text_from_a_person_is_written_once_for_whose_number_it_is(hall: Hall) -> None:
    phone = hall.box.post.keyring.hash(THEIRS, user_id=hall.user)
    customer = hall.scalar(
        "INSERT INTO customers (user_id, phone_hash) VALUES (%s, %s) RETURNING id", hall.user, phone
    )

    for _ in range(3):
        hall.take_in(twilio(hall, heard("See you"), own=True))
    hall.take_in(twilio(hall, heard("And bring tea", "SM3"), own=True))
    hall.work()

    rows = hall.rows(
        "SELECT user_id, customer_id, direction, status, from_number, to_number, body, due_at"
        " FROM messages ORDER BY provider_message_id"
    )
    same = (hall.user, customer, "inbound", "received", THEIRS, OURS)
    assert rows == [(*same, "See you", None), (*same, "And bring tea", None)]


def test_news_of_a_number_that_is_nobodys_is_kept(hall: Hall) -> None:
    hall.take_in(twilio(hall, heard("Hello?")), twilio(hall, SENDERS["twilio"].events["ringing"]))
    hall.work()

    assert hall.results() == {"ignored": 2}
    assert hall.rows("SELECT DISTINCT phone_number FROM webhook_queue") == [(OURS,)]
    assert hall.scalar("SELECT count(*) FROM calls") == 0
    assert hall.rows(
        "SELECT event_type, resolved_at FROM unknown_phone WHERE phone_number = %s"
        " ORDER BY event_type",
        OURS,
    ) == [("call.ringing", None), ("message.received", None)]


AGENT = "INSERT INTO agents (user_id, phone_number, status) VALUES (%s, %s, 'active') RETURNING id"
LISTED = "INSERT INTO user_phone_numbers (user_id, full_number) VALUES (%s, %s) RETURNING id"


@pytest.mark.parametrize("claim", [AGENT, LISTED])
def test_it_is_taken_once_the_number_has_found_its_tenant(hall: Hall, claim: str) -> None:
    hall.take_in(twilio(hall, heard("Hello?")), twilio(hall, SENDERS["twilio"].events["ringing"]))
    hall.work()

    hall.scalar(claim, hall.user, OURS)
    hall.work()
    hall.work()

    assert hall.results() == {"done": 2}
    assert hall.call()["user_id"] == hall.user
    assert hall.rows("SELECT user_id, body FROM messages") == [(hall.user, "Hello?")]
    assert hall.rows("SELECT DISTINCT resolution FROM unknown_phone") == [("matched_agent",)]


def test_a_number_that_two_tenants_list_is_the_agents_or_nobodys(hall: Hall) -> None:
    other = hall.scalar("INSERT INTO users (timezone) VALUES ('UTC') RETURNING id")
    for user in (hall.user, other):
        hall.scalar(LISTED, user, OURS)

    hall.take_in(twilio(hall, heard("Hello?")))
    hall.work()
    before = hall.results()
    hall.scalar(AGENT, hall.user, OURS)
    hall.work()

    assert before == {"ignored": 1}
    assert hall.rows("SELECT user_id FROM messages") == [(hall.user,)]


def test_a_row_that_another_service_wrote_is_taken_like_ours(hall: Hall) -> None:
    message = hall.message()
    webhook = hall.scalar(
        "INSERT INTO webhook_queue (provider, idempotency_key) VALUES ('twilio', 'theirs')"
        " RETURNING id"
    )
    hall.connection.execute(
        "INSERT INTO webhook_payloads (webhook_id, headers, body) VALUES (%s, '{}', %s)",
        [webhook, twilio(hall, text("delivered")).body],
    )

    hall.work()

    assert hall.status(message) == "delivered"
    [(result, kind)] = hall.rows("SELECT result, event_type FROM webhook_queue")
    assert (result, kind) == ("done", "message.delivered")


def test_history_that_another_service_brings_is_no_work(hall: Hall) -> None:
    hall.scalar(
        "INSERT INTO webhook_queue (provider, idempotency_key, processed_at)"
        " VALUES ('twilio', 'old', clock_timestamp()) RETURNING id"
    )

    hall.work()

    assert hall.rows("SELECT state, attempts, result FROM webhook_queue") == [("done", 0, None)]


def test_news_ahead_of_our_own_writing_waits_for_it(hall: Hall) -> None:
    message = hall.message("sending", reference=None, provider=None)
    rid = f"?rid=message%3A{message}"
    hall.take_in(twilio(hall, text("delivered"), query=rid))

    hall.work()
    waiting = hall.rows("SELECT state, result, last_error FROM webhook_queue")
    hall.connection.execute("UPDATE messages SET status = 'sent' WHERE id = %s", [message])
    hall.later()
    hall.work()

    assert waiting == [("pending", None, "its message is not written down yet")]
    assert hall.status(message) == "delivered"
    assert hall.scalar("SELECT provider_message_id FROM messages") == "SM1"
    assert hall.results() == {"done": 1}


def test_news_of_no_message_of_ours_waits_a_while_and_is_let_go(hall: Hall) -> None:
    hall.take_in(twilio(hall, text("delivered", "SM9")))

    hall.work()
    state = hall.scalar("SELECT state FROM webhook_queue")
    hall.later()
    hall.work()

    assert state == "pending"
    assert hall.results() == {"ignored": 1}
    assert hall.scalar("SELECT error_message FROM webhook_queue") == "no message of ours"


def test_a_body_that_is_none_is_given_up_with_the_reason(hall: Hall) -> None:
    for number, body in enumerate((b"", b"[]", b'{"message": 7}', b"\xff\x00", b"{" * 5000)):
        row = hall.scalar(
            "INSERT INTO webhook_queue (provider, idempotency_key) VALUES ('vapi', %s)"
            " RETURNING id",
            str(number),
        )
        hall.connection.execute(
            "INSERT INTO webhook_payloads (webhook_id, body) VALUES (%s, %s)", [row, body]
        )
    good = hall.mine(SENDERS["vapi"])
    hall.take_in(good.post("report"))

    hall.work()

    assert hall.results() == {"failed": 5, "done": 1}
    for (why,) in hall.rows("SELECT error_message FROM webhook_queue WHERE result = 'failed'"):
        assert why.startswith("this release cannot read it: ")


def test_a_transcript_that_was_told_is_rung_for(hall: Hall) -> None:
    sender = hall.mine(SENDERS["vapi"])

    hall.take_in(sender.post("ringing"))
    hall.work()
    before = set(hall.caused.names)
    hall.take_in(sender.post("report"))
    hall.work()

    assert before == set()
    assert hall.caused.names == {TaskName.TRANSCRIPTS_SWEEP}


def test_a_tenants_address_opens_no_other_tenants_door(hall: Hall) -> None:
    post = hall.mine(SENDERS["vapi"]).post("report")
    other = SENDERS["vapi"].target
    cut = replace(post, target=other[:-1] + ("A" if other[-1] != "A" else "B"))

    hall.take_in(cut)

    assert hall.results() == {"refused": 1}
    assert "address" in hall.scalar("SELECT error_message FROM webhook_queue")
