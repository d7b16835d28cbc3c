"""What is written into an outside calendar, noted beforehand so that it is known again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from domain.calendars import rules, store
from domain.calendars.desk import Desk
from domain.calendars.ports import Entry
from domain.calendars.rules import Content
from domain.calendars.views import Carried, View
from domain.tables.events import EventStatus

CANCELLED: Final = EventStatus.CANCELLED.value


class Moved(Exception):
    """Either side has changed since we looked: look again."""


def digests(view: View) -> dict[str, str]:
    """Return what our side says, field by field."""
    return view.content.digests() if view.content else {}


def changes(view: View) -> list[str]:
    """Name what of ours is not as it was agreed on."""
    back = ["status"] if rules.MARKED in view.agreed and view.stands else []
    return [*rules.changed(view.agreed, digests(view)), *back]


def unsaid(view: View) -> list[str]:
    """Name what of ours was never about to be written there."""
    now = digests(view)
    return [name for name in now if now[name] not in view.offered.get(name, "").split()]


def as_it_is(view: View) -> Carried:
    """Say that nothing was done."""
    return Carried(
        wanted=view.wanted,
        generation=view.generation,
        saw=view.seen_etag,
        remote_id=view.remote_id,
        etag=view.etag,
        is_there=view.is_there,
        incarnation=view.incarnation,
        agreed=view.agreed,
        trail=view.trail,
    )


def entry(view: View, content: Content | None = None) -> Entry:
    """Return what is to stand there."""
    given = content or view.content
    if given is None:
        raise Moved
    said = rules.entry_of(
        given,
        zone=view.zone,
        link_id=view.link_id,
        version=view.wanted,
        is_cancelled=view.status == CANCELLED,
    )
    if view.status == CANCELLED:
        return said
    new = {name for name, digest in view.asides.items() if digest != view.agreed.get(name)}
    if rules.GUEST in new and view.guest is not None:
        said = replace(said, attendees=[view.guest])
    if rules.REMINDERS in new and view.reminders is not None:
        said = replace(said, reminders=[timedelta(minutes=one) for one in view.reminders])
    return said


def agreed(view: View, base: Mapping[str, str]) -> dict[str, str]:
    """Return what both sides agree on once an entry of ours is there."""
    if view.status == CANCELLED:
        return {**rules.extras(view.agreed), **base, rules.MARKED: "yes"}
    return {**rules.extras(view.agreed), **base, **view.asides}


def note(desk: Desk, view: View, said: Mapping[str, str]) -> None:
    """Write down what is about to be written there: unheard, it is known as ours all the same."""
    with desk.begin(view.user_id) as session:
        if not store.offer(session, view, said):
            raise Moved


def change(desk: Desk, view: View, given: Entry, *, etag: str | None, fields: list[str]) -> Carried:
    """Write over what is there, or take it out, if it is what we have seen."""
    agenda, done = desk.agenda(view.kind), as_it_is(view)
    removes = view.status == CANCELLED and view.on_cancel == "remove"
    if view.status == CANCELLED:
        note(desk, view, {rules.GONE if removes else rules.MARKED: rules.OURS})
    if removes:
        agenda.remove(view.calendar, view.remote_id, etag=etag)
        return replace(
            done,
            etag=None,
            is_there=False,
            incarnation=view.incarnation + 1,
            agreed={},
            action="delete",
        )
    written = agenda.change(view.calendar, view.remote_id, given, etag=etag)
    both = agreed(view, digests(view))
    return replace(done, etag=written.etag, agreed=both, action="update", fields=fields)


def give_back(
    desk: Desk, view: View, content: Content, done: Carried, fields: list[str]
) -> Carried:
    """Write there what both sides have become."""
    note(desk, view, content.digests())
    agenda, given = desk.agenda(view.kind), entry(view, content)
    written = agenda.change(view.calendar, done.remote_id, given, etag=done.etag)
    both = agreed(view, done.agreed)
    return replace(done, etag=written.etag, agreed=both, action="update", fields=fields)
