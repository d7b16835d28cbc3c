"""Through whom and with what a tenant speaks: accounts, agents, numbers, voices, scripts."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Double, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from domain.tables.base import Id, OwnerId, Stamp, Table, TenantId, in_tenant


class AgentStatus(StrEnum):
    """Whether a tenant's agent takes calls; see docs/lifecycles.md."""

    ACTIVE = "active"
    PENDING = "pending"
    DISABLED = "disabled"


class AccountHealth(StrEnum):
    """Whether a vendor's account is to be dialled through; see docs/lifecycles.md."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    DOWN = "down"


class Integration(Table):
    """A tenant's own account at a vendor. The credential is sealed."""

    __tablename__ = "integrations"
    __table_args__ = (
        UniqueConstraint("user_id", "id", name="integrations_user_id_id_key"),
        UniqueConstraint("webhook_token", name="integrations_webhook_token_is_unique"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    provider: Mapped[str | None]
    provider_type: Mapped[str | None]
    capabilities: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    encrypted_credentials: Mapped[bytes | None]
    webhook_token: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    checked_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class Agent(Table):
    """The voice that answers for a tenant: one a tenant, and one behind a number."""

    __tablename__ = "agents"
    __table_args__ = (
        UniqueConstraint("user_id", name="agents_user_id_key"),
        UniqueConstraint("phone_number", name="agents_phone_number_key"),
        UniqueConstraint("user_id", "id", name="agents_user_id_id_key"),
        in_tenant("integrations", "integration_id", name="integration", child="agents"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    integration_id: Mapped[UUID | None]
    provider: Mapped[str | None]
    agent_id: Mapped[str | None]
    phone_number: Mapped[str | None]
    nickname: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'pending'"))
    inbound_webhook_url: Mapped[str | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class CallServiceProvider(Table):
    """A vendor's account that has slots; without a tenant it is the platform's.

    `learned_limit` is what the vendor let us have of late, `observed_live` what it counted
    itself, and `observed_others` how many of those were none of ours.
    Both columns of the credential are hidden from tenants.
    """

    __tablename__ = "call_service_providers"
    __table_args__ = (
        UniqueConstraint("account_key", name="call_service_providers_account_stands_once"),
        in_tenant(
            "integrations", "integration_id", name="integration", child="call_service_providers"
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[OwnerId]
    integration_id: Mapped[UUID | None]
    name: Mapped[str]
    type: Mapped[str]
    provider: Mapped[str] = mapped_column(server_default=text("''"))
    api_credentials: Mapped[bytes | None]
    account_key: Mapped[bytes | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    priority: Mapped[int] = mapped_column(server_default=text("1"))
    concurrency_limit: Mapped[int] = mapped_column(server_default=text("5"))
    reserved_inbound: Mapped[int] = mapped_column(server_default=text("0"))
    learned_limit: Mapped[int | None]
    observed_live: Mapped[int | None]
    observed_at: Mapped[datetime | None]
    calls_per_second: Mapped[Decimal] = mapped_column(server_default=text("1"))
    health: Mapped[str] = mapped_column(server_default=text("'healthy'"))
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    closed_until: Mapped[datetime | None]
    health_changed_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
    observed_others: Mapped[int | None]
    learned_at: Mapped[datetime | None]
    paced_until: Mapped[datetime | None]
    virtual_time: Mapped[float] = mapped_column(Double, server_default=text("0"))
    countries: Mapped[list[str] | None] = mapped_column(ARRAY(Text))


class ProviderPhoneNumber(Table):
    """A number that stands at an account."""

    __tablename__ = "provider_phone_numbers"
    __table_args__ = (
        UniqueConstraint("provider_id", "phone_id", name="provider_phone_numbers_once_an_account"),
        Index("provider_phone_numbers_full_number_idx", "full_number"),
    )

    id: Mapped[Id]
    user_id: Mapped[OwnerId]
    provider_id: Mapped[UUID] = mapped_column(
        ForeignKey("call_service_providers.id", ondelete="CASCADE")
    )
    phone_id: Mapped[str | None]
    country_code: Mapped[str]
    area_code: Mapped[str]
    phone_number: Mapped[str]
    full_number: Mapped[str]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    capabilities: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class VoiceOption(Table):
    """A voice that an account offers."""

    __tablename__ = "voice_options"
    __table_args__ = (
        UniqueConstraint("provider_id", "voice_id", name="voice_options_once_an_account"),
    )

    id: Mapped[Id]
    user_id: Mapped[OwnerId]
    provider_id: Mapped[UUID] = mapped_column(
        ForeignKey("call_service_providers.id", ondelete="CASCADE")
    )
    voice_id: Mapped[str]
    name: Mapped[str]
    gender: Mapped[str | None]
    language: Mapped[str]
    accent: Mapped[str | None]
    description: Mapped[str | None]
    sample_mp3_url: Mapped[str | None]
    is_premium: Mapped[bool] = mapped_column(server_default=text("false"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class CallTemplate(Table):
    """What is said on an outbound call. A public one is read by every tenant."""

    __tablename__ = "call_templates"
    __table_args__ = (Index("call_templates_user_id_idx", "user_id"),)

    id: Mapped[Id]
    user_id: Mapped[OwnerId]
    name: Mapped[str]
    description: Mapped[str | None]
    category: Mapped[str | None]
    tags: Mapped[list[str] | None] = mapped_column(JSONB)
    is_public: Mapped[bool] = mapped_column(server_default=text("false"))
    provider_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("call_service_providers.id", ondelete="SET NULL")
    )
    assistant_id: Mapped[str | None]
    voice_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("voice_options.id", ondelete="SET NULL")
    )
    params: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    params_order: Mapped[list[str] | None] = mapped_column(JSONB)
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class UserPhoneNumber(Table):
    """A tenant's own number. `flagged_at` is when carriers began to mark its calls."""

    __tablename__ = "user_phone_numbers"
    __table_args__ = (
        UniqueConstraint("user_id", "id", name="user_phone_numbers_user_id_id_key"),
        UniqueConstraint("user_id", "full_number", name="user_phone_numbers_once"),
        Index("user_phone_numbers_full_number_idx", "full_number"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    provider_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("call_service_providers.id", ondelete="SET NULL")
    )
    phone_id: Mapped[str | None]
    country_code: Mapped[str | None]
    area_code: Mapped[str | None]
    region: Mapped[str | None]
    phone_number: Mapped[str | None]
    full_number: Mapped[str]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    capabilities: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    concurrency_limit: Mapped[int | None]
    daily_cap: Mapped[int | None]
    flagged_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
