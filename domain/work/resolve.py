"""Finding out what became of work whose end was not heard.

A row whose lease ran out was in the hands of somebody who died, sleeps, or could not write.
It is resolved, never resent: a vendor that knows our key is given the same key again; any
other is asked, and asked again, and the work is put back only when nobody can still do it
(rules.believe). What stays open after that is a person's to decide.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from queue import SimpleQueue
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from domain.database import SYSTEM
from domain.errors import ProviderError
from domain.tables.effects import EffectState
from domain.work import batch, claims, effects, owners, rules, settling
from domain.work.attempts import Attempt, Job
from domain.work.claims import Ending, Lease
from domain.work.effects import Effect, Receipt, Standing, Traces
from domain.work.flow import Flow
from domain.work.kinds import Claimed, Kind
from domain.work.shop import Shop

log = structlog.get_logger("work")

NOT_THERE: Final = "the vendor does not know it"


@dataclass(frozen=True, slots=True)
class Question:
    """A row whose action may have happened, and how to ask."""

    row: Claimed[Any]
    effect: Effect
    lease: Lease


@dataclass(frozen=True, slots=True)
class Reply:
    """What the vendor said when it was asked."""

    question: Question
    receipt: Receipt | None = None
    trouble: str | None = None
    """Why it could not be asked; that proves nothing."""


def resolve(shop: Shop, job: Job[Any]) -> int:
    """Find out about every lapsed and unknown row of this kind; return how many there were."""
    lease = Lease.ask(job.kind)
    with shop.begin(SYSTEM) as session:
        rows = claims.claim_lapsed(session, job.kind, lease, most=shop.size)
        if not rows:
            return 0
        owners.bury_dead(session)
        repeats, questions = _sort(session, job, lease, rows, may_call=_may_call(shop, job.kind))
    flow = Flow(shop, job.kind)
    flow.take(repeats)
    flow.finish()
    for reply in _ask(shop, questions):
        settling.patiently(
            shop.begin, lease, lambda session, r=reply: _conclude(session, job.kind, r)
        )
    return len(rows)


def _may_call(shop: Shop, kind: Kind[Any]) -> bool:
    """Tell whether a call may be made again, or nothing leaves the building: then it is asked."""
    return not (shop.holds_back and kind.leaves_the_building)


def _sort(
    session: Session,
    job: Job[Any],
    lease: Lease,
    rows: Sequence[Claimed[Any]],
    *,
    may_call: bool,
) -> tuple[list[Attempt], list[Question]]:
    """Part the rows into those to repeat under their key and those to ask about.

    What needs neither is settled here: chores simply run again, and an action whose end is
    written down gives the row its own.
    """
    kind = job.kind
    legible, unreadable = batch.read(kind, rows)
    described, broken = batch.describe(job, legible)
    endings = [_left_open(kind, ending) for ending in (*unreadable, *broken)]
    keys = [action.key for _, action in described if isinstance(action, Effect)]
    traces = effects.take_over(session, lease.token, keys) if keys else {}
    closed = effects.at(session, [key for key in keys if key not in traces])
    void = claims.reread(session, kind, lease, [row.id for row, _ in described])
    if kind.states.unknown is None:
        _allow_again(session, lease, traces)
        traces = {}
    repeats: list[Attempt] = []
    questions: list[Question] = []
    for row, action in described:
        trace = traces.get(action.key) if isinstance(action, Effect) else None
        if not isinstance(action, Effect) or trace is None:
            known = closed.get(action.key) if isinstance(action, Effect) else None
            endings.append(_put_back(kind, row, known))
        elif may_call and _may_repeat(kind, action, trace, void.get(row.id)):
            repeats.append(
                Attempt(row.id, row.user_id, row.attempts, action, lease, is_repeat=True)
            )
        else:
            questions.append(Question(row, action, lease))
    if endings:
        settling.write(session, kind, lease, endings)
    return repeats, questions


def _left_open(kind: Kind[Any], ending: Ending) -> Ending:
    """Leave a row open that this release cannot read or describe: its action may have happened."""
    if kind.states.unknown is None:
        return ending
    return replace(ending, state=kind.states.unknown, due_in=kind.lease)


def _allow_again(session: Session, lease: Lease, traces: Mapping[str, Traces]) -> None:
    """Have actions done anew that cost only their price: their kind knows no unknown rows."""
    words = [(key, EffectState.RETRYABLE, None, "its worker ended") for key in traces]
    if words:
        effects.settle(session, lease.token, words)


def _may_repeat(kind: Kind[Any], effect: Effect, trace: Traces, void: str | None) -> bool:
    """Tell whether the same key may simply be used again: the vendor knows it, and it is wanted.

    Not for ever: a row that ends every worker that repeats it is a person's to look at.
    """
    is_young = trace.age < rules.KEY_LIVES and trace.lookups <= kind.most_attempts
    return effect.is_keyed and is_young and void is None


def _put_back(kind: Kind[Any], row: Claimed[Any], known: Standing | None) -> Ending:
    """Say what becomes of a row of which nothing outside is open."""
    if known is not None and known.state in {EffectState.DONE, EffectState.REJECTED}:
        return batch.answer(kind, row, known)
    if row.attempts >= kind.most_attempts:
        why = f"given up after {row.attempts} attempts that did not come to an end"
        return Ending(
            id=row.id, user_id=row.user_id, state=kind.states.failed, why=why, is_alarming=True
        )
    return Ending(
        id=row.id,
        user_id=row.user_id,
        state=kind.states.waiting,
        why="its worker ended",
        due_in=timedelta(),
    )


def _ask(shop: Shop, questions: Sequence[Question]) -> list[Reply]:
    """Ask about each, with as many hands as there are."""
    replies: SimpleQueue[Reply] = SimpleQueue()
    for question in questions:
        shop.hands.submit(lambda q=question: replies.put(_look_up(q)))
    return [replies.get() for _ in questions]


def _look_up(question: Question) -> Reply:
    """Ask the vendor; what it does not answer proves nothing."""
    look_up: Callable[[str], Receipt | None] | None = question.effect.look_up
    if look_up is None:
        return Reply(question, trouble="this vendor cannot be asked")
    try:
        return Reply(question, look_up(question.effect.key))
    except ProviderError as error:
        return Reply(question, trouble=f"the vendor could not be asked: {error}")
    except Exception as error:
        log.exception("work.bug", row=str(question.row.id))
        return Reply(question, trouble=f"a bug of ours: {type(error).__name__}")


def _conclude(session: Session, kind: Kind[Any], reply: Reply) -> None:
    """Write what follows from the vendor's reply, on the action and on its row.

    Once: where the answer to the commit was lost, a second time would count one absence twice.
    """
    question = reply.question
    if not claims.is_held(session, kind, question.lease, question.row.id):
        return
    token, key = question.lease.token, question.effect.key
    if reply.receipt is not None:
        found = reply.receipt
        effects.settle(session, token, [(key, EffectState.DONE, found.reference, None)])
        ending = _ending(question, kind.states.done, reference=found.reference, facts=found.facts)
    elif reply.trouble is not None:
        trace = effects.note_trouble(session, token, key, why=reply.trouble)
        ending = _stay_open(kind, question, trace, reply.trouble)
    else:
        closes = question.effect.closes_at
        trace = effects.note_absence(session, token, key, why=NOT_THERE, closes_at=closes)
        ending = _believe(session, kind, question, trace)
    settling.write(session, kind, question.lease, [replace(ending, was_open=True)])


def _believe(session: Session, kind: Kind[Any], question: Question, trace: Traces | None) -> Ending:
    """Weigh an absence: put the work back only when it cannot have happened, nor happen still."""
    if trace is None:
        return _stay_open(kind, question, None, NOT_THERE)
    evidence = rules.Evidence(
        negatives=trace.negatives,
        since_first=trace.since_first,
        age=trace.age,
        owner_is_gone=trace.owner is None or _is_closed(question, trace),
        lookups=trace.lookups,
    )
    if rules.believe(evidence, _patience(kind, question)) is rules.Belief.NEVER_HAPPENED:
        absent = (question.effect.key, EffectState.RETRYABLE, None, NOT_THERE)
        effects.settle(session, question.lease.token, [absent])
        return _put_back(kind, question.row, None)
    return _stay_open(kind, question, trace, NOT_THERE)


def _is_closed(question: Question, trace: Traces) -> bool:
    """Tell whether the vendor refuses by now what its owner may still ask for."""
    closes = question.effect.closes_at
    return closes is not None and trace.now >= closes


def _patience(kind: Kind[Any], question: Question) -> rules.Patience:
    return question.effect.patience or kind.patience


def _stay_open(kind: Kind[Any], question: Question, trace: Traces | None, why: str) -> Ending:
    """Leave the row unknown, to be asked about again; after many times, with an alarm."""
    lookups = trace.lookups if trace else 0
    cannot_be_asked = question.effect.look_up is None
    patience = _patience(kind, question)
    wait = rules.SLOW_LOOKUP if cannot_be_asked else rules.ask_again_after(lookups, patience)
    return _ending(
        question,
        kind.states.unknown or kind.states.failed,
        why=why,
        due_in=wait,
        is_alarming=cannot_be_asked or lookups >= rules.MOST_LOOKUPS,
    )


def _ending(question: Question, state: str, **facts: Any) -> Ending:  # noqa: ANN401  # of Ending
    return Ending(id=question.row.id, user_id=question.row.user_id, state=state, **facts)
