"""Draining the queue: decide, dial, and decide again while slots come free."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from domain.database import SYSTEM
from domain.outbound import accounts, dispatch, service, store, turns
from domain.outbound.dispatch import Decision, Desk
from domain.outbound.service import Switchboard
from domain.work import batch, resolve
from domain.work.shop import Shop

SHORTEST: Final = 0.01
"""Seconds between two looks where only the pace keeps slots empty."""


@dataclass(slots=True)
class _Last:
    decision: Decision


def drain(board: Switchboard, shop: Shop) -> bool:
    """Fill free slots until there is none or nothing for it; tell whether there is more to do.

    The platform's slots are given out in the claim's own transaction, so that what is decided
    is dialled by the same hands; a tenant's own accounts are decided on before.
    """
    if shop.holds_back:
        return False
    desk, last = (
        Desk(keyring=board.keyring, only_to=board.only_to, hours=board.hours),
        _Last(Decision()),
    )

    def choose(session: Session, most: int, row_id: UUID | None) -> Sequence[UUID]:
        if row_id is not None:
            return [row_id]
        last.decision = dispatch.decide_in(session, desk)
        return store.due(session, most)

    job = service.job(board, choose)
    resolve.resolve(shop, job)
    end = time.monotonic() + shop.budget.total_seconds()
    while True:
        _promote(board, desk)
        is_out_of_time = batch.work(shop, job)
        wait = last.decision.wait
        if is_out_of_time or time.monotonic() >= end:
            return True
        if last.decision.goes_on:
            continue
        if wait is None or time.monotonic() + wait.total_seconds() >= end:
            return wait is not None
        time.sleep(max(wait.total_seconds(), SHORTEST))


def _promote(board: Switchboard, desk: Desk) -> None:
    """Put calls into the line whose time has come, and decide for tenants with own accounts."""
    with board.begin(SYSTEM) as session:
        turns.promote(session)
        pools = accounts.own_pools(session)
    for pool in pools:
        while dispatch.decide(board.begin, desk, pool).goes_on:
            pass


def place(board: Switchboard, shop: Shop, attempt_id: UUID) -> None:
    """Dial one attempt, if it is due and in nobody's hands."""
    batch.work_one(shop, service.job(board), attempt_id)
