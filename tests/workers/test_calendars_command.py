"""`frontdesk calendars`, as an operator says it."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine

from domain.database import Begin, sessions
from tests.support.broker import a_broker
from tests.support.clerk import Clerk, clerk
from tests.support.databases import Database
from tests.support.diary import HOUR, SOON, Diary, diary
from tests.support.stage import running_vendors, vendors
from tests.support.stand_ins import StandIns

KEY = "k1:" + "A" * 43 + "="  # as tests.support.slice.KEYS
COMMANDS = ("answer", "book", "compare", "connect", "free", "pull", "set", "status")
DAY = (SOON + timedelta(days=3)).replace(hour=9)

__all__ = ["running_vendors", "vendors"]


@dataclass
class Office:
    """A tenant with a calendar, and somebody who says commands about it."""

    book: Diary
    clerk: Clerk

    @property
    def calendar(self) -> str:
        return str(self.book.calendar)

    @property
    def user(self) -> str:
        return str(self.book.user)

    def say(self, *words: str) -> tuple[int, str, str]:
        return self.clerk.say("calendars", *words)


@pytest.fixture(scope="module")
def begin_for_all(own_database: Database) -> Generator[Begin]:
    engine = create_engine(own_database.url())
    yield sessions(engine)
    engine.dispose()


@pytest.fixture(scope="module")
def a_clerk(
    own_database: Database, running_vendors: StandIns, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Clerk]:
    with a_broker() as broker:
        given = {
            "DATABASE_URL": own_database.url(),
            "REDIS_URL": broker.url,
            "ENCRYPTION_KEYS": KEY,
            "GOOGLE_BASE_URL": running_vendors.at("google"),
        }
        with clerk(tmp_path_factory.mktemp("home"), **given) as made:
            yield made


@pytest.fixture
def office(begin_for_all: Begin, vendors: StandIns, a_clerk: Clerk) -> Generator[Office]:
    with diary(begin_for_all, vendors) as book:
        book.do(
            "INSERT INTO availability_slots (user_id, day_of_week, start_time, end_time)"
            " SELECT :user, n, '00:00', '23:59' FROM generate_series(0, 6) n",
            user=book.user,
        )
        yield Office(book, a_clerk)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_command_says_what_it_is_for_and_refuses_what_makes_no_sense(office: Office) -> None:
    code, said, _ = office.say("--help")
    assert code == 0
    assert {line.split()[0] for line in said.splitlines() if line.startswith("  ")} >= set(COMMANDS)
    for name in COMMANDS:
        code, said, _ = office.say(name, "--help")
        assert code == 0
        assert said.partition("Options:")[0].count("\n") >= 4, f"{name} does not say what it does"
    nobody, calendar, user = str(uuid4()), office.calendar, office.user
    wrong = (
        ["answer", nobody, "mine"],
        ["answer", "no-id", "ours"],
        ["book", user, "tomorrow", "Visit"],
        ["compare", "no-id"],
        ["connect", "carrier-pigeon", "--user", user],
        ["free", user, "tomorrow"],
        ["pull"],
        ["set", calendar, "--on-cancel", "burn"],
        ["set", calendar, "--remind", "soon"],
        ["set", calendar, "--remind", "1,2,3,4,5,6"],
        ["status", "--user", "no-id"],
    )
    unknown = (
        ["answer", nobody, "ours"],
        ["book", nobody, DAY.isoformat(), "Visit"],
        ["compare", nobody],
        ["free", nobody, f"{DAY:%Y-%m-%d}"],
        ["pull", nobody],
        ["set", nobody],
    )
    for expected, several in ((2, wrong), (1, unknown)):
        for words in several:
            code, said, why = office.say(*words)
            assert (words, code) == (words, expected)
            assert why.strip()
            assert "Traceback" not in why
            assert not said.strip()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_operator_reads_compares_and_books(office: Office) -> None:
    book, calendar, user = office.book, office.calendar, office.user
    book.person.write("Dentist", DAY)

    code, said, why = office.say("pull", calendar)
    assert (code, "fresh as of" in said) == (0, True), why
    [row] = office.clerk.shown("calendars", "status", "--user", user)["calendars"]
    assert (row["id"], row["is_well"]) == (calendar, True)
    assert office.clerk.shown("calendars", "compare", calendar)["drift"] == 0
    book.do("DELETE FROM calendar_events")
    code, said, _ = office.say("compare", calendar, "--dry-run")
    assert (code, "not_mirrored" in said) == (1, True)
    book.sync()
    code, _, why = office.say("book", user, DAY.isoformat(), "Visit")
    assert (code, "taken" in why) == (1, True)
    made = office.clerk.shown("calendars", "book", user, (DAY + HOUR).isoformat(), "Visit")
    assert made["start"].startswith(f"{DAY + HOUR:%Y-%m-%d %H:%M}")
    free = office.clerk.shown("calendars", "free", user, f"{DAY:%Y-%m-%d}")
    assert f"{DAY + HOUR:%Y-%m-%d %H:%M}" not in " ".join(free["starts"])
    code, said, _ = office.say("free", user, f"{DAY:%Y-%m-%d}", "--minutes", "30")
    assert (code, "30 minutes may begin at" in said) == (0, True)

    book.do("UPDATE calendar_integrations SET status = 'needs_reconnect'")
    code, said, _ = office.say("status", "--user", user)
    assert (code, "needs_reconnect" in said) == (1, True)
    code, _, why = office.say("book", user, (DAY + 3 * HOUR).isoformat(), "Visit")
    assert (code, "could not be asked" in why) == (1, True)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_owners_wishes_are_set_and_shown(office: Office) -> None:
    words = ("calendars", "set", office.calendar)
    before = office.clerk.shown(*words)
    assert (before["invites"], before["reminders"], before["on_cancel"]) == (False, None, "remove")

    after = office.clerk.shown(*words, "--invite", "--remind", "60,15", "--on-decline", "follow")
    assert (after["invites"], after["reminders"]) == (True, [60, 15])
    assert (after["outside_decline"], after["on_cancel"]) == ("follow", "remove")
    none = office.clerk.shown(*words, "--remind", "none", "--no-invite")
    assert (none["reminders"], none["invites"]) == ([], False)
    usual = office.clerk.shown(*words, "--remind", "usual", "--on-cancel", "mark")
    assert (usual["reminders"], usual["on_cancel"]) == (None, "mark")
    code, said, _ = office.say("set", office.calendar)
    assert (code, "outside_move" in said) == (0, True)

    office.book.do("UPDATE calendar_integrations SET integration_type = 'outlook'")
    code, _, why = office.say("set", office.calendar, "--invite")
    assert (code, "Microsoft writes to every guest" in why) == (2, True)


def in_conflict(office: Office) -> tuple[UUID, str]:
    """Have one title changed on both sides; return the event, and what is asked about it."""
    book = office.book
    event = book.book()
    book.sync()
    book.change(event, title="Ours")
    book.person.edit(book.link(event)["remote_id"], summary="Theirs")
    book.sync()
    [question] = [one for one in book.questions() if one["event_id"] == event]
    return event, str(question["id"])


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_owner_answers_for_either_side(office: Office) -> None:
    for choice, title in (("ours", "Ours"), ("theirs", "Theirs")):
        event, question = in_conflict(office)

        code, said, why = office.say("answer", question, choice)
        assert (code, f"is answered: {choice}" in said) == (0, True), why
        office.book.sync(times=2)

        assert office.book.event(event)["title"] == title
        assert office.book.there(event)["summary"] == title
        code, _, why = office.say("answer", question, choice)
        assert (code, "is answered already" in why) == (1, True)
        office.book.change(event, status="cancelled")
        office.book.sync()
