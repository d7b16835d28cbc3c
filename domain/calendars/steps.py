"""Bringing one event and its item in an outside calendar into step, whichever has changed.

A step may be repeated at any point: it looks at both sides as they are, writes only under the
etag that it has seen, and finds nothing to do where another has done it. What is written here
and what was agreed stand in one transaction; what is written there is noted beforehand, so
that it is known again when the answer was not heard.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from domain.calendars import declines, questions, rules, store, writing
from domain.calendars.desk import Desk
from domain.calendars.ports import Entry, EtagChanged, Item, ItemGone, Withdrawn
from domain.calendars.rules import Content, Field, Merge
from domain.calendars.views import Carried, LinkRow, View
from domain.calendars.writing import CANCELLED, Moved, as_it_is, changes, digests
from domain.errors import Rejected, Retryable
from domain.work.attempts import Job
from domain.work.effects import Effect, Receipt

TRIES: Final = 4
RESTLESS: Final = timedelta(seconds=5)


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
        except Moved:
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
        view = store.view(session, desk.purse.keyring, link.id)
        if view is None:
            return None
        must_look = view.is_there and (looks or _is_seen(view))
        entry = None if must_look else _simple(view)
        if entry is not None and not store.offer(session, view, digests(view)):
            raise Moved
    if must_look:
        return _look(desk, view)
    if entry is None:
        return as_it_is(view)
    if view.is_there:
        return writing.change(desk, view, entry, etag=view.etag, fields=changes(view))
    return _insert(desk, view, entry)


def _is_seen(view: View) -> bool:
    """Tell whether something there is not as we left it, or is open between both sides."""
    is_new = view.seen_etag is not None and view.seen_etag != view.etag
    return is_new or rules.has_clash(view.agreed)


def _simple(view: View) -> Entry | None:
    """Return what is to be written as it is, because nothing there is known to have changed.

    What is over is not put there, nor put back; but what is called off while nobody knows
    whether it is there goes there once more: so it is found by its name, and taken out.
    """
    if view.content is None:
        return None
    if not view.is_there:
        is_due = view.stands and view.content.end > view.now
        is_lost = view.status == CANCELLED and bool(view.offered)
        return writing.entry(view) if is_due or is_lost else None
    if view.status == CANCELLED:
        return None if rules.MARKED in view.agreed else writing.entry(view)
    must_write = bool(changes(view)) or _may_be_leaving(view)
    return writing.entry(view) if view.stands and must_write else None


def _may_be_leaving(view: View) -> bool:
    """Tell whether who called it off may still sleep before taking it out, though it stands again.

    Written anew, it has an etag that the sleeper does not know.
    """
    return view.stands and not view.offered.keys().isdisjoint({rules.GONE, rules.MARKED})


def _insert(desk: Desk, view: View, entry: Entry) -> Carried:
    agenda = desk.agenda(view.kind)
    for incarnation in range(view.incarnation, view.incarnation + TRIES):
        at = replace(view, is_there=True, incarnation=incarnation)
        if incarnation > view.incarnation:
            writing.note(desk, at, digests(view))
        name = rules.name_of(view.link_id, incarnation)
        written = agenda.insert(view.calendar, entry, name=name)
        there = written.item
        if there is None:
            return _inserted(desk, replace(at, remote_id=written.remote_id), written.etag, entry)
        if not there.is_gone and there.tag is not None and there.tag.link_id == view.link_id:
            met = _reconcile(desk, at, there)  # we had put it there, and did not hear of it
            both = {**view.asides, **met.agreed}
            return replace(met, action=met.action or "create", agreed=both)
        if there.is_gone and incarnation == view.incarnation and _was_taken_out(view):
            return _lost(desk, view)
    raise Rejected("every name that we would give it is taken there")


def _was_taken_out(view: View) -> bool:
    """Tell whether a person took out what we had put there unheard, or it is to be out anyway.

    Otherwise it is put there once more: where it was changed here, or the owner is to be asked.
    """
    if view.status == CANCELLED:
        return True
    was_put = bool(view.offered) and rules.GONE not in view.offered
    return was_put and view.outside_cancel != "ask" and not writing.unsaid(view)


def _inserted(desk: Desk, view: View, etag: str | None, entry: Entry) -> Carried:
    """Say that it is there now; what has been called off goes again at once."""
    if view.status == CANCELLED and view.on_cancel == "remove":
        return writing.change(desk, view, entry, etag=etag, fields=[])
    both = writing.agreed(view, digests(view))
    return replace(as_it_is(view), etag=etag, agreed=both, action="create")


def _look(desk: Desk, view: View) -> Carried:
    """Read what is there, and decide."""
    item = desk.agenda(view.kind).find(view.calendar, view.remote_id)
    if item is None or item.is_gone:
        return _lost(desk, view)
    return _reconcile(desk, view, item)


def _reconcile(desk: Desk, view: View, item: Item) -> Carried:
    """Bring two changed sides together."""
    done = replace(as_it_is(view), etag=item.etag, is_there=True, remote_id=item.remote_id)
    if view.content is None or not (view.stands or view.status == CANCELLED):
        return done
    theirs = rules.content_of(item, lasts=view.content.end - view.content.start)
    if theirs is None:
        raise Rejected("what stands there has no time")
    merged = _merged(view, item, theirs.digests())
    if view.status == CANCELLED:
        return _call_off(desk, view, item, merged)
    agreed = rules.agreement(
        agreed=view.agreed, ours=digests(view), theirs=theirs.digests(), merged=merged
    )
    marks = declines.heed(desk, view, item)
    if marks is None:  # it is called off here now, and is taken out there next
        return done
    agreed = {**declines.unmarked(agreed), **marks}
    done = replace(done, agreed=agreed)
    if merged.takes:
        unwritten = {field: theirs.digests()[field] for field in merged.gives}
        taken = replace(done, agreed={**agreed, **unwritten})
        done = _take(desk, view, theirs, merged.takes, taken)
        done = done if done.is_stopped else replace(done, agreed=agreed)
    if merged.clashes and not done.is_stopped:
        questions.ask(desk.begin, view, theirs, merged.clashes)
    # It stands again, and is marked as cancelled there, or may be about to be.
    is_back = rules.MARKED in view.agreed or _may_be_leaving(view)
    if done.is_stopped or not (merged.gives or is_back):
        return done
    # Where the owner is asked, what stands there stays as it is.
    content = rules.mixed(view.content, theirs, merged.takes | merged.clashes)
    return writing.give_back(desk, view, content, done, sorted(merged.gives))


def _call_off(desk: Desk, view: View, item: Item, merged: Merge) -> Carried:
    """Take out what is called off here, whatever a person has just made of it there."""
    if merged.takes or merged.clashes:
        _note(desk, view, "update", status="conflict", why="cancelled here, changed there")
    at = replace(view, remote_id=item.remote_id)
    return writing.change(desk, at, writing.entry(view), etag=item.etag, fields=[])


def _merged(view: View, item: Item, theirs: dict[str, str]) -> Merge:
    ours = digests(view)
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
            raise Moved
        store.take(session, view, rules.mixed(view.content, theirs, fields), done)
        store.log(session, view, "update", status="done", fields=sorted(fields))
    return done


def _lost(desk: Desk, view: View) -> Carried:
    """Decide about an item that somebody deleted there."""
    gone = replace(
        as_it_is(view), is_there=False, etag=None, incarnation=view.incarnation + 1, agreed={}
    )
    if not view.stands or view.content is None or view.content.end <= view.now:
        return gone
    ours = {rules.GONE: rules.whole(view.content.digests()).hex()}
    theirs = {rules.GONE: f"gone {view.incarnation}"}
    answer = rules.chosen(view.answers, ours=ours, theirs=theirs).get(rules.GONE)
    if answer == rules.OURS or rules.GONE in view.offered:  # or it was us: it was called off then
        again = replace(view, is_there=False, incarnation=view.incarnation + 1)
        writing.note(desk, again, digests(again))
        return _insert(desk, again, writing.entry(again))
    if answer is None and view.is_there and (changes(view) or view.outside_cancel == "ask"):
        questions.ask_about_loss(desk.begin, view, ours=ours, theirs=theirs)
        return replace(as_it_is(view), saw=None)
    with desk.begin(view.user_id) as session:
        if not store.is_unchanged(session, view):
            raise Moved
        moved = store.follow(session, view)
        if moved is None:
            store.cancel(session, view, gone)
            store.log(session, view, "delete", status="done")
    if moved is store.Moved.HERE:
        raise Moved  # the link leads to its new place now: that is committed
    if moved is store.Moved.BESIDE:  # that calendar has it twice: this one lets it go
        return replace(gone, is_stopped=True)
    return gone


def _note(desk: Desk, view: View, action: str, *, status: str, **details: str) -> None:
    with desk.begin(view.user_id) as session:
        store.log(session, view, action, status=status, **details)
