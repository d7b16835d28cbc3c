"""Whether one message or call goes out now, and the one reason where it does not. Pure.

All that can speak against it is given, and asked in a fixed order: first what is final, then
what a person must settle, then what only time settles. So "why was nothing sent?" has one answer,
and it is the one that counts most.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from domain.consent.hours import NO_LIMITS, Limits, Verdict, may_contact
from domain.consent.jurisdictions import Contact, Table
from domain.consent.places import Evidence


class Answer(StrEnum):
    """What is done with it."""

    GO = "go"
    LATER = "later"
    """At `until`, when everything is asked again."""

    HELD = "held"
    """Until a person changes something."""

    VOID = "void"
    """Never: there is no sense in it any more, or they forbade it."""


class Why(StrEnum):
    """The reason, as a word that reports can count."""

    NOTHING_AGAINST = "nothing_against"
    EVENT_CHANGED = "event_changed"
    TOO_LATE = "too_late"
    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"
    NOT_THIS_NUMBER = "not_this_number"
    HOURS = "hours"
    SPEND_CAP = "spend_cap"
    TEXT_CAP = "text_cap"
    RANGE_CAP = "range_cap"
    PACE = "pace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is true at the instant of acting."""

    now: datetime
    kind: Contact
    evidence: Evidence
    limits: Limits = NO_LIMITS
    has_hours: bool = True
    """Whether the law's hours hold: for texts and calls, not for e-mail."""

    event_stands: bool = True
    """On, and at the time that the message was written for."""

    useful_until: datetime | None = None
    opted_out: frozenset[str] = frozenset()
    """Where a stop stands: person, channel, tenant, global."""

    tells_of_stop: bool = False
    """The one message that says that nothing more will come."""

    consented: bool = True
    answering: datetime | None = None
    cost: Decimal = Decimal(0)
    spend_left: Decimal | None = None
    texts: int = 1
    """Segments, as the allowance counts them."""

    texts_left: int | None = None
    renewed_at: datetime | None = None
    """When the allowance and the spend cap begin anew."""

    range_full: tuple[datetime, str] | None = None
    """Until when no more may go to strangers of its range of numbers, and why; None: now."""

    pace_free_at: datetime | None = None
    """When the sender may send again; None: now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is done, why, and by which rules: what the receipt keeps."""

    answer: Answer
    why: Why
    sentence: str
    until: datetime | None = None
    rules: tuple[str, ...] = ()
    version: str = ""


GO: Final = Decision(
    answer=Answer.GO, why=Why.NOTHING_AGAINST, sentence="nothing speaks against it"
)
NO_HOURS: Final = Verdict(allowed=True, reason="no hours hold for it", next_moment=None)


def decide(facts: Facts, table: Table | None = None) -> Decision:
    """Weigh everything; the first reason in the order of weight is the answer."""
    final = _final(facts)
    if final is not None:
        return final
    verdict = _hours_of(facts, table) if facts.has_hours else NO_HOURS
    decision = _closed(facts, verdict) or _caps(facts) or _pace(facts) or GO
    return replace(decision, rules=verdict.rules, version=verdict.version)


def _final(facts: Facts) -> Decision | None:
    if not facts.event_stands:
        return _void(Why.EVENT_CHANGED, "the event was changed")
    if facts.useful_until is not None and facts.now >= facts.useful_until:
        return _void(Why.TOO_LATE, f"of no use since {facts.useful_until:%Y-%m-%d %H:%M %Z}")
    if facts.tells_of_stop:
        return None
    if facts.opted_out:
        return _void(Why.OPTED_OUT, f"they said stop ({', '.join(sorted(facts.opted_out))})")
    if not facts.consented:
        kind = facts.kind.value.replace("_", " ")
        return Decision(answer=Answer.HELD, why=Why.NO_CONSENT, sentence=f"no consent to a {kind}")
    return None


def _hours_of(facts: Facts, table: Table | None) -> Verdict:
    return may_contact(
        facts.kind,
        facts.now,
        facts.evidence,
        answering=facts.answering,
        limits=facts.limits,
        table=table,
    )


def _closed(facts: Facts, verdict: Verdict) -> Decision | None:
    if verdict.allowed:
        return None
    # Without a rule it is the number or the zone that is at fault, and no hour will mend it.
    why = Why.HOURS if verdict.rules else Why.NOT_THIS_NUMBER
    return _wait(facts, why, verdict.reason, until=verdict.next_moment)


def _caps(facts: Facts) -> Decision | None:
    if facts.spend_left is not None and facts.cost > facts.spend_left:
        sentence = f"it costs {facts.cost}, and {facts.spend_left} may be spent"
        return _wait(facts, Why.SPEND_CAP, sentence, until=facts.renewed_at)
    if facts.texts_left is not None and facts.texts > facts.texts_left:
        sentence = f"it takes {facts.texts} of the {facts.texts_left} texts that are left"
        return _wait(facts, Why.TEXT_CAP, sentence, until=facts.renewed_at)
    if facts.range_full is not None:
        until, sentence = facts.range_full
        return _wait(facts, Why.RANGE_CAP, sentence, until=until)
    return None


def _pace(facts: Facts) -> Decision | None:
    if facts.pace_free_at is None or facts.pace_free_at <= facts.now:
        return None
    return _wait(facts, Why.PACE, "the sender's pace", until=facts.pace_free_at)


def _wait(facts: Facts, why: Why, sentence: str, *, until: datetime | None) -> Decision:
    """Wait until then; without a then for a person; and not at all past its use."""
    if until is None:
        return Decision(answer=Answer.HELD, why=why, sentence=sentence)
    if facts.useful_until is not None and until >= facts.useful_until:
        return _void(why, f"{sentence}; later it is of no use")
    return Decision(answer=Answer.LATER, why=why, sentence=sentence, until=until)


def _void(why: Why, sentence: str) -> Decision:
    return Decision(answer=Answer.VOID, why=why, sentence=sentence)
