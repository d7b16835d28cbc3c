"""Keys are rotated while everybody works, and an old one is let go only when nothing needs it."""

import base64
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from domain.database import Begin
from domain.ids import new_id
from domain.privacy import clear_values, rotation
from domain.sealing import Keyring, Place, Unopened
from domain.tables.sealed import SEALED, Sealed
from tests.support.commands import ROOT, environment, told
from tests.support.databases import Database
from tests.support.people import EMAIL, PHONE, Town, a_ring
from workers import keys

OLD, BOTH, NEW = a_ring("k1"), a_ring("k2", "k1"), a_ring("k2")


def seal_many(town: Town, ring: Keyring, many: int) -> dict[str, Any]:
    """Seal many customers' numbers, quickly; return whose row each is."""
    user = town.tenant()
    found: dict[str, Any] = {}
    words = "COPY customers (id, user_id, phone_sealed, phone_hash) FROM STDIN"
    with town.connection.cursor() as cursor, cursor.copy(words) as copy:
        for number in range(many):
            row, phone = new_id(), f"+1555{number:07}"
            sealed = ring.seal(phone, table="customers", column="phone", row_id=row)
            copy.write_row((row, user, sealed, ring.hash(phone, user_id=user)))
            found[phone] = row
    return found


def silent(_: Sealed, __: int) -> None:
    """Watch nothing."""


@contextmanager
def meanwhile(*busy: Callable[[], None]) -> Iterator[list[Exception]]:
    """Have them work again and again on threads of their own until the block ends."""
    stop, troubles = threading.Event(), list[Exception]()

    def work(one: Callable[[], None]) -> None:
        while not stop.is_set():
            try:
                one()
            except Exception as error:  # noqa: BLE001  # what went wrong is what the test asks
                troubles.append(error)
                return

    threads = [threading.Thread(target=work, args=(one,)) for one in busy]
    for thread in threads:
        thread.start()
    try:
        yield troubles
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_everything_is_sealed_anew_and_the_old_key_is_free(
    begin_for_real: Begin, town: Town
) -> None:
    user = town.tenant()
    row = town.add("customers", user_id=user, phone=PHONE, email=EMAIL)
    town.add("events", user_id=user, title="x", customer_phone=PHONE, customer_email=EMAIL)
    clear_values.take_in(begin_for_real, OLD)

    tallies = rotation.rotate(begin_for_real, BOTH, silent)

    assert [(tally.resealed, dict(tally.by_key)) for tally in tallies][:4] == [(1, {"k2": 1})] * 4
    assert not rotation.is_needed(tallies, "k1")
    sealed, found = town.one("SELECT phone_sealed, phone_hash FROM customers")
    assert NEW.read(sealed, None, Place("customers", "phone", row)) == PHONE
    assert found == NEW.hash(PHONE, user_id=user)


def test_a_second_rotation_finds_nothing_to_do(begin_for_real: Begin, town: Town) -> None:
    seal_many(town, OLD, 5)
    rotation.rotate(begin_for_real, BOTH, silent)

    tallies = rotation.rotate(begin_for_real, BOTH, silent)

    assert sum(tally.resealed for tally in tallies) == 0
    assert not rotation.is_unfinished(begin_for_real, BOTH)


def test_the_old_key_is_needed_while_one_row_is_sealed_with_it(
    begin_for_real: Begin, town: Town, database: Database
) -> None:
    (held, *_) = seal_many(town, OLD, 3).values()

    with database.connect() as other, other.transaction():
        other.execute("SELECT FROM customers WHERE id = %s FOR UPDATE", [held])
        tallies = rotation.rotate(begin_for_real, BOTH, silent)

    assert rotation.is_needed(tallies, "k1")
    assert rotation.is_unfinished(begin_for_real, BOTH)
    assert not rotation.is_needed(rotation.rotate(begin_for_real, BOTH, silent), "k1")


@pytest.mark.parametrize("moved", ["row", "column"])
def test_a_ciphertext_that_was_moved_does_not_open_and_keeps_its_key(
    begin_for_real: Begin, town: Town, moved: str
) -> None:
    one, other = seal_many(town, OLD, 2).values()
    column = "phone_sealed" if moved == "row" else "email_sealed"
    town.connection.execute(
        f"UPDATE customers SET {column} ="
        " (SELECT phone_sealed FROM customers WHERE id = %s) WHERE id = %s",
        [one, other if moved == "row" else one],
    )

    tallies = rotation.rotate(begin_for_real, BOTH, silent)

    lost = {(tally.name, row) for tally in tallies for row in tally.unopened}
    assert lost == {("customers.phone", other) if moved == "row" else ("customers.email", one)}
    assert rotation.is_needed(tallies, "k1")


def test_numbers_are_found_and_read_all_through_a_rotation(
    begin_for_real: Begin, town: Town, tmp_path: Path
) -> None:
    path = tmp_path / "encryption-keys"
    path.write_text(f"{entry(OLD)}\n")
    ring = Keyring(keys.KeyFile(path))
    people = seal_many(town, OLD, 3000)
    user = town.one("SELECT id FROM users")
    phones = list(people)

    def look_up() -> None:
        phone = phones[(time.monotonic_ns() // 1000) % len(phones)]
        with begin_for_real(user) as session:
            row = session.connection().exec_driver_sql(
                "SELECT id, phone, phone_sealed FROM customers WHERE phone_hash = ANY(%s)",
                (ring.hashes(phone, user_id=user),),
            )
            key, clear, sealed = row.one()
        assert ring.read(sealed, clear, Place("customers", "phone", key)) == phone

    def write() -> None:
        town.add("customers", user_id=user, email=f"{new_id()}@example.com")
        clear_values.take_in(begin_for_real, ring)

    with meanwhile(look_up, look_up, write) as troubles:
        time.sleep(0.2)
        path.with_name("next").write_text(f"{entry(NEW)},{entry(OLD)}\n")
        path.with_name("next").replace(path)
        tallies = rotation.rotate(begin_for_real, ring, silent)
        time.sleep(0.2)

    assert troubles == []
    assert tallies[0].resealed == 3000
    last = rotation.rotate(begin_for_real, ring, silent)
    assert not rotation.is_needed(last, "k1")
    assert last[1].by_key.total() == town.one(
        "SELECT count(*) FROM customers WHERE email_hash IS NOT NULL"
    )


def test_rotated_again_and_again_nothing_is_ever_unreadable(
    begin_for_real: Begin, town: Town, tmp_path: Path, measured: Callable[[str], None]
) -> None:
    path = tmp_path / "encryption-keys"
    path.write_text(f"{entry(OLD)}\n")
    ring = Keyring(keys.KeyFile(path))
    phones = list(people := seal_many(town, OLD, 300))
    user = town.one("SELECT id FROM users")
    read = count()

    def look_up() -> None:
        phone = phones[next(read) % len(phones)]
        with begin_for_real(user) as session:
            row = session.connection().exec_driver_sql(
                "SELECT id, phone_sealed FROM customers WHERE phone_hash = ANY(%s)",
                (ring.hashes(phone, user_id=user),),
            )
            key, sealed = row.one()
        assert key == people[phone]
        assert ring.read(sealed, None, Place("customers", "phone", key)) == phone

    def write() -> None:
        town.add("customers", user_id=user, email=f"{new_id()}@example.com")
        clear_values.take_in(begin_for_real, ring)

    with meanwhile(look_up, look_up, write) as troubles:
        for number in range(2, 8):  # the one before stays, for what was read and not yet opened
            path.with_name("next").write_text(
                f"{entry(a_ring(f'k{number}'))},{entry(a_ring(f'k{number - 1}'))}\n"
            )
            path.with_name("next").replace(path)
            tallies = rotation.rotate(begin_for_real, ring, silent)
            while rotation.is_needed(tallies, f"k{number - 1}"):
                tallies = rotation.rotate(begin_for_real, ring, silent)

    measured(f"6 rotations, {next(read)} numbers looked up and opened meanwhile")
    assert troubles == []
    assert next(read) > len(phones) / 10


def entry(ring: Keyring) -> str:
    """Return a keyring's newest key as it stands in ENCRYPTION_KEYS."""
    key = ring.keys[0]
    return f"{key.name}:{base64.b64encode(key.secret).decode()}"


def command(home: Path, database: Database, *words: str) -> "subprocess.Popen[str]":
    given = environment(
        home,
        DATABASE_URL=database.url().replace("+psycopg", ""),
        REDIS_URL=database.home.broker_url,
    )
    return subprocess.Popen(
        [sys.executable, "-m", "workers", "keys", "rotate", *words],
        cwd=ROOT,
        env=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def keep(home: Path, *rings: Keyring) -> Path:
    path = home / "encryption-keys"
    path.write_text(",".join(entry(ring) for ring in rings) + "\n")
    return path


@pytest.mark.slow
def test_a_rotation_that_was_killed_goes_on_with_the_same_key(
    town: Town, database: Database, tmp_path: Path, measured: Callable[[str], None]
) -> None:
    many = 20_000
    people = seal_many(town, OLD, many)
    path = keep(tmp_path, OLD)
    done = "SELECT count(*) FROM customers WHERE substring(phone_sealed FROM 1 FOR 4) = %s"

    with command(tmp_path, database) as first:
        while not town.one(done, NEW.head):
            time.sleep(0.01)
            assert first.poll() is None
        first.kill()
    halfway = town.one(done, NEW.head)
    names = [key.name for key in keys.KeyFile(path)]
    began = time.monotonic()
    with command(tmp_path, database, "--json") as second:
        said = json.loads(second.communicate(timeout=100)[0])
    lasted = time.monotonic() - began

    assert 0 < halfway < many
    assert names == [key.name for key in keys.KeyFile(path)] == ["k2", "k1"]
    assert (second.returncode, said["may_be_dropped"], said["needed_yet"]) == (0, ["k1"], [])
    assert said["columns"][0]["resealed"] == many - town.one("SELECT %s::int", halfway)
    phone, row = next(iter(people.items()))
    sealed = town.one("SELECT phone_sealed FROM customers WHERE id = %s", row)
    only_new = Keyring(keys.KeyFile(path)[:1])
    assert only_new.read(sealed, None, Place("customers", "phone", row)) == phone
    measured(
        f"{many - halfway} numbers sealed anew in {lasted:.1f} s, the command's start included"
    )


def rotated(home: Path, database: Database, **more: str) -> tuple[int, dict[str, Any]]:
    code, said, _ = told(home, database, "keys", "rotate", "--json", **more)
    return code, json.loads(said)


def test_keys_in_the_environment_are_proposed_and_then_used(
    town: Town, database: Database, tmp_path: Path
) -> None:
    seal_many(town, OLD, 3)

    code, said = rotated(tmp_path, database, ENCRYPTION_KEYS=entry(OLD))
    assert (code, said["new_key"].partition(":")[0]) == (0, "k2")
    assert Keyring.parse(said["new_key"])

    code, said = rotated(tmp_path, database, ENCRYPTION_KEYS=f"{entry(NEW)},{entry(OLD)}")
    assert (code, said["newest"], said["may_be_dropped"]) == (0, "k2", ["k1"])
    assert not (tmp_path / "encryption-keys").exists()


def test_what_no_key_opens_is_told_and_nothing_may_be_dropped(
    town: Town, database: Database, tmp_path: Path
) -> None:
    (row, *_) = seal_many(town, OLD, 2).values()
    town.connection.execute(
        "UPDATE customers SET phone_sealed = phone_sealed || '\\x00' WHERE id = %s", [row]
    )
    keep(tmp_path, NEW, OLD)

    code, said = rotated(tmp_path, database)

    assert code == 1
    assert said["not_opened"] == [f"customers.phone {row}"]
    assert (said["may_be_dropped"], said["needed_yet"]) == ([], ["k1"])


def test_keys_are_read_as_they_stand_now(tmp_path: Path) -> None:
    path = keep(tmp_path, OLD)
    ring = Keyring(keys.KeyFile(path))
    row = new_id()
    place: dict[str, Any] = {"table": "customers", "column": "phone", "row_id": row}
    sealed = NEW.seal(PHONE, **place)

    with pytest.raises(Unopened):
        ring.open(sealed, **place)
    path.with_name("next").write_text(f"{entry(NEW)},{entry(OLD)}\n")
    path.with_name("next").replace(path)

    assert ring.open(sealed, **place) == PHONE
    assert len(ring.keys) == 2


def _names(columns: Sequence[Sealed]) -> list[str]:
    return [f"{one.table}.{one.sealed}" for one in columns]


def test_every_sealed_column_of_the_database_is_named_once(town: Town) -> None:
    named = _names(SEALED)

    found = town.rows(
        "SELECT table_name || '.' || column_name FROM information_schema.columns"
        " WHERE table_schema = 'frontdesk' AND column_name LIKE %s AND data_type = 'bytea'",
        "%\\_sealed",
    )

    assert len(set(named)) == len(named)
    assert {name for (name,) in found} <= set(named)
