"""The same statements with nothing around them: psycopg, one connection, sets of 200."""

import time
from typing import Any

import psycopg
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql import psycopg as dialect

from benchmarks.ground import Ground
from benchmarks.jobs import job
from domain.ids import new_id
from domain.work import effects
from domain.work.statements import statements

SIZE = 200
ROLE = "SELECT set_config('role', 'frontdesk_system', true)"


def _plain(statement: TextClause) -> str:
    return str(statement.compile(dialect=dialect.dialect()))


def work(ground: Ground, *, size: int = SIZE) -> float:
    """Work what is due; return units a second."""
    kind = job().kind
    ours = statements(kind)
    claim, reread, settle = _plain(ours.claim), _plain(ours.reread), _plain(ours.settle)
    done, began = 0, time.perf_counter()
    url = ground.database.url().replace("+psycopg", "")
    with psycopg.connect(url, options="-c search_path=frontdesk") as connection:
        while count := _one(connection, (claim, reread, settle), size=size):
            done += count
    return done / (time.perf_counter() - began)


def _one(connection: psycopg.Connection[Any], sql: tuple[str, str, str], *, size: int) -> int:
    claim, reread, settle = sql
    token = new_id()
    with connection.transaction():
        connection.execute(ROLE)
        rows = connection.execute(claim, {"n": size, "token": token, "lasts": "1 min"}).fetchall()
        if not rows:
            return 0
        ids, keys, nothing = (
            [row[0] for row in rows],
            [f"parcel:{row[3]}" for row in rows],
            [None] * len(rows),
        )
        users = [row[1] for row in rows]
        intents = {"kind": "parcel", "token": token, "owner": "raw", "keys": keys, "rows": ids}
        couriers, verdicts = ["courier"] * len(rows), ["{}"] * len(rows)
        connection.execute(
            _plain(effects.INTEND),
            {**intents, "users": users, "vendors": couriers, "verdicts": verdicts},
        )
    with connection.transaction():
        connection.execute(ROLE)
        connection.execute(reread, {"ids": ids, "token": token}).fetchall()
    with connection.transaction():
        connection.execute(ROLE)
        sent, references = ["sent"] * len(rows), ["P1"] * len(rows)
        bound = {"token": token, "ids": ids, "states": sent, "whys": nothing, "waits": nothing}
        connection.execute(
            settle, {**bound, "references": references, "uncounted": [0] * len(rows)}
        )
        connection.execute(
            _plain(effects.SETTLE),
            {
                "token": token,
                "me": "raw",
                "keys": keys,
                "states": ["done"] * len(rows),
                "references": references,
                "whys": nothing,
            },
        )
    return len(rows)
