"""Dialling what was decided on: each attempt once, and what its vendor said written down."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from domain.consent.jurisdictions import Table
from domain.database import SYSTEM, Begin
from domain.errors import ProviderError, Retryable
from domain.outbound import accounts, endings, judge, outcomes, store
from domain.outbound.history import Ended
from domain.outbound.outcomes import Trouble
from domain.outbound.ports import (
    Account,
    AccountStopped,
    Dial,
    Exchange,
    Lines,
    OverCapacity,
    Progress,
    Refused,
)
from domain.outbound.store import AttemptRow, Script
from domain.sealing import Keyring
from domain.tables.outbound import AttemptState
from domain.work.attempts import Job, Leave
from domain.work.effects import Effect, Receipt
from domain.work.kinds import Claimed

log = structlog.get_logger("outbound")

BEFORE: Final = timedelta(minutes=5)
"""How far a vendor's clock may be behind ours."""

VENDOR: Final = "calls"
"""What stands on an effect whose account is read only when it is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switchboard:
    """What calls are placed and followed with."""

    begin: Begin
    keyring: Keyring
    exchange: Exchange
    only_to: frozenset[str] = frozenset()
    """SEND_ONLY_TO: the numbers that may be dialled at all; none named: everybody."""

    hours: Table | None = None
    """When people may be called; None: by the law as it is shipped."""


def key_of(attempt_id: UUID) -> str:
    """Name an attempt as its vendor carries it: 37 letters, where one takes 40."""
    return f"call:{attempt_id.hex}"


def attempt_of(key: str | None) -> UUID | None:
    """Return the attempt that a vendor's news is about, by our name for it."""
    kind, _, name = (key or "").partition(":")
    try:
        return UUID(name) if kind == "call" else None
    except ValueError:
        return None


def job(
    board: Switchboard, choose: Callable[[Session, int, UUID | None], Sequence[UUID]] | None = None
) -> Job[AttemptRow]:
    """Return how attempts are dialled, for one sweep or one bell.

    Scripts and accounts are read in the claim's last look: a slow database after it would have
    the call be placed long after somebody said stop.
    """
    scripts: dict[UUID, Script] = {}
    known: dict[UUID, Account] = {}

    def decide(session: Session, rows: Sequence[Claimed[AttemptRow]]) -> Mapping[UUID, Leave]:
        scripts.update(store.scripts(session, [row.id for row in rows]))
        by_id = {row.id: row.row.provider_id for row in rows}
        found = accounts.named(session, list({one for one in by_id.values() if one}))
        known.update({row: found[one] for row, one in by_id.items() if one and one in found})
        leave = Leave(state=AttemptState.FAILED.value, why=endings.REMOVED)
        return {row: leave for row in by_id if row not in known}

    def describe(row: AttemptRow) -> Effect:
        return Effect(
            key=key_of(row.id),
            vendor=VENDOR,
            act=lambda key: _dial(board.exchange, known[row.id], row, scripts[row.id], key),
            look_up=lambda key: _look_up(board, row, key),
        )

    kind = store.kind(outcomes.write)
    return Job(kind=kind, describe=describe, decide=decide, choose=choose)


def lines_of(board: Switchboard, account_id: UUID | None) -> Lines:
    """Return the lines of an account, as its row stands now."""
    account = _account(board, account_id)
    if account is None:
        raise AccountStopped(endings.REMOVED)
    return board.exchange.lines(account)


def _account(board: Switchboard, account_id: UUID | None) -> Account | None:
    if account_id is None:
        return None
    with board.begin(SYSTEM) as session:
        return accounts.named(session, [account_id]).get(account_id)


def _dial(
    exchange: Exchange, account: Account, row: AttemptRow, script: Script, key: str
) -> Receipt:
    """Place the call, and say in our words how it went."""
    missing = _missing(script)
    try:
        if missing:
            raise Refused(f"its template asks for {missing}, and the row does not say")
        progress = exchange.lines(account).place(_as_dial(row, script), key=key)
    except ProviderError as error:
        error.facts = _trouble(error)
        raise
    return Receipt(progress.call_id, facts=progress)


def _missing(script: Script) -> str:
    """Name what the template asks for and nobody says: it may have been changed since."""
    given = judge.variables(script.own_variables, script.campaign_variables, script)
    missing = [str(name)[:40] for name in script.params_order or () if not given.get(name)]
    return ", ".join(missing)


def _as_dial(row: AttemptRow, script: Script) -> Dial:
    return Dial(
        to=row.recipient_number,
        user_id=row.user_id,
        caller=row.caller_number or script.account_caller,
        caller_id=script.caller_id,
        assistant_id=script.assistant_id,
        voice_id=script.voice_id,
        variables=judge.variables(script.own_variables, script.campaign_variables, script),
        leaves_voicemail=script.leaves_voicemail,
    )


def _trouble(error: ProviderError) -> Trouble:
    """Say what a vendor's no means for the account and for the call."""
    if isinstance(error, OverCapacity):
        return Trouble("full", after=error.after)
    if isinstance(error, AccountStopped):
        return Trouble("stopped", after=error.after)
    if isinstance(error, Retryable):
        return Trouble("unreached", after=error.after)
    if isinstance(error, Refused):
        return Trouble("refused", outcome=error.outcome)
    return Trouble("unheard")


def _look_up(board: Switchboard, row: AttemptRow, key: str) -> Receipt | None:
    """Find out whether the call was placed: from a notice that told it, or from the vendor."""
    lines = lines_of(board, row.provider_id)
    if row.provider_call_id is not None:
        progress = lines.get(row.provider_call_id)
    else:
        dial = Dial(to=row.recipient_number, user_id=row.user_id, caller=row.caller_number)
        progress = lines.find(dial, key=key, since=row.created_at - BEFORE)
    if progress is not None:
        return Receipt(progress.call_id, facts=progress)
    # A notice named it: it was placed, whatever the vendor's list says now.
    return Receipt(row.provider_call_id) if row.provider_call_id else None


def ask(board: Switchboard, attempt_id: UUID) -> bool:
    """Ask the vendor how one live call stands, and end it if it has ended; tell whether it had."""
    with board.begin(SYSTEM) as session:
        live = store.live(session, attempt_id)
    if live is None or live.provider_call_id is None:
        return False
    try:
        progress = lines_of(board, live.provider_id).get(live.provider_call_id)
    except ProviderError as error:
        log.info("call.not_followed", attempt=str(attempt_id), why=str(error))
        return False
    return progress is not None and write_progress(board.begin, attempt_id, progress)


def write_progress(begin: Begin, attempt_id: UUID, progress: Progress) -> bool:
    """Write down how a call stands; tell whether that ended it."""
    with begin(SYSTEM) as session:
        if progress.is_live:
            store.note_seen(session, [attempt_id], {attempt_id: progress.answered_at})
            return False
        return endings.end(session, Ended.of(attempt_id, progress))
