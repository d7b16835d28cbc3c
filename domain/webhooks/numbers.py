"""Whose number it is, and what becomes of news about a number that is nobody's.

The one place that knows where tenants' numbers stand.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from domain.webhooks.news import News


def owner(session: Session, number: str) -> UUID | None:
    """Return the tenant whose number it is; None: nobody's."""
    del session, number
    return None


def leave(session: Session, webhook_id: UUID, number: str, news: News) -> None:
    """Keep what concerns a number of nobody, until somebody claims it."""
    del session, webhook_id, number, news
