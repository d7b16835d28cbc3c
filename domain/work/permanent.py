"""What stays as long as its tenant does, and why. All else goes by a line of `lifetimes`."""

from collections.abc import Mapping
from typing import Final

_REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    "It is the tenant, or what the tenant set up; it goes with the tenant.": (
        *("users", "organizations", "user_ai_settings", "industry_configurations"),
        *("user_premium_features", "owner_notification_settings", "message_templates"),
        *("availability_slots", "calendar_integrations", "integrations", "agents"),
        *("call_service_providers", "provider_phone_numbers", "voice_options", "call_templates"),
        *("user_phone_numbers", "faqs", "system_prompts", "call_campaigns", "ai_budgets"),
        "webhook_configs",
    ),
    "It is the tenant's business; a person in it is erased when they ask.": (
        *("customers", "events", "calendar_events", "calendar_event_links", "leads"),
        *("lead_activities", "deals", "commissions", "reviews", "review_insights"),
    ),
    "It is a call without its words, of which bills are made.": ("calls",),
    "A doubt that the owner has not settled is work; settled, it loses its quotes.": ("questions",),
    "It says who may be contacted, or agreed to what; without it we would write to them again.": (
        *("sms_opt_outs", "suppressions", "consent_logs", "voice_consents"),
    ),
    "Books are kept: every counter is computed anew from it.": (
        *("subscriptions", "usage_limits", "user_call_usage", "usage_calls", "usage_sms"),
        *("usage_credits", "tier_snapshots", "billing_line_items", "reconciliation_runs"),
        *(
            "meter_events",
            "reconciliation_findings",
            "referral_codes",
            "referrals",
            "referral_commissions",
        ),
    ),
    "It is a list of ours, and short; costs of the past are computed from it.": (
        *(
            "subscription_plans",
            "top_up_packs",
            "model_prices",
            "exchange_rates",
            "referral_settings",
        ),
    ),
    "It has one row a tenant, an account or a day, and grows no further.": (
        *("analytics", "customer_health_scores", "health_calibrations", "tenant_turns"),
        *("pace_buckets", "pauses", "retention_rounds", "calling_rules"),
    ),
    "It goes with the call that was queued.": ("call_attempts",),
    "It goes with the letter in which it was told.": ("alert_news",),
}

PERMANENT: Final[Mapping[str, str]] = {
    table: why for why, tables in _REASONS.items() for table in tables
}
"""By table: why nothing of it is thrown away by age alone."""
