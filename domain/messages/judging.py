"""Whether each of the claimed messages goes out now, asked in the claim's own transaction.

All facts come by one statement for the whole group, in the words of the database's clock; what
they mean is decided by `consent.verdict`, and every answer but "go" is written on its row. The
tenants' buckets are taken first, and in one order: so two sweeps count one tenant's texts one
after the other, and no cap is passed by both at once.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain import zones
from domain.consent import ranges
from domain.consent.hours import Limits
from domain.consent.jurisdictions import Contact
from domain.consent.places import Evidence
from domain.consent.ranges import Range
from domain.consent.verdict import Answer, Decision, Facts, Why, decide
from domain.messages import purses, quiet, rules, strangers, wishes
from domain.messages.purses import Purse
from domain.messages.store import MessageRow
from domain.tables.messages import MessageStatus
from domain.work import errands
from domain.work.attempts import Leave
from domain.work.kinds import Claimed
from domain.work.names import TaskName

CODE_CAN_MEND: Final = timedelta(minutes=1)
WAITS: Final = timedelta(minutes=8)
"""How long a text is kept at its carrier, where it can be: three minutes to hand it over in, and
five in which nobody can hand it over any more, and it can still be called off."""

SKEW: Final = timedelta(minutes=2)
"""By how much the carrier's clock may be behind ours."""

MARKETING: Final = frozenset({Contact.MARKETING_TEXT})
"""What is written for the tenant's sake needs a consent that is on record."""

LOOK_AGAIN: Final = timedelta(minutes=15)
"""So late a message goes whose tenant's stop was lifted."""

# A row that names no event of its tenant is left to the look right before the call.
_FACTS: Final = text(
    "SELECT w.id, w.user_id, w.rule, w.channel, w.useful_until, w.answers_at, w.worded_on,"
    " w.worded_zone,"
    " coalesce(w.segments, 1) AS segments, w.event_id, e.timezone AS event_zone,"
    " u.timezone AS tenant_zone, coalesce(u.settings -> 'messages', '{}') AS settings,"
    " (w.event_start IS NULL OR e.id IS NULL OR (e.start_time = w.event_start"
    "   AND CASE WHEN w.rule = 'no_show' THEN e.status = 'no_show'"
    "    ELSE e.status NOT IN ('cancelled', 'no_show') END)) AS stands,"
    " EXISTS (SELECT FROM sms_opt_outs o WHERE w.channel = 'sms' AND o.user_id = w.user_id"
    "   AND o.phone_number = w.to_number AND (o.opted_in_at IS NULL"
    "   OR o.opted_in_at < o.opted_out_at)) AS stopped,"
    " coalesce(l.hard_stop_active OR l.force_pause, false) AS hard_stop,"
    " l.period_end,"
    " c.marketing_consent_at IS NOT NULL AS consented,"
    " coalesce(c.created_at < clock_timestamp() - interval '1 day', false) AS is_old_customer,"
    " n.quiet_hours_start, n.quiet_hours_end, clock_timestamp() AS now"
    " FROM messages w JOIN users u ON u.id = w.user_id"
    " LEFT JOIN events e ON e.id = w.event_id AND e.user_id = w.user_id"
    " LEFT JOIN customers c ON c.id = w.customer_id AND c.user_id = w.user_id"
    " LEFT JOIN usage_limits l ON l.user_id = w.user_id"
    " LEFT JOIN owner_notification_settings n ON n.user_id = w.user_id AND w.rule LIKE 'owner_%'"
    " WHERE w.id = ANY(CAST(:ids AS uuid[])) ORDER BY w.due_at, w.id"
)
_SAY: Final = text(
    "UPDATE messages m SET verdict = CAST(x.verdict AS jsonb)"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:verdicts AS text[])) AS x(id, verdict)"
    " WHERE m.id = x.id"
)

_LEAVE: Final = text(
    "UPDATE messages m SET leaves_at = x.leaves_at"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:moments AS timestamptz[])) AS x(id, leaves_at)"
    " WHERE m.id = x.id"
)


@dataclass(slots=True)
class Bench:
    """Judges one group after the other; what was decided is kept for the receipts."""

    decided: dict[UUID, Decision] = field(default_factory=dict[UUID, Decision])
    leaving: dict[UUID, datetime] = field(default_factory=dict[UUID, datetime])
    """Those that are handed over now, to leave their carrier then."""

    def judge(
        self,
        session: Session,
        rows: Sequence[Claimed[MessageRow]],
        suppressed: set[UUID],
        patient: Collection[UUID] = (),
    ) -> dict[UUID, Leave]:
        """Return which of these are not sent now, and what becomes of them.

        What is `patient` may wait at its carrier, if nothing speaks against its leaving later.
        """
        by_id = {row.id: row for row in rows}
        facts = self._facts(session, by_id)
        held = purses.of(session, facts)
        counted = strangers.of(session, facts, by_id)
        left: dict[UUID, Leave] = {}
        for row in facts:
            if _is_said_otherwise(row):
                left[row.id] = _reworded(session, row)
                continue
            purse = held.get(row.user_id) if row.channel == "sms" else None
            its_range = counted.get(row.id)
            decision = _decide(row, by_id[row.id].row, suppressed, purse, its_range)
            self.decided[row.id] = decision
            if decision.answer is not Answer.GO:
                left[row.id] = _leave(decision, row.now)
                continue
            if row.id in patient and _may_leave_later(row, by_id[row.id].row, suppressed, purse):
                self.leaving[row.id] = row.now + WAITS
            if purse is not None:
                purse.pay(row.segments)
            if its_range is not None:
                its_range.take()
        purses.settle(session, list(held.values()))
        ranges.settle(session, strangers.CHANNEL, counted.values())
        _write(session, {key: self.decided.get(key) for key in left})
        self._note_leaving(session, rows)
        return left

    def _facts(self, session: Session, by_id: Mapping[UUID, object]) -> Sequence[Any]:
        self.decided.clear()
        self.leaving.clear()
        return session.execute(_FACTS, {"ids": list(by_id)}).all()

    def _note_leaving(self, session: Session, rows: Sequence[Claimed[MessageRow]]) -> None:
        """Write down before the call when each leaves: whoever finds out about it needs to know."""
        changed = [row.id for row in rows if row.id in self.leaving or row.row.leaves_at]
        if changed:
            moments = [self.leaving.get(key) for key in changed]
            session.execute(_LEAVE, {"ids": changed, "moments": moments})

    def leaves(self, message: MessageRow) -> datetime | None:
        """Return when a message leaves its carrier; None: as soon as it is there."""
        is_ours = message.id in self.decided
        return self.leaving.get(message.id) if is_ours else message.leaves_at

    def receipt(self, message_id: UUID) -> dict[str, Any]:
        """Return what was decided on a message, for its effect."""
        decision = self.decided.get(message_id)
        return {} if decision is None else as_facts(decision)


def as_facts(decision: Decision) -> dict[str, Any]:
    """Return a decision as rows keep it."""
    return {
        "answer": decision.answer.value,
        "why": decision.why.value,
        "sentence": decision.sentence,
        "until": decision.until.isoformat() if decision.until else None,
        "rules": list(decision.rules),
        "version": decision.version,
    }


def _decide(
    row: Any,  # noqa: ANN401  # a row of the facts
    message: MessageRow,
    suppressed: set[UUID],
    purse: Purse | None,
    its_range: Range | None = None,
    *,
    later: timedelta = timedelta(),
) -> Decision:
    is_owners, is_exempt = (row.rule or "").startswith(rules.OWNER), strangers.is_exempt(row.rule)
    wanted, kind = wishes.of(None, row.settings), kind_of(row.rule)
    silence = (
        quiet.until(row.now, row.tenant_zone, row.quiet_hours_start, row.quiet_hours_end)
        if is_owners
        else None
    )
    facts = Facts(
        now=row.now + later,
        kind=kind,
        consented=kind not in MARKETING or row.consented or bool(wanted.marketing_consent),
        evidence=Evidence(number=message.to if row.channel == "sms" else None, zone=row.event_zone),
        limits=Limits(countries=wanted.countries),
        has_hours=row.channel == "sms" and not is_owners,
        event_stands=bool(row.stands),
        useful_until=row.useful_until,
        opted_out=_stops(row, suppressed),
        tells_of_stop=row.rule == rules.STOPPED,
        answering=row.answers_at,
        texts=row.segments,
        texts_left=None if purse is None or is_exempt else purse.texts_left,
        cost=purse.price * row.segments if purse else Decimal(0),
        spend_left=_spend_left(row, purse),
        renewed_at=_again(row),
        range_full=its_range.wait() if its_range else None,
        pace_free_at=None if purse is None or is_exempt else purse.free_at(row.now),
    )
    if silence is not None and silence > row.now:
        return Decision(
            answer=Answer.LATER, why=Why.HOURS, sentence="the owner's quiet hours", until=silence
        )
    decision = decide(facts)
    if decision.why is Why.SPEND_CAP and row.hard_stop:
        late = "; later it is of no use" if decision.answer is Answer.VOID else ""
        sentence = f"the tenant's plan is used up, and it is stopped hard{late}"
        return replace(decision, sentence=sentence)
    return decision


def _may_leave_later(
    row: Any,  # noqa: ANN401  # a row, by its columns
    message: MessageRow,
    suppressed: set[UUID],
    purse: Purse | None,
) -> bool:
    """Tell whether a text is as welcome when it has waited: no answer, and before the night."""
    if row.answers_at is not None or (row.rule or "").startswith(rules.OWNER):
        return False
    decision = _decide(row, message, suppressed, purse, later=WAITS)
    return decision.answer is Answer.GO


def _spend_left(row: Any, purse: Purse | None) -> Decimal | None:  # noqa: ANN401  # a row, by its columns
    """Return what may be spent; None: as much as it takes. Who is stopped hard spends nothing."""
    if strangers.is_exempt(row.rule):
        return None
    if row.hard_stop:
        return Decimal(-1)
    return purse.spend_left if purse else None


def _again(row: Any) -> datetime:  # noqa: ANN401  # a row, by its columns
    """Return when limits are looked at again: they may be lifted any moment, not only renewed."""
    soon: datetime = row.now + LOOK_AGAIN
    return (
        soon if row.period_end is None or row.period_end <= row.now else min(soon, row.period_end)
    )


def kind_of(rule: str | None) -> Contact:
    """Say what kind of contact a rule's message is."""
    is_wanted_by_us = rule == rules.REVIEW_REQUEST
    return Contact.MARKETING_TEXT if is_wanted_by_us else Contact.TRANSACTIONAL_TEXT


def _stops(row: Any, suppressed: set[UUID]) -> frozenset[str]:  # noqa: ANN401  # a row, by its columns
    stops = {"person"} if row.id in suppressed else set[str]()
    return frozenset(stops | ({"tenant"} if row.stopped else set[str]()))


def _is_said_otherwise(row: Any) -> bool:  # noqa: ANN401  # a row, by its columns
    """Tell whether it says 'tomorrow' of a day that has come, or the hour of another place."""
    zone = zones.find(row.event_zone) if row.event_zone and row.worded_on else None
    if zone is None:
        return False
    is_elsewhere = row.worded_zone not in {None, zone.key}
    return is_elsewhere or row.now.astimezone(zone).date() != row.worded_on


def _reworded(session: Session, row: Any) -> Leave:  # noqa: ANN401  # a row, by its columns
    errands.owe_anew(session, TaskName.MESSAGES_PLAN, row.id, user_id=row.user_id)
    return Leave(
        state=MessageStatus.PENDING.value,
        why="its words are of another day or place",
        due_in=CODE_CAN_MEND,
        uncounted=True,
    )


def _leave(decision: Decision, now: datetime) -> Leave:
    states = {
        Answer.LATER: MessageStatus.PENDING.value,
        Answer.HELD: MessageStatus.HELD.value,
        Answer.VOID: MessageStatus.VOID.value,
    }
    wait = decision.until - now if decision.until else None
    return Leave(
        state=states[decision.answer],
        why=decision.sentence,
        due_in=wait if decision.answer is Answer.LATER else None,
        uncounted=True,
    )


def _write(session: Session, said: Mapping[UUID, Decision | None]) -> None:
    words = {key: json.dumps(as_facts(one)) for key, one in said.items() if one is not None}
    if words:
        session.execute(_SAY, {"ids": list(words), "verdicts": list(words.values())})
