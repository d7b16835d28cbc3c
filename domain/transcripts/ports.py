"""What transcripts need from others: a reader, and somebody who keeps the times that are booked."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from domain.texts.ports import Answer, Reader, Request

__all__ = ["Answer", "Diary", "NoDiary", "Reader", "Request"]


class Diary(Protocol):
    """Keeps the times that are booked, in the transaction and the scope that are given."""

    def decides(self, session: Session) -> bool:
        """Tell whether an event of this tenant stands only once this diary has confirmed it."""
        ...

    def hold(self, session: Session, event_id: UUID) -> None:
        """Keep a draft's time, and decide soon; or ask the owner for another. Again: no more."""
        ...

    def take(
        self, session: Session, user_id: UUID, event_id: UUID, *, start: datetime, end: datetime
    ) -> bool:
        """Keep a time for an event that its owner has decided on; False where it is booked."""
        ...


class NoDiary:
    """Keeps no times: what is agreed on stands."""

    def decides(self, session: Session) -> bool:
        """Leave it to the call."""
        del session
        return False

    def hold(self, session: Session, event_id: UUID) -> None:
        """Keep nothing."""

    def take(
        self, session: Session, user_id: UUID, event_id: UUID, *, start: datetime, end: datetime
    ) -> bool:
        """Find nothing in the way."""
        del session, user_id, event_id, start, end
        return True
