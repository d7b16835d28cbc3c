"""A row that the database refuses is told in one sentence, by the rule that it broke."""

from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from domain.database import Begin, broken_rule

BAD = {
    "INSERT INTO events (title, start_time, end_time)"
    " VALUES ('x', '2026-11-20 12:00+00', '2026-11-20 11:00+00')": "events: end after start",
    "INSERT INTO messages (body, to_number) VALUES ('x', '0701')": "messages: to number is e164",
    "INSERT INTO messages (body, cost) VALUES ('x', 1)": "messages: cost has a currency",
    "INSERT INTO sms_opt_outs (phone_number) VALUES ('+4670'), ('+4670')": (
        "sms_opt_outs: phone number is e164"
    ),
    "INSERT INTO call_campaigns (name) VALUES (NULL)": "call_campaigns: name is missing",
}


@pytest.mark.parametrize("statement", BAD)
def test_a_refused_row_is_told_in_words(begin: Begin, statement: str) -> None:
    user = uuid4()
    with begin(user) as session:
        session.execute(text("INSERT INTO users (id) VALUES (:user)"), {"user": user})

    with pytest.raises(IntegrityError) as refused, begin(user) as session:
        session.execute(text(statement))

    assert broken_rule(refused.value) == BAD[statement]


def test_another_error_broke_no_rule() -> None:
    assert broken_rule(ValueError("x")) is None
