"""From an address that an owner knows to the calendars there (RFC 6764, RFC 4791)."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import urljoin

from domain.calendars.ports import Listed, Withdrawn
from domain.errors import ProviderError, Rejected
from providers import zones
from providers.caldav import forms
from providers.caldav.forms import CAL, DAV
from providers.caldav.server import Server

PRINCIPAL: Final = f"{DAV}current-user-principal"
HOME: Final = f"{CAL}calendar-home-set"
TYPE: Final = f"{DAV}resourcetype"
NAME: Final = f"{DAV}displayname"
KINDS: Final = f"{CAL}supported-calendar-component-set"
RIGHTS: Final = f"{DAV}current-user-privilege-set"
ZONE: Final = f"{CAL}calendar-timezone"
WRITES: Final = frozenset({"write", "write-content", "bind", "all"})


def calendars(server: Server) -> Sequence[Listed]:
    """List the calendars that hold events; raises Rejected where none can be found."""
    home = _home(server)
    heard = server.ask(
        "PROPFIND", home, forms.propfind(TYPE, NAME, KINDS, RIGHTS, ZONE), {"Depth": "1"}
    )
    if heard.status >= HTTPStatus.BAD_REQUEST:
        raise Rejected(f"the server does not show its calendars: {heard.status}")
    found = [one for one in forms.read(heard.body).lines if _holds_events(one)]
    return [
        Listed(
            calendar_id=urljoin(heard.url, forms.quoted(one.path)),
            name=one.text(NAME) or one.path.rstrip("/").rpartition("/")[2],
            zone=_zone(one),
            is_main=number == 0,
            may_write=_may_write(one),
        )
        for number, one in enumerate(found)
    ]


def _home(server: Server) -> str:
    """Go from the address to the principal, and from there to where its calendars are."""
    principal = None
    for start in (
        server.root,
        urljoin(server.root, "/.well-known/caldav"),
        urljoin(server.root, "/"),
    ):
        principal = _asked(server, start, PRINCIPAL)
        if principal is not None:
            break
    if principal is None:
        raise Rejected("there is no CalDAV server at this address")
    home = _asked(server, principal, HOME)
    if home is None:
        raise Rejected("the server names no place for this person's calendars")
    return home


def _asked(server: Server, url: str, name: str) -> str | None:
    """Return the address that a property names; None where there is none, for any reason."""
    try:
        heard = server.ask("PROPFIND", url, forms.propfind(name), {"Depth": "0"})
        if heard.status >= HTTPStatus.BAD_REQUEST:
            return None
        lines = forms.read(heard.body).lines
    except Withdrawn:
        raise
    except ProviderError:
        return None
    hrefs = [href for one in lines for href in one.hrefs(name)]
    return urljoin(heard.url, hrefs[0]) if hrefs else None


def _holds_events(found: forms.Found) -> bool:
    kind = found.props.get(TYPE)
    if kind is None or kind.find(f"{CAL}calendar") is None:
        return False
    kinds = found.props.get(KINDS)
    return kinds is None or any(one.get("name") == "VEVENT" for one in kinds)


def _may_write(found: forms.Found) -> bool:
    rights = found.props.get(RIGHTS)
    if rights is None:
        return True
    return bool(WRITES & {one.tag.removeprefix(DAV) for one in rights.iter()})


def _zone(found: forms.Found) -> str | None:
    """Return the zone that a calendar says it is in; only one with a known name is of use."""
    for line in (found.text(ZONE) or "").splitlines():
        if line.upper().startswith("TZID"):
            zone = zones.find(line.partition(":")[2])
            return str(zone) if zone is not None else None
    return None
