"""In which words a message is said: the tenant's template, else ours, in the reader's language."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from domain import zones
from domain.messages import owing, rules, segments, templates, wishes, wording
from domain.messages.owing import EventRow
from domain.messages.templates import Template, Words
from domain.messages.wishes import Wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """A reason to write: by which rule, when, and until when it makes sense."""

    rule: str
    due_at: datetime
    useful_until: datetime
    template: str = ""
    """Which template it reads by, where that is not the rule's own name."""

    answers_at: datetime | None = None


def occasion_of(rule: str, event: EventRow, until: datetime) -> Occasion:
    """Return the occasion of a message that stands already, as it is said now."""
    template = rules.REMINDER if rule.startswith(rules.REMINDER) else ""
    return Occasion(rule=rule, due_at=event.now, useful_until=until, template=template)


def wishes_of(event: EventRow) -> Wishes:
    """Return what this tenant wants sent about this type of event."""
    flag = {"review_request": True} if event.asks_for_reviews else None
    return wishes.of(event.event_type, event.trade_settings, flag, event.settings)


def words_for(  # one message is all of these
    session: Session,
    event: EventRow,
    zone: ZoneInfo,
    occasion: Occasion,
    *,
    channel: str,
    said_at: datetime,
) -> Words:
    """Return the words of a message: the tenant's, else those that we ship."""
    tongue = wording.language(wishes_of(event).language, event.language)
    rule = occasion.template or occasion.rule
    found = _template(session, event, rule, channel=channel, tongue=tongue)
    return templates.render(found, facts_of(event, zone, tongue, said_at=said_at))


def _template(
    session: Session, event: EventRow, rule: str, *, channel: str, tongue: str
) -> Template:
    own = owing.template(
        session,
        event.user_id,
        rule=rule,
        channel=channel,
        language=tongue,
        event_type=event.event_type,
        industry=event.industry,
    )
    if own is not None:
        made = Template(channel=channel, subject=own[0], body=own[1], defaults=own[2])
        if not templates.check(made):
            return made
    body = wording.TEXTS[tongue][rule]
    subject = wording.SUBJECTS[tongue].get(rule, "{{business_name}}")
    return Template(channel=channel, subject=subject, body=body, defaults={})


def facts_of(event: EventRow, zone: ZoneInfo, tongue: str, *, said_at: datetime) -> dict[str, str]:
    """Return what fills the gaps, made plain: it may hold what a caller said."""
    start = event.start_time
    facts = {
        "business_name": templates.plain(event.business_name or "", most=60),
        "customer_name": templates.name(event.customer_name or ""),
        "event_type": (event.event_type or "").replace("_", " "),
        "location": templates.plain(event.location or ""),
        "title": templates.plain(event.title, most=80),
        "service": templates.plain(event.title, most=80),
        "review_link": templates.plain(wishes_of(event).review_link),
    }
    if start is not None:
        facts |= {
            "event_date": wording.date_of(start, zone, tongue),
            "event_time": wording.time_of(start, zone, tongue),
            "event_datetime": wording.moment_of(start, zone, tongue, said_at=said_at),
        }
    return facts


def reword(session: Session, message_id: UUID, event: EventRow, rule: str, channel: str) -> None:
    """Say 'today' where the message was written to go out yesterday."""
    zone = zones.find(event.timezone)
    if zone is None:
        return
    occasion = occasion_of(rule, event, event.now)
    words = words_for(session, event, zone, occasion, channel=channel, said_at=event.now)
    owing.reword(
        session,
        message_id,
        {
            "subject": words.subject or None,
            "body": words.body,
            "html": words.html,
            "segments": segments.count(words.body).segments if channel == "sms" else None,
            "worded_on": event.now.astimezone(zone).date(),
            "worded_zone": zone.key,
        },
    )
