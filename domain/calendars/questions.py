"""What two edits cannot decide between them: put to the owner, once, and answered with a word."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.calendars import rules, store
from domain.calendars.rules import OURS, THEIRS, Content, Field
from domain.calendars.views import View
from domain.database import SYSTEM, Begin
from domain.tables.ops import Severity
from domain.work import alerts

LOOP: Final = "calendar_loop"

_ASK_ANEW: Final = text(
    "UPDATE questions SET candidates = CAST(:candidates AS jsonb), question = :question"
    " WHERE event_id = :event AND subject = :subject AND field = :field AND answered_at IS NULL"
    " RETURNING id"
)
_ASK: Final = text(
    "INSERT INTO questions (user_id, call_id, event_id, subject, field, question, candidates)"
    " SELECT e.user_id, e.call_id, e.id, :subject, :field, :question, CAST(:candidates AS jsonb)"
    " FROM events e WHERE e.id = :event"
)


def ask(begin: Begin, view: View, theirs: Content, fields: frozenset[str]) -> None:
    """Ask about fields that both sides have changed; it stands as a conflict until answered."""
    ours = view.content
    if ours is None:
        return
    said, heard = ours.digests(), theirs.digests()
    with begin(view.user_id) as session:
        for field in sorted(fields):
            candidates = [
                {"value": OURS, "digest": said[field], "says": _words(ours, field)},
                {"value": THEIRS, "digest": heard[field], "says": _words(theirs, field)},
            ]
            question = (
                f"The {field} of this event was changed here and in the outside calendar."
                " Which one counts: ours, or theirs?"
            )
            if _put(session, view, field, question, candidates):
                store.log(session, view, "update", status="conflict", fields=[field])


def ask_about_loss(
    begin: Begin, view: View, *, ours: Mapping[str, str], theirs: Mapping[str, str]
) -> None:
    """Ask about an event that was deleted there, where we may not simply cancel it."""
    candidates = [
        {"value": OURS, "digest": ours[rules.GONE], "says": "it stands: put it back"},
        {"value": THEIRS, "digest": theirs[rules.GONE], "says": "it is cancelled"},
    ]
    question = (
        "This event was deleted in the outside calendar. Does it stand (ours),"
        " or is it cancelled (theirs)?"
    )
    with begin(view.user_id) as session:
        if _put(session, view, rules.GONE, question, candidates):
            store.log(session, view, "delete", status="conflict")


def ask_about_decline(
    begin: Begin, view: View, *, ours: Mapping[str, str], theirs: Mapping[str, str]
) -> None:
    """Ask about an event whose guest has declined."""
    candidates = [
        {"value": OURS, "digest": ours[rules.DECLINED], "says": "it stands"},
        {"value": THEIRS, "digest": theirs[rules.DECLINED], "says": "it is cancelled"},
    ]
    question = (
        "The customer has declined this event in the outside calendar. Does it stand (ours),"
        " or is it cancelled (theirs)?"
    )
    with begin(view.user_id) as session:
        if _put(session, view, rules.DECLINED, question, candidates):
            store.log(session, view, "update", status="conflict", fields=[rules.DECLINED])


def stop(begin: Begin, view: View) -> None:
    """Tell operators of an event that two calendars throw to and fro; it is carried no more."""
    with begin(SYSTEM) as session:
        alerts.tell(
            session,
            LOOP,
            subject=f"link {view.link_id}",
            message=f"The same change of event {view.event_id} came back from outside"
            f" {rules.RETURNS} times within a day, so link {view.link_id} is stopped: another"
            " program may be copying between calendars. See `frontdesk explain link"
            f" {view.link_id}`; `frontdesk retry link {view.link_id}` goes on.",
            severity=Severity.WARNING,
        )


def _put(
    session: Session,
    view: View,
    field: str,
    question: str,
    candidates: Sequence[Mapping[str, Any]],
) -> bool:
    """Put a question about a link to its owner; tell whether it is a new one."""
    link, about = str(view.link_id), f"calendar.{field}"
    return put(session, view.event_id, question, candidates, field=about, subject=link)


def put(
    session: Session,
    event_id: UUID,
    question: str,
    candidates: Sequence[Mapping[str, Any]],
    *,
    field: str,
    subject: str,
) -> bool:
    """Put a question, or better one that is open; tell whether it is a new one."""
    bound = {
        "event": event_id,
        "subject": subject,
        "field": field,
        "question": question,
        "candidates": json.dumps(list(candidates)),
    }
    if session.scalar(_ASK_ANEW, bound) is not None:
        return False
    session.execute(_ASK, bound)
    return True


def _words(content: Content, field: str) -> str:
    if field == Field.TIME:
        return f"{content.start.isoformat()} to {content.end.isoformat()}"
    said: str | None = getattr(content, field)
    return said or ""
