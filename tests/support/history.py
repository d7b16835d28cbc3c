"""Every change of state of work rows and their effects, written down as it happens, and judged.

Triggers of the trial's own write it, so that nothing is missed between two looks, and what a
row forgets (who had it before, when it was first intended) stays to be read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import psycopg

STATES: Final = {
    "messages": "status",
    "effects": "state",
    "call_queue": "status",
    "call_attempts": "state",
}

BEGIN: Final = """
CREATE TABLE IF NOT EXISTS public.history (
  n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz DEFAULT clock_timestamp(),
  tx xid8 DEFAULT pg_current_xact_id(), kind text, id uuid, row_id uuid, before text, after text,
  held uuid, holds uuid, was_of uuid, is_of uuid);
CREATE OR REPLACE FUNCTION public.note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE o jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
        w jsonb := to_jsonb(NEW); s text := TG_ARGV[0]; t text := TG_ARGV[1];
BEGIN
  IF o ->> s IS DISTINCT FROM w ->> s OR o ->> t IS DISTINCT FROM w ->> t
     OR TG_OP = 'UPDATE' AND o ->> 'user_id' IS DISTINCT FROM w ->> 'user_id' THEN
    INSERT INTO public.history (kind, id, row_id, before, after, held, holds, was_of, is_of)
    VALUES (TG_TABLE_NAME, (w ->> 'id')::uuid, coalesce(w ->> 'row_id', w ->> 'id')::uuid,
            o ->> s, w ->> s, (o ->> t)::uuid, (w ->> t)::uuid,
            (o ->> 'user_id')::uuid, (w ->> 'user_id')::uuid);
    NOTIFY moments;
  END IF;
  RETURN NULL;
END $$;
"""
TRIGGER: Final = """
CREATE OR REPLACE TRIGGER note_change AFTER INSERT OR UPDATE ON {table} FOR EACH ROW
  EXECUTE FUNCTION public.note_change('{state}', '{token}')
"""

_ENDED: Final = ("sent", "delivered", "undelivered", "failed", "bounced", "complained")
_TOLD: Final = {(before, after) for n, before in enumerate(_ENDED) for after in _ENDED[n + 1 :]}
_OVER: Final = {
    *("completed", "busy", "no_answer", "voicemail", "failed", "rejected"),
    *("invalid_number", "canceled"),
}
EDGES: Final = {
    "messages": {
        *((None, after) for after in ("pending", "received", "held", "void")),
        *(("pending", after) for after in ("sending", "void", "held")),
        *(
            ("sending", after)
            for after in ("sent", "unknown", "failed", "void", "pending", "held", "sending")
        ),
        *(("unknown", after) for after in ("sending", *_ENDED)),
        *(("void", "pending"), ("failed", "pending"), ("held", "pending"), ("sent", "void")),
        *_TOLD,
    },
    "effects": {
        (None, "intended"),
        *(("intended", after) for after in ("done", "rejected", "retryable", "unknown")),
        *(("unknown", after) for after in ("done", "rejected", "retryable")),
        *(("retryable", "intended"), ("done", "retryable")),
    },
    "call_queue": {
        *((None, "queued"), ("queued", "in-progress"), ("queued", "canceled")),
        *(("queued", "failed"), ("queued", "completed")),
        *(("in-progress", after) for after in ("completed", "failed", "canceled", "queued")),
    },
    "call_attempts": {
        *((None, "dialing"), ("dialing", "live"), ("dialing", "unknown"), ("unknown", "live")),
        ("unknown", "dialing"),  # looked up, and it never was
        *((held, over) for held in ("dialing", "live", "unknown") for over in _OVER),
        *(("failed", over) for over in _OVER),  # the area says how
    },
}
"""As docs/lifecycles.md draws them; a change of a token alone keeps the state."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row's change, in the order in which they were made."""

    n: int
    at: datetime
    tx: int
    kind: str
    id: UUID
    row_id: UUID
    before: str | None
    after: str
    held: UUID | None
    """The token before."""

    holds: UUID | None
    was_of: UUID | None
    is_of: UUID | None


def begin(connection: psycopg.Connection[Any]) -> None:
    """Write down every change from now on."""
    connection.execute(BEGIN)
    for table, state in STATES.items():
        token = "token" if table == "effects" else "lease_token"  # a column's name
        connection.execute(TRIGGER.format(table=table, state=state, token=token).encode())


def read(connection: psycopg.Connection[Any]) -> list[Change]:
    """Return what was written down."""
    rows = connection.execute(
        "SELECT n, at, tx::text::bigint, kind, id, row_id, before, after, held, holds, was_of,"
        " is_of FROM public.history ORDER BY n"
    )
    return [Change(*row) for row in rows]


def off_edges(changes: Iterable[Change]) -> list[str]:
    """Return the changes of state that no drawn edge allows."""
    return [
        f"{change.kind} {change.id}: {change.before} -> {change.after}"
        for change in changes
        if change.before != change.after and (change.before, change.after) not in EDGES[change.kind]
    ]


def stale(changes: Iterable[Change]) -> Iterator[str]:
    """Return the effects that were settled by a token which did not have the row in that moment.

    How a call has ended is its vendor's to say, whoever holds its row: that settles its action.
    """
    changes = list(changes)
    ended = {
        (change.id, change.tx)
        for change in changes
        if change.kind == "call_attempts" and change.after not in {"dialing", "live", "unknown"}
    }
    held: dict[UUID, UUID | None] = {}
    let_go: dict[UUID, tuple[int, UUID | None]] = {}
    for change in changes:
        if change.kind != "effects":
            held[change.id] = change.holds
            if change.holds is None:
                let_go[change.id] = (change.tx, change.held)
            continue
        if change.before not in {"intended", "unknown"} or change.after == change.before:
            continue
        if (change.row_id, change.tx) in ended:
            continue
        mine = {held.get(change.row_id)}
        if let_go.get(change.row_id, (0, None))[0] == change.tx:
            mine.add(let_go[change.row_id][1])
        if change.holds not in mine and change.row_id in held:
            yield f"effect of {change.row_id}: {change.before} -> {change.after}"


def given_away(changes: Iterable[Change]) -> list[str]:
    """Return the rows whose owner became another."""
    return [
        f"{change.kind} {change.id}"
        for change in changes
        if change.before is not None and change.was_of != change.is_of
    ]
