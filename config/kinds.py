"""The kinds of value that a setting may have, each with the sentence for a wrong one.

A wrong value is told by its variable's name and what would be right; it is never
repeated, because it may be a secret that was pasted into the wrong place.
"""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

HIGHEST_PORT: Final = 32767
"""Above lie the system's own ports for outgoing connections: a server there fails now and then."""

KEY_LENGTHS: Final = (16, 24, 32)
E164: Final = re.compile(r"\+[1-9]\d{6,14}")
DOMAIN: Final = re.compile(r"@?[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
PLACE: Final = re.compile(r"[a-z0-9.:-]+:\d{1,5}", re.IGNORECASE)
EMAIL: Final = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")


def _matches(test: Callable[[str], bool], wanted: str) -> AfterValidator:
    """Check a text with `test`; `wanted` ends the sentence "must be ..."."""

    def check(value: str) -> str:
        if not test(value):
            raise ValueError(f"must be {wanted}")
        return value

    return AfterValidator(check)


def _url(value: str, schemes: set[str], *, host: bool = True) -> bool:
    try:
        parts = urlsplit(value)
        port_is_a_number = parts.port is None or parts.port > 0
    except ValueError:
        return False
    reachable = (
        bool(parts.hostname or parts.query or parts.path) if not host else bool(parts.hostname)
    )
    return parts.scheme in schemes and reachable and port_is_a_number


def _is_sender(value: str) -> bool:
    """Tell whether this may send mail: an address, or `Name <address>`."""
    inner = re.fullmatch(r"[^<>]+<([^<>]+)>", value)
    return EMAIL.fullmatch(inner[1] if inner else value) is not None


def _is_key_list(value: str) -> bool:
    """`id:base64key[,id:base64key]`, no id twice, each key of a length that AES takes."""
    ids: set[str] = set()
    for part in value.split(","):
        name, colon, key = part.strip().partition(":")
        try:
            length = len(base64.b64decode(key, validate=True))
        except (binascii.Error, ValueError):
            return False
        if not name or not colon or length not in KEY_LENGTHS or name in ids:
            return False
        ids.add(name)
    return True


def _is_recipient_list(value: str) -> bool:
    words = [word.strip() for word in value.split(",")]
    return all(E164.fullmatch(word) or DOMAIN.fullmatch(word) for word in words)


def _is_place_list(value: str) -> bool:
    return all(PLACE.fullmatch(word.strip()) for word in value.split(","))


def _secret(test: Callable[[str], bool], wanted: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not test(value.get_secret_value()):
            raise ValueError(f"must be {wanted}")
        return value

    return AfterValidator(check)


def _port(value: object) -> object:
    if not str(value).isdigit() or not 0 < int(str(value)) <= HIGHEST_PORT:
        raise ValueError(f"must be a port from 1 to {HIGHEST_PORT}")
    return value


def _flag(value: object) -> object:
    if str(value).lower() not in {"0", "1", "true", "false"}:
        raise ValueError("must be 0 or 1")
    return value


def _rate(value: object) -> object:
    if not re.fullmatch(r"[0-9]{1,6}", str(value)) or int(str(value)) < 1:
        raise ValueError("must be a number of texts from 1 to 999999")
    return value


_POSTGRES: Final = {"postgresql", "postgresql+psycopg", "postgres"}
_REDIS: Final = {"redis", "rediss", "redis+socket", "sentinel"}
_BROKER: Final = _REDIS | {"amqp", "amqps", "memory"}

PostgresUrl = Annotated[
    SecretStr,
    _secret(
        lambda v: _url(v, _POSTGRES, host=False),
        "a PostgreSQL address such as postgresql://frontdesk_worker:password@host:5432/frontdesk",
    ),
]
RedisUrl = Annotated[
    SecretStr,
    _secret(
        lambda v: _url(v, _REDIS, host=False),
        "a Redis address such as redis://host:6379/0 (also rediss, redis+socket, sentinel)",
    ),
]
BrokerUrl = Annotated[
    SecretStr,
    _secret(
        lambda v: _url(v, _BROKER, host=False),
        "a broker's address such as amqp://user:password@host:5672//",
    ),
]
WebUrl = Annotated[
    str, _matches(lambda v: _url(v, {"http", "https"}), "an address such as https://example.com")
]
SmtpUrl = Annotated[
    SecretStr,
    _secret(
        lambda v: _url(v, {"smtp", "smtps"}), "an address such as smtp://user:password@host:587"
    ),
]
Port = Annotated[int, BeforeValidator(_port)]
Rate = Annotated[int, BeforeValidator(_rate)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Login = Annotated[
    SecretStr,
    _secret(
        lambda v: re.fullmatch(r"[^:\s]+:\S{8,}", v) is not None,
        "user:password, the password of 8 or more",
    ),
]
KeyList = Annotated[
    SecretStr,
    _secret(_is_key_list, "id:base64key[,id:base64key], newest first, keys of 16, 24 or 32 bytes"),
]
RecipientList = Annotated[
    str,
    _matches(_is_recipient_list, "numbers as +12125550 and domains as example.com, with commas"),
]
PlaceList = Annotated[
    str, _matches(_is_place_list, "places as 127.0.0.1:8900 or receiver.test:8443, with commas")
]
Sender = Annotated[str, _matches(_is_sender, "an address, or Name <address>")]
EmailAddress = Annotated[
    str, _matches(lambda v: EMAIL.fullmatch(v) is not None, "one e-mail address")
]
SmsSender = Annotated[
    str,
    _matches(
        lambda v: E164.fullmatch(v) is not None or re.fullmatch(r"MG[0-9a-f]{32}", v) is not None,
        "a number as +12125550, or a messaging service's SID (MG...)",
    ),
]
TelnyxSender = Annotated[
    str,
    _matches(
        lambda v: E164.fullmatch(v) is not None or re.fullmatch(r"[0-9a-f-]{36}", v) is not None,
        "a number as +12125550, or a messaging profile's id",
    ),
]
AccountSid = Annotated[
    str,
    _matches(
        lambda v: re.fullmatch(r"AC[0-9a-f]{32}", v) is not None,
        "an account's SID (AC and 32 hex digits)",
    ),
]
Secret = Annotated[
    SecretStr, _secret(lambda v: v.strip() == v and v.isprintable(), "without blanks around it")
]
