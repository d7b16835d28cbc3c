"""Whose request it is. Keys are not kept: an account is called by a digest of its own."""

import base64
import binascii
import hashlib

from starlette.requests import Request

from sandbox.habits import ACCOUNT_NAME


def bearer(request: Request) -> str | None:
    """Return the key that came as a bearer's; None where it is not taken."""
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    return key if kind.lower() == "bearer" and key and not key.startswith("wrong") else None


def account_of(key: str) -> str:
    """Return what a key's account is called in the ledger."""
    return hashlib.sha256(key.encode()).hexdigest()[:ACCOUNT_NAME]


def basic(request: Request) -> str | None:
    """Return the token that came with a user's name; None where it is not taken."""
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, token = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    is_known = kind.lower() == "basic" and user and token and not token.startswith("wrong")
    return token if is_known else None
