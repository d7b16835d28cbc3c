"""Who is asked about a call, in which order, and what becomes of it where nobody answers."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from domain.database import Begin
from domain.errors import OutcomeUnknown, Retryable
from domain.metering.usage import Usage
from domain.transcripts import long
from domain.transcripts import service as transcripts
from domain.transcripts.extraction import PATIENCE
from domain.transcripts.ports import Answer, Request
from domain.work import batch
from tests.domain.test_slice import House
from tests.support.databases import Database
from tests.support.slice import FakeReader, a_booking, readers

SMALL_TALK = "Caller: This is an old house with many pipes.\nAgent: I see.\n"
BOOKING = (
    "Caller: A visit tomorrow at two, please.\nAgent: Yes, tomorrow at two it is, see you then.\n"
)


@dataclass
class Parted(FakeReader):
    """Answers to each part what that part says; one that is too long is cut short."""

    longest: int = long.PART
    asked: list[Request] = field(default_factory=list[Request])

    def read(self, request: Request) -> Answer:
        answer = super().read(request)
        if len(request.transcript) > self.longest:
            return replace(answer, text=answer.text[:40], finish="length")
        if "tomorrow at two" in request.transcript:
            return answer
        silent = a_booking().model_copy(update={"events": []})
        return replace(answer, text=silent.model_dump_json())


@dataclass
class Away(FakeReader):
    """A model that cannot be had."""

    error: Exception = field(default_factory=lambda: Retryable("the model is away"))

    def read(self, request: Request) -> Answer:
        self.asked.append(request)
        raise self.error


@dataclass
class Spare(FakeReader):
    """A reader without a model."""

    def estimate(self, request: Request) -> Usage | None:  # type: ignore[override]
        del request
        return None


@pytest.fixture
def house(begin_for_real: Begin, database: Database) -> Iterator[House]:
    with database.connect() as connection:
        yield House(begin_for_real, connection)


def work(house: House, *given: FakeReader, spare: FakeReader | None = None) -> None:
    batch.work(house.shop, transcripts.job(replace(readers(house.begin, *given), spare=spare)))


def outcomes(house: House) -> list[tuple[str, str]]:
    rows = house.connection.execute("SELECT model, outcome FROM ai_usage_logs ORDER BY created_at")
    return [(row[0], row[1]) for row in rows]


def test_a_booking_that_two_parts_share_is_booked_once(house: House) -> None:
    before = SMALL_TALK * ((long.PART - long.OVERLAP // 2) // len(SMALL_TALK))
    reader = Parted(a_booking().model_dump_json())
    call = house.call(before + BOOKING + SMALL_TALK * 300)

    work(house, reader)

    assert house.state(call) == ("completed", None)
    assert len(reader.asked) == 2
    assert all("tomorrow at two" in request.transcript for request in reader.asked)
    assert house.connection.execute(
        "SELECT status, count(*) FROM events GROUP BY 1"
    ).fetchall() == [("confirmed", 1)]
    assert outcomes(house) == [("m-1", "read")] * 2


def test_a_call_whose_answer_is_cut_short_is_read_in_halves_that_share_its_middle(
    house: House,
) -> None:
    half = SMALL_TALK * (long.HALVED_FROM // 2 // len(SMALL_TALK) + 20)
    reader = Parted(a_booking().model_dump_json(), longest=len(half) + long.OVERLAP + 200)
    call = house.call(half + BOOKING + half)

    work(house, reader)

    assert house.state(call) == ("completed", None)
    assert outcomes(house) == [("m-1", "length"), ("m-1", "read"), ("m-1", "read")]
    assert house.scalar("SELECT count(*) FROM events WHERE status = 'confirmed'") == 1


def test_a_short_call_whose_answer_is_cut_short_goes_to_the_next_model(house: House) -> None:
    first = Parted(a_booking().model_dump_json(), longest=10)
    second = FakeReader(a_booking().model_dump_json(), model="m-2")
    house.call()

    work(house, first, second)

    assert [len(first.asked), len(second.asked)] == [1, 1]
    assert house.scalar("SELECT model FROM extraction_runs") == "m-2"


@pytest.mark.parametrize(
    "error", [Retryable("away"), OutcomeUnknown("not heard"), Retryable("full", is_crowded=True)]
)
def test_the_models_are_asked_in_order_and_the_first_that_answers_is_believed(
    house: House, error: Exception
) -> None:
    first, second = (Away("", model=f"m-{n}", error=error) for n in (1, 2))
    third = FakeReader(a_booking().model_dump_json(), model="m-3")
    call = house.call()

    work(house, first, second, third)

    assert house.state(call) == ("completed", None)
    assert [len(one.asked) for one in (first, second, third)] == [1, 1, 1]
    assert house.scalar("SELECT model FROM extraction_runs") == "m-3"
    assert house.scalar("SELECT status FROM events") == "confirmed"


def test_an_outage_of_all_is_waited_for_and_then_rules_read_for_review(house: House) -> None:
    models = [Away("", model=f"m-{n}") for n in (1, 2)]
    spare = Spare(a_booking().model_dump_json(), vendor="local")
    call = house.call()

    work(house, *models, spare=spare)

    assert house.state(call) == ("pending", "the model is away")
    assert not spare.asked
    assert house.scalar("SELECT count(*) FROM events") == 0

    house.connection.execute(
        "UPDATE calls SET attempts = %s, due_at = clock_timestamp()", [PATIENCE - 1]
    )
    work(house, *models, spare=spare)

    assert house.state(call) == ("completed", None)
    assert [len(one.asked) for one in models] == [2, 2]
    assert house.connection.execute(
        "SELECT reader, model, decisions->0->>'rule', confidence <= 0.5 FROM extraction_runs"
    ).fetchone() == ("local", None, "models failed", True)
    assert house.connection.execute(
        "SELECT status, ai_confidence <= 0.5 FROM events"
    ).fetchone() == ("extracted", True)
    assert "No model has read the call." in house.scalar("SELECT question FROM questions")


def test_what_is_local_by_choice_is_not_capped(house: House) -> None:
    chosen = Spare(a_booking().model_dump_json(), vendor="local")
    house.call()

    work(house, chosen)

    assert house.scalar("SELECT status FROM events") == "confirmed"
    assert house.scalar("SELECT ai_confidence FROM events") > 0.5


def test_a_call_is_asked_about_only_so_often_whoever_died_in_between(house: House) -> None:
    corrupt = FakeReader("{", model="m-1")
    spare = Spare(a_booking().model_dump_json(), vendor="local")
    call = house.call()
    house.connection.execute(
        "INSERT INTO ai_usage_logs (user_id, call_id, purpose, provider, model, request_id,"
        " prompt_tokens, completion_tokens, outcome)"
        " SELECT %s, %s, 'transcript', 'fake', 'm-1', 'old-' || n, 1, 1, 'corrupt'"
        " FROM generate_series(1, 7) n",
        [house.user, call],
    )

    work(house, corrupt, corrupt, spare=spare)

    assert len(corrupt.asked) == 1
    assert house.scalar("SELECT reader FROM extraction_runs") == "local"
