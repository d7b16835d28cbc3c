"""`frontdesk calendars`: how owners' calendars do, read now, compared, and what is free."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from config.settings import Settings
from domain import zones
from domain.calendars import bookings, compare, connections, pulls, service
from domain.calendars import settings as wishes
from domain.calendars.bookings import Free, Taken, Wish
from domain.calendars.desk import Desk
from domain.calendars.hours import Span
from domain.errors import ProviderError, Refusal
from domain.work import batch
from domain.work.names import TaskName
from tasks.contract import ring
from workers.cli.control import as_id
from workers.cli.frame import AsJson, app, at_hand, out, show, show_json, speak_up
from workers.keys import keyring
from workers.reach import reach, toolbox
from workers.vendors import calendars as vendors

calendars: typer.Typer = typer.Typer(help="Owners' calendars.", no_args_is_help=True)
app.add_typer(calendars, name="calendars")

NAME: Final = "frontdesk calendars"
COLUMNS: Final = (
    *("id", "kind", "name", "status", "pull_state", "fresh_as_of", "next_try", "on_their_way"),
    *("not_carried", "drift", "last_error"),
)

CalendarId = Annotated[str, typer.Argument(help="The calendar's id.", metavar="ID")]
Who = Annotated[str, typer.Argument(help="The tenant's id.", metavar="USER")]


def desk_of(given: Settings) -> Desk:
    """Return what calendars are kept in step with."""
    return vendors.desk(given, reach(given, name=NAME), keyring(given))


@calendars.command("status")
def status(
    user: Annotated[str | None, typer.Option(help="Only this tenant's.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show as of when each calendar is fresh, what went wrong, and when it is tried next.

    Exit 1 where one is not well: not read for 15 minutes, to be connected again, or refused.
    """
    user_id = as_id(user) if user else None
    with at_hand() as given:
        rows = connections.status(desk_of(given), user_id)
    if as_json:
        show_json({"calendars": rows})
    else:
        cells = [[row[name] for name in COLUMNS] for row in rows]
        show("Calendars", [name.replace("_", " ") for name in COLUMNS], cells)
    if any(row["is_active"] and not row["is_well"] for row in rows):
        raise typer.Exit(1)


@calendars.command("pull")
def pull(calendar_id: CalendarId) -> None:
    """Read a calendar now, whenever it would be due."""
    key = as_id(calendar_id)
    with at_hand() as given:
        speak_up(given)
        box = toolbox(given, name=NAME)
        service.owner_of(box.desk, key)
        service.pull(box.desk, key)
        batch.work_one(box.shop, pulls.job(box.desk), key)
        [row] = [one for one in connections.status(box.desk, None) if one["id"] == key]
    ring(TaskName.CALENDARS_SWEEP)
    if row["last_error"]:
        raise Refusal(f"Not read: {row['last_error']}.", exit_code=1)
    out.print(f"Read; fresh as of {row['fresh_as_of']:%Y-%m-%d %H:%M:%S %Z}.", highlight=False)


@calendars.command("compare")
def compare_one(
    calendar_id: CalendarId,
    *,
    dry_run: Annotated[bool, typer.Option(help="Heal nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare a calendar with ours from end to end, and heal what is safe; exit 1 on drift."""
    key = as_id(calendar_id)
    with at_hand() as given:
        speak_up(given)  # to standard error: what is printed may be JSON
        made = compare.compare(desk_of(given), key, heals=not dry_run)
    ring(TaskName.CALENDARS_SWEEP)
    if made is None:
        raise Refusal(
            "It is being listed anew at this moment: compare it in a minute.", exit_code=1
        )
    if as_json:
        findings = [{"kind": one.kind, "subject": one.subject} for one in made.findings]
        counts = {"drift": made.drift, "items": made.items, "events": made.events}
        show_json({**counts, "healing": 0 if dry_run else made.healed, "findings": findings})
    else:
        rows = [(one.kind, one.subject, one.kind in compare.HEALED) for one in made.findings]
        show(f"Drift {made.drift}, of {made.items} items", ["what", "subject", "is safe"], rows)
    if made.drift:
        raise typer.Exit(1)


@calendars.command("free")
def free(
    user: Who,
    day: Annotated[str, typer.Argument(help="Such as 2026-12-01.", metavar="DATE")],
    minutes: Annotated[int, typer.Option(min=5, max=1440, help="How long it takes.")] = 60,
    *,
    as_json: AsJson = False,
) -> None:
    """Say when something may be booked: within business hours, around what is there."""
    user_id = as_id(user)
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        raise Refusal("DATE must be a day such as 2026-12-01.") from None
    with at_hand() as given:
        begin = reach(given, name=NAME)
        found = bookings.free(begin, user_id, wanted, lasts=timedelta(minutes=minutes))
    if as_json:
        show_json(_facts(found))
        return
    zone = zones.find(found.zone) or ZoneInfo("UTC")
    if not found.open:
        out.print("Closed: no business hours are set for that day.", highlight=False)
        return
    rows = [(_clock(span.start, zone), _clock(span.end, zone)) for span in found.free]
    show(f"Free on {wanted} ({found.zone})", ["from", "to"], rows)
    begins = ", ".join(_clock(one, zone) for one in found.starts)
    out.print(f"{minutes} minutes may begin at: {begins or 'no time'}.", highlight=False)


@calendars.command("book")
def book(
    user: Who,
    start: Annotated[str, typer.Argument(help="Such as 2026-12-01T10:00.", metavar="START")],
    title: Annotated[str, typer.Argument(help="What it is called.", metavar="TITLE")],
    minutes: Annotated[int, typer.Option(min=5, max=1440, help="How long it takes.")] = 60,
    location: Annotated[str | None, typer.Option(help="Where it is.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Book a time, if nobody has it here or in the owner's calendars; exit 1 where it is taken.

    A START without a zone is meant in the tenant's.
    """
    user_id = as_id(user)
    try:
        begins = datetime.fromisoformat(start)
    except ValueError:
        raise Refusal("START must be a time such as 2026-12-01T10:00.") from None
    with at_hand() as given:
        speak_up(given)
        desk = desk_of(given)
        zone = bookings.zone_of(desk.begin, user_id)
        begins = begins if begins.tzinfo else begins.replace(tzinfo=zone)
        ends = begins.astimezone(UTC) + timedelta(minutes=minutes)
        wish = Wish(title=title, start=begins.astimezone(UTC), end=ends, location=location)
        try:
            event_id = bookings.book(desk, user_id, wish)
        except Taken:
            sentence = f"That time is taken: see `frontdesk calendars free {user} DATE`."
            raise Refusal(sentence, exit_code=1) from None
        except ProviderError as error:
            sentence = f"Not booked, because a calendar could not be asked: {error}."
            raise Refusal(sentence, exit_code=1) from None
    ring(TaskName.CALENDARS_SWEEP)
    if as_json:
        show_json({"event": str(event_id), "start": wish.start, "end": wish.end})
        return
    said = f"{_clock(wish.start, zone)} to {_clock(wish.end, zone)}"
    out.print(f"Booked: event {event_id}, {said} ({zone.key}).", highlight=False)


@calendars.command("answer")
def answer(
    question: Annotated[str, typer.Argument(help="The question's id.", metavar="QUESTION")],
    choice: Annotated[str, typer.Argument(help="ours or theirs.", metavar="CHOICE")],
) -> None:
    """Say which of two edits counts; both calendars follow."""
    if choice not in {"ours", "theirs"}:
        raise Refusal("CHOICE must be ours or theirs.")
    with at_hand() as given:
        service.answer(desk_of(given), as_id(question), choice)
    ring(TaskName.CALENDARS_SWEEP)
    out.print(f"Question {question} is answered: {choice}.", highlight=False)


@calendars.command("set")
def set_wishes(  # noqa: PLR0913  # each is one wish
    calendar_id: CalendarId,
    remind: Annotated[
        str | None, typer.Option(help="Minutes before, such as 60,15; none; or usual.")
    ] = None,
    on_cancel: Annotated[str | None, typer.Option(help="remove or mark what is cancelled.")] = None,
    on_delete: Annotated[str | None, typer.Option(help="follow or ask when deleted there.")] = None,
    on_move: Annotated[str | None, typer.Option(help="follow or ask when moved there.")] = None,
    on_decline: Annotated[
        str | None, typer.Option(help="ask, follow or ignore when a customer declines there.")
    ] = None,
    *,
    invite: Annotated[
        bool | None, typer.Option(help="Name the customer as a guest; no vendor writes to them.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set what an owner wants of a calendar, and show how it stands.

    Guests and reminders are of what is written from now on; what people change of them there stays.
    """
    given: dict[str, Any] = {
        "on_cancel": on_cancel,
        "outside_cancel": on_delete,
        "outside_move": on_move,
        "outside_decline": on_decline,
        "invites": invite,
    }
    if remind is not None:
        given["reminders"] = _minutes(remind)
    with at_hand() as settings:
        desk = desk_of(settings)
        stands = wishes.change(desk, as_id(calendar_id), given)
    if as_json:
        show_json(stands)
    else:
        show("Wishes", ["what", "how"], [[name, said] for name, said in stands.items()])


def _minutes(words: str) -> list[int] | None:
    if words == "usual":
        return None
    parts = [] if words == "none" else words.split(",")
    if not all(part.strip().isdecimal() for part in parts):
        raise Refusal("--remind must be minutes such as 60,15, or none, or usual.")
    return [int(part) for part in parts]


def _facts(found: Free) -> dict[str, Any]:
    def spans(given: Sequence[Span]) -> list[dict[str, datetime]]:
        return [{"start": one.start, "end": one.end} for one in given]

    return {
        "zone": found.zone,
        "open": spans(found.open),
        "free": spans(found.free),
        "starts": list(found.starts),
        "fresh_as_of": found.fresh_as_of,
    }


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"
