"""Whose work it is: tenants, their settings, and what is on record about them."""

from datetime import datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table, TenantId


class UserStatus(StrEnum):
    """Whether we work for this tenant; see docs/lifecycles.md."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    SUSPENDED = "suspended"


class User(Table):
    """The tenant. Its id is `user_id` everywhere else."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'inactive', 'suspended')", name="status_is_known"),
        Index("users_suspended_idx", "id", postgresql_where=text("status = 'suspended'")),
        Index("users_one_for_a_webhook_token", "telephony_webhook_token", unique=True),
    )

    id: Mapped[Id]
    email: Mapped[str | None]
    business_name: Mapped[str | None]
    industry: Mapped[str | None]
    timezone: Mapped[str] = mapped_column(server_default=text("'UTC'"))
    status: Mapped[str] = mapped_column(server_default=text("'active'"))
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
    organization_id: Mapped[UUID | None]
    full_name: Mapped[str | None]
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    phone_number: Mapped[str | None]
    transfer_number: Mapped[str | None]
    area_code: Mapped[str | None]
    address: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    role: Mapped[str] = mapped_column(server_default=text("'user'"))
    tier: Mapped[str | None]
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    business_hours: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    cal_com_url: Mapped[str | None]
    post_call_sms_enabled: Mapped[bool] = mapped_column(server_default=text("false"))
    review_request_enabled: Mapped[bool] = mapped_column(server_default=text("false"))
    stripe_customer_id: Mapped[str | None]
    telephony_webhook_token: Mapped[str | None]
    last_login_at: Mapped[datetime | None]


class Organization(Table):
    """Several tenants of one company; it grants nothing yet. Its `user_id` is who made it."""

    __tablename__ = "organizations"
    __table_args__ = (Index("organizations_user_id_idx", "user_id"),)

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    name: Mapped[str | None]
    plan_type: Mapped[str | None]
    max_members: Mapped[int] = mapped_column(server_default=text("5"))
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class UserAiSettings(Table):
    """A tenant's own keys for language models; they win over the platform's."""

    __tablename__ = "user_ai_settings"
    __table_args__ = (
        UniqueConstraint("user_id", name="user_ai_settings_one_for_a_tenant"),
        Index(
            "user_ai_settings_openrouter_api_key_clear_idx",
            "id",
            postgresql_where=text("openrouter_api_key_encrypted IS NOT NULL"),
        ),
        Index(
            "user_ai_settings_openrouter_provisioning_key_clear_idx",
            "id",
            postgresql_where=text("openrouter_provisioning_key_encrypted IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    openrouter_api_key_encrypted: Mapped[str | None]
    openrouter_api_key_sealed: Mapped[bytes | None]
    openrouter_provisioning_key_encrypted: Mapped[str | None]
    openrouter_provisioning_key_sealed: Mapped[bytes | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class IndustryConfiguration(Table):
    """What a trade calls its events, and how long they take; nobody's row is the default."""

    __tablename__ = "industry_configurations"
    __table_args__ = (
        UniqueConstraint(
            "user_id",
            "industry_type",
            name="industry_configurations_one_for_an_industry",
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId | None]
    industry_type: Mapped[str]
    event_types: Mapped[list[str]] = mapped_column(JSONB)
    terminology: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    default_duration_minutes: Mapped[int] = mapped_column(server_default=text("60"))
    business_hours: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    pricing_enabled: Mapped[bool] = mapped_column(server_default=text("false"))
    location_required: Mapped[bool] = mapped_column(server_default=text("true"))
    auto_confirm_enabled: Mapped[bool] = mapped_column(server_default=text("false"))
    reminder_settings: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class ConsentLog(Table):
    """Which version of the terms a tenant agreed to, and when. Only added to."""

    __tablename__ = "consent_logs"
    __table_args__ = (Index("consent_logs_user_id_created_at_idx", "user_id", "created_at"),)

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    version: Mapped[str] = mapped_column(server_default=text("'1.0'"))
    ip_address: Mapped[str | None] = mapped_column(INET)
    user_agent: Mapped[str | None]
    created_at: Mapped[Stamp]


class ActiveSession(Table):
    """Where a tenant is logged in; the token is known by its hash."""

    __tablename__ = "active_sessions"
    __table_args__ = (
        UniqueConstraint("token_hash", name="active_sessions_one_for_a_token"),
        Index("active_sessions_user_id_idx", "user_id"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    token_hash: Mapped[str | None]
    ip_address: Mapped[str | None] = mapped_column(INET)
    user_agent: Mapped[str | None]
    created_at: Mapped[Stamp]
    last_active: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AuditLog(Table):
    """Who changed what: names of columns, no personal values. Only added to."""

    __tablename__ = "audit_logs"
    __table_args__ = (
        PrimaryKeyConstraint("id", "created_at"),
        Index("audit_logs_user_id_created_at_idx", "user_id", "created_at"),
        Index("audit_logs_resource_id_created_at_idx", "resource_id", "created_at"),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    id: Mapped[UUID] = mapped_column(server_default=func.app_uuid7())
    created_at: Mapped[Stamp]
    user_id: Mapped[UUID | None] = mapped_column(server_default=func.app_current_user())
    actor: Mapped[str | None] = mapped_column(
        server_default=text("nullif(current_setting('app.actor', true), '')")
    )
    action: Mapped[str]
    resource_type: Mapped[str | None]
    resource_id: Mapped[UUID | None]
    old_values: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    new_values: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    details: Mapped[dict[str, Any] | None] = mapped_column("metadata", JSONB)
    ip_address: Mapped[str | None] = mapped_column(INET)
    user_agent: Mapped[str | None]
    seen_by_database: Mapped[bool] = mapped_column(
        server_default=text("false"), doc="written by a trigger; other writers cannot set it"
    )


class UserPremiumFeatures(Table):
    """What a tenant has paid for beyond its plan."""

    __tablename__ = "user_premium_features"

    user_id: Mapped[TenantId] = mapped_column(primary_key=True)
    post_call_sms: Mapped[bool] = mapped_column(server_default=text("false"))
    review_requests: Mapped[bool] = mapped_column(server_default=text("false"))
    zapier_webhooks: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class OwnerNotificationSettings(Table):
    """What a tenant wants to be told, how, and when not."""

    __tablename__ = "owner_notification_settings"

    user_id: Mapped[TenantId] = mapped_column(primary_key=True)
    email: Mapped[str | None]
    phone: Mapped[str | None]
    notify_on_booking: Mapped[bool] = mapped_column(server_default=text("true"))
    notify_on_change: Mapped[bool] = mapped_column(server_default=text("true"))
    notify_on_cancellation: Mapped[bool] = mapped_column(server_default=text("true"))
    notify_on_review: Mapped[bool] = mapped_column(server_default=text("true"))
    notify_on_usage: Mapped[bool] = mapped_column(server_default=text("true"))
    question_hours: Mapped[int] = mapped_column(server_default=text("4"))
    by_email: Mapped[bool] = mapped_column(server_default=text("true"))
    by_sms: Mapped[bool] = mapped_column(server_default=text("false"))
    by_push: Mapped[bool] = mapped_column(server_default=text("false"))
    quiet_hours_start: Mapped[time | None]
    quiet_hours_end: Mapped[time | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
