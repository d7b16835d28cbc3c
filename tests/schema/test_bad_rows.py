"""The database refuses what cannot be, and the name of the rule says what is wrong."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.support.databases import Database

REFUSED = {
    "users_role_is_known": "INSERT INTO users (role) VALUES ('king')",
    "users_tier_is_known": "INSERT INTO users (tier) VALUES ('gold')",
    "users_phone_number_is_e164": "INSERT INTO users (phone_number) VALUES ('070-1')",
    "users_transfer_number_is_e164": "INSERT INTO users (transfer_number) VALUES ('112')",
    "organizations_max_members_is_positive": ("INSERT INTO organizations (max_members) VALUES (0)"),
    "industry_configurations_duration_is_positive": (
        "INSERT INTO industry_configurations (industry_type, event_types,"
        " default_duration_minutes) VALUES ('x', '[]', 0)"
    ),
    "owner_notification_settings_phone_is_e164": (
        "INSERT INTO owner_notification_settings (phone) VALUES ('070-1')"
    ),
    "owner_notification_settings_question_hours_are_within_a_month": (
        "INSERT INTO owner_notification_settings (question_hours) VALUES (0)"
    ),
    "owner_notification_settings_quiet_hours_are_whole": (
        "INSERT INTO owner_notification_settings (quiet_hours_start) VALUES ('21:00')"
    ),
    "events_status_is_known": "INSERT INTO events (status) VALUES ('maybe')",
    "events_end_after_start": (
        "INSERT INTO events (start_time, end_time) VALUES (now(), now() - interval '1 h')"
    ),
    "events_customer_phone_is_e164": "INSERT INTO events (customer_phone) VALUES ('070-1')",
    "events_duration_is_positive": "INSERT INTO events (duration_minutes) VALUES (0)",
    "events_number_of_loads_is_not_negative": "INSERT INTO events (number_of_loads) VALUES (-1)",
    "events_price_has_a_currency": "INSERT INTO events (price_estimate) VALUES (10)",
    "events_payment_status_is_known": "INSERT INTO events (payment_status) VALUES ('owing')",
    "messages_channel_is_known": "INSERT INTO messages (channel) VALUES ('fax')",
    "messages_status_is_known": "INSERT INTO messages (status) VALUES ('lost')",
    "messages_a_call_is_a_record": (
        "INSERT INTO messages (channel, due_at) VALUES ('call', now())"
    ),
    "messages_cost_has_a_currency": "INSERT INTO messages (cost) VALUES (0.05)",
    "message_templates_channel_is_known": (
        "INSERT INTO message_templates (template_name, channel, body_template)"
        " VALUES ('x', 'fax', 'x')"
    ),
    "suppressions_channel_is_known": (
        "INSERT INTO suppressions (channel, address_hash, reason) VALUES ('fax', 'x', 'stop')"
    ),
    "suppressions_reason_is_known": (
        "INSERT INTO suppressions (address_hash, reason) VALUES ('x', 'mood')"
    ),
    "sms_thread_locks_shared_number_is_e164": (
        "INSERT INTO sms_thread_locks (user_id, shared_number, customer_number, locked_until)"
        " VALUES (app_current_user(), '1', '+46701234567', now())"
    ),
    "sms_thread_locks_customer_number_is_e164": (
        "INSERT INTO sms_thread_locks (user_id, shared_number, customer_number, locked_until)"
        " VALUES (app_current_user(), '+46701234567', '1', now())"
    ),
    "owner_notices_kind_is_a_word": (
        "INSERT INTO owner_notices (kind, key) VALUES ('No word', '1')"
    ),
    "owner_notices_key_is_short": (
        "INSERT INTO owner_notices (kind, key) VALUES ('usage', repeat('1', 201))"
    ),
    "owner_notices_facts_are_short": (
        "INSERT INTO owner_notices (kind, key, facts) VALUES ('usage', '1', '[]')"
    ),
    "number_ranges_channel_is_known": (
        "INSERT INTO number_ranges (channel, prefix) VALUES ('fax', '+1212555')"
    ),
    "pace_buckets_rate_is_positive": (
        "INSERT INTO pace_buckets (bucket, rate, burst) VALUES ('x', 0, 1)"
    ),
    "pace_buckets_burst_is_positive": (
        "INSERT INTO pace_buckets (bucket, rate, burst) VALUES ('x', 1, 0)"
    ),
    "pace_buckets_hold_no_more_than_a_burst": (
        "INSERT INTO pace_buckets (bucket, rate, burst, tokens) VALUES ('x', 1, 1, 2)"
    ),
    "ai_usage_logs_cost_local_has_a_currency": (
        "INSERT INTO ai_usage_logs (cost_local) VALUES (1)"
    ),
    "ai_budgets_soft_is_not_above_hard": (
        "INSERT INTO ai_budgets (period_start, soft_limit, hard_limit) VALUES ('2026-11-01', 2, 1)"
    ),
    "ai_budgets_are_not_negative": (
        "INSERT INTO ai_budgets (period_start, spent) VALUES ('2026-11-01', -1)"
    ),
    "calendar_integrations_type_is_known": (
        "INSERT INTO calendar_integrations (integration_type) VALUES ('paper')"
    ),
    "calendar_integrations_status_is_known": (
        "INSERT INTO calendar_integrations (integration_type, status) VALUES ('google', 'sad')"
    ),
    "calendar_events_status_is_known": "INSERT INTO calendar_events (status) VALUES ('maybe')",
    "calendar_events_end_not_before_start": (
        "INSERT INTO calendar_events (start_time, end_time) VALUES (now(), now() - interval '1 h')"
    ),
    "calendar_events_revenue_has_a_currency": (
        "INSERT INTO calendar_events (expected_revenue) VALUES (1)"
    ),
    "calendar_events_contact_phone_is_e164": (
        "INSERT INTO calendar_events (contact_phone) VALUES ('070-1')"
    ),
    "availability_slots_day_is_of_a_week": (
        "INSERT INTO availability_slots (day_of_week, start_time, end_time)"
        " VALUES (7, '09:00', '17:00')"
    ),
    "availability_slots_end_after_start": (
        "INSERT INTO availability_slots (day_of_week, start_time, end_time)"
        " VALUES (1, '17:00', '09:00')"
    ),
    "booking_holds_last_some_time": (
        "INSERT INTO booking_holds (during, expires_at) VALUES ('[2026-11-20,)', now())"
    ),
    "sync_logs_direction_is_known": (
        "INSERT INTO sync_logs (direction, action) VALUES ('up', 'noop')"
    ),
    "sync_logs_action_is_known": "INSERT INTO sync_logs (direction, action) VALUES ('pull', 'x')",
    "sync_logs_status_is_known": (
        "INSERT INTO sync_logs (direction, action, status) VALUES ('pull', 'noop', 'x')"
    ),
    "customers_phone_is_e164": "INSERT INTO customers (phone) VALUES ('070-1')",
    "customers_spent_has_a_currency": "INSERT INTO customers (total_spent) VALUES (1)",
    "leads_status_is_known": "INSERT INTO leads (status) VALUES ('Warm-ish')",
    "leads_lead_type_is_known": "INSERT INTO leads (lead_type) VALUES ('alien')",
    "leads_phone_is_e164": "INSERT INTO leads (phone) VALUES ('070-1')",
    "leads_sentiment_is_known": "INSERT INTO leads (sentiment) VALUES ('odd')",
    "leads_duration_is_not_negative": "INSERT INTO leads (call_duration_seconds) VALUES (-1)",
    "deals_amount_has_a_currency": "INSERT INTO deals (amount) VALUES (1)",
    "deals_status_is_known": "INSERT INTO deals (status) VALUES ('maybe')",
    "reviews_rating_is_one_to_five": "INSERT INTO reviews (rating) VALUES (6)",
    "reviews_sentiment_is_known": "INSERT INTO reviews (sentiment) VALUES ('odd')",
    "review_insights_end_not_before_start": (
        "INSERT INTO review_insights (period_start, period_end) VALUES ('2026-11-20', '2026-11-19')"
    ),
    "review_insights_trend_is_known": (
        "INSERT INTO review_insights (period_start, period_end, sentiment_trend)"
        " VALUES ('2026-11-20', '2026-11-20', 'odd')"
    ),
    "analytics_cost_has_a_currency": (
        "INSERT INTO analytics (date, total_cost) VALUES ('2026-11-20', 1)"
    ),
    "exchange_rates_rate_is_positive": (
        "INSERT INTO exchange_rates (base, quote, valid_on, rate, source)"
        " VALUES ('USD', 'SEK', '2026-11-20', 0, 'x')"
    ),
    "exchange_rates_name_two_currencies": (
        "INSERT INTO exchange_rates (base, quote, valid_on, rate, source)"
        " VALUES ('USD', 'USD', '2026-11-20', 1, 'x')"
    ),
}

STRANGER = "'00000000-0000-0000-0000-000000000001'"
"""A row that is not the tenant's, or not at all."""

OUTSIDE = {
    "messages_call_of_the_tenant": f"INSERT INTO messages (call_id) VALUES ({STRANGER})",
    "calendar_events_calendar_of_the_tenant": (
        f"INSERT INTO calendar_events (calendar_integration_id) VALUES ({STRANGER})"
    ),
    "booking_holds_event_of_the_tenant": (
        "INSERT INTO booking_holds (during, expires_at, event_id)"
        f" VALUES ('[2026-11-20,2026-11-21)', now(), {STRANGER})"
    ),
    "sync_logs_calendar_of_the_tenant": (
        "INSERT INTO sync_logs (direction, action, calendar_integration_id)"
        f" VALUES ('pull', 'noop', {STRANGER})"
    ),
    "leads_call_of_the_tenant": f"INSERT INTO leads (call_id) VALUES ({STRANGER})",
    "leads_customer_of_the_tenant": f"INSERT INTO leads (customer_id) VALUES ({STRANGER})",
    "lead_activities_lead_of_the_tenant": (
        f"INSERT INTO lead_activities (lead_id) VALUES ({STRANGER})"
    ),
    "deals_lead_of_the_tenant": f"INSERT INTO deals (lead_id) VALUES ({STRANGER})",
    "commissions_deal_of_the_tenant": (
        "INSERT INTO commissions (deal_id, seller_id, deal_amount, commission_amount, currency)"
        f" VALUES ({STRANGER}, {STRANGER}, 1, 1, 'USD')"
    ),
    "reviews_event_of_the_tenant": f"INSERT INTO reviews (event_id) VALUES ({STRANGER})",
    "budget_reservations_budget_of_the_tenant": (
        "INSERT INTO budget_reservations (budget_id, key, amount, expires_at)"
        f" VALUES ({STRANGER}, 'x', 1, now())"
    ),
}

TWICE = {
    "user_ai_settings_one_for_a_tenant": "INSERT INTO user_ai_settings DEFAULT VALUES",
    "users_one_for_a_webhook_token": "INSERT INTO users (telephony_webhook_token) VALUES ('x')",
    "industry_configurations_one_for_an_industry": (
        "INSERT INTO industry_configurations (industry_type, event_types) VALUES ('x', '[]')"
    ),
    "active_sessions_one_for_a_token": "INSERT INTO active_sessions (token_hash) VALUES ('x')",
    "message_templates_one_for_a_name": (
        "INSERT INTO message_templates (template_name, body_template) VALUES ('x', 'x')"
    ),
    "suppressions_once": (
        "INSERT INTO suppressions (user_id, address_hash, reason) VALUES (NULL, 'x', 'stop')"
    ),
    "sms_thread_locks_one_owner_of_a_thread": (
        "INSERT INTO sms_thread_locks (user_id, shared_number, customer_number, locked_until)"
        " VALUES (app_current_user(), '+46701234567', '+46707654321', now())"
    ),
    "ai_budgets_one_a_month": "INSERT INTO ai_budgets (period_start) VALUES ('2026-11-01')",
    "calendar_integrations_one_for_a_calendar": (
        "INSERT INTO calendar_integrations (integration_type, calendar_id) VALUES ('google', 'x')"
    ),
    "calendar_events_once_from_a_source": (
        "INSERT INTO calendar_events (source, external_id) VALUES ('simplybook', 'x')"
    ),
    "availability_slots_once": (
        "INSERT INTO availability_slots (day_of_week, start_time, end_time)"
        " VALUES (1, '09:00', '17:00')"
    ),
    "booking_holds_do_not_overlap": (
        "INSERT INTO booking_holds (during, expires_at)"
        " VALUES ('[2026-11-20 12:00+00,2026-11-20 13:00+00)', now())"
    ),
    "customers_one_for_a_clear_phone": "INSERT INTO customers (phone) VALUES ('+46701234567')",
    "deals_one_for_a_payment": "INSERT INTO deals (stripe_session_id) VALUES ('x')",
    "review_insights_once_a_period": (
        "INSERT INTO review_insights (period_start, period_end) VALUES ('2026-11-16', '2026-11-22')"
    ),
    "analytics_once_a_day": "INSERT INTO analytics (date) VALUES ('2026-11-20')",
    "exchange_rates_once_a_day": (
        "INSERT INTO exchange_rates (base, quote, valid_on, rate, source)"
        " VALUES ('USD', 'SEK', '2026-11-20', 10.2, 'x')"
    ),
}


@pytest.fixture
def desk(own_database: Database) -> Iterator[psycopg.Connection[Any]]:
    """A connection that may do anything, on which a tenant is named; nothing stays."""
    with own_database.connect() as connection, connection.transaction(force_rollback=True):
        user = uuid4()
        connection.execute("INSERT INTO users (id) VALUES (%s)", [user])
        connection.execute("SELECT set_config('app.user_id', %s, true)", [str(user)])
        yield connection


@pytest.mark.parametrize(("rule", "words"), [*REFUSED.items(), *OUTSIDE.items()])
def test_what_cannot_be_is_refused_by_name(
    desk: psycopg.Connection[Any], rule: str, words: str
) -> None:
    with pytest.raises(psycopg.IntegrityError) as refusal:
        desk.execute(words.encode())

    assert refusal.value.diag.constraint_name == rule


@pytest.mark.parametrize(("rule", "words"), TWICE.items())
def test_what_must_not_be_twice_is_refused_by_name(
    desk: psycopg.Connection[Any], rule: str, words: str
) -> None:
    desk.execute(words.encode())

    with pytest.raises(psycopg.IntegrityError) as refusal:
        desk.execute(words.encode())

    assert refusal.value.diag.constraint_name == rule
