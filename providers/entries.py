"""How an entry of ours looks in a calendar, whatever the vendor."""

from typing import Final
from uuid import UUID

from domain.calendars.ports import Entry, Tag

CANCELLED: Final = "Cancelled: "


def title(entry: Entry) -> str:
    """Return its title; one that does not happen says so."""
    return CANCELLED + entry.title if entry.is_cancelled else entry.title


def plain(title: str, tag: Tag | None, *, is_busy: bool) -> str:
    """Return the title of an item without what we wrote before it; a busy one has nothing so."""
    return title if tag is None or is_busy else title.removeprefix(CANCELLED)


def written(tag: Tag) -> str:
    """Return our mark as a text."""
    return f"{tag.link_id}/{tag.version}"


def tag(text: str | None) -> Tag | None:
    """Read our mark; what is none of ours is none."""
    link, _, version = (text or "").partition("/")
    try:
        return Tag(UUID(link), int(version))
    except ValueError:
        return None
