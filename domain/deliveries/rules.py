"""When to try again, what an answer means, which headers a tenant may add. Pure."""

import re
from datetime import timedelta
from enum import Enum
from http import HTTPStatus
from typing import Any, Final, cast

WAITS: Final = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
"""After the first, second, ... attempt: a little more than a day and a half in all."""

MOST_ATTEMPTS: Final = len(WAITS) + 1
LONGEST_ASKED: Final = timedelta(hours=6)

FAILING_LONG: Final = timedelta(days=5)
"""After so long without one success a receiver is left alone until somebody mends it."""

SILENT: Final = timedelta(days=2)
"""A failure so long after the last one begins a count of its own: nothing was tried between."""

SLOW: Final = timedelta(seconds=2)
"""An answer that takes longer than this narrows its receiver's slots."""

TEST: Final = "test"
"""The type of event that `frontdesk webhooks test` sends; every config hears it, once."""

NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
VALUE: Final = re.compile(r"[\x20-\x7e]{0,1024}")
MOST_HEADERS: Final = 20
RESERVED: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    }
)
"""Headers that frame the request, or say who speaks: ours alone."""


class Meaning(Enum):
    """What a receiver's answer means for the delivery."""

    TAKEN = "taken"
    GONE = "gone"
    NOT_TAKEN = "not taken"


def meaning_of(status: int) -> Meaning:
    """Say what a status means: 2xx took it, 410 wants no more ever, all else may be mended.

    A redirect is not followed: it may lead where no tenant may send us.
    """
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Meaning.TAKEN
    return Meaning.GONE if status == HTTPStatus.GONE else Meaning.NOT_TAKEN


def in_words(status: int) -> str:
    """Say what was answered, for the tenant and for operators: its number and nothing else."""
    is_redirect = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    return f"the receiver answered {status}" + (", which is not followed" if is_redirect else "")


def wait(attempts: int, *, asked: timedelta | None, chance: float) -> timedelta | None:
    """Return the pause after so many attempts, or what the receiver asked for; None: no more.

    `chance` lies in [0, 1): what failed together comes back between 100 and 125 % of the pause.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    pause = WAITS[max(attempts, 1) - 1] * (1 + chance / 4)
    return max(pause, min(asked or timedelta(), LONGEST_ASKED))


def own_headers(given: object) -> dict[str, str]:
    """Return those of a tenant's headers that may go along; the others are left out.

    What frames or signs the request is ours, and nothing may break out of its line.
    """
    kept: dict[str, str] = {}
    items = cast("dict[str, Any]", given).items() if isinstance(given, dict) else ()
    for name, value in list(items)[:MOST_HEADERS]:
        is_ours = name.lower() in RESERVED or name.lower().startswith("webhook-")
        is_sound = isinstance(value, str) and NAME.fullmatch(name) and VALUE.fullmatch(value)
        if is_sound and not is_ours:
            kept[name] = value
    return kept
