"""Telling tenants' systems what happened: signed, in order, and again until it is taken."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from domain.database import SYSTEM, Begin, within
from domain.deliveries import bookkeeping, rules, sealing, signing, store, turns
from domain.deliveries.bookkeeping import Told
from domain.deliveries.ports import Receivers
from domain.deliveries.store import ConfigRow, DeliveryRow
from domain.deliveries.turns import Round
from domain.errors import ProviderError, Refusal, Rejected, Retryable
from domain.sealing import Keyring, Unopened
from domain.tables.deliveries import DeliveryState
from domain.work import alerts, batch, resolve
from domain.work.attempts import Job, Leave
from domain.work.effects import Effect, Receipt
from domain.work.kinds import Claimed
from domain.work.shop import Shop

log = structlog.get_logger("deliveries")

BUDGET: Final = timedelta(seconds=15)
SLOW_ONES_BEGIN: Final = timedelta(seconds=4)
"""A sweep goes on claiming for so long; slow receivers are begun with early in it, so that at its
end nobody waits for them."""

OVERLAP: Final = timedelta(hours=24)
"""After a secret was changed, how long the one before signs, too."""

MEND_FIRST: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """What deliveries are made with."""

    begin: Begin
    keyring: Keyring
    receivers: Receivers
    clock: Callable[[], float] = time.time
    """What a receiver holds against its own clock."""

    round: Round = field(default_factory=Round)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a delivery goes, and how it is signed."""

    config_id: UUID
    url: str
    headers: Mapping[str, str] = field(repr=False)
    secrets: Sequence[str] = field(repr=False)


def job(outbox: Outbox) -> Job[DeliveryRow]:
    """Return how deliveries are made, for one sweep or one bell: addresses are read per claim."""
    addresses: dict[UUID, Address] = {}
    began = time.monotonic()

    def choose(session: Session, most: int, row_id: UUID | None) -> Sequence[UUID]:
        if row_id is not None:
            return turns.choose_one(session, row_id)
        is_early = time.monotonic() - began < SLOW_ONES_BEGIN.total_seconds()
        return turns.choose(session, most, outbox.round, slow_too=is_early)

    def decide(session: Session, rows: Sequence[Claimed[DeliveryRow]]) -> Mapping[UUID, Leave]:
        return _look_up(outbox, session, rows, addresses)

    def describe(row: DeliveryRow) -> Effect:
        return Effect(
            key=f"delivery:{row.id}:{row.round}",
            vendor="receiver",
            act=lambda _: _tell(outbox, addresses[row.config_id], row),
            look_up=None,
            is_keyed=True,
        )

    return Job(kind=store.KIND, describe=describe, decide=decide, choose=choose)


def work(outbox: Outbox, shop: Shop) -> bool:
    """Deliver what is due; tell whether more is due than there was time for."""
    sealing.take_in(outbox.begin, outbox.keyring)
    made = job(outbox)
    resolve.resolve(shop, made)
    more = batch.work(replace(shop, budget=BUDGET), made)
    _forget_alerts(outbox.begin)
    return more


def _look_up(
    outbox: Outbox,
    session: Session,
    rows: Sequence[Claimed[DeliveryRow]],
    addresses: dict[UUID, Address],
) -> dict[UUID, Leave]:
    """Read where the rows go, each tenant's in its own scope; say which cannot go anywhere."""
    tenants: dict[UUID, set[UUID]] = {}
    for row in rows:
        tenants.setdefault(row.row.user_id, set()).add(row.row.config_id)
    refused: dict[UUID, Leave] = {}
    for user_id, ids in tenants.items():
        with within(session, user_id):
            found = store.configs(session, sorted(ids), overlap=OVERLAP)
        for config in found:
            address = _address(outbox.keyring, config)
            if isinstance(address, Leave):
                refused[config.id] = address
            else:
                addresses[config.id] = address
    return {row.id: refused[row.row.config_id] for row in rows if row.row.config_id in refused}


def _address(keyring: Keyring, config: ConfigRow) -> Address | Leave:
    if not config.is_active:
        return Leave(state=DeliveryState.CANCELLED.value, why="its address is switched off")
    secrets = sealing.secrets(keyring, config)
    if not secrets:
        return _to_be_mended("its address has no secret that can be opened")
    try:
        headers = sealing.headers(keyring, config)
    except Unopened:
        return _to_be_mended("its headers cannot be opened: write them anew")
    return Address(config.id, config.url, rules.own_headers(headers), secrets)


def _to_be_mended(why: str) -> Leave:
    return Leave(state=DeliveryState.PENDING.value, why=why, due_in=MEND_FIRST)


def _tell(outbox: Outbox, address: Address, row: DeliveryRow) -> Receipt:
    """Post it once. An answer that was not heard is a reason to say it again, under the same id."""
    signed = signing.headers(row.id, row.body, moment=int(outbox.clock()), secrets=address.secrets)
    began = time.monotonic()
    try:
        answer = outbox.receivers.post(address.url, row.body, {**address.headers, **signed})
    except ProviderError as error:
        told = Told(address.config_id, _since(began))
        raise _not_taken(row, told, str(error), asked=None) from error
    told = Told(address.config_id, _since(began), answer.status)
    if told.meaning is rules.Meaning.TAKEN:
        return Receipt(facts=told)
    raise _not_taken(row, told, rules.in_words(answer.status), asked=answer.after)


def _not_taken(row: DeliveryRow, told: Told, why: str, *, asked: timedelta | None) -> ProviderError:
    """Say when it is told again; on the last attempt, and where nobody wants it, never."""
    chance = random.random()  # noqa: S311  # spread, not secrecy
    pause = rules.wait(row.attempts, asked=asked, chance=chance)
    is_over = pause is None or row.is_test or told.meaning is rules.Meaning.GONE
    error = Rejected(why) if is_over else Retryable(why, after=pause)
    error.facts = told
    return error


def _since(began: float) -> timedelta:
    return timedelta(seconds=time.monotonic() - began)


def _forget_alerts(begin: Begin) -> None:
    """Resolve the alerts on addresses that somebody has mended."""
    with begin(SYSTEM) as session:
        still = [str(config_id) for config_id in store.paused(session)]
        alerts.settle_others(session, bookkeeping.PAUSED, still=still)


def send_test(outbox: Outbox, shop: Shop, config_id: UUID) -> tuple[UUID, store.Standing]:
    """Tell an address a word that means nothing, now, even if it is paused; return how it went."""
    with outbox.begin(SYSTEM) as session:
        delivery_id = store.owe_test(session, config_id)
    if delivery_id is None:
        raise Refusal(f"There is no webhook config {config_id}.", exit_code=1)
    batch.work_one(shop, job(outbox), delivery_id)
    with outbox.begin(SYSTEM) as session:
        standing = store.standing(session, delivery_id)
    if standing is None:
        raise Refusal(f"Webhook config {config_id} was deleted meanwhile.", exit_code=1)
    return delivery_id, standing


def redeliver(session: Session, delivery_id: UUID) -> None:
    """Have a delivery made once more, whatever came of it; its id and its bytes stay the same."""
    standing = store.standing(session, delivery_id)
    if standing is None:
        raise Refusal(f"There is no delivery {delivery_id}.")
    if not standing.is_active or standing.paused_at is not None:
        raise Refusal(
            "Its address is switched off or paused: `frontdesk webhooks resume CONFIG_ID` first."
        )
    if not store.again(session, delivery_id):
        raise Refusal("This delivery is being made right now: look again in a minute.")


def resume(session: Session, config_id: UUID) -> None:
    """Deliver to an address again that was paused or switched off."""
    if not store.resume(session, config_id):
        raise Refusal(f"There is no webhook config {config_id}.", exit_code=1)
