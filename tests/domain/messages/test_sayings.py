"""Whatever any area has an owner told is said in words, in every language that we speak."""

import ast
from typing import Any

import pytest

from domain.messages import sayings, wording
from tests.support.commands import ROOT
from tests.support.message_desk import MessageDesk

KINDS: dict[str, dict[str, Any]] = {
    "booking": {},
    "moved": {},
    "cancelled": {},
    "reply": {"title": "A visit"},
    "usage": {"what": "text", "percent": 80},
    "calendar_needs_reconnect": {"calendar_integration_id": "0193a000-0000-7000-8000-000000000001"},
    "questions_waiting": {"questions": 3},
    "leads_wait": {"leads": 4},
    "strangers": {"what": "calls"},
}
LATER = {"review"}
"""Kinds with a setting of their own that no area tells yet."""


def told_somewhere() -> set[str]:
    """Return every kind that an area's code has an owner told."""
    found: set[str] = set()
    for path in (ROOT / "domain").rglob("*.py"):
        tree = ast.parse(path.read_text())
        names = {
            one.target.id: one.value.value
            for one in tree.body
            if isinstance(one, ast.AnnAssign)
            and isinstance(one.target, ast.Name)
            and isinstance(one.value, ast.Constant)
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "owner_notices.tell":
                found |= kinds_of(call.args[2], names, path.name)
    return found


def kinds_of(said: ast.expr, names: dict[str, Any], where: str) -> set[str]:
    if isinstance(said, ast.Constant):
        return {str(said.value)}
    if isinstance(said, ast.Name) and said.id in names:
        return {str(names[said.id])}
    assert where == "service.py", f"a kind that cannot be read: {ast.unparse(said)} in {where}"
    return {"booking", "moved", "cancelled"}  # chosen there by what became of a booking


def test_every_kind_that_is_told_has_its_words_in_every_language() -> None:
    assert told_somewhere() == set(KINDS)
    for tongue in wording.LANGUAGES:
        assert set(sayings.SAYINGS[tongue]) == {*KINDS, *LATER, "other"}


@pytest.mark.parametrize("tongue", wording.LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_gap_stays_open_and_every_figure_is_said(kind: str, tongue: str) -> None:
    said = sayings.line(kind, KINDS[kind], tongue)

    assert "{" not in said
    figures = [str(value) for value in KINDS[kind].values() if isinstance(value, int)]
    assert all(figure in said for figure in figures)
    assert (tongue == "en") is (said == sayings.line(kind, KINDS[kind], "en"))


def test_an_owner_is_told_of_questions_and_leads_in_their_language(desk: MessageDesk) -> None:
    desk.one(
        "UPDATE users SET email = 'ann@example.org', settings = '{\"language\": \"sv\"}'"
        " RETURNING id"
    )
    for kind in ("questions_waiting", "leads_wait", "usage"):
        made = desk.one(
            "INSERT INTO owner_notices (user_id, kind, key, facts)"
            " VALUES (%s, %s, '1', CAST(%s AS jsonb)) RETURNING id",
            *(desk.user, kind, str(KINDS[kind]).replace("'", '"')),
        )
        desk.one(
            "INSERT INTO errands (task, subject_id, user_id) VALUES ('messages.plan', %s, %s)"
            " RETURNING id",
            *(made, desk.user),
        )

    desk.work()

    assert sorted(mail.text for mail in desk.mails.sent) == [
        "80 % av periodens sms är använt.",
        "Frågor från samtal som väntar på ditt svar: 3.",
        "Intressenter som ingen har skrivit till: 4.",
    ]
