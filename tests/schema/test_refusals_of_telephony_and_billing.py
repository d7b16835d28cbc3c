"""What cannot be is refused by telephony, outbound, billing and health, by a name that says why."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from config.home import Home
from tests.support.databases import drop_database, make_database

QUEUE = "INSERT INTO call_queue (recipient_number{}) VALUES ('+12125550001'{})"
ATTEMPT = (
    "INSERT INTO call_attempts (call_queue_id, recipient_number{})"
    " SELECT id, recipient_number{} FROM call_queue"
)
LEAD = uuid4()
PERIOD = "'2026-11-02', '2026-11-01'"

REFUSED = {
    "agents_phone_number_is_e164": "INSERT INTO agents (phone_number) VALUES ('911')",
    "agents_status_is_known": "INSERT INTO agents (status) VALUES ('asleep')",
    "call_service_providers_concurrency_limit_is_not_negative": (
        "INSERT INTO call_service_providers (name, type, concurrency_limit)"
        " VALUES ('VAPI', 'voice', -1)"
    ),
    "call_service_providers_calls_per_second_is_positive": (
        "INSERT INTO call_service_providers (name, type, calls_per_second)"
        " VALUES ('VAPI', 'voice', 0)"
    ),
    "call_service_providers_health_is_known": (
        "INSERT INTO call_service_providers (name, type, health) VALUES ('VAPI', 'voice', 'ill')"
    ),
    "provider_phone_numbers_full_number_is_e164": (
        "INSERT INTO provider_phone_numbers"
        " (provider_id, country_code, area_code, phone_number, full_number)"
        " SELECT id, '1', '555', '1', 'five' FROM call_service_providers"
    ),
    "user_phone_numbers_full_number_is_e164": (
        "INSERT INTO user_phone_numbers (full_number) VALUES ('12')"
    ),
    "voice_options_gender_is_known": (
        "INSERT INTO voice_options (provider_id, voice_id, name, language, gender)"
        " SELECT id, 'x', 'x', 'en', 'loud' FROM call_service_providers"
    ),
    "telephony_events_direction_is_known": (
        "INSERT INTO telephony_events (direction) VALUES ('sideways')"
    ),
    "telephony_events_cost_local_has_a_currency": (
        "INSERT INTO telephony_events (cost_local) VALUES (1)"
    ),
    "system_prompts_prompt_type_is_known": (
        "INSERT INTO system_prompts (prompt_type, system_prompt) VALUES ('fax', 'x')"
    ),
    "calls_status_is_known": "INSERT INTO calls (status) VALUES ('humming')",
    "calls_outcome_is_known": "INSERT INTO calls (outcome) VALUES ('laughter')",
    "calls_cost_has_a_currency": "INSERT INTO calls (cost, currency) VALUES (1, NULL)",
    "calls_transcription_confidence_is_a_share": (
        "INSERT INTO calls (transcription_confidence) VALUES (85)"
    ),
    "call_queue_recipient_number_is_e164": (
        "INSERT INTO call_queue (recipient_number) VALUES ('5550100')"
    ),
    "call_queue_status_is_known": QUEUE.format(", status", ", 'lost'"),
    "call_queue_priority_is_1_to_10": QUEUE.format(", priority", ", 11"),
    "call_queue_retry_count_is_not_negative": QUEUE.format(", retry_count", ", -1"),
    "call_campaigns_window_has_two_ends": (
        "INSERT INTO call_campaigns (name, window_start) VALUES ('x', '09:00')"
    ),
    "call_campaigns_window_days_are_days_of_a_week": (
        "INSERT INTO call_campaigns (name, window_days) VALUES ('x', '{0}')"
    ),
    "call_attempts_state_is_known": ATTEMPT.format(", state", ", 'dreaming'"),
    "call_attempts_cost_has_a_currency": ATTEMPT.format(", cost", ", 1"),
    "call_attempts_ended_after_it_was_dialed": ATTEMPT.format(
        ", dialed_at, ended_at", ", now(), now() - interval '1 s'"
    ),
    "tenant_turns_weight_is_positive": "UPDATE tenant_turns SET weight = 0",
    "subscription_plans_interval_is_known": (
        "INSERT INTO subscription_plans (name, price, interval) VALUES ('x', 1, 'hourly')"
    ),
    "subscription_plans_price_is_not_negative": (
        "INSERT INTO subscription_plans (name, price, interval) VALUES ('x', -1, 'monthly')"
    ),
    "subscriptions_status_is_known": "INSERT INTO subscriptions (status) VALUES ('happy')",
    "subscriptions_period_ends_after_it_starts": (
        f"INSERT INTO subscriptions (current_period_start, current_period_end) VALUES ({PERIOD})"
    ),
    "usage_limits_limit_state_is_known": "INSERT INTO usage_limits (limit_state) VALUES ('odd')",
    "usage_limits_call_used_is_not_negative": (
        "INSERT INTO usage_limits (call_used_seconds) VALUES (-1)"
    ),
    "user_call_usage_period_ends_after_it_starts": (
        f"INSERT INTO user_call_usage (billing_period_start, billing_period_end) VALUES ({PERIOD})"
    ),
    "usage_calls_seconds_is_not_negative": "INSERT INTO usage_calls (seconds) VALUES (-1)",
    "usage_sms_cost_has_a_currency": "INSERT INTO usage_sms (cost) VALUES (0.01)",
    "usage_credits_kind_is_known": "INSERT INTO usage_credits (kind) VALUES ('luck')",
    "billing_line_items_kind_is_known": (
        "INSERT INTO billing_line_items (period_start, period_end, kind)"
        " VALUES ('2026-11-01', '2026-12-01', 'tea')"
    ),
    "reconciliation_runs_status_is_known": (
        "INSERT INTO reconciliation_runs (status) VALUES ('resting')"
    ),
    "referrals_status_is_known": "INSERT INTO referrals (status) VALUES ('lost')",
    "customer_health_scores_score_is_0_to_100": (
        "INSERT INTO customer_health_scores (score) VALUES (101)"
    ),
    "customer_health_scores_grade_is_known": (
        "INSERT INTO customer_health_scores (grade) VALUES ('E')"
    ),
    "churn_alerts_severity_is_known": "INSERT INTO churn_alerts (severity) VALUES ('mild')",
}

TWICE = {
    "agents_user_id_key": "INSERT INTO agents (nickname) VALUES ('x')",
    "integrations_webhook_token_is_unique": (
        "INSERT INTO integrations (webhook_token) VALUES ('x')"
    ),
    "call_service_providers_account_stands_once": (
        "INSERT INTO call_service_providers (name, type, account_key) VALUES ('x', 'x', 'x')"
    ),
    "user_phone_numbers_once": (
        "INSERT INTO user_phone_numbers (full_number) VALUES ('+12125550009')"
    ),
    "calls_once_at_a_provider": "INSERT INTO calls (provider_call_id) VALUES ('CA1')",
    "call_queue_enqueued_once": QUEUE.format(", idempotency_key", ", 'x'"),
    "call_queue_lead_once_while_open": (
        f"INSERT INTO leads (id) VALUES ('{LEAD}') ON CONFLICT DO NOTHING;"
        + QUEUE.format(", lead_id", f", '{LEAD}'")
    ),
    "call_attempts_dialed_once": ATTEMPT.format(", state", ", 'busy'"),
    "call_attempts_one_live_for_a_recipient": ATTEMPT.format(
        ", number", ", 1 + (SELECT count(*) FROM call_attempts)"
    ),
    "subscriptions_stripe_subscription_id_key": (
        "INSERT INTO subscriptions (stripe_subscription_id) VALUES ('sub_1')"
    ),
    "user_call_usage_one_a_period": (
        "INSERT INTO user_call_usage (billing_period_start, billing_period_end)"
        " VALUES ('2026-11-01', '2026-12-01')"
    ),
    "usage_calls_counted_once": (
        "INSERT INTO usage_calls (provider, call_id) VALUES ('retell', 'c1')"
    ),
    "usage_sms_counted_once": (
        "INSERT INTO usage_sms (provider, message_id) VALUES ('twilio', 'SM1')"
    ),
    "usage_credits_credited_once": (
        "INSERT INTO usage_credits (kind, provider_reference) VALUES ('top_up', 'cs_1')"
    ),
    "billing_line_items_one_a_period": (
        "INSERT INTO billing_line_items (period_start, period_end, kind)"
        " VALUES ('2026-11-01', '2026-12-01', 'call')"
    ),
    "customer_health_history_one_a_period": (
        "INSERT INTO customer_health_history (period_start, grade) VALUES ('2026-11-01', 'A')"
    ),
    "churn_alerts_one_while_it_lasts": "INSERT INTO churn_alerts (reason) VALUES ('inactivity')",
    "referral_codes_one_a_tenant": ("INSERT INTO referral_codes (code) VALUES (app_uuid7()::text)"),
}


@pytest.fixture(scope="module")
def desk(servers: Home, template: str) -> Iterator[psycopg.Connection[Any]]:
    """The owner's own hand, for a tenant that has an account and a queued call."""
    made = make_database(servers, f"refusals_{uuid4().hex[:12]}", template)
    user = uuid4()
    with made.connect() as connection:
        connection.execute("INSERT INTO users (id) VALUES (%s)", (user,))
        connection.execute("SELECT set_config('app.user_id', %s, false)", (str(user),))
        connection.execute("INSERT INTO call_service_providers (name, type) VALUES ('x', 'voice')")
        connection.execute(QUEUE.format("", "").encode())
        yield connection
    drop_database(made)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_by_name(desk: psycopg.Connection[Any], name: str) -> None:
    with (
        pytest.raises(psycopg.errors.CheckViolation) as refused,
        desk.transaction(force_rollback=True),
    ):
        desk.execute(REFUSED[name].encode())

    assert refused.value.diag.constraint_name == name


@pytest.mark.parametrize("name", TWICE)
def test_what_must_not_happen_twice_stands_once(desk: psycopg.Connection[Any], name: str) -> None:
    with desk.transaction(force_rollback=True):
        desk.execute(TWICE[name].encode())
        with pytest.raises(psycopg.errors.UniqueViolation) as refused:
            desk.execute(TWICE[name].encode())

    assert refused.value.diag.constraint_name == name
