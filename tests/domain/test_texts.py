"""Reviews and texts are read by a model with a line in the ledger, or by their words."""

import json
from collections.abc import Iterator

import psycopg
import pytest

from domain.database import Begin
from domain.errors import Retryable
from domain.metering.usage import Purpose
from domain.texts import lexicon, service
from domain.texts.ports import Answer, Request
from domain.texts.schema import Sentiment, TextKind, Topic
from domain.texts.service import Classifiers
from tests.support.databases import Database
from tests.support.slice import FakeReader

TOLD = json.dumps(
    {
        "kind": "praise",
        "sentiment": "positive",
        "mentions": [
            {"topic": "staff", "sentiment": "positive", "quote": "Lovely people"},
            {"topic": "price", "sentiment": "negative", "quote": "far too dear"},
        ],
    }
)


class Down(FakeReader):
    """A reader whose vendor is away."""

    def read(self, request: Request) -> Answer:
        self.asked.append(request)
        raise Retryable("away")


@pytest.fixture
def desk(database: Database) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with database.connect() as connection:
        yield connection


def tenant(desk: psycopg.Connection[tuple[object, ...]]) -> object:
    row = desk.execute("INSERT INTO users DEFAULT VALUES RETURNING id").fetchone()
    assert row is not None
    return row[0]


def test_a_review_is_read_by_a_model_and_its_cost_is_written_down(
    begin_for_real: Begin, desk: psycopg.Connection[tuple[object, ...]]
) -> None:
    tools = Classifiers(begin=begin_for_real, readers=[FakeReader(TOLD)])

    found = service.classify(tools, tenant(desk), "Lovely people!", Purpose.REVIEW)  # type: ignore[arg-type]

    assert found.reader == "fake"
    assert [one.topic for one in found.reading.mentions] == [Topic.STAFF]  # the other was not said
    lines = desk.execute("SELECT purpose, outcome FROM ai_usage_logs").fetchall()
    assert lines == [("review", "read")]


@pytest.mark.parametrize("reader", [FakeReader("no form"), Down("")])
def test_without_an_answer_its_words_are_read(
    begin_for_real: Begin, desk: psycopg.Connection[tuple[object, ...]], reader: FakeReader
) -> None:
    tools = Classifiers(begin=begin_for_real, readers=[reader])

    found = service.classify(tools, tenant(desk), "Please cancel my visit", Purpose.MESSAGE)  # type: ignore[arg-type]

    assert found.reader == "local"
    assert found.reading.kind is TextKind.CANCEL
    assert len(reader.asked) == 1


@pytest.mark.parametrize(
    ("text", "kind", "feeling"),
    [
        ("Yes, see you then", TextKind.CONFIRM, Sentiment.NEUTRAL),
        ("Could we do another day?", TextKind.MOVE, Sentiment.NEUTRAL),
        ("What do you charge?", TextKind.QUESTION, Sentiment.NEUTRAL),
        ("He was rude and two hours late", TextKind.COMPLAINT, Sentiment.NEGATIVE),
        ("Not friendly at all", TextKind.COMPLAINT, Sentiment.NEGATIVE),
        ("Excelente trabajo, muy amables", TextKind.PRAISE, Sentiment.POSITIVE),
        ("Jag vill avboka tiden", TextKind.CANCEL, Sentiment.NEUTRAL),
        ("Otrevlig personal, aldrig mer", TextKind.COMPLAINT, Sentiment.NEGATIVE),
        ("", TextKind.OTHER, Sentiment.NEUTRAL),
    ],
)
def test_words_say_what_is_meant(text: str, kind: TextKind, feeling: Sentiment) -> None:
    found = lexicon.read(text)

    assert (found.kind, found.sentiment) == (kind, feeling)
