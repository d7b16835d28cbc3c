"""`frontdesk intake`: the endpoint for vendors' notices."""

import socket
from functools import partial
from typing import Annotated

import structlog
import typer
import uvicorn

from config.settings import settings
from domain.errors import Refusal
from domain.messages import unsubscribing
from domain.webhooks.addresses import Addresses
from domain.webhooks.intake import Desk
from workers import checks
from workers.app import app as celery
from workers.cli.control import as_id
from workers.cli.frame import app, at_hand, out, speak_up
from workers.intake import Door
from workers.keys import keyring
from workers.reach import toolbox
from workers.vendors import notices

log = structlog.get_logger("frontdesk")


@app.command()
def intake(
    host: Annotated[
        str, typer.Option(help="Which of this machine's addresses; 0.0.0.0: all.")
    ] = "127.0.0.1",
    address: Annotated[
        str,
        typer.Option(help="Print the address and secret for VENDOR:ID, and end.", metavar="V:ID"),
    ] = "",
) -> None:
    """Take vendors' notices in at INTAKE_PORT: check, store, answer. Run behind TLS."""
    if address:
        _show_address(address)
        return
    with at_hand() as given:
        speak_up(given)
        checks.refuse_if_unfit(given, celery)
        _refuse_if_taken(host, given.intake_port)
        box = toolbox(given, name="frontdesk intake")
        door = Door(
            Desk(begin=box.begin, senders=box.notices),
            unsubscribe=partial(unsubscribing.unsubscribe, box.begin, box.keyring),
        )
        log.info("intake.open", port=given.intake_port, public=given.public_address)
        uvicorn.run(
            door.app(),
            host=host,
            port=given.intake_port,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=5,
        )


def _show_address(said: str) -> None:
    """Print what to tell a vendor for one tenant, or for one integration."""
    vendor, _, row_id = said.partition(":")
    given = settings()
    known = notices.platform(given, addresses := Addresses(keyring(given)))
    if vendor not in known:
        raise Refusal(f"There is no vendor {vendor}: {', '.join(sorted(known))}.")
    subject = as_id(row_id)
    out.print(
        f"{given.public_address}/webhooks/{vendor}/{addresses.token(vendor, subject)}",
        highlight=False,
    )
    if known[vendor].is_of_integrations:
        out.print(f"secret {addresses.secrets(vendor, subject)[0]}", highlight=False)


def _refuse_if_taken(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise Refusal(f"Port {port} is taken: set INTAKE_PORT to a free one.") from None
