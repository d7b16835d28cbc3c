"""`frontdesk health` tells people and machines how tenants do, and draws it."""

import json
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from domain.database import SYSTEM, Begin
from domain.health import service, store
from tests.support import accounts
from tests.support.commands import told
from tests.support.databases import Database

VOID = {"meta", "rect", "line", "circle", "polyline", "br"}


class Page(HTMLParser):
    """Notes what a page asks for, and whether its tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.asks: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.asks += [name for name, _ in attrs if name in {"src", "href"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture
def lowest(database: Database, begin_for_real: Begin) -> tuple[UUID, int]:
    """Have accounts that were scored a week ago and now, and return the lowest."""
    with begin_for_real(SYSTEM) as session:
        now = store.now(session)
    with database.connect() as connection:
        accounts.add(connection, now, 30, seed=3)
        for days in (7, 0):
            service.score(begin_for_real, at=now - timedelta(days=days))
        row = connection.execute(
            "SELECT user_id, score FROM customer_health_scores ORDER BY score LIMIT 1"
        ).fetchone()
    assert row is not None
    return row[0], row[1]


def test_an_account_is_shown_with_what_would_restore_it(
    database: Database, lowest: tuple[UUID, int], tmp_path: Path
) -> None:
    code, said, _ = told(tmp_path, database, "health", "show", str(lowest[0]))

    assert code == 0
    assert f"{lowest[1]} of 100" in said
    assert "What would restore a B" in said

    code, _, said = told(tmp_path, database, "health", "show", str(uuid4()))
    assert code == 2
    assert "no score" in said


def test_all_accounts_are_told_to_a_machine_and_drawn_for_people(
    database: Database, lowest: tuple[UUID, int], tmp_path: Path
) -> None:
    page = tmp_path / "health.html"

    code, said, _ = told(tmp_path, database, "health", "report", "--json", "--html", str(page))

    assert code == 0
    worst = json.loads(said)["worst"][0]
    assert worst["score"] == lowest[1]
    assert sum(part["points"] for part in worst["points"].values()) == lowest[1]
    read = Page()
    read.feed(page.read_text())
    assert (read.open, read.asks) == ([], [])
    assert read.tags.count("svg") >= 2


def test_a_tenant_is_explained_with_its_health(
    database: Database, lowest: tuple[UUID, int], tmp_path: Path
) -> None:
    code, said, _ = told(tmp_path, database, "explain", "tenant", str(lowest[0]))

    assert code == 0
    assert "Health" in said
    assert str(lowest[1]) in said
