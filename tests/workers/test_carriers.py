"""Who carries texts and letters: what the operator set up, or what a tenant brought."""

from typing import Any

import psycopg
import pytest

from config.settings import Settings
from domain.database import Begin
from domain.privacy import credentials
from tests.support.databases import Database
from tests.support.slice import KEYS
from workers.vendors import messages

SMTP = {"smtp_url": "smtp://mail.example", "smtp_from": "desk@example.com"}
TELNYX = {"telnyx_api_key": "KEY_1", "telnyx_from": "+12125550001"}
TWILIO = {
    "twilio_account_sid": "AC" + "1" * 32,
    "twilio_auth_token": "t",
    "twilio_from": "+12125550002",
}
RESEND = {"resend_api_key": "re_1", "resend_from": "desk@example.com"}


def made(**given: Any) -> Settings:
    return Settings(frontdesk_env="test", **given)


@pytest.mark.parametrize(
    ("given", "texts", "mails"),
    [
        ({}, "twilio", "resend"),
        (TELNYX | SMTP, "telnyx", "smtp"),
        (TELNYX | TWILIO | SMTP | RESEND, "twilio", "resend"),
    ],
)
def test_the_platform_sends_by_what_is_set_up(
    given: dict[str, str], texts: str, mails: str
) -> None:
    found = made(**given)

    assert messages.texts(found).vendor == texts
    assert messages.mails(found).vendor == mails


@pytest.mark.parametrize(
    ("provider", "kind", "facts"),
    [
        ("telnyx", "texts", {"api_key": "KEY_2", "from": "+12125550003"}),
        ("twilio", "texts", {"sid": "AC" + "2" * 32, "token": "t", "from": "+12125550004"}),
        ("smtp", "mails", {"url": "smtps://u:p@mail.example", "from": "we@example.org"}),
        ("resend", "mails", {"api_key": "re_2", "from": "we@example.org"}),
    ],
)
def test_a_tenant_sends_by_its_own(
    begin_for_real: Begin, database: Database, provider: str, kind: str, facts: dict[str, str]
) -> None:
    with database.connect() as connection:
        user, other = _user(connection), _user(connection)
    with begin_for_real(user) as session:
        credentials.put(session, KEYS, facts, user_id=user, provider=provider, provider_type=None)
    settings = made()
    platform = (messages.texts(settings), messages.mails(settings))
    carriers = messages.carriers(settings, begin_for_real, KEYS, platform=platform)

    found = getattr(carriers, kind)([user, other])

    assert (found[user].vendor, found[user].line) == (provider, facts["from"])
    assert found[other] in platform


@pytest.mark.parametrize(
    ("said", "heard"), [({"per_minute": 90}, 90), ({"per_minute": "75"}, 75), ({}, None)]
)
def test_a_tenant_says_what_its_campaign_may_send(
    begin_for_real: Begin, database: Database, said: dict[str, Any], heard: int | None
) -> None:
    with database.connect() as connection:
        user = _user(connection)
    facts = {"sid": "AC" + "2" * 32, "token": "t", "messaging_service_sid": "MG" + "3" * 32, **said}
    with begin_for_real(user) as session:
        credentials.put(session, KEYS, facts, user_id=user, provider="twilio", provider_type=None)
    settings = made()
    platform = (messages.texts(settings), messages.mails(settings))
    carriers = messages.carriers(settings, begin_for_real, KEYS, platform=platform)

    found = carriers.texts([user])[user]

    assert found.per_minute == heard
    assert found.later is not None


@pytest.mark.parametrize(
    ("given", "heard"),
    [
        (TWILIO | {"twilio_per_minute": 240}, 240),
        (TWILIO, None),
        (TELNYX | {"telnyx_per_minute": 75, "twilio_per_minute": 9}, 75),
    ],
)
def test_an_operator_says_what_the_platforms_campaign_may_send(
    given: dict[str, Any], heard: int | None
) -> None:
    assert messages.texts(made(**given)).per_minute == heard


def _user(connection: psycopg.Connection[Any]) -> Any:
    row = connection.execute("INSERT INTO users DEFAULT VALUES RETURNING id").fetchone()
    assert row is not None
    return row[0]
