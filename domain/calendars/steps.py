"""Bringing one event and its item in an outside calendar into step, whichever has changed.

A step may be repeated at any point: it looks at both sides as they are, writes only under the
etag that it has seen, and finds nothing to do where another has done it. What is written here
and what was agreed stand in one transaction; what is written there is noted beforehand, so
that it is known again when the answer was not heard.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from domain.calendars import questions, rules, store
from domain.calendars.desk import Desk
from domain.calendars.ports import Entry, EtagChanged, Item, ItemGone, Withdrawn
from domain.calendars.rules import Content, Field, Merge
from domain.calendars.views import Carried, LinkRow, View
from domain.errors import Rejected, Retryable
from domain.tables.events import EventStatus
from domain.work.attempts import Job
from domain.work.effects import Effect, Receipt

CANCELLED: Final = EventStatus.CANCELLED.value
TRIES: Final = 4
RESTLESS: Final = timedelta(seconds=5)


class _Moved(Exception):
    """Either side has changed since we looked: look again."""


def job(desk: Desk) -> Job[LinkRow]:
    """Return how links are brought into step."""

    def describe(link: LinkRow) -> Effect:
        def act(key: str) -> Receipt:
            del key
            return _step(desk, link)

        return Effect(
            key=f"calendar:{link.id}:{link.wanted}",
            vendor="calendar",
            act=act,
            look_up=act,  # a step finds out by itself what has been done
            is_keyed=True,
        )

    return Job(kind=store.kind(), describe=describe)


def _step(desk: Desk, link: LinkRow) -> Receipt:
    looks = False
    for _ in range(TRIES):
        try:
            carried = _once(desk, link, looks=looks)
        except _Moved:
            continue
        except (EtagChanged, ItemGone):
            looks = True
            continue
        except Withdrawn as error:  # it waits for the owner, and goes on then
            raise Retryable(str(error)) from error
        return Receipt(carried.remote_id if carried else None, facts=carried)
    raise Retryable("both sides go on changing", after=RESTLESS)


def _once(desk: Desk, link: LinkRow, *, looks: bool) -> Carried | None:
    """Look at our side, and do what follows. None: the event or the calendar is gone."""
    with desk.begin(link.user_id) as session:
        view = store.view(session, link.id)
        if view is None:
            return None
        must_look = view.is_there and (looks or _is_seen(view))
        entry = None if must_look else _simple(view)
        if entry is not None and not store.offer(session, view, _digests(view)):
            raise _Moved
    if must_look:
        return _look(desk, view)
    return _as_it_is(view) if entry is None else _give(desk, view, entry)


def _is_seen(view: View) -> bool:
    """Tell whether something there is not as we left it, or is open between both sides."""
    is_new = view.seen_etag is not None and view.seen_etag != view.etag
    return is_new or rules.has_clash(view.agreed)


def _changes(view: View) -> list[str]:
    back = ["status"] if rules.MARKED in view.agreed and view.stands else []
    return [*rules.changed(view.agreed, _digests(view)), *back]


def _simple(view: View) -> Entry | None:
    """Return what is to be written as it is, because nothing there is known to have changed."""
    if view.content is None:
        return None
    if not view.is_there:  # what is over is not put there, nor put back
        return _entry(view) if view.stands and view.content.end > view.now else None
    if view.status == CANCELLED:
        return None if rules.MARKED in view.agreed else _entry(view)
    return _entry(view) if view.stands and _changes(view) else None


def _entry(view: View, content: Content | None = None) -> Entry:
    given = content or view.content
    if given is None:
        raise _Moved
    return rules.entry_of(
        given,
        zone=view.zone,
        link_id=view.link_id,
        version=view.wanted,
        is_cancelled=view.status == CANCELLED,
    )


def _give(desk: Desk, view: View, entry: Entry) -> Carried:
    """Write ours there: nobody else has, or the etag says so."""
    if not view.is_there:
        return _insert(desk, view, entry)
    return _write(desk, view, entry, etag=view.etag, fields=_changes(view))


def _insert(desk: Desk, view: View, entry: Entry) -> Carried:
    agenda = desk.agenda(view.kind)
    for incarnation in range(view.incarnation, view.incarnation + TRIES):
        name = rules.name_of(view.link_id, incarnation)
        written = agenda.insert(view.calendar, entry, name=name)
        there = written.item
        if there is None:
            done = _as_it_is(view)
            return replace(
                done,
                remote_id=written.remote_id,
                etag=written.etag,
                is_there=True,
                incarnation=incarnation,
                agreed=_digests(view),
                action="create",
            )
        if not there.is_gone and there.tag is not None and there.tag.link_id == view.link_id:
            return _reconcile(desk, replace(view, is_there=True, incarnation=incarnation), there)
    raise Rejected("every name that we would give it is taken there")


def _write(desk: Desk, view: View, entry: Entry, *, etag: str | None, fields: list[str]) -> Carried:
    """Write over what is there, or take it out, if it is what we have seen."""
    agenda, done = desk.agenda(view.kind), _as_it_is(view)
    if view.status == CANCELLED and view.on_cancel == "remove":
        agenda.remove(view.calendar, view.remote_id, etag=etag)
        return replace(
            done,
            etag=None,
            is_there=False,
            incarnation=view.incarnation + 1,
            agreed={},
            action="delete",
        )
    written = agenda.change(view.calendar, view.remote_id, entry, etag=etag)
    marked = {rules.MARKED: "yes"} if view.status == CANCELLED else {}
    agreed = {**_digests(view), **marked}
    return replace(done, etag=written.etag, agreed=agreed, action="update", fields=fields)


def _digests(view: View) -> dict[str, str]:
    return view.content.digests() if view.content else {}


def _as_it_is(view: View) -> Carried:
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


def _look(desk: Desk, view: View) -> Carried:
    """Read what is there, and decide."""
    item = desk.agenda(view.kind).find(view.calendar, view.remote_id)
    if item is None or item.is_gone:
        return _lost(desk, view)
    return _reconcile(desk, view, item)


def _reconcile(desk: Desk, view: View, item: Item) -> Carried:
    """Bring two changed sides together."""
    done = replace(_as_it_is(view), etag=item.etag, is_there=True, remote_id=item.remote_id)
    if view.content is None or not (view.stands or view.status == CANCELLED):
        return done
    theirs = rules.content_of(item, lasts=view.content.end - view.content.start)
    if theirs is None:
        raise Rejected("what stands there has no time")
    if view.status == CANCELLED:
        if rules.changed(view.agreed, theirs.digests()):
            _note(desk, view, "update", status="conflict", why="cancelled here, changed there")
        return _write(desk, view, _entry(view), etag=item.etag, fields=[])
    merged = _merged(view, item, theirs.digests())
    agreed = rules.agreement(
        agreed=view.agreed, ours=_digests(view), theirs=theirs.digests(), merged=merged
    )
    done = replace(done, agreed=agreed)
    if merged.takes:
        done = _take(desk, view, theirs, merged.takes, done)
    if merged.clashes and not done.is_stopped:
        questions.ask(desk.begin, view, theirs, merged.clashes)
    is_back = rules.MARKED in view.agreed  # it stands again, and is marked as cancelled there
    if done.is_stopped or not (merged.gives or is_back):
        return done
    # Where the owner is asked, what stands there stays as it is.
    content = rules.mixed(view.content, theirs, merged.takes | merged.clashes)
    return _give_back(desk, view, content, done, sorted(merged.gives))


def _give_back(
    desk: Desk, view: View, content: Content, done: Carried, fields: list[str]
) -> Carried:
    """Write there what both sides have become."""
    with desk.begin(view.user_id) as session:
        if not store.offer(session, view, content.digests()):
            raise _Moved
    agenda, entry = desk.agenda(view.kind), _entry(view, content)
    written = agenda.change(view.calendar, done.remote_id, entry, etag=done.etag)
    return replace(done, etag=written.etag, action="update", fields=fields)


def _merged(view: View, item: Item, theirs: dict[str, str]) -> Merge:
    ours = _digests(view)
    chosen = rules.chosen(view.answers, ours=ours, theirs=theirs)
    merged = rules.merge(
        agreed=view.agreed, offered=view.offered, ours=ours, theirs=theirs, chosen=chosen
    )
    if item.is_all_day or view.outside_move == "ask":
        return rules.hold_back(merged, frozenset({Field.TIME.value} - set(chosen)))
    return merged


def _take(
    desk: Desk, view: View, theirs: Content, fields: frozenset[str], done: Carried
) -> Carried:
    """Write on our event what a person changed there; its messages follow by themselves."""
    trail, goes_round = rules.trail_after(view.trail, theirs.digests(), now=view.now)
    done = replace(done, trail=trail, is_stopped=goes_round)
    if view.content is None:
        return done
    if goes_round:
        questions.stop(desk.begin, view)
        return replace(done, agreed=view.agreed)
    with desk.begin(view.user_id) as session:
        if not store.is_unchanged(session, view):
            raise _Moved
        store.take(session, view, rules.mixed(view.content, theirs, fields), done)
        store.log(session, view, "update", status="done", fields=sorted(fields))
    return done


def _lost(desk: Desk, view: View) -> Carried:
    """Decide about an item that somebody deleted there."""
    gone = replace(
        _as_it_is(view), is_there=False, etag=None, incarnation=view.incarnation + 1, agreed={}
    )
    if not view.stands or view.content is None or view.content.end <= view.now:
        return gone
    ours = {rules.GONE: rules.whole(view.content.digests()).hex()}
    theirs = {rules.GONE: f"gone {view.incarnation}"}
    answer = rules.chosen(view.answers, ours=ours, theirs=theirs).get(rules.GONE)
    if answer == rules.OURS:
        again = replace(view, is_there=False, incarnation=view.incarnation + 1)
        return _insert(desk, again, _entry(again))
    if answer is None and (_changes(view) or view.outside_cancel == "ask"):
        questions.ask_about_loss(desk.begin, view, ours=ours, theirs=theirs)
        return replace(_as_it_is(view), saw=None)
    with desk.begin(view.user_id) as session:
        if not store.is_unchanged(session, view):
            raise _Moved
        moved = store.follow(session, view)
        if moved is store.Moved.HERE:
            raise _Moved  # the link leads to its new place now
        if moved is store.Moved.BESIDE:  # that calendar has it twice: this one lets it go
            return replace(gone, is_stopped=True)
        store.cancel(session, view, gone)
        store.log(session, view, "delete", status="done")
    return gone


def _note(desk: Desk, view: View, action: str, *, status: str, **details: str) -> None:
    with desk.begin(view.user_id) as session:
        store.log(session, view, action, status=status, **details)
