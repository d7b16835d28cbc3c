"""The owners' tokens: sealed, renewed by one at a time, and saved before they are used.

Who renews marks the row under its lock and lets the lock go before it asks the vendor: others
see the mark, wait for the new token and find it. A mark that ran out is taken over; what its
owner still brings back is saved, too, unless somebody has been faster.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from domain.calendars.ports import Calendar, Consent, Grant, Withdrawn
from domain.database import Begin
from domain.errors import ProviderError, Rejected, Retryable
from domain.ids import new_id
from domain.sealing import Keyring, Place
from domain.tables.calendars import CalendarStatus
from domain.work import owner_notices

log = structlog.get_logger("calendars")

TABLE: Final = "calendar_integrations"
RECONNECT: Final = "calendar_needs_reconnect"
GOOD_FOR: Final = timedelta(seconds=60)
"""What a token must last at least: longer than any request takes."""

RENEWAL: Final = timedelta(seconds=45)
WAIT: Final = 20.0
PAUSE: Final = 0.1

_HELD: Final = text(
    "SELECT integration_type, status, access_token, access_token_sealed, refresh_token,"
    " refresh_token_sealed, token_expires_at, clock_timestamp() AS now"
    " FROM calendar_integrations WHERE id = :id"
)
_BEGIN: Final = text(
    "UPDATE calendar_integrations SET renewal = :me,"
    " renewal_ends_at = clock_timestamp() + CAST(:lasts AS interval)"
    " WHERE id = :id AND status = 'connected'"
    " AND (renewal IS NULL OR renewal_ends_at < clock_timestamp())"
    " AND access_token_sealed IS NOT DISTINCT FROM :access RETURNING id"
)
_SAVE: Final = text(
    "UPDATE calendar_integrations SET access_token_sealed = :access, access_token = NULL,"
    " refresh_token_sealed = coalesce(:refresh, refresh_token_sealed),"
    " refresh_token = CASE WHEN CAST(:refresh AS bytea) IS NULL THEN refresh_token END,"
    " token_expires_at = clock_timestamp() + CAST(:lasts AS interval),"
    " renewal = CASE WHEN renewal = :me THEN NULL ELSE renewal END"
    " WHERE id = :id AND (renewal = :me OR refresh_token_sealed IS NOT DISTINCT FROM :old)"
)
_END: Final = text(
    "UPDATE calendar_integrations SET renewal = NULL WHERE id = :id AND renewal = :me"
)
_WITHDRAWN: Final = text(
    "UPDATE calendar_integrations SET status = 'needs_reconnect', renewal = NULL,"
    " last_error = :why WHERE id = :id AND status = 'connected' RETURNING calendar_name"
)
_CONNECT: Final = text(
    "UPDATE calendar_integrations SET access_token_sealed = :access, access_token = NULL,"
    " refresh_token_sealed = :refresh, refresh_token = NULL,"
    " token_expires_at = clock_timestamp() + CAST(:lasts AS interval), status = 'connected',"
    " is_active = true, last_error = NULL, renewal = NULL, pull_state = CASE pull_state"
    "  WHEN 'failed' THEN 'waiting' ELSE pull_state END, due_at = clock_timestamp(),"
    " watch_due_at = clock_timestamp() WHERE id = :id"
)


@dataclass(frozen=True, slots=True)
class Held:
    """The tokens of an integration, opened."""

    kind: str
    status: str
    access: str | None
    access_sealed: bytes | None
    refresh: str | None
    refresh_sealed: bytes | None
    expires_at: datetime | None
    now: datetime

    @property
    def is_good(self) -> bool:
        """Tell whether the access token lasts long enough for a request."""
        if self.access is None:
            return False
        return self.expires_at is None or self.expires_at > self.now + GOOD_FOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """Holds tokens, and has them renewed."""

    begin: Begin
    keyring: Keyring
    consents: Mapping[str, Consent]
    """By `integration_type`; a kind without a log-in has secrets that do not run out."""

    def bearer(self, calendar: Calendar) -> str:
        """Return an access token that is good for a minute at least."""
        held = self._held(calendar)
        if held.access is not None and held.is_good:
            return held.access
        return self._renew(calendar, held)

    def renewed(self, calendar: Calendar, *, refused: str) -> str:
        """Return another token than the one that was refused: somebody may have it already."""
        held = self._held(calendar)
        if held.access is not None and held.access != refused:
            return held.access
        return self._renew(calendar, held)

    def connect(self, session: Session, integration_id: UUID, grant: Grant) -> None:
        """Keep what an owner's consent gave, and begin to work with it, in the tenant's scope."""
        session.execute(_CONNECT, {"id": integration_id, **self._sealed(integration_id, grant)})

    def _held(self, calendar: Calendar) -> Held:
        with self.begin(calendar.user_id) as session:
            row = session.execute(_HELD, {"id": calendar.integration_id}).mappings().one_or_none()
        if row is None:
            raise Rejected("the calendar is no longer connected")
        if row["status"] != CalendarStatus.CONNECTED:
            raise Withdrawn("the owner must connect this calendar again")
        at = Place(TABLE, "access_token", calendar.integration_id)
        access = self.keyring.read(row["access_token_sealed"], row["access_token"], at)
        at = Place(TABLE, "refresh_token", calendar.integration_id)
        refresh = self.keyring.read(row["refresh_token_sealed"], row["refresh_token"], at)
        return Held(
            kind=row["integration_type"],
            status=row["status"],
            access=access,
            access_sealed=row["access_token_sealed"],
            refresh=refresh,
            refresh_sealed=row["refresh_token_sealed"],
            expires_at=row["token_expires_at"],
            now=row["now"],
        )

    def _renew(self, calendar: Calendar, held: Held) -> str:
        """Renew, or wait for whoever does."""
        consent, refresh = self.consents.get(held.kind), held.refresh
        if consent is None or refresh is None:
            self._withdraw(calendar, "the secret is not taken any more")
            raise Withdrawn("the owner must connect this calendar again")
        me, deadline = new_id(), time.monotonic() + WAIT
        while not self._mark(calendar, held, me):
            now = self._held(calendar)
            if now.access is not None and now.access_sealed != held.access_sealed:
                return now.access
            if time.monotonic() > deadline:
                raise Retryable("another worker is renewing the token", after=RENEWAL)
            time.sleep(PAUSE)
        return self._ask(calendar, held, me, consent, refresh)

    def _mark(self, calendar: Calendar, held: Held, me: UUID) -> bool:
        bound = {"id": calendar.integration_id, "me": me, "lasts": RENEWAL}
        with self.begin(calendar.user_id) as session:
            return session.scalar(_BEGIN, {**bound, "access": held.access_sealed}) is not None

    def _ask(self, calendar: Calendar, held: Held, me: UUID, consent: Consent, refresh: str) -> str:
        try:
            grant = consent.renew(refresh)
        except Withdrawn as error:
            self._withdraw(calendar, str(error))
            raise
        except ProviderError:
            with self.begin(calendar.user_id) as session:
                session.execute(_END, {"id": calendar.integration_id, "me": me})
            raise
        self._save(calendar, held, me, grant)
        return grant.access_token

    def _save(self, calendar: Calendar, held: Held, me: UUID, grant: Grant) -> None:
        """Save before use, again and again: a rotated token that is lost locks the owner out."""
        sealed = self._sealed(calendar.integration_id, grant)
        bound = {"id": calendar.integration_id, "me": me, "old": held.refresh_sealed, **sealed}
        deadline = time.monotonic() + WAIT
        while True:
            try:
                with self.begin(calendar.user_id) as session:
                    session.execute(_SAVE, bound)
            except DBAPIError as error:
                log.warning("calendar.token_not_saved", error=type(error).__name__)
                if time.monotonic() > deadline:
                    raise
                time.sleep(PAUSE)
            else:
                return

    def _sealed(self, row_id: UUID, grant: Grant) -> dict[str, object]:
        def seal(words: str | None, column: str) -> bytes | None:
            if words is None:
                return None
            return self.keyring.seal(words, table=TABLE, column=column, row_id=row_id)

        return {
            "access": seal(grant.access_token, "access_token"),
            "refresh": seal(grant.refresh_token, "refresh_token"),
            "lasts": grant.lasts,
        }

    def _withdraw(self, calendar: Calendar, why: str) -> None:
        """Ask nothing more of this calendar, and have its owner told, once."""
        log.info("calendar.withdrawn", calendar=str(calendar.integration_id))
        key = str(calendar.integration_id)
        with self.begin(calendar.user_id) as session:
            found = session.execute(_WITHDRAWN, {"id": calendar.integration_id, "why": why})
            if found.one_or_none() is not None:
                facts = {"calendar_integration_id": key}
                once = f"{key}:{new_id()}"
                owner_notices.tell(session, calendar.user_id, RECONNECT, once, facts)
