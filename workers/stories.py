"""What `frontdesk explain` tells of a row beside its standing: what led to it, what followed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Chapter:
    """One table of a story."""

    title: str
    rows: Sequence[Mapping[str, Any]]


STORIES: Final[Mapping[str, Mapping[str, str]]] = {
    "call": {
        "Readings": """
            SELECT created_at, reader, model, prompt_version, outcome FROM extraction_runs
            WHERE call_id = :id ORDER BY created_at""",
        "Events from it": """
            SELECT id, title, status, start_time, generation FROM events
            WHERE call_id = :id ORDER BY start_time""",
        "Questions to the owner": """
            SELECT id, field, question, answer FROM questions
            WHERE call_id = :id ORDER BY created_at""",
        "Cost": """
            SELECT created_at, provider, model, prompt_tokens, completion_tokens, outcome, cost_usd
            FROM ai_usage_logs WHERE call_id = :id ORDER BY created_at""",
    },
    "event": {
        "Event": """
            SELECT title, event_type, status, start_time, end_time, timezone, generation, source,
                   call_id FROM events WHERE id = :id""",
        "Messages": """
            SELECT id, rule, channel, status, due_at, sent_at, last_error FROM messages
            WHERE event_id = :id ORDER BY created_at""",
        "Owed for it": """
            SELECT task, generation, state, attempts, created_at, settled_at, last_error
            FROM errands WHERE subject_id = :id ORDER BY created_at""",
    },
    "delivery": {
        "Delivery": """
            SELECT d.event_type, d.object_id, d.round, d.status_code, d.delivered_at, d.created_at
            FROM webhook_deliveries d WHERE d.id = :id""",
        "Its address": """
            SELECT c.id, c.name, c.is_active, c.failing_since, c.slow_since, c.paused_at,
                   c.pause_reason
            FROM webhook_deliveries d JOIN webhook_configs c ON c.id = d.config_id
            WHERE d.id = :id""",
        "It waits for": """
            SELECT e.id, e.event_type, e.state, e.attempts, e.due_at, e.last_error
            FROM webhook_deliveries d JOIN webhook_deliveries e
              ON e.config_id = d.config_id AND e.object_id = d.object_id
             AND e.sequence < d.sequence AND e.state IN ('pending', 'working')
            WHERE d.id = :id AND d.state = 'pending' ORDER BY e.sequence""",
    },
    "message": {
        "Message": """
            SELECT rule, channel, status, event_id, provider, provider_message_id, segments, cost,
                   currency, sent_at, delivered_at FROM messages WHERE id = :id""",
    },
    "webhook": {
        "Notice": """
            SELECT q.provider, q.event_type, q.result, q.error_message AS why, q.user_id,
                   q.received_at, q.processed_at, q.processed_by, length(p.body) AS bytes
            FROM webhook_queue q LEFT JOIN webhook_payloads p ON p.webhook_id = q.id
            WHERE q.id = :id""",
    },
}
"""By kind: titles and queries. None of them shows what was said, or a number, or an address."""


def tell(session: Session, kind: str, row_id: UUID) -> list[Chapter]:
    """Return the chapters of a row's story that have something to tell."""
    chapters = [
        Chapter(
            title, [dict(row) for row in session.execute(text(query), {"id": row_id}).mappings()]
        )
        for title, query in STORIES.get(kind, {}).items()
    ]
    return [chapter for chapter in chapters if chapter.rows]
