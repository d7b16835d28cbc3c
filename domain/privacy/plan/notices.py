"""What vendors told of them. A notice that nobody has understood yet is waited for."""

from typing import Final

from domain.privacy.plan.part import EMPTY, GONE, Part, either, gone, is_phone

OURS_OR_NOBODYS: Final = "(t.user_id = :user OR t.user_id IS NULL)"
NAMED_IN: Final = (
    "EXISTS (SELECT FROM unnest(CAST(:phones AS text[]) || CAST(:emails AS text[])) AS n(name)"
    " WHERE strpos(lower(concat_ws(' ', {words})), n.name) > 0)"
)
"""For the few rows of errors and alerts, which stand under no name."""

NOTICES: Final = (
    Part(
        table="webhook_payloads",
        found="t.person_hashes && CAST(:traces AS bytea[])",
        of_tenant="EXISTS (SELECT FROM webhook_queue q WHERE q.id = t.webhook_id"
        " AND (q.user_id = :user OR (q.user_id IS NULL AND q.state IN ('done', 'failed'))))",
        in_hand="EXISTS (SELECT FROM webhook_queue q WHERE q.id = t.webhook_id"
        " AND q.state NOT IN ('done', 'failed'))",
        is_the_houses=True,
    ),
    Part(
        table="webhook_queue",
        found=is_phone("t.phone_number"),
        blanks=gone("phone_number", "error_message", "last_error"),
        keeps=frozenset(
            {
                *("provider", "event_type", "idempotency_key", "result", "state"),
                "processed_by",
            }
        ),
        of_tenant="(t.user_id = :user OR (t.user_id IS NULL AND t.state IN ('done', 'failed')))",
        in_hand="t.state NOT IN ('done', 'failed')",
        is_the_houses=True,
    ),
    Part(
        table="unknown_phone",
        found=is_phone("t.phone_number"),
        of_tenant="true",
        is_the_houses=True,
    ),
    Part(
        table="error_logs",
        found=NAMED_IN.format(words="t.message, t.stack_trace, t.request_body::text"),
        of_tenant=OURS_OR_NOBODYS,
        is_the_houses=True,
    ),
    Part(
        table="ops_alerts",
        found=either(
            is_phone("t.phone_number"), NAMED_IN.format(words="t.message, t.details::text")
        ),
        blanks={"phone_number": GONE, "message": "'erased'", "details": EMPTY},
        keeps=frozenset({"alert_type", "subject", "severity"}),
        of_tenant=OURS_OR_NOBODYS,
        is_the_houses=True,
    ),
    Part(
        table="alert_tellings",
        found=NAMED_IN.format(words="t.content::text"),
        blanks={"content": EMPTY},
        keeps=frozenset({"channel", "last_error", "state"}),
        of_tenant=OURS_OR_NOBODYS,
        is_the_houses=True,
    ),
)
