"""`frontdesk tenant`: who we work for."""

from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from config.kinds import EMAIL
from domain import zones
from domain.database import SYSTEM
from domain.errors import Refusal
from domain.work import orders, tenants
from domain.work.orders import Order
from workers.cli.control import as_id
from workers.cli.frame import AsJson, app, at_hand, out, show, show_json
from workers.cli.operators import Reason, whoever
from workers.reach import reach

tenant: typer.Typer = typer.Typer(help="Who we work for.", no_args_is_help=True)
app.add_typer(tenant, name="tenant")

TenantIds = Annotated[str, typer.Argument(help="The tenant's id.", metavar="ID")]


@tenant.command()
def add(
    name: Annotated[str, typer.Option(help="What the business is called.")],
    timezone: Annotated[str, typer.Option(help="Where it is, such as Europe/Stockholm.")] = "UTC",
    email: Annotated[str | None, typer.Option(help="The owner's address.")] = None,
    industry: Annotated[str | None, typer.Option(help="Such as plumbing or legal.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Take a tenant on, and print its id."""
    _check(name, timezone, email)
    facts = {"business_name": name, "email": email, "industry": industry, "timezone": timezone}
    with at_hand() as given, reach(given, name="frontdesk tenant")(SYSTEM) as session:
        user_id = tenants.add(session, facts)
    if as_json:
        show_json({"id": user_id, **facts})
    else:
        out.print(str(user_id), highlight=False)


def _check(name: str, timezone: str, email: str | None) -> None:
    if not name.strip():
        raise Refusal("--name: a business has a name.")
    if zones.find(timezone) is None:
        raise Refusal(f"--timezone: there is no zone {timezone}.")
    if email is not None and not EMAIL.fullmatch(email):
        raise Refusal("--email must be one e-mail address.")


@tenant.command()
def suspend(
    row_id: TenantIds,
    reason: Annotated[str, typer.Option(help="Why; `status` and `explain` show it.")] = "",
) -> None:
    """Stop all work for a tenant until it is resumed; what is in hand ends."""
    user_id = as_id(row_id)
    with at_hand() as given, reach(given, name="frontdesk tenant")(SYSTEM) as session:
        tenants.suspend(session, user_id, reason=reason)
        _note(session, "suspend", user_id, reason)
    out.print(f"tenant {row_id} is suspended.", highlight=False)


def _note(session: Session, action: str, user_id: UUID, reason: str) -> None:
    told = Order(
        action=action,
        kind="tenant",
        subject=str(user_id),
        by=whoever(),
        reason=reason,
        user_id=user_id,
    )
    orders.note(session, told)


@tenant.command()
def resume(row_id: TenantIds, reason: Reason = "") -> None:
    """Work for a tenant again."""
    user_id = as_id(row_id)
    with at_hand() as given, reach(given, name="frontdesk tenant")(SYSTEM) as session:
        was = tenants.resume(session, user_id)
        _note(session, "resume", user_id, reason)
    words = "is worked for again" if was else "was not suspended"
    out.print(f"tenant {row_id} {words}.", highlight=False)


@tenant.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """Show every tenant, and who is paused and why."""
    with at_hand() as given, reach(given, name="frontdesk tenant")(SYSTEM) as session:
        found = tenants.listed(session)
    if as_json:
        show_json(found)
        return
    columns = ["id", "business", "status", "time zone", "since", "paused"]
    rows = [[*row.values()] for row in found]
    show("Tenants", columns, [[*row[:4], f"{row[4]:%Y-%m-%d}", row[5]] for row in rows])
