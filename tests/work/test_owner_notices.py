"""The owner is told of a thing once, however often an area says it."""

from uuid import UUID

import pytest
from sqlalchemy import text

from domain.database import SYSTEM, Begin
from domain.work import owner_notices
from tests.support.databases import Database


@pytest.fixture
def user(database: Database) -> UUID:
    with database.connect() as connection:
        made = connection.execute("INSERT INTO users DEFAULT VALUES RETURNING id").fetchone()
    assert made is not None
    return made[0]


def test_what_is_said_twice_is_owed_once(begin_for_real: Begin, user: UUID) -> None:
    with begin_for_real(user) as session:
        made = owner_notices.tell(session, user, "usage", "2026-11:80", {"percent": 80})
        again = owner_notices.tell(session, user, "usage", "2026-11:80", {"percent": 80})
    with begin_for_real(SYSTEM) as session:
        more = owner_notices.tell(session, user, "usage", "2026-11:100", {"percent": 100})
        owed = session.execute(
            text("SELECT task, subject_id FROM errands WHERE user_id = :user ORDER BY created_at"),
            {"user": user},
        ).all()

    assert made is not None
    assert again is None
    assert owed == [("messages.plan", made), ("messages.plan", more)]


def test_what_is_undone_was_never_said(begin_for_real: Begin, user: UUID) -> None:
    with pytest.raises(ZeroDivisionError), begin_for_real(user) as session:
        owner_notices.tell(session, user, "reconnect", "1", {"broken": 1 / 0})

    with begin_for_real(user) as session:
        assert owner_notices.tell(session, user, "reconnect", "1", {}) is not None
