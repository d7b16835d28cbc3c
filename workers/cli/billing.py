"""`frontdesk billing show` and `recompute`, and `frontdesk reconcile`: whether the books agree."""

from typing import Annotated, Any
from uuid import UUID

import typer

from domain.billing import reconcile as comparing
from domain.billing import recount, runs
from domain.billing import show as telling
from domain.billing.fixes import FIXABLE
from domain.database import SYSTEM
from domain.errors import Refusal
from domain.tables.ledgers import ReconciliationStatus
from domain.work import batch
from workers.cli.frame import AsJson, app, at_hand, out, show, show_json
from workers.reach import reach, toolbox

billing: typer.Typer = typer.Typer(help="What tenants use and pay for.", no_args_is_help=True)
app.add_typer(billing, name="billing")

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what differs.")]


@billing.command("show")
def show_one(
    user: Annotated[str, typer.Argument(help="The tenant's id.")], *, as_json: AsJson = False
) -> None:
    """Print a tenant's plan, period, allowance as a sum, and what was used by what."""
    with at_hand() as given:
        begin = reach(given, name="frontdesk-billing")
        with begin(SYSTEM) as session:
            facts = telling.tell(session, _id(user))
    if as_json:
        show_json(facts)
        return
    limits = facts["limits"]
    if limits is None:
        out.print("This tenant has no limits: nothing is counted against it.")
    else:
        _show_limits(limits)
    for title, part in (
        ("Subscriptions", "subscriptions"),
        ("Used in this period", "used"),
        ("Billed, and what it cost us", "billed"),
        ("Open findings", "findings"),
    ):
        _table(title, facts[part])


def _show_limits(limits: dict[str, Any]) -> None:
    out.print(
        f"{limits['tier'] or 'no tier'}: {limits['period_start']} to {limits['period_end']},"
        f" {limits['limit_state']}{', stopped' if limits['hard_stop_active'] else ''}"
        f"{': ' + limits['stopped_for'] if limits['stopped_for'] else ''}",
        highlight=False,
    )
    rows = [
        *telling.sums(limits),
        ("may be used", limits["call_allowance"], limits["sms_allowance"]),
        ("used", limits["call_used_seconds"], limits["sms_used"]),
    ]
    words = [(what, *("unlimited" if n is None else n for n in amounts)) for what, *amounts in rows]
    show("Allowance", ("", "seconds", "messages"), words)


@billing.command("recompute")
def recompute(*, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Add every counter up anew from its ledger; say which were wrong."""
    with at_hand() as given:
        wrong = recount.recompute(reach(given, name="frontdesk-billing"), dry_run=dry_run)
    rows = [
        {"tenant": str(one.user_id), "what": one.what, "was": one.stood, "is": one.is_right}
        for one in wrong
    ]
    if as_json:
        show_json({"wrong": rows})
    else:
        _table("Counters that were wrong" if not dry_run else "Counters that are wrong", rows)
    if rows and dry_run:
        raise typer.Exit(1)


@app.command("reconcile")
def reconcile(
    user: Annotated[str, typer.Option(help="One tenant only, by its id.")] = "",
    fix: Annotated[str, typer.Option(help="Heal this class too, besides the safe ones.")] = "",
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Compare ours with Stripe's and the ledgers; 1 where something waits for a person."""
    if fix and fix not in FIXABLE:
        raise Refusal(f"{fix} cannot be fixed from here: {', '.join(FIXABLE)} can.")
    with at_hand() as given:
        box = toolbox(given, name="frontdesk-billing")
        tenant = _id(user) if user else None
        with box.begin(SYSTEM) as session:
            run = runs.begin(session, user_id=tenant, dry_run=dry_run, by="person", fix=fix or None)
        batch.work_one(box.shop, comparing.job(box.bench), run)
        with box.begin(SYSTEM) as session:
            status, why = runs.ended(session, run)
            found = runs.found(session, run)
    if as_json:
        show_json({"run": str(run), "status": status, "why": why, "findings": found})
    else:
        _table("Findings", [{k: v for k, v in one.items() if k != "user_id"} for one in found])
    if status != ReconciliationStatus.COMPLETED:
        raise Refusal(f"The comparison did not come to its end: {why}.", exit_code=1)
    if any(one["state"] == "open" for one in found):
        raise typer.Exit(1)


def _table(title: str, rows: list[dict[str, Any]]) -> None:
    columns = list(rows[0]) if rows else []
    show(title, columns, [list(row.values()) for row in rows])


def _id(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise Refusal("A tenant's id is a UUID: `frontdesk tenant list` shows them.") from None
