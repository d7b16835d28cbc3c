"""A tenant's own key for models wins, wherever it was written."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from config.settings import settings
from domain.database import Begin
from domain.privacy import credentials
from tests.support.databases import Database
from tests.support.slice import KEYS
from workers.vendors import models


@pytest.fixture
def desk(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.connect() as connection:
        yield connection


def tenant(desk: psycopg.Connection[Any]) -> UUID:
    row = desk.execute("INSERT INTO users DEFAULT VALUES RETURNING id").fetchone()
    assert row is not None
    return row[0]


def test_a_key_on_the_settings_page_is_used_for_its_tenant_only(
    begin_for_real: Begin, desk: psycopg.Connection[Any]
) -> None:
    mine, other = tenant(desk), tenant(desk)
    row = desk.execute(
        "INSERT INTO user_ai_settings (user_id) VALUES (%s) RETURNING id", [mine]
    ).fetchone()
    assert row is not None
    sealed = KEYS.seal(
        "sk-or-mine", table="user_ai_settings", column="openrouter_api_key", row_id=row[0]
    )
    desk.execute("UPDATE user_ai_settings SET openrouter_api_key_sealed = %s", [sealed])

    own = models.own(settings(), begin_for_real, KEYS)

    assert {reader.vendor for reader in own(mine)} == {"openrouter"}
    assert list(own(other)) == []


def test_a_key_among_the_integrations_is_used(
    begin_for_real: Begin, desk: psycopg.Connection[Any]
) -> None:
    mine = tenant(desk)
    with begin_for_real(mine) as session:
        facts = {"api_key": "sk-mine"}
        credentials.put(session, KEYS, facts, user_id=mine, provider="openai", provider_type=None)

    own = models.own(settings(), begin_for_real, KEYS)

    assert {reader.vendor for reader in own(mine)} == {"openai"}
