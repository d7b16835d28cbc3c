"""What a tenant may dial, and whom: who agreed to it, and how far it may go."""

from datetime import datetime, time
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Integer, Text

from domain.tables.base import Id, Stamp, Table, TenantId


class VoiceConsent(Table):
    """Somebody agreed that an artificial voice calls them, or forbade every call.

    The later of both counts, and `source` says where it was said.
    """

    __tablename__ = "voice_consents"
    __table_args__ = (UniqueConstraint("user_id", "phone_number", name="voice_consents_once"),)

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    phone_number: Mapped[str]
    source: Mapped[str | None]
    consented_at: Mapped[datetime | None]
    forbidden_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class CallingRules(Table):
    """The bounds of a tenant's own outbound calls. A bound that is not there is none.

    `consent_source` is how everybody whom it calls agreed: the tenant vouches for it.
    """

    __tablename__ = "calling_rules"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"),
        primary_key=True,
        server_default=func.app_current_user(),
    )
    countries: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    consent_source: Mapped[str | None]
    timezone: Mapped[str | None]
    window_start: Mapped[time | None]
    window_end: Mapped[time | None]
    window_days: Mapped[list[int]] = mapped_column(
        ARRAY(Integer), server_default=text("'{1,2,3,4,5,6,7}'")
    )
    calls_per_hour: Mapped[int | None]
    calls_per_day: Mapped[int | None]
    spend_per_day: Mapped[Decimal | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
