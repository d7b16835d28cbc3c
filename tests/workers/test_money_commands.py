"""`frontdesk transcripts try`, `budgets` and `prices`, as a person runs them."""

import json
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.commands import told
from tests.support.databases import Database
from tests.support.stage import running_vendors, vendors
from tests.support.stand_ins import StandIns

__all__ = ["running_vendors", "vendors"]

TALK = (
    "Agent: Harbor Plumbing.\n"
    "Caller: This is Ann Lee. Could you come on Tuesday at 3 PM?\n"
    "Agent: Tuesday at 3 PM it is."
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "call.txt"
    written.write_text(TALK)
    return written


def test_a_try_without_a_model_costs_nothing(
    database: Database, tmp_path: Path, file: Path
) -> None:
    code, said, _ = told(tmp_path, database, "transcripts", "try", str(file))

    assert code == 0
    assert "Tuesday at 3 PM" in said
    assert "Cost: 0 dollars." in said


def test_a_try_with_a_model_says_what_it_cost_and_writes_nothing(
    vendors: StandIns, database: Database, tmp_path: Path, file: Path
) -> None:
    model = {
        "AI_PROVIDER": "openai",
        "OPENAI_API_KEY": "sk-test",
        "OPENAI_MODEL": "gpt-5-mini",
        "OPENAI_BASE_URL": f"{vendors.url}/openai/v1",
    }
    priced = ("--prompt", "0.25", "--cached", "0.025", "--completion", "2")
    code, _, _ = told(tmp_path, database, "prices", "set", "openai", "gpt-5-mini", *priced)
    assert code == 0

    code, said, wrong = told(tmp_path, database, "transcripts", "try", str(file), "--json", **model)

    assert code == 0, wrong
    cost = json.loads(said)["cost"]
    [billed] = vendors.effects("openai")
    assert cost["requests"] == 1
    assert cost["prompt_tokens"] == billed["prompt_tokens"]
    fresh = cost["prompt_tokens"] - cost["cached_tokens"]
    millionths = (
        fresh * Decimal("0.25")
        + cost["cached_tokens"] * Decimal("0.025")
        + cost["completion_tokens"] * 2
    )
    assert Decimal(str(cost["usd"])) == millionths / 1_000_000
    with database.connect() as connection:
        written = connection.execute(
            "SELECT (SELECT count(*) FROM ai_usage_logs), (SELECT count(*) FROM events)"
        ).fetchone()
    assert written == (0, 0)


def test_a_budget_is_set_and_shown(database: Database, tmp_path: Path) -> None:
    with database.connect() as connection:
        row = connection.execute("INSERT INTO users DEFAULT VALUES RETURNING id").fetchone()
    assert row is not None
    tenant = str(row[0])

    assert (
        told(tmp_path, database, "budgets", "set", tenant, "--hard", "25", "--soft", "20")[0] == 0
    )

    code, said, _ = told(tmp_path, database, "budgets", "show", "--tenant", tenant, "--json")
    assert code == 0
    [shown] = json.loads(said)
    assert (Decimal(str(shown["hard_limit"])), Decimal(str(shown["soft_limit"]))) == (25, 20)
    assert Decimal(str(shown["spent"])) == 0


NOBODY = str(uuid4())


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("budgets", "set", NOBODY, "--hard", "25"), 1, "There is no tenant"),
        (("budgets", "set", NOBODY, "--soft", "30", "--hard", "20"), 2, "--soft is passed first"),
        (("prices", "set", "openai", "m", "--prompt", "much", "--completion", "2"), 2, "--prompt"),
        (("prices", "take", "/nowhere/list.json"), 2, "cannot be read"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    database: Database, tmp_path: Path, words: tuple[str, ...], code: int, why: str
) -> None:
    ended, _, said = told(tmp_path, database, *words)

    assert (ended, why in said) == (code, True), said
