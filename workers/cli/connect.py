"""`frontdesk calendars connect`: an owner lets us into a calendar.

Google and Microsoft by their log-in, in a browser on this machine; CalDAV by an address, a login
and an app's password, which is read from standard input and never given as an argument.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final
from uuid import UUID

import typer

from config.settings import Settings
from domain.calendars import connections
from domain.calendars.connections import Connection
from domain.calendars.desk import Desk
from domain.calendars.ports import Calendar, Grant, Listed, Withdrawn
from domain.errors import ProviderError, Refusal
from domain.ids import new_id
from workers import consent
from workers.cli.calendars import calendars, desk_of
from workers.cli.control import as_id
from workers.cli.frame import AsJson, at_hand, out, show_json
from workers.vendors import calendars as vendors

DAV: Final[Mapping[str, str | None]] = {"apple": "https://caldav.icloud.com", "other": None}
LOG_INS: Final[Mapping[str, str]] = {
    "google": "GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET",
    "outlook": "MICROSOFT_CLIENT_ID and MICROSOFT_CLIENT_SECRET",
}


@dataclass(frozen=True, slots=True)
class _Given:
    """What an owner has just given, before anything of it is kept."""

    secret: str = field(repr=False)

    def bearer(self, calendar: Calendar) -> str:
        """Return it."""
        del calendar
        return self.secret

    def renewed(self, calendar: Calendar, *, refused: str) -> str:
        """There is no other."""
        del calendar, refused
        raise Withdrawn("it is not taken")


@calendars.command("connect")
def connect(
    kind: Annotated[str, typer.Argument(help="google, outlook, apple or other.", metavar="KIND")],
    user: Annotated[str, typer.Option(help="The tenant's id.")],
    calendar: Annotated[str | None, typer.Option(help="Its name, if there are several.")] = None,
    address: Annotated[str | None, typer.Option(help="A CalDAV server's address.")] = None,
    login: Annotated[str | None, typer.Option(help="Who the owner is at that server.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Let an owner connect a calendar; again: the same one, with new tokens.

    Google's and Microsoft's address is shown, to be opened in a browser on this machine. A CalDAV
    password is asked for, or read from standard input where nobody types.
    """
    user_id, where = as_id(user), address or DAV.get(kind)
    if kind not in {*DAV, *LOG_INS}:
        raise Refusal("KIND must be google, outlook, apple or other.")
    secret = _secret(kind, where, login) if kind in DAV else ""
    with at_hand() as settings:
        desk = desk_of(settings)
        grant = Grant(secret, None, None) if secret else _consented(desk, kind, as_json)
        found = _chosen(_listed(settings, kind, where, grant), calendar)
        key = connections.connect(
            desk, user_id, Connection(kind=kind, calendar=found, grant=grant, base_url=where)
        )
    _say(key, found, as_json=as_json)


def _say(key: UUID, found: Listed, *, as_json: bool) -> None:
    if as_json:
        show_json({"id": key, "calendar": found.name, "may_write": found.may_write})
    else:
        out.print(f"{found.name} is connected: {key}.", highlight=False)


def _secret(kind: str, where: str | None, login: str | None) -> str:
    """Return what CalDAV's log-in takes, with the password from where nobody else reads it."""
    if where is None:
        raise Refusal(f"--address: calendars of kind {kind} need their server's address.")
    if not login or ":" in login:
        raise Refusal("--login must say who the owner is at the server, without a colon.")
    if sys.stdin.isatty():
        password = str(typer.prompt(f"App password of {login}", hide_input=True))
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Refusal("There is no password: type it, or give it on standard input.")
    return f"{login}:{password}"


def _consented(desk: Desk, kind: str, as_json: bool) -> Grant:  # noqa: FBT001  # private
    door = desk.purse.consents.get(kind)
    if door is None:
        raise Refusal(f"{LOG_INS[kind]} are not set: without a client nobody can log in.")

    def show(url: str) -> None:
        typer.echo(f"Open this address in a browser on this machine:\n{url}", err=as_json)
        (sys.stderr if as_json else sys.stdout).flush()

    return consent.ask(door, show)


def _listed(settings: Settings, kind: str, where: str | None, grant: Grant) -> Sequence[Listed]:
    agenda = vendors.agendas(settings, _Given(grant.access_token))[kind]
    anywhere = Calendar(
        integration_id=new_id(), user_id=new_id(), calendar_id="", zone="UTC", base_url=where
    )
    try:
        return agenda.calendars(anywhere)
    except Withdrawn:
        raise Refusal("The server does not take this login and password.", exit_code=1) from None
    except ProviderError as error:
        raise Refusal(f"The calendars cannot be listed: {error}.", exit_code=1) from error


def _chosen(found: Sequence[Listed], wanted: str | None) -> Listed:
    """Return the calendar that is meant: the one named, or the only one, or the main one."""
    open_ones = [one for one in found if one.may_write]
    if wanted is not None:
        open_ones = [one for one in found if wanted in {one.name, one.calendar_id}]
    if len(open_ones) == 1:
        return open_ones[0]
    main = [one for one in open_ones if one.is_main]
    if wanted is None and len(main) == 1:
        return main[0]
    names = ", ".join(sorted(one.name for one in found)) or "none"
    raise Refusal(f"--calendar must name one of these: {names}.", exit_code=1)
