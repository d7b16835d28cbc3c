"""Every query on reviews, leads and prompts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.growth.rules import FOLLOW_UP, MOST_FOLLOW_UPS, Insight, Read
from domain.texts.schema import Sentiment, TextReading, Topic


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A review as its reader needs it."""

    id: UUID
    rating: int | None
    comment: str
    generation: int


@dataclass(frozen=True, slots=True)
class Due:
    """A lead that nobody has spoken of for too long."""

    user_id: UUID
    lead_id: UUID


_OWNER: Final = text("SELECT user_id FROM reviews WHERE id = :id")
_REVIEW: Final = text(
    "SELECT id, rating, coalesce(comment, '') AS comment, generation FROM reviews WHERE id = :id"
)
# Edited meanwhile, it is owed anew, and this reading is of another text.
_WRITE: Final = text(
    "UPDATE reviews SET sentiment = :sentiment, topics = CAST(:topics AS jsonb),"
    " analysed_at = clock_timestamp() WHERE id = :id AND generation = :generation"
)
_WHO: Final = text(
    "SELECT DISTINCT u.id, u.timezone FROM users u JOIN reviews r ON r.user_id = u.id"
    " WHERE u.status <> 'inactive' AND r.analysed_at IS NOT NULL"
    " AND coalesce(r.submitted_at, r.created_at) > clock_timestamp() - interval '5 weeks'"
    " AND (CAST(:user AS uuid) IS NULL OR u.id = :user) ORDER BY u.id"
)
_READ: Final = text(
    "SELECT id, rating, sentiment, topics, coalesce(submitted_at, created_at) AS at FROM reviews"
    " WHERE sentiment IS NOT NULL AND coalesce(submitted_at, created_at) >= :since"
    " AND coalesce(submitted_at, created_at) < :till ORDER BY 5, id"
)
_KEEP: Final = text(
    "INSERT INTO review_insights (period_start, period_end, total_reviews, average_rating,"
    " average_sentiment, sentiment_trend, topics, drivers, suggestions, ai_model, confidence)"
    " VALUES (:since, :till, :total, round(CAST(:rating AS numeric), 2),"
    "  round(CAST(:sentiment AS numeric), 2), :trend, CAST(:topics AS jsonb),"
    "  CAST(:drivers AS jsonb), CAST(:suggestions AS jsonb), :model,"
    "  round(CAST(:confidence AS numeric), 2))"
    " ON CONFLICT (user_id, period_start, period_end) DO UPDATE SET"
    " total_reviews = excluded.total_reviews, average_rating = excluded.average_rating,"
    " average_sentiment = excluded.average_sentiment, sentiment_trend = excluded.sentiment_trend,"
    " topics = excluded.topics, drivers = excluded.drivers, suggestions = excluded.suggestions,"
    " ai_model = excluded.ai_model, confidence = excluded.confidence"
)

_WAITS: Final = " ".join(
    f"WHEN '{status}' THEN interval '{wait.days} days'" for status, wait in FOLLOW_UP.items()
)
_WAITING: Final = ", ".join(f"'{status}'" for status in FOLLOW_UP)

# What was called to mind is itself an activity: so the lead is due again only after its time.
_FOLLOW_UP: Final = text(
    "WITH stale AS (SELECT l.id, l.user_id, l.status FROM leads l"  # noqa: S608  # our own words
    "  JOIN users u ON u.id = l.user_id AND u.status = 'active'"
    f" WHERE l.status IN ({_WAITING})"
    "  AND l.created_at > clock_timestamp() - interval '60 days'"
    f" AND l.updated_at < clock_timestamp() - CASE l.status {_WAITS} END"
    f" AND NOT EXISTS (SELECT FROM lead_activities a WHERE a.lead_id = l.id"
    f"   AND a.created_at > clock_timestamp() - CASE l.status {_WAITS} END)"
    "  AND (SELECT count(*) FROM lead_activities a WHERE a.lead_id = l.id"
    f"   AND a.activity_type = 'follow_up_due') < {MOST_FOLLOW_UPS}"
    "  ORDER BY l.id LIMIT :most FOR UPDATE OF l SKIP LOCKED)"
    " INSERT INTO lead_activities (user_id, lead_id, activity_type, description)"
    " SELECT user_id, id, 'follow_up_due', 'no word since it became ' || status FROM stale"
    " RETURNING user_id, lead_id"
)

# Shown once a period and kind, by the tenant's own pages: a row is all that they need.
_PROMPT: Final = text(
    "INSERT INTO upgrade_prompts_shown (user_id, prompt_type, trigger_reason, metadata)"
    " SELECT l.user_id, k.kind, k.kind || ' above ' || l.soft_percent || ' %',"
    "  jsonb_build_object('period_start', l.period_start, 'used', k.used, 'may', k.may)"
    " FROM usage_limits l JOIN users u ON u.id = l.user_id AND u.status = 'active',"
    " LATERAL (VALUES ('minutes', l.call_used_seconds, l.call_cap_seconds),"
    "  ('texts', l.sms_used, l.sms_cap)) k (kind, used, may)"
    " WHERE k.may > 0 AND k.used * 100 >= k.may * l.soft_percent"
    " AND (l.period_end IS NULL OR l.period_end > clock_timestamp())"
    " AND EXISTS (SELECT FROM subscriptions s WHERE s.user_id = l.user_id"
    "  AND s.status IN ('active', 'trialing') AND NOT s.cancel_at_period_end)"
    " AND NOT EXISTS (SELECT FROM upgrade_prompts_shown p WHERE p.user_id = l.user_id"
    "  AND p.prompt_type = k.kind AND p.shown_at >= coalesce(l.period_start,"
    "   clock_timestamp() - interval '30 days'))"
    " ORDER BY l.user_id, k.kind"
)
_CONVERT: Final = text(
    "UPDATE upgrade_prompts_shown p SET converted_at = clock_timestamp() FROM usage_limits l"
    " WHERE l.user_id = p.user_id AND p.converted_at IS NULL"
    " AND p.shown_at > clock_timestamp() - interval '60 days'"
    " AND (p.metadata ->> 'may')::numeric < CASE p.prompt_type WHEN 'minutes'"
    "  THEN coalesce(l.call_cap_seconds, 2147483647) WHEN 'texts'"
    "  THEN coalesce(l.sms_cap, 2147483647) END"
)


def owner(session: Session, review_id: UUID) -> UUID | None:
    """Return whose review it is; None where it is gone."""
    found: UUID | None = session.scalar(_OWNER, {"id": review_id})
    return found


def review(session: Session, review_id: UUID) -> ReviewRow | None:
    """Return a review of this tenant."""
    row = session.execute(_REVIEW, {"id": review_id}).one_or_none()
    return None if row is None else ReviewRow(row.id, row.rating, row.comment, row.generation)


def write(session: Session, row: ReviewRow, reading: TextReading) -> None:
    """Write down what a review means, if it is still the one that was read."""
    topics = [mention.model_dump() for mention in reading.mentions]
    session.execute(
        _WRITE,
        {
            "id": row.id,
            "generation": row.generation,
            "sentiment": reading.sentiment.value,
            "topics": json.dumps(topics),
        },
    )


def reviewed(session: Session, user_id: UUID | None) -> Sequence[tuple[UUID, str]]:
    """Return the tenants that were reviewed of late, and their zones."""
    return [(row.id, row.timezone) for row in session.execute(_WHO, {"user": user_id})]


def read(session: Session, since: datetime, till: datetime) -> list[tuple[datetime, Read]]:
    """Return this tenant's reviews between two moments, and when each was written."""
    return [
        (
            row.at,
            Read(
                id=row.id,
                rating=row.rating,
                sentiment=Sentiment(row.sentiment),
                topics={
                    Topic(one["topic"]): Sentiment(one["sentiment"]) for one in _known(row.topics)
                },
            ),
        )
        for row in session.execute(_READ, {"since": since, "till": till})
        if row.sentiment in set(Sentiment)
    ]


def _known(topics: Sequence[Any]) -> list[dict[str, str]]:
    """Return what of a review's topics is in our words: others may have written it."""
    known = [cast("dict[str, Any]", one) for one in topics if isinstance(one, dict)]
    return [
        one
        for one in known
        if one.get("topic") in set(Topic) and one.get("sentiment") in set(Sentiment)
    ]


def keep(session: Session, week: tuple[date, date], insight: Insight, *, model: str | None) -> None:
    """Write down what a week says, in place of what it said before."""
    session.execute(
        _KEEP,
        {
            "since": week[0],
            "till": week[1],
            "total": insight.total,
            "rating": insight.rating,
            "sentiment": insight.sentiment,
            "trend": insight.trend,
            "topics": json.dumps(insight.topics),
            "drivers": json.dumps(insight.drivers),
            "suggestions": json.dumps(insight.suggestions),
            "model": model,
            "confidence": insight.confidence,
        },
    )


def follow_up(session: Session, *, most: int) -> list[Due]:
    """Call to mind the leads that wait for a word, and return them."""
    return [Due(row.user_id, row.lead_id) for row in session.execute(_FOLLOW_UP, {"most": most})]


def prompt(session: Session) -> None:
    """Offer more to those who are near what they may use, once a period; note who took it."""
    session.execute(_CONVERT)
    session.execute(_PROMPT)
