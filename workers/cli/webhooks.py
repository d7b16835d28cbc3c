"""`frontdesk webhooks`: tell a tenant's address something now, and deliver to it again."""

from typing import Annotated

import typer

from config.settings import settings
from domain.alerting import service as alerting
from domain.database import SYSTEM
from domain.deliveries import service
from domain.errors import Refusal
from domain.tables.deliveries import DeliveryState
from workers.cli.control import as_id
from workers.cli.frame import AsJson, app, at_hand, out, show_json
from workers.keys import keyring
from workers.reach import reach, toolbox

webhooks: typer.Typer = typer.Typer(help="Webhooks to tenants' addresses.", no_args_is_help=True)
app.add_typer(webhooks, name="webhooks")

ConfigId = Annotated[str, typer.Argument(help="The webhook config's id.", metavar="CONFIG_ID")]


@webhooks.command("test")
def send_test(config_id: ConfigId, *, as_json: AsJson = False) -> None:
    """Deliver an event of type `test` now, even to a paused address; exit 1 if it is not taken."""
    key = as_id(config_id)
    with at_hand() as given:
        box = toolbox(given, name="frontdesk webhooks")
        delivery_id, standing = service.send_test(box.outbox, box.shop, key)
    is_taken = standing.state == DeliveryState.DELIVERED
    if as_json:
        show_json(
            {
                "delivery": str(delivery_id),
                "state": standing.state,
                "status_code": standing.status_code,
                "why": standing.last_error,
            }
        )
    elif is_taken:
        out.print(f"Delivered: {standing.status_code}. It was {delivery_id}.", highlight=False)
    if is_taken:
        return
    if as_json:
        raise typer.Exit(1)
    why = standing.last_error or "it was not begun: is the queue paused, or the address busy?"
    raise Refusal(f"Not delivered: {why}. It was {delivery_id}.", exit_code=1)


@webhooks.command("secret")
def secret(
    *,
    user: Annotated[
        str, typer.Option(help="An account's id: what its manager's posts are signed with.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Print what posts to ALERT_WEBHOOK are signed with (Standard Webhooks)."""
    owner = as_id(user) if user else None
    found = alerting.secrets(keyring(settings()), owner)
    if as_json:
        show_json({"secrets": found})
        return
    for one in found:
        out.print(one, highlight=False)


@webhooks.command("resume")
def resume(config_id: ConfigId) -> None:
    """Deliver again to an address that was paused or switched off."""
    key = as_id(config_id)
    with at_hand() as given, reach(given, name="frontdesk webhooks")(SYSTEM) as session:
        service.resume(session, key)
    out.print(f"Webhook config {config_id} is delivered to again.", highlight=False)
