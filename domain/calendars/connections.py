"""Connecting a calendar, and how each that is connected does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from domain.calendars import service
from domain.calendars.desk import Desk
from domain.calendars.ports import Grant, Listed
from domain.database import SYSTEM
from domain.errors import Refusal
from domain.ids import new_id

STALE: Final = timedelta(minutes=15)
"""A calendar that was not read for so long is not well: its busy hours are not known."""

_ADD: Final = text(
    "INSERT INTO calendar_integrations (id, user_id, integration_type, base_url, calendar_id,"
    " calendar_name, zone, writes, due_at) VALUES (:id, :user, :kind, :base_url, :calendar_id,"
    " :name, :zone, :writes AND NOT EXISTS (SELECT FROM calendar_integrations"
    "  WHERE is_active AND writes AND calendar_id IS DISTINCT FROM :calendar_id),"
    " clock_timestamp()) ON CONFLICT (user_id, integration_type, calendar_id) DO UPDATE SET"
    " base_url = excluded.base_url, calendar_name = excluded.calendar_name,"
    " zone = excluded.zone, is_active = true, sync_enabled = true RETURNING id"
)
_TENANT: Final = text("SELECT id FROM users WHERE id = :id")
_STATUS: Final = text(
    "SELECT i.id, i.user_id, i.integration_type AS kind, i.calendar_name AS name, i.status,"
    " i.pull_state, i.is_active, i.writes, i.last_sync_at AS fresh_as_of, i.due_at AS next_try,"
    " i.attempts, i.last_error, i.watch_ends_at, i.drift, i.compared_at,"
    " coalesce(i.last_sync_at, i.created_at) > clock_timestamp() - CAST(:stale AS interval)"
    "  AND i.status = 'connected' AND i.pull_state <> 'failed' AS is_well,"
    " (SELECT count(*) FROM calendar_event_links l WHERE l.calendar_integration_id = i.id"
    "  AND l.state IN ('pending', 'working', 'unknown')) AS on_their_way,"
    " (SELECT count(*) FROM calendar_event_links l WHERE l.calendar_integration_id = i.id"
    "  AND l.state IN ('failed', 'stopped')) AS not_carried"
    " FROM calendar_integrations i WHERE CAST(:user AS uuid) IS NULL OR i.user_id = :user"
    " ORDER BY i.user_id, i.created_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What an owner has agreed to."""

    kind: str
    """As in `calendar_integrations.integration_type`: google, outlook, apple, other."""

    calendar: Listed
    grant: Grant
    base_url: str | None = None
    writes: bool = True
    """Whether bookings go there; of several calendars only the first one's do."""


def connect(desk: Desk, user_id: UUID, wanted: Connection) -> UUID:
    """Keep a calendar's tokens, sealed, and owe it all that is to come. Again: the same one."""
    with desk.begin(SYSTEM) as session:
        if session.scalar(_TENANT, {"id": user_id}) is None:
            sentence = f"There is no tenant {user_id}: see `frontdesk tenant list`."
            raise Refusal(sentence, exit_code=1)
    with desk.begin(user_id) as session:
        bound = {"id": new_id(), "user": user_id, "kind": wanted.kind, "writes": wanted.writes}
        listed = wanted.calendar
        said = {"calendar_id": listed.calendar_id, "name": listed.name, "zone": listed.zone}
        key: UUID = session.execute(
            _ADD, {**bound, **said, "base_url": wanted.base_url}
        ).scalar_one()
        desk.purse.connect(session, key, wanted.grant)
    service.owe_upcoming(desk, user_id)
    return key


def status(desk: Desk, user_id: UUID | None) -> list[Mapping[str, Any]]:
    """Return how each calendar does: as of when it is fresh, what went wrong, when it is tried."""
    with desk.begin(SYSTEM) as session:
        rows = session.execute(_STATUS, {"user": user_id, "stale": STALE}).mappings()
        return [dict(row) for row in rows]
