"""`frontdesk replay`: take what vendors told once more, and show what changed, or would."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Final
from uuid import UUID

import typer

from domain.database import SYSTEM, Begin
from domain.errors import Refusal
from domain.webhooks import replay as replaying
from domain.webhooks.replay import Replayed
from domain.webhooks.service import Caused
from domain.work import orders
from domain.work.orders import Order
from tasks import webhooks
from tasks.contract import ring, ringer
from workers.app import app as celery
from workers.cli.control import as_id
from workers.cli.frame import AsJson, app, at_hand, out, show, show_json
from workers.cli.moments import moment_of
from workers.cli.operators import Reason, Yes, ask_first, whoever
from workers.reach import toolbox

MOST_SHOWN: Final = 50


@app.command()
def replay(  # noqa: PLR0913  # what a person may say
    kind: Annotated[str, typer.Argument(help="webhook.", metavar="KIND")],
    row_id: Annotated[str, typer.Argument(help="The notice's id.", metavar="[ID]")] = "",
    *,
    since: Annotated[
        str, typer.Option(help="All that came since: 2h, 3d, or 2026-11-20T08:00.")
    ] = "",
    failed: Annotated[
        bool, typer.Option("--failed", help="Only those that were given up.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change.")] = False,
    reason: Reason = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take a vendor's notice once more, and show what changed: nothing is taken twice."""
    if kind != "webhook":
        raise Refusal(f"There is no replaying a {kind}: say `frontdesk replay webhook ID`.")
    if bool(row_id) == (bool(since) or failed):
        raise Refusal("Say which: an ID, or --since T, --failed, or both.")
    moment = moment_of(since) if since else None
    with at_hand() as given:
        box = toolbox(given, name="frontdesk replay")
        ears, caused = webhooks.ears(box), Caused()
        ids = (
            [as_id(row_id)]
            if row_id
            else [*replaying.wanted(ears, since=moment, only_failed=failed)]
        )
        if not dry_run:
            if not row_id:
                ask_first(len(ids), "take these notices once more", yes=yes)
            _note(box.begin, ids, reason)
        done = [
            replaying.would(ears, key) if dry_run else replaying.again(ears, box.shop, key, caused)
            for key in ids
        ]
        _ring(caused)
    if as_json:
        show_json([asdict(one) for one in done])
        return
    _show(done, dry_run=dry_run)


def _note(begin: Begin, ids: Sequence[UUID], reason: str) -> None:
    with begin(SYSTEM) as session:
        for key in ids:
            order = Order(
                action="replay", kind="webhook", subject=str(key), by=whoever(), reason=reason
            )
            orders.note(session, order)


def _ring(caused: Caused) -> None:
    """Ring whom the news concerns; a broker that is away costs a sweep's time."""
    celery.set_current()
    for name in caused.names:
        ring(name)
    if caused.names:
        ringer().flush(2.0)


def _show(done: list[Replayed], *, dry_run: bool) -> None:
    would = "would change" if dry_run else "changed"
    changes = [(one, change) for one in done for change in one.changes]
    show(
        f"What {would}",
        ["notice", "vendor", "kind", "row", "what", "before", "after"],
        [
            [
                *(one.id, one.provider, one.event_type),
                *(change.subject, change.what, change.before, change.after),
            ]
            for one, change in changes[:MOST_SHOWN]
        ],
    )
    if len(changes) > MOST_SHOWN:
        out.print(f"... and {len(changes) - MOST_SHOWN} more; --json shows all.", highlight=False)
    groups = Counter((one.provider, one.event_type, one.before, one.after, one.why) for one in done)
    show(
        "What became of the notices" if not dry_run else "What would become of the notices",
        ["how many", "vendor", "kind", "was", "is" if not dry_run else "would be", "why"],
        [[many, *group] for group, many in groups.most_common()],
    )
