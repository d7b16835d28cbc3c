"""What an owner wants of one calendar, beyond that it is kept in step."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from domain.calendars import service
from domain.calendars.desk import Desk
from domain.errors import Refusal

CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "on_cancel": ("remove", "mark"),
    "outside_cancel": ("follow", "ask"),
    "outside_move": ("follow", "ask"),
    "outside_decline": ("ask", "follow", "ignore"),
}
"""What each may be, as the table's rules have it; the first is what is done unasked."""

WRITES_TO_GUESTS: Final = "outlook"
"""Who is named as a guest at Microsoft gets a letter of theirs, and nobody can tell it not to."""

MOST: Final = 5
FARTHEST: Final = 40_320
"""As many reminders, and so many minutes before, as Google takes: four weeks."""

_SHOWN: Final = text(
    "SELECT id, integration_type AS kind, on_cancel, outside_cancel, outside_move,"
    " outside_decline, invites, reminders FROM calendar_integrations WHERE id = :id"
)
_SET: Final = text(
    "UPDATE calendar_integrations SET on_cancel = coalesce(:on_cancel, on_cancel),"
    " outside_cancel = coalesce(:outside_cancel, outside_cancel),"
    " outside_move = coalesce(:outside_move, outside_move),"
    " outside_decline = coalesce(:outside_decline, outside_decline),"
    " invites = coalesce(:invites, invites),"
    " reminders = CASE WHEN :reminds THEN CAST(:reminders AS integer[]) ELSE reminders END"
    " WHERE id = :id"
)


def change(desk: Desk, integration_id: UUID, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Set what is given, leave the rest, and return how it all stands.

    `reminders` may be given as None: the calendar reminds as it does by itself.
    """
    for name, choices in CHOICES.items():
        if given.get(name) not in {None, *choices}:
            raise Refusal(f"{name} must be one of: {', '.join(choices)}.")
    minutes: Sequence[int] = given.get("reminders") or ()
    if len(minutes) > MOST or any(not 0 <= one <= FARTHEST for one in minutes):
        raise Refusal(f"At most {MOST} reminders, each 0 to {FARTHEST} minutes before.")
    user_id = service.owner_of(desk, integration_id)
    bound: dict[str, Any] = dict.fromkeys((*CHOICES, "invites", "reminders"))
    bound.update(given, id=integration_id, reminds="reminders" in given)
    with desk.begin(user_id) as session:
        kind = session.execute(_SHOWN, {"id": integration_id}).one().kind
        if given.get("invites") and kind == WRITES_TO_GUESTS:
            sentence = "Microsoft writes to every guest by itself: customers are not named there."
            raise Refusal(sentence)
        session.execute(_SET, bound)
        return {**session.execute(_SHOWN, {"id": integration_id}).mappings().one()}
