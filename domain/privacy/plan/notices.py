"""What vendors told of them. A notice that nobody has understood yet is waited for."""

from typing import Final

from domain.privacy.plan.part import Part, gone, is_phone

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
)
