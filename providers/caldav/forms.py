"""What is asked and answered in XML: built by a tree, read by a parser that refuses entities."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from domain.errors import Retryable

DAV: Final = "{DAV:}"
CAL: Final = "{urn:ietf:params:xml:ns:caldav}"
SERVER: Final = "{http://calendarserver.org/ns/}"
OK: Final = 200


@dataclass(frozen=True, slots=True)
class Found:
    """One resource in an answer."""

    path: str
    """Without the host, and in clear text."""

    status: int
    props: dict[str, Element]

    def text(self, name: str) -> str | None:
        """Return what a property says."""
        found = self.props.get(name)
        return found.text.strip() if found is not None and found.text else None

    def hrefs(self, name: str) -> list[str]:
        """Return the addresses that a property names."""
        found = self.props.get(name)
        if found is None:
            return []
        return [one.text.strip() for one in found.iter(f"{DAV}href") if one.text]


@dataclass(frozen=True, slots=True)
class Answer:
    """A multistatus."""

    lines: Sequence[Found]
    token: str | None


def read(body: bytes) -> Answer:
    """Read a multistatus; what is none may be a gate's page, and is asked for again."""
    try:
        tree = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Retryable("the calendar's server gave an answer that is no XML") from error
    if tree.tag != f"{DAV}multistatus":
        raise Retryable("the calendar's server gave another answer than was asked for")
    token = tree.find(f"{DAV}sync-token")
    lines = [_line(one) for one in tree.findall(f"{DAV}response")]
    return Answer(lines, token.text.strip() if token is not None and token.text else None)


def _line(response: Element) -> Found:
    href = response.findtext(f"{DAV}href", "").strip()
    props: dict[str, Element] = {}
    for part in response.findall(f"{DAV}propstat"):
        if _status(part) == OK:
            props.update({one.tag: one for one in part.findall(f"{DAV}prop/*")})
    whole = response.find(f"{DAV}status")
    status = _status(response) if whole is not None else OK
    return Found(unquote(urlsplit(href).path), status, props)


def _status(part: Element) -> int:
    words = part.findtext(f"{DAV}status", "").split()
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def names_in(body: bytes) -> set[str]:
    """Return the names of all that an error says, whatever it says around them."""
    try:
        return {one.tag for one in fromstring(body).iter()}
    except (ParseError, DefusedXmlException, ValueError):
        return set()


def propfind(*names: str) -> bytes:
    """Ask for properties."""
    root = Element(f"{DAV}propfind")
    _props(root, names)
    return tostring(root, "utf-8", xml_declaration=True)


def sync(token: str) -> bytes:
    """Ask what changed since a token."""
    root = Element(f"{DAV}sync-collection")
    SubElement(root, f"{DAV}sync-token").text = token
    SubElement(root, f"{DAV}sync-level").text = "1"
    _props(root, [f"{DAV}getetag"])
    return tostring(root, "utf-8", xml_declaration=True)


def multiget(paths: Iterable[str]) -> bytes:
    """Ask for the texts of resources."""
    root = Element(f"{CAL}calendar-multiget")
    _props(root, [f"{DAV}getetag", f"{CAL}calendar-data"])
    for path in paths:
        SubElement(root, f"{DAV}href").text = path
    return tostring(root, "utf-8", xml_declaration=True)


def query(*, start: str | None = None, end: str | None = None, uid: str | None = None) -> bytes:
    """Ask for the texts of events that touch a time, or of the one with a UID."""
    root = Element(f"{CAL}calendar-query")
    _props(root, [f"{DAV}getetag", f"{CAL}calendar-data"])
    whole = SubElement(SubElement(root, f"{CAL}filter"), f"{CAL}comp-filter", {"name": "VCALENDAR"})
    events = SubElement(whole, f"{CAL}comp-filter", {"name": "VEVENT"})
    if start and end:
        SubElement(events, f"{CAL}time-range", {"start": start, "end": end})
    if uid:
        named = SubElement(events, f"{CAL}prop-filter", {"name": "UID"})
        SubElement(named, f"{CAL}text-match", {"collation": "i;octet"}).text = uid
    return tostring(root, "utf-8", xml_declaration=True)


def _props(root: Element, names: Iterable[str]) -> None:
    part = SubElement(root, f"{DAV}prop")
    for name in names:
        SubElement(part, name)


def quoted(path: str) -> str:
    """Write a path as an address has it."""
    return quote(path, safe="/%:@!$&'()*+,;=-._~")
