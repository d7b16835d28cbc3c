"""What a guest's no does: the customer is a guest of the event there, and has declined."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from domain.calendars import questions, rules, store
from domain.calendars.desk import Desk
from domain.calendars.ports import Item
from domain.calendars.rules import CLASH, DECLINED, OURS, THEIRS
from domain.calendars.views import View
from domain.calendars.writing import Moved, as_it_is

IGNORE: Final = "ignore"
FOLLOW: Final = "follow"
"""As `calendar_integrations.outside_decline` has it; else the owner is asked."""

HEEDED: Final = {DECLINED: "yes"}
OPEN: Final = {f"{CLASH}{DECLINED}": "asked"}


def unmarked(agreed: Mapping[str, str]) -> dict[str, str]:
    """Return an agreement without what was made of a no: whoever has said yes again may say no."""
    return {name: said for name, said in agreed.items() if name not in {*HEEDED, *OPEN}}


def heed(desk: Desk, view: View, item: Item) -> Mapping[str, str] | None:
    """Act on a no, once, as the owner wants it; return what is to be remembered of it.

    None: the event is called off here.
    """
    if view.guest is None or view.guest.casefold() not in item.declined:
        return {}
    ours, theirs = {DECLINED: "stands"}, {DECLINED: f"declined {view.incarnation}"}
    answer = rules.chosen(view.answers, ours=ours, theirs=theirs).get(DECLINED)
    if DECLINED in view.agreed or answer == OURS or view.outside_decline == IGNORE:
        return HEEDED
    if answer == THEIRS or view.outside_decline == FOLLOW:
        _call_off(desk, view, item)
        return None
    questions.ask_about_decline(desk.begin, view, ours=ours, theirs=theirs)
    return OPEN


def _call_off(desk: Desk, view: View, item: Item) -> None:
    with desk.begin(view.user_id) as session:
        if not store.is_unchanged(session, view):
            raise Moved
        store.cancel(session, view, replace(as_it_is(view), etag=item.etag))
        store.log(session, view, "update", status="done", why="its guest has declined")
