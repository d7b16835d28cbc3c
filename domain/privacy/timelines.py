"""What happened with one person, in the order of time, out of every table that knows them.

Each line is a moment of a row: when, what, how it stands and why, by its id. Nothing of what
was said is shown; `frontdesk person export` hands that out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text

from domain.database import Begin
from domain.privacy.persons import Known


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """One thing that happened, or is to happen."""

    at: datetime
    what: str
    row: str
    state: str
    why: str | None = None


_WRITTEN: Final = (
    "CASE t.direction WHEN 'inbound' THEN 'wrote to us' ELSE"
    " coalesce(t.rule, 'message') || ' was planned' END"
)

MOMENTS: Final[Mapping[str, tuple[tuple[str, str, str, str], ...]]] = {
    "customers": (("created_at", "'became known as a customer'", "'customer'", "''"),),
    "leads": (("created_at", "'became a lead'", "'lead'", "coalesce(t.status, '')"),),
    "lead_activities": (
        ("created_at", "'lead: ' || coalesce(t.activity_type, 'something')", "'activity'", "''"),
    ),
    "calls": (
        (
            "started_at",
            "CASE t.call_type WHEN 'outbound' THEN 'we called' ELSE 'called us' END",
            "'call'",
            "t.status || ', reading ' || t.ai_processing_status",
        ),
    ),
    "call_queue": (
        ("created_at", "'a call to them was wanted'", "'queued_call'", "t.status"),
        ("due_at", "'to be called'", "'queued_call'", "t.status"),
    ),
    "call_attempts": (
        ("dialed_at", "'dialled'", "'call_attempt'", "t.state"),
        ("ended_at", "'the dialled call ended'", "'call_attempt'", "coalesce(t.end_reason, '')"),
    ),
    "events": (
        ("created_at", "'an event was made of it'", "'event'", "t.status"),
        ("start_time", "'the event begins'", "'event'", "t.status"),
    ),
    "messages": (
        ("created_at", _WRITTEN, "'message'", "t.status"),
        ("due_at", "coalesce(t.rule, 'message') || ' is due'", "'message'", "t.status"),
        ("sent_at", "coalesce(t.rule, 'message') || ' was sent'", "'message'", "t.status"),
        ("delivered_at", "coalesce(t.rule, 'message') || ' arrived'", "'message'", "t.status"),
    ),
    "questions": (
        ("created_at", "'the owner was asked: ' || t.field", "'question'", "''"),
        ("answered_at", "'the owner answered: ' || t.field", "'question'", "''"),
    ),
    "reviews": (("submitted_at", "'reviewed'", "'review'", "coalesce(t.sentiment, '')"),),
    "sms_opt_outs": (
        ("opted_out_at", "'said stop'", "'opt_out'", "''"),
        ("opted_in_at", "'said start'", "'opt_out'", "''"),
    ),
    "usage_calls": (("created_at", "'a call was counted'", "'usage'", "t.seconds || ' s'"),),
    "usage_sms": (("created_at", "'a text was counted'", "'usage'", "t.segments || ' segments'"),),
    "webhook_deliveries": (
        ("created_at", "'their service was told: ' || t.event_type", "'delivery'", "t.state"),
    ),
}
"""By table: the moment's column, what it is, the row's kind, and how the row stands."""

WHY: Final = ("messages", "call_queue", "call_attempts", "calls", "webhook_deliveries")
"""Tables whose rows say in `last_error` why."""


def timeline(begin: Begin, known: Known) -> list[Moment]:
    """Return what happened with a person, the oldest first; what is to come is last."""
    found: list[Moment] = []
    with begin(known.person.user_id) as session:
        for table, ids in known.rows.items():
            for query in queries(table):
                rows = session.execute(text(query), {"ids": list(ids)})
                found += [Moment(*row) for row in rows]
    return sorted(found, key=lambda one: (one.at, one.row, one.what))


def queries(table: str) -> Iterator[str]:
    """Return the queries for a table's moments."""
    why = "t.last_error" if table in WHY else "NULL"
    for column, what, kind, state in MOMENTS.get(table, ()):
        yield (
            f"SELECT t.{column}, {what}, {kind} || ' ' || t.id, {state}, {why}"  # noqa: S608  # our own names
            f" FROM {table} t WHERE t.id = ANY(CAST(:ids AS uuid[])) AND t.{column} IS NOT NULL"
        )
