"""An alert's life, as an operator sees it; and errors of others, by cause."""

import ast
import json
import re
from pathlib import Path

from domain.database import SYSTEM, Begin
from domain.tables.ops import Severity
from domain.work import alerts, causes
from tests.architecture.source import ROOT
from tests.support.commands import told
from tests.support.databases import Database


def tell(begin: Begin, cause: str = "work_failed", subject: str = "call 7") -> None:
    with begin(SYSTEM) as session:
        alerts.tell(
            session,
            cause,
            subject=subject,
            message="It is odd.",
            severity=Severity.CRITICAL,
            details={"rows": [{"what": subject, "why": "it is odd"}]},
        )


def test_an_alert_is_listed_taken_up_shown_with_its_rows_and_ends_when_its_cause_does(
    database: Database, begin_for_real: Begin, tmp_path: Path
) -> None:
    for _ in range(2):
        tell(begin_for_real)
    code, listed, _ = told(tmp_path, database, "alerts", "list", "--json")
    [alert] = json.loads(listed)

    taken = told(tmp_path, database, "alerts", "ack", alert["id"], "--note", "I look at it")
    tell(begin_for_real)  # seen again, it stays taken up
    _, shown, _ = told(tmp_path, database, "alerts", "show", alert["id"])
    with begin_for_real(SYSTEM) as session:
        alerts.settle(session, "work_failed", subject="call 7")
    over = told(tmp_path, database, "alerts", "list", "--json")
    late = told(tmp_path, database, "alerts", "ack", alert["id"])

    assert code == 1
    assert (alert["seen"], alert["runbook"]) == (
        2,
        "docs/runbook.md#work-that-failed-or-may-have-happened",
    )
    assert taken[0] == 0
    assert "I look at it" in shown
    assert "acknowledged" in shown
    assert "call 7" in shown
    assert over[:2] == (0, "[]\n")
    assert late[0] == 1


def test_errors_of_others_are_grouped_by_cause_and_resolved_together(
    database: Database, tmp_path: Path
) -> None:
    with database.connect() as connection:
        connection.execute(
            "INSERT INTO error_logs (error_type, endpoint, message, created_at)"
            " SELECT 'Timeout', '/book', 'for +12125550142', now() - n * interval '1 hour'"
            " FROM generate_series(1, 3) n"
        )

    _, listed, _ = told(tmp_path, database, "errors", "list", "--json")
    resolved = told(tmp_path, database, "errors", "resolve", "Timeout", "--note", "mended")
    again = told(tmp_path, database, "errors", "resolve", "Timeout")

    [cause] = json.loads(listed)
    assert (cause["cause"], cause["endpoint"], cause["seen"]) == ("Timeout", "/book", 3)
    assert cause["first"] < cause["last"]
    assert "+1212" not in listed
    assert resolved[:2] == (0, "3 errors are resolved.\n")
    assert again[0] == 1


def headings() -> set[str]:
    """Return the addresses of the runbook's headings, as its readers make them."""
    page = (ROOT / causes.RUNBOOK).read_text()
    lines = re.findall(r"^##+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def causes_told() -> set[str]:
    """Return the causes that the code tells by name, or by a constant of its file."""
    found: set[str] = set()
    for path in [*(ROOT / "domain").rglob("*.py"), *(ROOT / "workers").rglob("*.py")]:
        tree = ast.parse(path.read_text())
        words = {
            node.target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "alerts.tell":
                for part in ast.walk(node.args[1]) if len(node.args) > 1 else ():
                    if isinstance(part, ast.Name) and isinstance(words.get(part.id), str):
                        found.add(str(words[part.id]))
                    elif isinstance(part, ast.Constant) and isinstance(part.value, str):
                        found.add(part.value)
    return found - {"billing_"}


def test_every_cause_has_a_section_and_every_section_is_in_the_runbook() -> None:
    known = headings()

    assert causes_told() - set(causes.SECTIONS) == set()
    assert {"promise_broken", "work_failed", "clock_off"} <= causes_told()
    assert set(causes.SECTIONS.values()) - known == set()
    assert causes.section("billing_gone").partition("#")[2] in known
    assert causes.section("of another service") == "docs/runbook.md"
