"""May this person be called now? Asked in the claim, for all whose turn it is at once.

First what is final, then what a person must settle, then what only time settles; so each row
has one reason, and it is the one that counts most. A refusal says when it is worth asking
again, so that a row is judged rarely; the verdict stays on the row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.consent import ranges
from domain.consent.hours import Limits, Own, may_contact
from domain.consent.jurisdictions import Contact as KindOfContact
from domain.consent.jurisdictions import Table
from domain.consent.places import Evidence
from domain.consent.ranges import Asked, Range
from domain.consent.schedules import window
from domain.outbound.lanes import Campaign, Candidate, Window, window_of
from domain.outbound.turns import Tenant
from domain.privacy.suppression import Contact, suppressed
from domain.sealing import Keyring

_TOLD: Final = text("""
SELECT x.id,
  coalesce(o.opted_out_at IS NOT NULL AND coalesce(o.opted_in_at < o.opted_out_at, true), false)
    OR coalesce(c.forbidden_at IS NOT NULL
      AND coalesce(c.consented_at < c.forbidden_at, true), false) AS is_forbidden,
  coalesce(c.consented_at IS NOT NULL
    AND coalesce(c.forbidden_at < c.consented_at, true), false) AS has_consented
FROM unnest(CAST(:ids AS uuid[]), CAST(:users AS uuid[]), CAST(:numbers AS text[]))
  AS x(id, user_id, number)
LEFT JOIN sms_opt_outs o ON o.user_id = x.user_id AND o.phone_number = x.number
LEFT JOIN voice_consents c ON c.user_id = x.user_id AND c.phone_number = x.number
""")
_TEMPLATES: Final = text(
    "SELECT id, provider_id, params, params_order FROM call_templates"
    " WHERE id = ANY(CAST(:ids AS uuid[]))"
)

CALL: Final = "call"
"""What its calls are counted as, beside its texts."""

STALE: Final = timedelta(days=1)
"""What was to be dialled so long before it was even queued was a mistake."""

HELD_FOR: Final = timedelta(days=1)
FAR: Final = timedelta(days=30)


class Answer(StrEnum):
    """What is done with a row."""

    GO = "go"
    LATER = "later"
    HELD = "held"
    """A person must change something; it is looked at again in a day."""

    VOID = "void"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What is done with a row, why, and by which rules."""

    answer: Answer
    why: str
    sentence: str
    due_in: timedelta = timedelta()
    rules: tuple[str, ...] = ()
    version: str = ""
    account_id: UUID | None = None
    """The only account that can, because what is said on the call is there."""

    def as_verdict(self) -> dict[str, Any]:
        """Return it as the row keeps it."""
        verdict = {"answer": self.answer.value, "why": self.why, "sentence": self.sentence}
        if self.version:
            return {**verdict, "rules": list(self.rules), "version": self.version}
        return verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What is read of all rows at once."""

    forbidden: frozenset[UUID]
    consented: frozenset[UUID]
    templates: Mapping[UUID, Any] = field(default_factory=dict[UUID, Any])
    hours: Table | None = None


def know(
    session: Session,
    keyring: Keyring,
    rows: Sequence[Candidate],
    campaigns: Mapping[UUID, Campaign],
    *,
    hours: Table | None = None,
) -> Knowledge:
    """Read what speaks for and against calling these people."""
    bound = {
        "ids": [row.id for row in rows],
        "users": [row.user_id for row in rows],
        "numbers": [row.recipient_number for row in rows],
    }
    told = session.execute(_TOLD, bound).all()
    contacts = [Contact(row.id, row.user_id, "call", row.recipient_number) for row in rows]
    forgotten = suppressed(session, keyring, contacts)
    asked = {template for row in rows if (template := template_of(row, campaigns))}
    found = session.execute(_TEMPLATES, {"ids": sorted(asked)}).all() if asked else ()
    return Knowledge(
        forbidden=frozenset({row.id for row in told if row.is_forbidden} | forgotten),
        consented=frozenset(row.id for row in told if row.has_consented),
        templates={template.id: template for template in found},
        hours=hours,
    )


def strangers(
    session: Session, rows: Sequence[Candidate], tenants: Mapping[UUID, Tenant]
) -> dict[UUID, Range]:
    """Return the ranges of those who would be called for the first time, and are strangers.

    Their tenants' turns are locked, so nobody else counts for them.
    """
    asked = [
        Asked(
            id=row.id,
            user_id=row.user_id,
            number=row.recipient_number,
            most=ranges.most_of(tenants[row.user_id].facts.per_range),
        )
        for row in rows
        if row.retry_count == 0
    ]
    return ranges.of(session, CALL, asked)


def range_full(its_range: Range | None) -> Ruling | None:
    """Say until when a call waits because its range has had as many as it may."""
    found = its_range.wait() if its_range else None
    if its_range is None or found is None:
        return None
    until, sentence = found
    wait = until - its_range.now
    return Ruling(answer=Answer.LATER, why="range_cap", sentence=sentence, due_in=wait)


def template_of(row: Candidate, campaigns: Mapping[UUID, Campaign]) -> UUID | None:
    """Return what is said on the call: the row's own, else its campaign's."""
    campaign = campaigns.get(row.campaign_id) if row.campaign_id else None
    return row.template_id or (campaign.row.template_id if campaign else None)


def judge(
    row: Candidate,
    tenant: Tenant,
    campaigns: Mapping[UUID, Campaign],
    known: Knowledge,
    now: datetime,
) -> Ruling:
    """Say what is done with one row."""
    campaign = campaigns.get(row.campaign_id) if row.campaign_id else None
    return (
        _final(row, campaign, known, now)
        or _held(row, tenant, campaign, known)
        or _words(row, campaigns, known)
        or _hours(row, tenant, campaigns, known, now)
    )


def _final(
    row: Candidate, campaign: Campaign | None, known: Knowledge, now: datetime
) -> Ruling | None:
    ends = [end for end in (row.expires_at, campaign and campaign.row.expires_at) if end]
    if ends and min(ends) <= now:
        return Ruling(
            answer=Answer.EXPIRED,
            why="expired",
            sentence=f"of no use since {min(ends):%Y-%m-%d %H:%M %Z}",
        )
    if row.scheduled_time is not None and row.scheduled_time < row.created_at - STALE:
        sentence = f"its time, {row.scheduled_time:%Y-%m-%d}, was long over when it was queued"
        return Ruling(answer=Answer.VOID, why="too_late", sentence=sentence)
    if row.id in known.forbidden:
        sentence = "they are not to be called: they said so, or were forgotten"
        return Ruling(answer=Answer.VOID, why="opted_out", sentence=sentence)
    return None


def _held(
    row: Candidate, tenant: Tenant, campaign: Campaign | None, known: Knowledge
) -> Ruling | None:
    if tenant.stopped is not None:
        sentence = f"its tenant may use no more calls: {tenant.stopped}"
        return Ruling(answer=Answer.HELD, why="stopped", sentence=sentence, due_in=HELD_FOR)
    source = row.consent_source or (campaign.row.consent_source if campaign else None)
    if source or tenant.facts.consent_source or row.id in known.consented:
        return None
    sentence = "nobody has said that they agreed to be called by an artificial voice"
    return Ruling(answer=Answer.HELD, why="no_consent", sentence=sentence, due_in=HELD_FOR)


def _words(row: Candidate, campaigns: Mapping[UUID, Campaign], known: Knowledge) -> Ruling | None:
    template = known.templates.get(template_of(row, campaigns) or row.id)
    if template is None:
        return None
    campaign = campaigns.get(row.campaign_id) if row.campaign_id else None
    given = variables(row.custom_variables, campaign and campaign.row.custom_variables, template)
    missing = [name for name in template.params_order or () if not given.get(name)]
    if not missing:
        return None
    names = ", ".join(str(name)[:40] for name in missing)
    sentence = f"its template asks for {names}, and the row does not say"
    return Ruling(answer=Answer.VOID, why="missing_parameter", sentence=sentence)


def variables(
    own: Mapping[str, Any] | None,
    campaigns: Mapping[str, Any] | None,
    template: Any,  # noqa: ANN401  # a row
) -> dict[str, str]:
    """Return what is filled in on a call: the row's own, else its campaign's, else the default."""
    defaults = template.params if template is not None else None
    merged: dict[str, Any] = {}
    for each in (defaults, campaigns, own):
        merged.update(each or {})
    return {
        str(name): str(value)
        for name, value in merged.items()
        if isinstance(value, str | int | float) and str(value).strip()
    }


def _hours(
    row: Candidate,
    tenant: Tenant,
    campaigns: Mapping[UUID, Campaign],
    known: Knowledge,
    now: datetime,
) -> Ruling:
    facts = tenant.facts
    campaign = campaigns.get(row.campaign_id) if row.campaign_id else None
    keeps = [window_of("the tenant's hours", facts, facts.rules_timezone)]
    if campaign is not None:
        keeps.append(window_of("the campaign's hours", campaign.row, campaign.row.timezone))
    countries = None if facts.countries is None else frozenset(facts.countries)
    verdict = may_contact(
        KindOfContact.AUTOMATED_CALL,
        now,
        Evidence(number=row.recipient_number, zone=row.timezone),
        limits=Limits(own=tuple(_own(each) for each in keeps if each), countries=countries),
        table=known.hours,
    )
    ruling = Ruling(
        answer=Answer.GO,
        why="hours",
        sentence=verdict.reason,
        rules=verdict.rules,
        version=verdict.version,
    )
    if verdict.allowed:
        template = known.templates.get(template_of(row, campaigns) or row.id)
        account_id = template.provider_id if template is not None else None
        return replace(ruling, why="nothing_against", account_id=account_id)
    if verdict.next_moment is None and not verdict.rules:
        return replace(ruling, answer=Answer.VOID, why="not_this_number")
    until = verdict.next_moment or now + FAR
    if row.expires_at is not None and until >= row.expires_at:
        sentence = f"{verdict.reason}; later it is of no use"
        return replace(ruling, answer=Answer.EXPIRED, sentence=sentence)
    return replace(ruling, answer=Answer.LATER, due_in=until - now)


def _own(keeps: Window) -> Own:
    """Say hours as the law's are said; the days of a week are counted from 1 in rows."""
    days = tuple(day - 1 for day in keeps.days)
    return Own(name=keeps.name, schedule=window(keeps.start, keeps.end, days), zone=keeps.zone)
