"""Sealing what nobody else may read: credentials, tokens, addresses and numbers of people.

AES-GCM, with the key's name, the table, the column and the row bound in: a ciphertext that is
moved to another row or column does not open. Looking a sealed value up goes by its keyed hash,
one key a tenant, so that equal numbers of two tenants do not show as equal.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NewType
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Ciphertext = NewType("Ciphertext", bytes)
"""Format, length of the key's name, the name, the nonce, the sealed text and its tag."""

FORMAT: Final = 1
NONCE: Final = 12


class Unopened(Exception):
    """A ciphertext does not open here: moved, damaged, or sealed with a key that is gone."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key and its name."""

    name: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys, newest first: it seals with the newest and opens with any."""

    keys: Sequence[Key]

    @classmethod
    def parse(cls, words: str) -> "Keyring":
        """Read `name:base64[,name:base64]`, newest first."""
        pairs = (word.strip().partition(":") for word in words.split(","))
        return cls(tuple(Key(name, base64.b64decode(secret)) for name, _, secret in pairs))

    def seal(self, text: str, *, table: str, column: str, row_id: UUID) -> Ciphertext:
        """Seal a text for one place."""
        key, nonce = self.keys[0], os.urandom(NONCE)
        name = key.name.encode()
        bound = _bound(name, table, column, row_id)
        sealed = AESGCM(key.secret).encrypt(nonce, text.encode(), bound)
        return Ciphertext(bytes([FORMAT, len(name)]) + name + nonce + sealed)

    def open(self, sealed: Ciphertext, *, table: str, column: str, row_id: UUID) -> str:
        """Open what was sealed for this very place; raises Unopened anywhere else."""
        name = _name_of(sealed)
        key = next((each for each in self.keys if each.name.encode() == name), None)
        if key is None:
            raise Unopened("sealed with a key that this keyring does not have")
        start = 2 + len(name)
        nonce, rest = sealed[start : start + NONCE], sealed[start + NONCE :]
        try:
            bound = _bound(name, table, column, row_id)
            return AESGCM(key.secret).decrypt(nonce, rest, bound).decode()
        except InvalidTag:
            raise Unopened("not sealed for this place, or damaged") from None

    def is_current(self, sealed: Ciphertext) -> bool:
        """Tell whether it is sealed with the newest key, or has yet to be sealed anew."""
        return _name_of(sealed) == self.keys[0].name.encode()

    def hash(self, text: str, *, user_id: UUID) -> bytes:
        """Return the keyed hash by which a tenant's sealed value is looked up."""
        return _hash(self.keys[0], text, user_id)

    def hashes(self, text: str, *, user_id: UUID) -> list[bytes]:
        """Return the hashes under every key: while keys are rotated, a row may carry either."""
        return [_hash(key, text, user_id) for key in self.keys]

    def macs(self, text: str, *, purpose: str) -> list[bytes]:
        """Return what proves that we wrote a text for a purpose, newest key first."""
        return [
            hmac.digest(key.secret, f"{purpose}|{text}".encode(), hashlib.sha256)
            for key in self.keys
        ]


def _bound(name: bytes, table: str, column: str, row_id: UUID) -> bytes:
    return b"|".join([name, table.encode(), column.encode(), row_id.bytes])


def _name_of(sealed: Ciphertext) -> bytes:
    if len(sealed) < 2 + NONCE or sealed[0] != FORMAT:
        raise Unopened("no ciphertext of ours")
    return bytes(sealed[2 : 2 + sealed[1]])


def _hash(key: Key, text: str, user_id: UUID) -> bytes:
    own = hmac.digest(key.secret, b"look-up|" + user_id.bytes, hashlib.sha256)
    return hmac.digest(own, text.encode(), hashlib.sha256)
