"""What is sealed opens in its own place and nowhere else."""

import base64
import os
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sealing import Ciphertext, Keyring, Unopened

ROW = UUID("0190f2c5-6f0a-7c3e-9a52-2f6d1f6b7c11")
PLACE = {"table": "customers", "column": "phone_sealed", "row_id": ROW}


def some_key(name: str) -> str:
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


OLD, NEW = some_key("old"), some_key("new")


@given(st.text())
def test_what_is_sealed_opens(text: str) -> None:
    ring = Keyring.parse(NEW)

    assert ring.open(ring.seal(text, **PLACE), **PLACE) == text


@pytest.mark.parametrize("other", [{"table": "leads"}, {"column": "email"}, {"row_id": uuid4()}])
def test_a_ciphertext_that_was_moved_does_not_open(other: dict[str, object]) -> None:
    ring = Keyring.parse(NEW)
    sealed = ring.seal("+12125550", **PLACE)

    with pytest.raises(Unopened):
        ring.open(sealed, **{**PLACE, **other})


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_ciphertext_with_one_byte_changed_does_not_open(where: int, by: int) -> None:
    ring = Keyring.parse(NEW)
    sealed = bytearray(ring.seal("+12125550", **PLACE))
    sealed[where % len(sealed)] ^= by

    with pytest.raises(Unopened):
        ring.open(Ciphertext(bytes(sealed)), **PLACE)


@given(st.binary(max_size=80))
def test_bytes_that_are_no_ciphertext_do_not_open(noise: bytes) -> None:
    with pytest.raises(Unopened):
        Keyring.parse(NEW).open(Ciphertext(noise), **PLACE)


def test_an_older_key_still_opens_and_is_not_current() -> None:
    before, after = Keyring.parse(OLD), Keyring.parse(f"{NEW},{OLD}")
    sealed = before.seal("words", **PLACE)

    assert after.open(sealed, **PLACE) == "words"
    assert not after.is_current(sealed)
    assert after.is_current(after.seal("words", **PLACE))


def test_a_key_that_is_gone_opens_nothing() -> None:
    sealed = Keyring.parse(OLD).seal("words", **PLACE)

    with pytest.raises(Unopened, match="does not have"):
        Keyring.parse(NEW).open(sealed, **PLACE)


def test_a_hash_is_the_tenants_own_and_survives_a_new_key() -> None:
    before, after = Keyring.parse(OLD), Keyring.parse(f"{NEW},{OLD}")
    one, other = uuid4(), uuid4()

    assert before.hash("+12125550", user_id=one) != before.hash("+12125550", user_id=other)
    assert before.hash("+12125550", user_id=one) in after.hashes("+12125550", user_id=one)


def test_no_secret_shows_in_a_keyring() -> None:
    assert NEW.partition(":")[2] not in repr(Keyring.parse(NEW))
    assert "secret" not in repr(Keyring.parse(NEW))
