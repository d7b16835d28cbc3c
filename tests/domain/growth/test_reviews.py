"""Reviews are read, nothing is believed that is not in the text, and weeks are summed up."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.database import Begin
from domain.growth import rules, service
from domain.growth.rules import Read
from domain.texts import lexicon
from domain.texts.ports import Answer, Request
from domain.texts.schema import Sentiment, Topic
from domain.texts.service import Classifiers
from tests.support.databases import Database
from tests.support.slice import FakeReader

POSITIVE, NEUTRAL, NEGATIVE = Sentiment.POSITIVE, Sentiment.NEUTRAL, Sentiment.NEGATIVE


@pytest.fixture
def connection(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.connect() as made:
        yield made


def critics(begin: Begin, *models: FakeReader) -> Classifiers:
    return Classifiers(begin=begin, readers=models)


def one(connection: psycopg.Connection[Any], query: str, *given: object) -> Any:
    row = connection.execute(query, given).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


@pytest.mark.parametrize(
    ("comment", "rating", "sentiment", "topics"),
    [
        ("Great work, very friendly staff.", None, POSITIVE, {"quality": 1, "staff": 1}),
        ("He was two hours late and rude.", None, NEGATIVE, {"punctuality": -1, "staff": -1}),
        ("Not expensive at all", None, POSITIVE, {"price": 1}),
        ("Nice job but overpriced", 3, NEUTRAL, {"quality": 0, "price": -1}),
        ("Never called back!", 1, NEGATIVE, {"communication": -1}),
        ("Trevlig personal men dyrt.", None, NEUTRAL, {"staff": 1, "price": -1}),
        ("Muy amable y puntual", None, POSITIVE, {"staff": 1, "punctuality": 1}),
        ("It exists.", None, NEUTRAL, {}),
        ("", 5, POSITIVE, {}),
    ],
)
def test_a_review_is_read_by_its_words_and_stars(
    comment: str, rating: int | None, sentiment: Sentiment, topics: dict[str, int]
) -> None:
    found = rules.by_stars(lexicon.read(comment), rating)

    assert found.sentiment is sentiment
    meant = {mention.topic.value: rules.WORTH[mention.sentiment] for mention in found.mentions}
    assert meant == topics
    assert all(mention.quote in comment for mention in found.mentions)


def test_a_week_tells_topics_what_drives_it_and_what_to_do() -> None:
    reviews = [
        Read(id=UUID(int=n), rating=5, sentiment=POSITIVE, topics={Topic.STAFF: POSITIVE})
        for n in range(6)
    ] + [
        Read(id=UUID(int=9 + n), rating=1, sentiment=NEGATIVE, topics={Topic.PUNCTUALITY: NEGATIVE})
        for n in range(2)
    ]

    found = rules.sum_up(reviews, before=0.9)

    assert (found.total, found.rating, found.sentiment, found.trend) == (8, 4.0, 0.5, "falling")
    assert [(one["topic"], one["count"]) for one in found.topics] == [
        ("staff", 6),
        ("punctuality", 2),
    ]
    assert [one["topic"] for one in found.drivers] == ["punctuality", "staff"]
    assert [one["topic"] for one in found.suggestions] == ["punctuality"]


def test_weeks_are_whole_and_begin_on_monday() -> None:
    assert rules.weeks(date(2026, 11, 29), 2) == [
        (date(2026, 11, 9), date(2026, 11, 15)),
        (date(2026, 11, 16), date(2026, 11, 22)),
    ]


def test_a_review_that_was_edited_meanwhile_keeps_no_reading_of_the_old_text(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    user = one(connection, "INSERT INTO users DEFAULT VALUES RETURNING id")
    insert = "INSERT INTO reviews (user_id, comment) VALUES (%s, 'Great work') RETURNING id"
    review = one(connection, insert, user)

    class Slow(FakeReader):
        def read(self, request: Request) -> Answer:
            connection.execute("UPDATE reviews SET comment = 'Terrible'")
            return super().read(request)

    service.review(
        critics(begin_for_real, Slow(lexicon.read("Great work").model_dump_json())), review
    )
    assert one(connection, "SELECT sentiment FROM reviews") is None
    assert one(connection, "SELECT purpose, outcome FROM ai_usage_logs") == ("review", "read")

    service.review(critics(begin_for_real), review)
    assert one(connection, "SELECT sentiment, generation FROM reviews") == ("negative", 1)
    service.review(critics(begin_for_real), uuid4())


def test_weeks_of_reviews_stand_once_however_often_they_are_summed_up(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    user = one(connection, "INSERT INTO users (timezone) VALUES ('Pacific/Auckland') RETURNING id")
    monday = "date_trunc('week', now() AT TIME ZONE 'Pacific/Auckland')"
    for text, ago in (("Great staff", "1 minute"), ("Rude staff", "3 days"), ("Late", "8 days")):
        connection.execute(
            "INSERT INTO reviews (user_id, comment, submitted_at) VALUES"
            f" (%s, %s, ({monday} - %s::interval) AT TIME ZONE 'Pacific/Auckland')",
            (user, text, ago),
        )
    for (review,) in connection.execute("SELECT id FROM reviews").fetchall():
        service.review(critics(begin_for_real), review)

    for _ in range(2):
        service.insights(critics(begin_for_real))

    found = connection.execute(
        "SELECT total_reviews, average_sentiment, sentiment_trend,"
        f" period_end = ({monday})::date - 1 FROM review_insights ORDER BY period_start"
    ).fetchall()
    assert found == [(1, -1, None, False), (2, 0, "rising", True)]


def test_a_lead_is_called_to_mind_when_its_time_has_come_and_not_for_ever(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    user = one(connection, "INSERT INTO users DEFAULT VALUES RETURNING id")
    connection.execute("ALTER TABLE leads DISABLE TRIGGER USER")
    for status, days in (("contacted", 4), ("contacted", 2), ("won", 30), ("new", 2)):
        connection.execute(
            "INSERT INTO leads (user_id, status, created_at, updated_at) VALUES"
            " (%s, %s, now() - %s * interval '1 day', now() - %s * interval '1 day')",
            (user, status, days, days),
        )

    for _ in range(6):
        service.nudge(begin_for_real)
        service.nudge(begin_for_real)
        connection.execute("UPDATE lead_activities SET created_at = created_at - interval '4 days'")

    counts = connection.execute(
        "SELECT l.status, count(a.id) FROM leads l LEFT JOIN lead_activities a ON a.lead_id = l.id"
        " GROUP BY l.id, l.status ORDER BY l.status, 2"
    ).fetchall()
    assert counts == [("contacted", 0), ("contacted", 3), ("new", 3), ("won", 0)]
    assert one(connection, "SELECT count(*) FROM owner_notices WHERE kind = 'leads_wait'") == 1


def test_more_is_offered_once_a_period_and_it_is_seen_who_took_it(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    user = one(connection, "INSERT INTO users DEFAULT VALUES RETURNING id")
    since = datetime(2026, 1, 1, tzinfo=UTC)
    connection.execute("INSERT INTO subscriptions (user_id, status) VALUES (%s, 'active')", (user,))
    connection.execute(
        "INSERT INTO usage_limits (user_id, call_cap_seconds, call_used_seconds, sms_cap, sms_used,"
        " period_start) VALUES (%s, 100, 80, 100, 79, %s)",
        (user, since),
    )

    service.nudge(begin_for_real)
    service.nudge(begin_for_real)

    shown = "SELECT prompt_type, converted_at IS NOT NULL FROM upgrade_prompts_shown"
    assert connection.execute(shown).fetchall() == [("minutes", False)]
    connection.execute("UPDATE usage_limits SET call_cap_seconds = 500")
    service.nudge(begin_for_real)
    assert connection.execute(shown).fetchall() == [("minutes", True)]
