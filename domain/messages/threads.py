"""Whose a thread on a shared number is: the tenant's that somebody last talked with.

A number that several tenants send from belongs to nobody. Who holds the thread with a person
hears what the person writes; when nobody holds it any more, whoever wrote to them lately does,
and where several did, the person is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.messages import templates

MOST: Final = 9
CHOICE: Final = {
    "en": ("for", "the other"),
    "sv": ("för", "den andra"),
    "es": ("para", "el otro"),
}

_HELD: Final = text(
    "SELECT user_id FROM sms_thread_locks WHERE shared_number = :ours AND customer_number = :theirs"
    " AND locked_until > clock_timestamp()"
)
_LATELY: Final = text(
    "SELECT m.user_id, max(u.business_name) AS business, max(m.sent_at) AS last,"
    " max(u.settings ->> 'language') AS language FROM messages m"
    " JOIN users u ON u.id = m.user_id WHERE m.from_number = :ours AND m.to_number = :theirs"
    " AND m.direction = 'outbound' AND m.sent_at > (SELECT clock_timestamp()) - interval '30 days'"
    " AND coalesce(m.rule, '') NOT LIKE 'owner_%'"
    " GROUP BY 1 ORDER BY last DESC, 1 LIMIT 10"
)
_TAKE: Final = text(
    "INSERT INTO sms_thread_locks AS l (user_id, shared_number, customer_number, business_name,"
    " locked_until) SELECT id, :ours, :theirs, business_name, clock_timestamp()"
    " + interval '72 hours' FROM users WHERE id = :user"
    " ON CONFLICT (shared_number, customer_number) DO UPDATE SET user_id = excluded.user_id,"
    " business_name = excluded.business_name, locked_until = excluded.locked_until"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tenant that wrote to somebody from a shared number."""

    user_id: UUID
    business: str
    language: str | None = None
    """What that tenant writes in."""


def owner(session: Session, *, ours: str, theirs: str, body: str) -> UUID | None:
    """Return whose thread it is, for the house; None: nobody's, or the person has to say.

    Who answers with the number of a choice has said it.
    """
    bound = {"ours": ours, "theirs": theirs}
    held: UUID | None = session.scalar(_HELD, bound)
    if held is not None:
        return held
    among = candidates(session, ours=ours, theirs=theirs)
    if len(among) == 1:
        return _take(session, among[0].user_id, ours=ours, theirs=theirs)
    word = body.strip().strip(".)")
    if among and word.isascii() and word.isdigit() and 1 <= int(word) <= len(among):
        chosen = sorted(among, key=lambda one: str(one.user_id))[int(word) - 1]
        return _take(session, chosen.user_id, ours=ours, theirs=theirs)
    return None


def candidates(session: Session, *, ours: str, theirs: str) -> Sequence[Candidate]:
    """Return who wrote to this person lately from this number, the newest first."""
    rows = session.execute(_LATELY, {"ours": ours, "theirs": theirs})
    return [Candidate(row.user_id, row.business or "", row.language) for row in rows][:MOST]


def choices(among: Sequence[Candidate], tongue: str) -> str:
    """Say how a person chooses: the same number for the same tenant, whoever wrote last."""
    joint, other = CHOICE[tongue]
    named = sorted(among, key=lambda one: str(one.user_id))
    return ", ".join(
        f"{n} {joint} {templates.plain(one.business, most=30) or other}"
        for n, one in enumerate(named, 1)
    )


def _take(session: Session, user_id: UUID, *, ours: str, theirs: str) -> UUID:
    session.execute(_TAKE, {"user": user_id, "ours": ours, "theirs": theirs})
    return user_id
