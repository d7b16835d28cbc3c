"""A tenant's own account at a vendor is believed by its own secret, and about its own rows."""

from dataclasses import replace
from typing import Any

import pytest

from config.settings import Settings
from domain.privacy import credentials
from domain.webhooks.intake import Desk
from tests.support.hall import Hall, of_tenant
from tests.support.notices import PUBLIC, SENDERS, Sender, text
from tests.support.slice import KEYS
from workers.vendors.notices import senders

OWN = {
    "twilio": "auth_token",
    "telnyx": "public_key",
    "resend": "webhook_secret",
    "vapi": "webhook_secret",
    "retell": "api_key",
    "bland": "webhook_secret",
}


@pytest.fixture
def door(hall: Hall) -> Hall:
    """A hall whose platform has no account at all: only tenants' own are believed."""
    settings = Settings(frontdesk_env="test", public_url=PUBLIC)  # pyright: ignore[reportCallIssue]
    box = replace(hall.box, notices=senders(settings, hall.begin, KEYS))
    hall.box = box
    hall.desk = Desk(begin=hall.begin, senders=box.notices)
    return hall


def brings(hall: Hall, vendor: str, facts: dict[str, Any]) -> None:
    with hall.begin(hall.user) as session:
        credentials.put(
            session, KEYS, facts, user_id=hall.user, provider=vendor, provider_type=None
        )


def secret_of(sender: Sender) -> str:
    made = vars_of(sender.notices)
    return next(iter(made))


def vars_of(notices: Any) -> tuple[str, ...]:
    for name in ("tokens", "public_keys", "secrets"):
        found = getattr(notices, name, None)
        if found:
            return tuple(found)
    raise AssertionError(notices)


@pytest.mark.parametrize("vendor", sorted(OWN))
def test_a_tenants_own_secret_is_asked_at_its_own_address(door: Hall, vendor: str) -> None:
    sender = replace(SENDERS[vendor], target=of_tenant(vendor, door.user))
    brings(door, vendor, {OWN[vendor]: secret_of(sender)})
    event = next(iter(sender.events))

    new = door.take_in(sender.post(event))

    assert len(new) == 1
    assert door.results() == {None: 1}


def test_what_a_tenant_brought_is_not_believed_anywhere_else(door: Hall) -> None:
    sender = SENDERS["telnyx"]
    brings(door, "telnyx", {"public_key": secret_of(sender)})

    assert door.take_in(sender.post(next(iter(sender.events)))) == []

    assert door.results() == {"refused": 1}


def test_the_platforms_secret_is_not_believed_at_the_address_of_who_brought_one(
    hall: Hall,
) -> None:
    settings = Settings(frontdesk_env="test", public_url=PUBLIC)  # pyright: ignore[reportCallIssue]
    made = senders(settings, hall.begin, KEYS)
    hall.desk = Desk(begin=hall.begin, senders=replace(made, vendors=hall.box.notices.vendors))
    sender = replace(SENDERS["telnyx"], target=of_tenant("telnyx", hall.user))
    brings(hall, "telnyx", {"public_key": secret_of(SENDERS["telnyx"])[::-1]})

    hall.take_in(sender.post(next(iter(sender.events))))

    assert hall.results() == {"refused": 1}


def test_credentials_without_a_secret_for_notices_are_told(door: Hall) -> None:
    sender = replace(SENDERS["vapi"], target=of_tenant("vapi", door.user))
    brings(door, "vapi", {"api_key": "k"})

    door.take_in(sender.post(next(iter(sender.events))))

    [(why,)] = door.rows("SELECT error_message FROM webhook_queue")
    assert "webhook_secret is missing" in why


def test_a_tenant_moves_no_message_of_another(hall: Hall) -> None:
    message = hall.message()
    stranger = hall.scalar("INSERT INTO users (timezone) VALUES ('UTC') RETURNING id")
    sender = replace(SENDERS["twilio"], target=of_tenant("twilio", stranger))

    hall.take_in(replace(sender, events={"it": text("delivered")}).post("it"))
    hall.work()

    assert hall.status(message) == "sent"
    [(why,)] = hall.rows("SELECT error_message FROM webhook_queue")
    assert why == "no message of this tenant's"


@pytest.mark.parametrize(
    "write",
    [
        "UPDATE users SET telephony_webhook_token = %s WHERE id = %s RETURNING id",
        """INSERT INTO integrations (webhook_token, user_id, provider) VALUES (%s, %s, 'vapi')
            RETURNING id""",
    ],
)
def test_a_token_that_another_service_wrote_names_its_tenant(hall: Hall, write: str) -> None:
    token = "a-token-of-thirty-characters-or-so"
    hall.scalar(write, token, hall.user)
    post = replace(SENDERS["vapi"], target=f"/webhooks/vapi/{token}").post("report")

    assert hall.take_in(post)

    assert hall.scalar("SELECT user_id FROM webhook_queue") == hall.user


def test_a_token_of_nobody_is_refused(hall: Hall) -> None:
    token = "a-token-of-thirty-characters-or-so"

    hall.take_in(replace(SENDERS["vapi"], target=f"/webhooks/vapi/{token}").post("report"))

    assert hall.results() == {"refused": 1}
