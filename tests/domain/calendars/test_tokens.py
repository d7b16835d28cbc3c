"""Tokens are renewed by one at a time, and what a vendor rotated is never lost."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.calendars import shelf
from domain.calendars.ports import Calendar, Grant, Withdrawn
from domain.calendars.tokens import Purse
from domain.database import Scope
from domain.errors import Retryable
from tests.support.diary import Diary

CALLERS = 12


@dataclass
class Rotating:
    """A log-in that takes each refresh token once, as strict ones do, and is slow about it."""

    vendor: str = "google"
    current: str = "refresh 0"
    asked: list[str] = field(default_factory=list[str])
    fails: int = 0

    def renew(self, refresh_token: str) -> Grant:
        self.asked.append(refresh_token)
        time.sleep(0.05)
        if len(self.asked) <= self.fails:
            raise Retryable("the log-in is away")
        if refresh_token != self.current:
            raise Withdrawn("used twice")
        self.current = f"refresh {len(self.asked)}"
        return Grant(f"access {len(self.asked)}", self.current, timedelta(hours=1))

    def address(self, *, state: str, redirect: str, challenge: str) -> str:
        raise NotImplementedError

    def redeem(self, code: str, *, redirect: str, verifier: str) -> Grant:
        raise NotImplementedError


@pytest.fixture
def login() -> Rotating:
    return Rotating()


@pytest.fixture
def purse(book: Diary, login: Rotating) -> Purse:
    made = replace(book.desk.purse, consents={"google": login})
    with book.begin(book.user) as session:
        grant = Grant("access 0", "refresh 0", timedelta(hours=1))
        made.connect(session, book.calendar, grant)
    return made


@pytest.fixture
def calendar(book: Diary) -> Calendar:
    with book.begin(book.user) as session:
        found = shelf.read(session, book.calendar)
    assert found is not None
    return found.calendar


def test_of_many_who_are_refused_one_renews_and_all_go_on(
    purse: Purse, login: Rotating, calendar: Calendar
) -> None:
    gate, got = threading.Barrier(CALLERS), list[str]()

    def call() -> None:
        gate.wait()
        got.append(purse.renewed(calendar, refused="access 0"))

    threads = [threading.Thread(target=call) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert got == ["access 1"] * CALLERS
    assert login.asked == ["refresh 0"]
    assert purse.renewed(calendar, refused="access 1") == "access 2"
    assert login.asked == ["refresh 0", "refresh 1"]


def test_a_rotated_token_is_saved_although_the_database_was_away(
    book: Diary, purse: Purse, login: Rotating, calendar: Calendar
) -> None:
    broken: list[str] = []

    @contextmanager
    def begin(scope: Scope) -> Iterator[Session]:
        with book.begin(scope) as session:
            yield session
            if login.asked and len(broken) < 3:
                broken.append("once more")
                raise OperationalError("UPDATE", {}, Exception("the connection broke"))

    assert replace(purse, begin=begin).renewed(calendar, refused="access 0") == "access 1"

    assert len(broken) == 3
    assert purse.bearer(calendar) == "access 1"
    assert purse.renewed(calendar, refused="access 1") == "access 2"


def test_a_log_in_that_is_away_is_asked_again_later_with_the_same_token(
    book: Diary, purse: Purse, login: Rotating, calendar: Calendar
) -> None:
    login.fails = 1

    with pytest.raises(Retryable):
        purse.renewed(calendar, refused="access 0")

    assert purse.renewed(calendar, refused="access 0") == "access 2"
    assert login.asked == ["refresh 0", "refresh 0"]
    status = "SELECT status FROM calendar_integrations"
    assert book.row(status)["status"] == "connected"
