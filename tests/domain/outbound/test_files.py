"""Files of calls: all of them or none, none twice, and a reason for every line left out."""

import io
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from domain.database import Begin
from domain.errors import Refusal
from domain.outbound import files, queueing
from domain.outbound.files import Remark, Report
from tests.support.commands import told
from tests.support.databases import Database

FIRST = "+15550100222"


@pytest.fixture
def connection(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.connect() as made:
        yield made


@pytest.fixture
def tenant(connection: psycopg.Connection[Any]) -> UUID:
    return one(
        connection,
        "INSERT INTO users (business_name, timezone) VALUES ('Harbour', 'Europe/Stockholm')"
        " RETURNING id",
    )


def one(connection: psycopg.Connection[Any], query: str, *given: Any) -> Any:
    row = connection.execute(query, given).fetchone()
    return row[0] if row else None


def put(
    begin: Begin, tenant: UUID, text: str, remarks: list[Remark] | None = None, **more: Any
) -> Report:
    heard: list[Remark] = [] if remarks is None else remarks
    campaign, tell = more.pop("campaign", None), more.pop("tell", heard.append)
    with begin(tenant) as session:
        known = queueing.known(session, user_id=tenant, campaign_id=campaign, **more)
        return files.put_in_line(
            session,
            io.StringIO(text, newline=""),
            known,
            user_id=tenant,
            campaign_id=campaign,
            tell=tell,
        )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_file_is_put_in_line_whatever_parts_its_cells(
    begin_for_real: Begin,
    connection: psycopg.Connection[Any],
    tenant: UUID,
    delimiter: str,
    ending: str,
) -> None:
    rows = [["Phone", "name"], [FIRST, '"Ann, or; B|ob"'], ["+15550100223", "Carl"], []]
    text = ending.join(delimiter.join(row) for row in rows)

    report = put(begin_for_real, tenant, text)

    assert report.counts == {"queued": 2}
    found = connection.execute(
        "SELECT recipient_number, custom_variables, status, due_at <= clock_timestamp()"
        " FROM call_queue ORDER BY 1"
    ).fetchall()
    assert found == [
        (FIRST, {"name": "Ann, or; B|ob"}, "queued", True),
        ("+15550100223", {"name": "Carl"}, "queued", True),
    ]


def test_every_line_left_out_is_told_by_its_number(begin_for_real: Begin, tenant: UUID) -> None:
    text = (
        'number,name\n+15550100222,Ann\n\nnonsense,Bob\n+15550100223,"two\nlines"\n'
        "+15550100222,Ann\n+15550100224,Dan,and,more\n"
    )
    remarks: list[Remark] = []

    report = put(begin_for_real, tenant, text, remarks)

    assert report.counts == {"queued": 2, "refused": 2, "already": 1}
    assert sorted((one.line, one.result) for one in remarks) == [
        (4, "refused"),
        (7, "already"),
        (8, "refused"),
    ]
    assert "line 2" in next(one.why for one in remarks if one.result == "already")


def test_the_same_file_again_changes_nothing(
    begin_for_real: Begin, connection: psycopg.Connection[Any], tenant: UUID
) -> None:
    text = "number\n+15550100222\n+15550100223\n"
    put(begin_for_real, tenant, text)

    again = put(begin_for_real, tenant, text)
    another = put(begin_for_real, tenant, text, batch="december")

    assert again.counts == {"queued": 0, "already": 2}
    assert another.counts == {"queued": 2}
    assert one(connection, "SELECT count(*) FROM call_queue") == 4


def test_a_spreadsheets_own_line_and_an_open_quote_are_borne(
    begin_for_real: Begin, tenant: UUID
) -> None:
    assert put(begin_for_real, tenant, f"sep=;\nnumber;name\n{FIRST};Ann\n").counts["queued"] == 1
    remarks: list[Remark] = []

    report = put(begin_for_real, tenant, 'number\n"' + "x" * 200_000 + "\n+15550100223\n", remarks)

    assert report.counts["refused"] >= 1
    assert any("quote" in one.why or "more than" in one.why for one in remarks)


@pytest.mark.parametrize("text", ["", "name,age\nAnn,5\n"])
def test_a_file_that_is_no_table_of_calls_is_refused(
    begin_for_real: Begin, tenant: UUID, text: str
) -> None:
    with pytest.raises(Refusal):
        put(begin_for_real, tenant, text)


def test_what_a_line_refers_to_is_the_tenants_own(
    begin_for_real: Begin, connection: psycopg.Connection[Any], tenant: UUID
) -> None:
    other = one(connection, "INSERT INTO users (business_name) VALUES ('Other') RETURNING id")
    for user, name, number in ((tenant, "Ours", "+15550100111"), (other, "Theirs", "+15550100112")):
        connection.execute(
            "INSERT INTO call_templates (user_id, name, params_order) VALUES (%s, %s, '[\"day\"]')",
            (user, name),
        )
        connection.execute(
            "INSERT INTO user_phone_numbers (user_id, full_number) VALUES (%s, %s)", (user, number)
        )
    text = (
        "number,template,caller,day\n"
        "+15550100222,Ours,+15550100111,Monday\n"
        "+15550100223,Theirs,,Monday\n"
        "+15550100224,,+15550100112,\n"
        "+15550100225,ours,,\n"
    )
    remarks: list[Remark] = []

    report = put(begin_for_real, tenant, text, remarks)

    assert report.counts == {"queued": 1, "refused": 3}
    assert [one.why for one in remarks] == [
        "there is no such template",
        "there is no such caller's number",
        "its template asks for day",
    ]


def test_how_somebody_agreed_may_stand_in_the_file(
    begin_for_real: Begin, connection: psycopg.Connection[Any], tenant: UUID
) -> None:
    put(begin_for_real, tenant, f"number,consent\n{FIRST},web form of May\n")

    assert one(connection, "SELECT consent_source FROM call_queue") == "web form of May"


def test_a_campaign_that_is_over_takes_nothing(
    begin_for_real: Begin, connection: psycopg.Connection[Any], tenant: UUID
) -> None:
    made = one(
        connection,
        "INSERT INTO call_campaigns (user_id, name, status) VALUES (%s, 'c', 'canceled')"
        " RETURNING id",
        tenant,
    )

    with pytest.raises(Refusal, match="is canceled"):
        put(begin_for_real, tenant, f"number\n{FIRST}\n", campaign=made)


def test_a_file_that_breaks_off_leaves_nothing(
    begin_for_real: Begin, connection: psycopg.Connection[Any], tenant: UUID
) -> None:
    text = "number\n" + "".join(f"+1555010{n:04}\n" for n in range(5000)) + "nonsense\n"

    class PlugPulled(Exception):
        pass

    def pull(_: Remark) -> None:
        raise PlugPulled

    with pytest.raises(PlugPulled):
        put(begin_for_real, tenant, text, tell=pull)

    assert one(connection, "SELECT count(*) FROM call_queue") == 0


def test_a_long_file_is_not_held_in_memory(
    begin_for_real: Begin, tenant: UUID, measured: Callable[[str], None]
) -> None:
    lines = 6_000
    text = "number,name\n" + "".join(f"+1555{n:07},Ann\n" for n in range(lines))
    file = io.StringIO(text)
    del text
    with begin_for_real(tenant) as session:
        known = queueing.known(session, user_id=tenant, campaign_id=None)
        begun = time.monotonic()
        tracemalloc.start()
        report = files.put_in_line(
            session, file, known, user_id=tenant, campaign_id=None, tell=lambda _: None
        )
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    took = time.monotonic() - begun
    assert report.counts["queued"] == lines
    assert peak < 20_000_000
    measured(f"{lines} lines of a file in {took:.1f} s, traced, {peak / 1e6:.1f} MB at most")


@pytest.mark.slow
def test_the_command_says_what_it_did(
    database: Database, connection: psycopg.Connection[Any], tenant: UUID, tmp_path: Path
) -> None:
    file, report = tmp_path / "calls.csv", tmp_path / "report.csv"
    file.write_bytes("\ufeffnumber;name\n+15550100222;Änn\nnonsense;B\xf6b\n".encode())
    words = ("calls", "enqueue", str(file), "--user", str(tenant))

    code, said, _ = told(tmp_path, database, *words, "--whole", "--json")
    assert (code, json.loads(said)["stays"]) == (1, False)
    assert one(connection, "SELECT count(*) FROM call_queue") == 0

    code, said, _ = told(tmp_path, database, *words, "--report", str(report))
    assert code == 1
    assert "1 queued, 0 already, 1 refused" in said
    assert report.read_text().splitlines()[1].startswith("3,refused,")
    assert one(connection, "SELECT custom_variables->>'name' FROM call_queue") == "Änn"

    code, _, error = told(tmp_path, database, *words[:3], "--user", "nobody")
    assert code == 2
    assert error
