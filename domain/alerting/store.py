"""Every query on tellings: what is owed, to whom, and where it goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.alerting.rules import MOST
from domain.tables.ops import Channel, TellingState
from domain.work.kinds import Kind, States
from domain.work.names import Area

SETTING: Final = "account_manager"
"""In `users.settings`: where an account's manager is told, `{"email": ..., "webhook": ...}`."""

_RANK: Final = "array_position(ARRAY['info', 'low', 'warning', 'medium', 'high', 'critical'], {})"

# An alert on a telling is not told: a server that loses every answer would be written to for ever.
# Who is being written to waits with the rest: after an outage it is one letter, not a hundred.
_OWE: Final = text(f"""
WITH said AS MATERIALIZED (
  SELECT a.id, CAST(NULL AS uuid) AS user_id, c.channel, a.severity AS word, a.alert_type AS type,
    a.subject, a.message, a.created_at
  FROM ops_alerts a CROSS JOIN unnest(CAST(:channels AS text[])) AS c(channel)
  WHERE a.resolved_at IS NULL AND a.acknowledged_at IS NULL AND a.severity <> 'info'
    AND a.subject NOT LIKE 'alert_telling %'
  UNION ALL
  SELECT a.id, a.user_id, c.channel, a.severity, 'churn_risk', a.user_id || ' ' || a.reason,
    a.message, a.created_at
  FROM churn_alerts a JOIN users u ON u.id = a.user_id
    CROSS JOIN (VALUES ('email'), ('webhook')) AS c(channel)
  WHERE a.resolved_at IS NULL AND a.acknowledged_at IS NULL
    AND u.settings #>> ARRAY['{SETTING}', c.channel] <> ''),
busy AS MATERIALIZED (
  SELECT user_id, channel FROM alert_tellings WHERE state IN ('pending', 'working')),
ended AS (
  UPDATE alert_news n SET ended_at = clock_timestamp()
  FROM alert_tellings t, (
    SELECT id, alert_type AS type, subject, message, created_at, resolved_at FROM ops_alerts
    WHERE resolved_at IS NOT NULL
    UNION ALL SELECT id, 'churn_risk', user_id || ' ' || reason, message, created_at, resolved_at
    FROM churn_alerts WHERE resolved_at IS NOT NULL) a
  WHERE n.ended_at IS NULL AND t.id = n.telling_id AND a.id = n.alert_id AND NOT EXISTS (
    SELECT FROM busy b WHERE b.user_id IS NOT DISTINCT FROM t.user_id AND b.channel = t.channel)
  RETURNING a.id, t.user_id, t.channel, t.state, a.type, a.subject, a.message, a.created_at,
    a.resolved_at),
fresh AS MATERIALIZED (
  SELECT s.*, CAST(NULL AS timestamptz) AS resolved_at FROM said s WHERE NOT EXISTS (
    SELECT FROM busy b WHERE b.user_id IS NOT DISTINCT FROM s.user_id AND b.channel = s.channel)
   AND NOT EXISTS (SELECT FROM alert_news n WHERE n.alert_id = s.id AND n.channel = s.channel
    AND {_RANK.format("n.word")} >= {_RANK.format("s.word")})
  UNION ALL
  SELECT DISTINCT ON (id, channel) id, user_id, channel, 'resolved', type, subject, message,
    created_at, resolved_at FROM ended WHERE state <> 'failed'),
targets AS MATERIALIZED (
  SELECT user_id, channel, app_uuid7() AS telling_id
  FROM (SELECT DISTINCT user_id, channel FROM fresh) f),
news AS (
  INSERT INTO alert_news (telling_id, alert_id, channel, word, ended_at)
  SELECT g.telling_id, f.id, f.channel, f.word,
    CASE f.word WHEN 'resolved' THEN clock_timestamp() END
  FROM fresh f JOIN targets g ON g.user_id IS NOT DISTINCT FROM f.user_id
    AND g.channel = f.channel ORDER BY f.id, f.channel
  ON CONFLICT (alert_id, channel, word) DO NOTHING
  RETURNING telling_id, alert_id, channel, word)
INSERT INTO alert_tellings (id, user_id, channel, content)
SELECT x.telling_id, x.user_id, x.channel, jsonb_build_object(
    'alerts', jsonb_agg(x.alert ORDER BY x.place) FILTER (WHERE x.place <= {MOST}),
    'more', greatest(0, count(*) - {MOST}))
FROM (
  SELECT n.telling_id, f.user_id, f.channel, jsonb_build_object('id', f.id, 'type', f.type,
      'subject', f.subject, 'word', f.word, 'message', f.message, 'created_at', f.created_at,
      'resolved_at', f.resolved_at) AS alert,
    row_number() OVER (PARTITION BY n.telling_id
      ORDER BY {_RANK.format("f.word")} DESC NULLS LAST, f.created_at, f.id) AS place
  FROM news n JOIN fresh f ON f.id = n.alert_id AND f.channel = n.channel AND f.word = n.word) x
GROUP BY x.telling_id, x.user_id, x.channel
""")  # noqa: S608  # our own words

_MANAGER: Final = text(
    f"SELECT settings -> '{SETTING}' FROM users WHERE id = :id"  # noqa: S608  # our own word
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What is to be told to one person or system, in one letter or post."""

    id: UUID
    user_id: UUID | None
    """Whose manager is told; None: operators are."""

    channel: Channel
    content: Mapping[str, Any]
    created_at: datetime


def kind() -> Kind[Telling]:
    """Return tellings, as claims see them."""
    return Kind(
        name="alert_telling",
        table="alert_tellings",
        area=Area.UPKEEP,
        read=_read,
        columns=("channel", "content", "created_at"),
        states=States(
            waiting=TellingState.PENDING.value,
            working=TellingState.WORKING.value,
            done=TellingState.DONE.value,
            failed=TellingState.FAILED.value,
            unknown=TellingState.UNKNOWN.value,
        ),
        hard_limit=timedelta(seconds=30),
    )


def _read(row: Mapping[str, Any]) -> Telling:
    return Telling(
        id=row["id"],
        user_id=row["user_id"],
        channel=Channel(row["channel"]),
        content=row["content"],
        created_at=row["created_at"],
    )


def owe(session: Session, channels: Sequence[Channel]) -> None:
    """Owe operators, on these channels, and managers what they have not been told."""
    session.execute(_OWE, {"channels": [one.value for one in channels]})


def manager(session: Session, user_id: UUID) -> Mapping[str, Any]:
    """Return where an account's manager is told, as somebody set it."""
    found: object = session.scalar(_MANAGER, {"id": user_id})
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}
