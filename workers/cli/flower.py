"""`frontdesk flower`: workers and tasks in a browser, and how to sign in there."""

import secrets
from pathlib import Path
from typing import Annotated, Final

import typer

from config.settings import Settings
from domain.errors import Refusal
from workers.cli.frame import app, at_hand, out
from workers.cli.ports import port_of
from workers.interrupts import stopped
from workers.kin import Kin

LOCALHOST: Final = "127.0.0.1"


@app.command()
def flower(
    host: Annotated[
        str,
        typer.Option(help="Another address than localhost: behind a proxy, with TLS before it."),
    ] = LOCALHOST,
) -> None:
    """Watch workers and tasks in a browser, on localhost, behind a password."""
    with at_hand() as settings:
        if host != LOCALHOST and settings.flower_basic_auth is None:
            raise Refusal("--host: set FLOWER_BASIC_AUTH first, for others could reach Flower.")
        port = port_of(settings, "flower_port")
        login = login_of(settings)
        stop = stopped()
        out.print(
            f"Flower: http://{host}:{port}  ({how_to_sign_in(settings, login)})", highlight=False
        )
        child = Kin(_flower_words(settings, host, port), environment={"FLOWER_BASIC_AUTH": login})
        while child.ended() is None and not stop.wait(0.2):
            pass
        code = child.ended()
        child.end(grace=5)
        if code is not None:
            raise Refusal(f"Flower ended with {code}.", exit_code=1)


def _flower_words(settings: Settings, host: str, port: int) -> list[str]:
    """Return Flower's command: nothing can be changed, history is kept, metrics are on."""
    return [
        *("celery", "-A", "workers.app", "flower"),
        *(f"--address={host}", f"--port={port}"),
        *("--read-only=true", "--persistent=true", f"--db={settings.home.path / 'flower'}"),
        *("--state-save-interval=60000", "--max-tasks=20000", "--purge-offline-workers=600"),
        "--logging=warning",
    ]


def login_of(settings: Settings) -> str:
    """Return Flower's user and password; outside production one is made and kept."""
    if settings.flower_basic_auth is not None:
        return settings.flower_basic_auth.get_secret_value()
    kept = _login_file(settings)
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(f"frontdesk:{secrets.token_urlsafe(12)}\n", encoding="ascii")
    return kept.read_text(encoding="ascii").strip()


def _login_file(settings: Settings) -> Path:
    return settings.home.path / "flower-login"


def how_to_sign_in(settings: Settings, login: str) -> str:
    """Say how to sign in: a generated login is shown, one that was set is known."""
    if settings.flower_basic_auth is not None:
        return "sign in with FLOWER_BASIC_AUTH"
    user, _, password = login.partition(":")
    return f"sign in as {user} with {password}"
