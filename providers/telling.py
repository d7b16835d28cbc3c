"""Reading what vendors tell: JSON that may hold anything, numbers as they are written.

Whatever is told ends in a row or in nothing: what no column holds is taken out here, once for all.
"""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeAlias, cast
from uuid import UUID

Facts: TypeAlias = Mapping[str, Any]

NUMBER: Final = re.compile(r"\+[1-9]\d{6,14}")
NOTHING: Final[Facts] = {}
MOST: Final = 2**31
DEAREST: Final = Decimal(10) ** 9
"""A thousand million for a text, a call or an answer is no price, in any currency."""

UNSTORABLE: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
"""How JSON writes what PostgreSQL does not hold; also how it writes one half of an emoji."""


def json_of(body: bytes) -> object:
    """Read a body as JSON, without what no column holds; raises ValueError where it is none."""
    try:
        found: object = json.loads(body, parse_constant=_no_number)
        return _storable(found) if UNSTORABLE.search(body) else found
    except RecursionError:
        raise ValueError("nested too deeply") from None


def cleaned(body: bytes) -> bytes:
    """Return a body as a vendor's SDK may read it: what is no JSON is the SDK's to refuse."""
    if not UNSTORABLE.search(body):
        return body
    try:
        return json.dumps(json_of(body)).encode()
    except ValueError:
        return body


def facts_of(body: bytes) -> Facts:
    """Read a body as JSON's object; raises ValueError where it is none."""
    found = json_of(body)
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004  # all that a body can do wrong is a ValueError
    return cast("Facts", found)


def storable(said: str) -> str:
    """Take out what no column of text holds: NUL, and halves of characters."""
    return "".join(c for c in said if c != "\0" and not "\ud800" <= c <= "\udfff")


def _storable(found: object) -> object:
    if isinstance(found, str):
        return storable(found)
    if isinstance(found, dict):
        return {storable(name): _storable(value) for name, value in cast("Facts", found).items()}
    if isinstance(found, list):
        return [_storable(one) for one in cast("list[object]", found)]
    return found


def _no_number(word: str) -> float:
    """Refuse what Python takes for numbers and JSON does not: a sum with one of them is none."""
    raise ValueError(f"{word} is no number")


def part(facts: Facts, *names: str) -> Facts:
    """Go down into a body; what is not there, or is no object, is empty."""
    for name in names:
        inner: object = facts.get(name)
        facts = cast("Facts", inner) if isinstance(inner, dict) else NOTHING
    return facts


def text(facts: Facts, *names: str) -> str | None:
    """Return the first of these that says something."""
    for name in names:
        value: object = facts.get(name)
        if isinstance(value, str) and value:
            return value
    return None


def needed(facts: Facts, *names: str) -> str:
    """Return the first of these that says something; raises LookupError where none does."""
    found = text(facts, *names)
    if found is None:
        raise LookupError(names[0])
    return found


def phone(value: object) -> str | None:
    """Return a number as we write it, E.164; some vendors leave the plus out."""
    said = re.sub(r"[\s().-]", "", str(value or ""))
    said = said if said.startswith("+") or not said.isdigit() else f"+{said}"
    return said if NUMBER.fullmatch(said) else None


def amount(value: object) -> Decimal | None:
    """Return money, floats by their own digits; what is none, or all the money there is, is not."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        found = abs(Decimal(str(value)))
    except InvalidOperation:
        return None
    return found if found.is_finite() and found < DEAREST else None


def whole(value: object) -> int | None:
    """Return a count; what no column of whole numbers holds is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < MOST else None


def span(seconds: object) -> timedelta | None:
    """Return a duration; a negative one is none."""
    if seconds is None or isinstance(seconds, bool) or seconds == "":
        return None
    found = float(str(seconds))
    return timedelta(seconds=found) if 0 <= found < 10**7 else None  # four months: no call


def tenant(value: object) -> UUID | None:
    """Return the tenant that we had told the vendor; what is none of our ids says nothing."""
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
