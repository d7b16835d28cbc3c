"""Commands by which a person steers work: retry, cancel, pause, resume. Each is written down."""

from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from domain.database import SYSTEM, Begin
from domain.deliveries import store as deliveries
from domain.deliveries.service import redeliver
from domain.errors import Refusal
from domain.outbound import campaigns, turns
from domain.work import control, orders, tenants
from domain.work.kinds import Kind
from domain.work.orders import Order
from workers import kinds
from workers.cli.control import as_id
from workers.cli.frame import app, at_hand, out
from workers.cli.moments import moment_of
from workers.cli.operators import MOST_AT_ONCE, Reason, Yes, ask_first, whoever
from workers.reach import reach

BATCH: Final = 200
"""Rows of one transaction: it holds their locks."""


class Pausable(StrEnum):
    """What can be paused."""

    QUEUE = "queue"
    ACCOUNT = "account"
    CAMPAIGN = "campaign"
    TENANT = "tenant"


KindName = Annotated[str, typer.Argument(help="The row's kind, as `explain` takes it.")]
MaybeId = Annotated[str, typer.Argument(help="The row's id.", metavar="[ID]")]
Subject = Annotated[str, typer.Argument(help="The queue's name, or the id.", metavar="ID")]


@app.command()
def retry(  # noqa: PLR0913  # what a person may say
    kind: KindName,
    row_id: MaybeId = "",
    *,
    failed: Annotated[
        bool, typer.Option("--failed", help="All that were refused or given up.")
    ] = False,
    since: Annotated[
        str, typer.Option(help="With --failed: those that were refused since 2h, 3d or a moment.")
    ] = "1d",
    sure: Annotated[
        bool, typer.Option("--sure", help="It may have happened, and I know that it did not.")
    ] = False,
    reason: Reason = "",
    yes: Yes = False,
) -> None:
    """Have a row that failed tried again; a delivery is made once more, whatever came of it."""
    if bool(row_id) == failed:
        raise Refusal("Say which: an ID, or --failed.")
    table = kinds.named(kind)
    with at_hand() as given:
        begin = reach(given, name="frontdesk retry")
        if row_id:
            _retry(begin, table, [as_id(row_id)], is_sure=sure, reason=reason)
            out.print(f"{kind} {row_id} will be tried again.", highlight=False)
            return
        with begin(SYSTEM) as session:
            moment = moment_of(since)
            wanted = orders.failed(session, table, since=moment, most=MOST_AT_ONCE)
        ask_first(len(wanted), f"try every {kind} again that has failed", yes=yes)
        done = _retry_all(begin, table, wanted, reason=reason)
    out.print(f"{done} of {len(wanted)} will be tried again.", highlight=False)


def _retry_all(begin: Begin, table: Kind[Any], wanted: list[UUID], *, reason: str) -> int:
    """Retry one by one: a row that somebody has retried meanwhile stops nobody else's."""
    done = 0
    for row_id in wanted:
        try:
            _retry(begin, table, [row_id], is_sure=False, reason=reason)
        except Refusal:
            continue
        done += 1
    return done


def _retry(
    begin: Begin, table: Kind[Any], row_ids: list[UUID], *, is_sure: bool, reason: str
) -> None:
    with begin(SYSTEM) as session:
        for row_id in row_ids:
            if table is deliveries.KIND:
                redeliver(session, row_id)
            else:
                control.retry(session, table, row_id, is_sure=is_sure)
                turns.rouse_for(session, row_id)
            action = "retry, sure" if is_sure else "retry"
            orders.note(session, _order(action, table.name, str(row_id), reason))


@app.command()
def cancel(
    kind: KindName,
    row_id: MaybeId = "",
    *,
    tenant: Annotated[str, typer.Option(help="All that wait for this tenant, by id.")] = "",
    reason: Reason = "",
    yes: Yes = False,
) -> None:
    """Call off a row that waits: a message, a queued call, a call's reading, a delivery."""
    if bool(row_id) == bool(tenant):
        raise Refusal("Say which: an ID, or --tenant ID.")
    table = kinds.named(kind)
    with at_hand() as given:
        begin = reach(given, name="frontdesk cancel")
        with begin(SYSTEM) as session:
            if row_id:
                wanted = [as_id(row_id)]
                orders.refuse_unless_it_waits(session, table, wanted[0])
            else:
                wanted = orders.waiting(session, table, as_id(tenant), most=MOST_AT_ONCE)
        if tenant:
            ask_first(len(wanted), f"call off every {kind} that waits for {tenant}", yes=yes)
        done = 0
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            with begin(SYSTEM) as session:
                done += orders.call_off(session, table, batch, reason=reason)
                for each in batch:
                    orders.note(session, _order("cancel", kind, str(each), reason))
    out.print(f"{done} of {len(wanted)} are called off.", highlight=False)


@app.command()
def pause(
    kind: Annotated[Pausable, typer.Argument(help="What to pause.")],
    subject: Subject,
    reason: Annotated[str, typer.Option(help="Why; the status and the audit show it.")] = "by hand",
) -> None:
    """Stop taking up work for a queue, account, campaign or tenant; what is in hand ends."""
    with at_hand() as given, reach(given, name="frontdesk pause")(SYSTEM) as session:
        control.pause(session, kind.value, subject, reason=reason)
        orders.note(session, _order("pause", kind.value, subject, reason))
    out.print(f"{kind.value} {subject} is paused.", highlight=False)


@app.command()
def resume(
    kind: Annotated[Pausable, typer.Argument(help="What to let go on.")],
    subject: Subject,
    reason: Reason = "",
) -> None:
    """Take up work again."""
    with at_hand() as given, reach(given, name="frontdesk resume")(SYSTEM) as session:
        if kind is Pausable.TENANT and tenants.is_suspended(session, as_id(subject)):
            raise Refusal(f"This tenant is suspended: say `frontdesk tenant resume {subject}`.")
        was = control.resume(session, kind.value, subject)
        campaigns.looked_at_again(session, kind.value, subject)
        if was:
            orders.note(session, _order("resume", kind.value, subject, reason))
    words = "goes on" if was else "was not paused"
    out.print(f"{kind.value} {subject} {words}.", highlight=False)


def _order(action: str, kind: str, subject: str, reason: str) -> Order:
    return Order(action=action, kind=kind, subject=subject, by=whoever(), reason=reason)
