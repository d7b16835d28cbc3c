"""What senders never send: their own texts and objects, spoiled in every way we could think of."""

import json
import os
import random
from collections.abc import Iterator
from typing import Any, Final, cast

LONG: Final = "LONG" in os.environ


def new_dice() -> random.Random:
    """Return dice by a seed that is printed, so that what failed can be thrown once more."""
    seed = random.randrange(2**48)
    print(f"the seed is {seed}")
    return random.Random(seed)


JUNK: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1e300, -1e300, 10**40, 0.1, 253402300800, -(2**63)),
    *("", " ", "0", "null", "\0", "a\0b", "\ud800", "\u202e\u200f", "\r\nBcc: x@y.example"),
    *("9999-99-99T99:99:99Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
    *("x" * 10_000, "+" * 300, "\u0661\u0662\u0663", "\uff11\uff12", "1e999", "NaN", "-Infinity"),
    *("{{7*7}}", "${jndi:ldap://x}", "'; DROP TABLE users; --", "../../etc/passwd", "\U0001f600"),
    *([], {}, [[]], [None], {"": None}, [{}], {"id": {}}, ["x"] * 300),
)
"""Values that stand where another kind is awaited."""


BOMBS: Final = (b"[" * 100_000, b'{"a":' * 100_000, b"9" * 10_000, b'["' + b"\\" * 9999)
"""Bodies that cost a careless reader its stack or its time."""


def a_knot(depth: int) -> Any:
    """Return lists in lists."""
    made: Any = 1
    for _ in range(depth):
        made = [made]
    return made


def spoil(given: Any, dice: random.Random) -> Any:
    """Return a copy of an object with one or a few of its parts replaced, left out or moved."""
    made = _copied(given)
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        made = _once(made, dice)
    return made


def _once(given: Any, dice: random.Random) -> Any:
    places = list(_places(given)) if isinstance(given, dict | list) else []
    if not places:
        return junk(dice)
    holder, key = dice.choice(places)
    what = dice.randrange(8)
    if what == 0 and isinstance(holder, dict):
        del holder[key]
    elif what == 1:
        other, its = dice.choice(places)
        holder[key] = _copied(other[its])
    elif what == 2:
        holder[key] = [_copied(holder[key])]
    elif what == 3:
        holder[key] = a_knot(dice.choice((5, 200)))
    else:
        holder[key] = junk(dice)
    return cast("Any", given) if dice.randrange(40) else junk(dice)


def junk(dice: random.Random) -> Any:
    return _copied(dice.choice(JUNK))


def _copied(given: Any) -> Any:
    return json.loads(json.dumps(given))


def _places(made: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every part of an object: what holds it, and by which key."""
    waiting = [made]
    while waiting:
        holder: Any = waiting.pop()
        keys: Any = (
            list(cast("dict[Any, Any]", holder)) if isinstance(holder, dict) else range(len(holder))
        )
        for key in keys:
            yield holder, key
            if isinstance(holder[key], dict | list):
                waiting.append(holder[key])


def cut_up(given: bytes, dice: random.Random) -> bytes:
    """Return bytes with some flipped, cut off, doubled or put in."""
    if dice.randrange(20) == 0:
        return dice.choice(BOMBS)
    made = bytearray(given)
    for _ in range(dice.choice((1, 1, 3, 20))):
        at = dice.randrange(len(made) + 1)
        what = dice.randrange(5)
        if what == 0:
            del made[at:]
        elif what == 1:
            del made[at : at + dice.randrange(1, 9)]
        elif what == 2:
            made[at:at] = dice.randbytes(dice.randrange(1, 9))
        elif what == 3:
            made[at:at] = made[at : at + 40]
        elif made:
            made[at % len(made)] = dice.randrange(256)
    return bytes(made)


def lines_of(given: str, dice: random.Random) -> str:
    """Return a text of lines with some swapped, doubled, left out or with a strange value."""
    made = given.splitlines()
    for _ in range(dice.choice((1, 2, 4))):
        at = dice.randrange(len(made)) if made else 0
        what = dice.randrange(5)
        if what == 0 and made:
            del made[at]
        elif what == 1 and made:
            made.insert(at, made[dice.randrange(len(made))])
        elif made:
            name, colon, value = made[at].partition(":")
            strange = str(dice.choice(JUNK))
            made[at] = name + colon + (strange if what % 2 else value + strange)
    return "\r\n".join(made)
