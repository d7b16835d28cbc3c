"""Which changes are put on record, and what of them. Revisions call these.

As with policies: these words may grow, they do not change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from alembic import op

OURS: Final = "session_user = 'frontdesk_worker'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is put on record of a table."""

    table: str
    shown: Sequence[str]
    """Columns whose values are kept: states, moments, amounts, and keyed hashes."""

    named: Sequence[str] = ()
    """Columns that hold a person or a secret: only that they changed is kept."""

    quiet: Sequence[str] = ()
    """Columns as `named`, that our own workers move: tokens renewed, clear values sealed."""

    key: str = "user_id"
    """The column that says whose row it is."""


def keep_record(record: Record) -> None:
    """Put every change of these columns on record, whoever makes it.

    The condition stands in the trigger: an update of anything else costs a comparison.
    """
    loud = (*record.shown, *record.named)
    arguments = ", ".join(
        f"'{words}'"
        for words in (record.key, *map(",".join, (record.shown, record.named, record.quiet)))
    )
    when = _differ(loud)
    if record.quiet:
        when += f" OR (NOT {OURS} AND {_differ(record.quiet)})"
    op.execute(
        f"CREATE TRIGGER keep_record AFTER INSERT OR DELETE ON {record.table}"
        f" FOR EACH ROW EXECUTE FUNCTION app_keep_record({arguments})"
    )
    op.execute(
        f"CREATE TRIGGER keep_record_of_change AFTER UPDATE ON {record.table}"
        f" FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION app_keep_record({arguments})"
    )


def forget_record(record: Record) -> None:
    """Put changes of this table on record no more."""
    for trigger in ("keep_record", "keep_record_of_change"):
        op.execute(f"DROP TRIGGER {trigger} ON {record.table}")


def _differ(columns: Sequence[str]) -> str:
    old, new = (", ".join(f"{row}.{each}" for each in columns) for row in ("OLD", "NEW"))
    return f"(({old}) IS DISTINCT FROM ({new}))"


RECORDS: Final = (
    Record(
        table="events",
        shown=(
            *("status", "event_type", "service_type", "start_time", "end_time", "timezone"),
            *("urgency_level", "location_type", "source", "call_id", "customer_id"),
            *("price_estimate", "payment_amount", "currency", "payment_status"),
            *("customer_phone_hash", "customer_email_hash"),
        ),
        named=("title", "description", "customer_name", "location", "notes"),
        quiet=(
            *("customer_phone", "customer_email"),
            *("customer_phone_sealed", "customer_email_sealed"),
        ),
    ),
    Record(
        table="sms_opt_outs",
        shown=("opted_out_at", "opted_in_at"),
        named=("phone_number", "source"),  # where it came from is anybody's words
    ),
    Record(
        table="users",
        key="id",
        shown=("status", "industry", "timezone", "role", "tier", "organization_id"),
        named=(
            *("email", "business_name", "full_name", "phone_number", "transfer_number"),
            *("address", "settings", "business_hours", "stripe_customer_id"),
            "telephony_webhook_token",
        ),
    ),
    Record(
        table="user_ai_settings",
        shown=(),
        named=(
            *("openrouter_api_key_encrypted", "openrouter_api_key_sealed"),
            *("openrouter_provisioning_key_encrypted", "openrouter_provisioning_key_sealed"),
        ),
    ),
    Record(
        table="calendar_integrations",
        shown=("integration_type", "status", "is_active", "sync_enabled"),
        named=("base_url", "calendar_id", "calendar_name"),
        quiet=("access_token", "access_token_sealed", "refresh_token", "refresh_token_sealed"),
    ),
    Record(
        table="integrations",
        shown=("provider", "provider_type", "is_active"),
        named=("encrypted_credentials", "webhook_token"),
    ),
    Record(
        table="subscriptions",
        shown=(
            *("plan_id", "tier", "status", "stripe_subscription_id", "stripe_price_id"),
            *("current_period_start", "current_period_end", "trial_end"),
            *("cancel_at_period_end", "canceled_at"),
        ),
        named=("stripe_customer_id", "external_id", "payment_method"),
    ),
    Record(
        table="usage_limits",
        # Not what was used: the ledgers say that, line by line, with every call.
        shown=(
            *("tier", "call_cap_seconds", "call_credit", "sms_cap", "sms_credit"),
            *("rollover_seconds", "grace_seconds", "soft_percent", "hard_percent"),
            *("period_start", "period_end", "limit_state", "hard_stop_active", "force_pause"),
        ),
    ),
    Record(
        table="churn_alerts",
        shown=(
            *("severity", "score_before", "score_after", "worth", "currency"),
            *("notified_at", "acknowledged_at", "acknowledged_by", "escalated_at"),
            *("resolved_at", "quiet_until"),
        ),
        named=("reason", "message", "details"),
    ),
)
