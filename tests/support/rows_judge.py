"""What our own rows say when all is over: what is still in hand, unequal, unkept or not drawn."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import psycopg

from domain.work.invariants import LEASED, PROMISES, RESCUED
from tests.support import history
from tests.support.judge import Line

Connection = psycopg.Connection[Any]


def in_hand(connection: Connection) -> list[str]:
    """Return the rows that somebody still has, and the actions that are still open."""
    held = " UNION ALL ".join(
        f"SELECT '{kind} ' || id FROM {table} WHERE {busy}" for kind, table, busy in LEASED
    )
    query = (
        f"{held} UNION ALL SELECT 'effect of ' || row_id || ': ' || state FROM effects"
        " WHERE state IN ('intended', 'unknown')"
    )
    return [row[0] for row in connection.execute(query.encode())]


def unkept(connection: Connection) -> list[str]:
    """Return what breaks a promise that production asks for every minute."""
    found: list[str] = []
    for promise in PROMISES:
        query = promise.query.replace(":rescued", f"'{RESCUED.total_seconds()} seconds'")
        query = query.replace(":shown", "20")
        found += [f"{promise.name}: {what}" for what, _ in connection.execute(query.encode())]
    return found


def unequal(connection: Connection, lines: Iterable[Line]) -> list[str]:
    """Return the texts that the vendor has and we do not say, and those we say and it has not."""
    theirs = Counter(str(line["id"]) for line in lines)
    rows = connection.execute(
        "SELECT provider_message_id FROM messages WHERE direction = 'outbound'"
        " AND provider_message_id IS NOT NULL AND status <> 'pending'"
    )
    ours = Counter(str(row[0]) for row in rows)
    return [f"only theirs: {name}" for name in theirs - ours] + [
        f"only ours: {name}" for name in ours - theirs
    ]


def misled(connection: Connection) -> dict[str, list[str]]:
    """Return what the history shows that may never be: by kind of fault."""
    changes = history.read(connection)
    return {
        "off the drawn edges": history.off_edges(changes),
        "written with a stale token": list(history.stale(changes)),
        "given to another tenant": history.given_away(changes),
    }
