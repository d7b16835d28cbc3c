"""What a decision writes down: attempts, which are slots, and why others wait."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.ids import new_id
from domain.outbound.judge import Answer, Ruling
from domain.outbound.lanes import Candidate

# In the order of the numbers: of two who dial the same ones, neither waits for ever.
_ATTEMPT: Final = text("""
INSERT INTO call_attempts (id, user_id, call_queue_id, number, campaign_id, provider_id,
  caller_number_id, caller_number, recipient_number, verdict, created_at)
SELECT x.id, x.user_id, x.row_id,
  coalesce((SELECT max(a.number) FROM call_attempts a WHERE a.call_queue_id = x.row_id), 0) + 1,
  x.campaign_id, x.provider_id, x.caller_id, x.caller, x.recipient, CAST(x.verdict AS jsonb),
  :at
FROM unnest(CAST(:ids AS uuid[]), CAST(:users AS uuid[]), CAST(:rows AS uuid[]),
  CAST(:campaigns AS uuid[]), CAST(:accounts AS uuid[]), CAST(:caller_ids AS uuid[]),
  CAST(:callers AS text[]), CAST(:recipients AS text[]), CAST(:verdicts AS text[]))
  AS x(id, user_id, row_id, campaign_id, provider_id, caller_id, caller, recipient, verdict)
ORDER BY x.recipient
ON CONFLICT DO NOTHING RETURNING call_queue_id
""")
_BEGUN: Final = text("""
UPDATE call_queue q SET status = 'in-progress', verdict = CAST(x.verdict AS jsonb),
  judged_at = clock_timestamp(), last_error = NULL
FROM unnest(CAST(:ids AS uuid[]), CAST(:verdicts AS text[])) AS x(id, verdict)
WHERE q.id = x.id
""")
_PUT_OFF: Final = text("""
UPDATE call_queue q SET due_at = clock_timestamp() + x.wait, verdict = CAST(x.verdict AS jsonb),
  judged_at = clock_timestamp(), last_error = x.why
FROM unnest(CAST(:ids AS uuid[]), CAST(:waits AS interval[]), CAST(:verdicts AS text[]),
  CAST(:whys AS text[])) AS x(id, wait, verdict, why)
WHERE q.id = x.id
""")
_END: Final = text("""
UPDATE call_queue q SET status = 'failed', outcome = x.outcome,
  verdict = CAST(x.verdict AS jsonb), judged_at = clock_timestamp(), last_error = x.why
FROM unnest(CAST(:ids AS uuid[]), CAST(:outcomes AS text[]), CAST(:verdicts AS text[]),
  CAST(:whys AS text[])) AS x(id, outcome, verdict, why)
WHERE q.id = x.id
""")
# The rows stay where they are in line: their tenant sleeps. Few are told, each once, and none
# that somebody holds: who ends a call has its row first and its tenant's turn after.
_HELD: Final = text("""
UPDATE call_queue q SET verdict = CAST(x.verdict AS jsonb), judged_at = clock_timestamp(),
  last_error = x.why
FROM unnest(CAST(:ids AS uuid[]), CAST(:verdicts AS text[]), CAST(:whys AS text[]))
  AS x(user_id, verdict, why)
CROSS JOIN LATERAL (SELECT r.id FROM call_queue r WHERE r.user_id = x.user_id
  AND r.status = 'queued' AND r.is_ready LIMIT 20 FOR UPDATE SKIP LOCKED) head
WHERE q.id = head.id AND q.last_error IS DISTINCT FROM x.why
""")

OUTCOMES: Final = {Answer.VOID: "refused", Answer.EXPIRED: "expired"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A row that has got a slot."""

    row: Candidate
    ruling: Ruling
    account_id: UUID
    caller_id: UUID | None
    caller: str | None


def attempts(session: Session, placed: Sequence[Placed], judged_at: datetime) -> set[UUID]:
    """Write attempts; return the rows that have one. The others' recipients are on the phone.

    They are as old as what was judged: a decision that stood still before it was written is old.
    """
    if not placed:
        return set()
    verdicts = [json.dumps(one.ruling.as_verdict()) for one in placed]
    made = set(
        session.scalars(
            _ATTEMPT,
            {
                "ids": [new_id() for _ in placed],
                "users": [one.row.user_id for one in placed],
                "rows": [one.row.id for one in placed],
                "campaigns": [one.row.campaign_id for one in placed],
                "accounts": [one.account_id for one in placed],
                "caller_ids": [one.caller_id for one in placed],
                "callers": [one.caller for one in placed],
                "recipients": [one.row.recipient_number for one in placed],
                "verdicts": verdicts,
                "at": judged_at,
            },
        )
    )
    begun = [(one.row.id, words) for one, words in zip(placed, verdicts, strict=True)]
    bound = [(key, words) for key, words in begun if key in made]
    if bound:
        ids, words = zip(*bound, strict=True)
        session.execute(_BEGUN, {"ids": list(ids), "verdicts": list(words)})
    return made


def refusals(session: Session, ruled: Sequence[tuple[UUID, Ruling]]) -> None:
    """Write on rows why they are not dialled now, and when they are looked at again, or never."""
    ended = [(key, ruling) for key, ruling in ruled if ruling.answer in OUTCOMES]
    waiting = [(key, ruling) for key, ruling in ruled if ruling.answer not in OUTCOMES]
    if waiting:
        waits = [ruling.due_in for _, ruling in waiting]
        session.execute(_PUT_OFF, {**_words(waiting), "waits": waits})
    if ended:
        outcomes = [OUTCOMES[ruling.answer] for _, ruling in ended]
        session.execute(_END, {**_words(ended), "outcomes": outcomes})


def held(session: Session, bounds: Mapping[UUID, tuple[str, str]]) -> None:
    """Write on the first rows of tenants that may dial nothing by which bound that is."""
    if bounds:
        held = [
            (key, Ruling(answer=Answer.HELD, why=why, sentence=sentence))
            for key, (why, sentence) in sorted(bounds.items())
        ]
        session.execute(_HELD, _words(held))


def _words(ruled: Sequence[tuple[UUID, Ruling]]) -> dict[str, Any]:
    return {
        "ids": [key for key, _ in ruled],
        "verdicts": [json.dumps(ruling.as_verdict()) for _, ruling in ruled],
        "whys": [ruling.sentence for _, ruling in ruled],
    }


def later(why: str, sentence: str, wait: timedelta) -> Ruling:
    """Say that a row waits for something that others hold."""
    return Ruling(answer=Answer.LATER, why=why, sentence=sentence, due_in=wait)
