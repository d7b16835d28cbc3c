"""`frontdesk sandbox`: the vendors' stand-ins, for the demo and tests."""

import socket
from typing import Annotated

import typer

from config.kinds import HIGHEST_PORT
from config.settings import settings
from domain.errors import Refusal
from workers.cli.frame import app, out
from workers.vendors.notices import call_secrets, resend_secrets

try:
    from sandbox import app as stand_ins
except ModuleNotFoundError:  # a production image leaves its extra out
    stand_ins = None


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(min=0, max=HIGHEST_PORT, help="0: SANDBOX_PORT.")] = 0,
    resend_webhook: Annotated[
        str,
        typer.Option(help="Where Resend's notices go, signed with RESEND_WEBHOOK_SECRET."),
    ] = "",
    call_webhooks: Annotated[
        str,
        typer.Option(help="Where notices of calls go: with /vapi and /retell behind it."),
    ] = "",
) -> None:
    """Answer as the vendors do, from memory, on localhost. Ctrl-C stops it."""
    given = settings()
    if given.frontdesk_env == "production":
        raise Refusal("FRONTDESK_ENV=production does not go with the sandbox.")
    if stand_ins is None:
        raise Refusal("The sandbox is not installed: install frontdesk[sandbox].")
    webhook = (resend_webhook, resend_secrets(given)[0]) if resend_webhook else None
    where = port or given.sandbox_port
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", where))
        except OSError:
            raise Refusal(f"Port {where} is taken: say --port or set SANDBOX_PORT.") from None
    out.print(f"Sandbox: http://127.0.0.1:{where}", highlight=False)
    listeners = {
        name: (f"{call_webhooks}/{name}", secret)
        for name, secret in call_secrets(given).items()
        if call_webhooks
    }
    stand_ins.serve(where, resend_webhook=webhook, listeners=listeners)
