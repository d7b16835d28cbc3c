"""`frontdesk health` tells people and machines how tenants do, and draws it."""

import json
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from uuid import uuid4

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


def test_the_command_shows_an_account_all_accounts_and_a_page(
    database: Database, begin_for_real: Begin, tmp_path: Path
) -> None:
    with begin_for_real(SYSTEM) as session:
        now = store.now(session)
    with database.connect() as connection:
        accounts.add(connection, now, 30, seed=3)
    for days in (7, 0):
        service.score(begin_for_real, at=now - timedelta(days=days))
    with database.connect() as connection:
        row = connection.execute(
            "SELECT user_id, score FROM customer_health_scores ORDER BY score LIMIT 1"
        ).fetchone()
    assert row is not None

    code, said, _ = told(tmp_path, database, "health", "show", str(row[0]))
    assert code == 0
    assert f"{row[1]} of 100" in said
    assert "What would restore a B" in said

    code, said, _ = told(tmp_path, database, "health", "show", str(row[0]), "--json")
    card = json.loads(said)
    assert sum(part["points"] for part in card["points"].values()) == row[1]

    page = tmp_path / "health.html"
    code, said, _ = told(tmp_path, database, "health", "report", "--html", str(page))
    assert code == 0
    assert "The lowest" in said
    read = Page()
    read.feed(page.read_text())
    assert (read.open, read.asks) == ([], [])
    assert read.tags.count("svg") >= 2

    code, _, said = told(tmp_path, database, "health", "show", str(uuid4()))
    assert code == 2
    assert "no score" in said
