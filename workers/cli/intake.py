"""`frontdesk intake`: the endpoint for vendors' notices."""

import socket
from typing import Annotated

import structlog
import typer
import uvicorn

from domain.errors import Refusal
from domain.webhooks.intake import Desk
from workers import checks
from workers.app import app as celery
from workers.cli.frame import app, at_hand, speak_up
from workers.compose import compose
from workers.intake import Door

log = structlog.get_logger("frontdesk")


@app.command()
def intake(
    host: Annotated[
        str, typer.Option(help="Which of this machine's addresses; 0.0.0.0: all.")
    ] = "127.0.0.1",
) -> None:
    """Take vendors' notices in at INTAKE_PORT: check, store, answer. Run behind TLS."""
    with at_hand() as settings:
        speak_up(settings)
        checks.refuse_if_unfit(settings, celery)
        _refuse_if_taken(host, settings.intake_port)
        box = compose(settings, name="frontdesk intake")
        door = Door(Desk(begin=box.begin, vendors=box.notices, addresses=box.addresses))
        log.info("intake.open", port=settings.intake_port, public=settings.public_address)
        uvicorn.run(
            door.app(),
            host=host,
            port=settings.intake_port,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=5,
        )


def _refuse_if_taken(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise Refusal(f"Port {port} is taken: set INTAKE_PORT to a free one.") from None
