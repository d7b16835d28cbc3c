"""`frontdesk restored`: what an old backup takes for undone may be done; ask before releasing."""

from typing import Annotated

import typer

from domain.database import SYSTEM
from domain.errors import Refusal
from domain.messages import service as messages
from domain.work import control, orders, restoring
from domain.work.orders import Order
from workers.cli.frame import app, at_hand, out
from workers.cli.moments import moment_of
from workers.cli.operators import Yes, ask_first, whoever
from workers.overview import due_messages
from workers.reach import toolbox

PAUSED = "a backup was restored: compare with the vendors' lists of calls first"


@app.command()
def restored(
    since: Annotated[str, typer.Option(help="When the backup was made: 2h, or a moment.")],
    *,
    yes: Yes = False,
) -> None:
    """After a backup was brought back: doubt what is due, so that vendors are asked about it.

    Only under FRONTDESK_HOLD=1. Texts and letters are looked up by the workers' sweeps and go
    out only where the vendor does not know them. Outbound calls are paused: vendors cannot be
    asked for a call that we do not know the name of.
    """
    moment = moment_of(since)
    with at_hand() as given:
        if not given.frontdesk_hold:
            raise Refusal("Set FRONTDESK_HOLD=1 first, for every process, or they send meanwhile.")
        box = toolbox(given, name="frontdesk restored")
        with box.begin(SYSTEM) as session:
            many = due_messages(session)
        ask_first(many, "doubt every text and letter that is due", yes=yes)
        done = restoring.doubt(box.shop, messages.job(box.post), since=moment)
        with box.begin(SYSTEM) as session:
            control.pause(session, "queue", "outbound", reason=PAUSED)
            order = Order(
                action="restored", kind="queue", subject="outbound", by=whoever(), reason=since
            )
            orders.note(session, order)
    out.print(
        f"{done} texts and letters are doubted, and outbound is paused. When `frontdesk status` has"
        " none unknown any more, unset FRONTDESK_HOLD.",
        highlight=False,
    )
