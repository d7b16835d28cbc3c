"""A model that lies books nothing that was not agreed: through the SDK, the ledger and the row."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.database import Begin
from domain.transcripts import reading, service
from domain.transcripts.extraction import Readers
from domain.work import batch
from providers.local.reader import LocalReader
from providers.openai.reader import Account, OpenAIReader
from tests.domain.test_slice import House
from tests.support.databases import Database
from tests.support.slice import KEYS
from tests.support.stand_ins import serving
from workers.vendors import models

ZONE = ZoneInfo("Europe/Stockholm")
CALL = (
    "Agent: Harbor Plumbing.\n"
    "Caller: This is Ann Lee. You were here last Monday at nine. Could somebody come on Friday at"
    " ten in the morning?\n"
    "Agent: Friday at ten is taken. Would Tuesday at 3 PM work?\n"
    "Caller: Tuesday at 3 PM is perfect. The address is 12 Mill Lane.\n"
    "Agent: Then Tuesday at 3 PM it is. Goodbye."
)
REFUSED = (
    "Agent: Harbor Plumbing. Would Monday at 9 AM suit you?\n"
    "Caller: No, thank you, that does not work for me. I will call somebody else.\n"
    "Agent: I am sorry to hear that. Goodbye."
)
Script = Callable[[dict[str, Any]], str]


@contextmanager
def model(script: Script, *, body: str = "") -> Iterator[OpenAIReader]:
    """Answer each chat by the script, as OpenAI would."""

    class Liar(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            chat = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            choice = {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": script(chat)},
            }
            usage = {"prompt_tokens": 900, "completion_tokens": 90, "total_tokens": 990}
            answer = {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1,
                "model": "gpt-4o-mini",
                "choices": [choice],
                "usage": usage,
            }
            told = (body or json.dumps(answer)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the parent's name
            pass

    with serving(Liar) as url:
        made = OpenAIReader(Account(key="sk-test", model="gpt-4o-mini", base_url=f"{url}/v1"))
        yield made
        made.close()


@pytest.fixture
def house(begin_for_real: Begin, database: Database) -> Iterator[House]:
    with database.connect() as connection:
        made = House(begin_for_real, connection)
        yield made


def work(house: House, reader: OpenAIReader) -> None:
    tools = Readers(
        begin=house.begin,
        readers=[reader],
        resolve=models.moments,
        keyring=KEYS,
        spare=LocalReader(),
    )
    batch.work(house.shop, service.job(tools))


def truth(transcript: str) -> dict[str, Any]:
    return json.loads(reading.read(transcript).model_dump_json())


def said(words: str, quote: str | None = None) -> dict[str, str]:
    return {"value": words, "quote": quote or words}


def with_event(**changed: Any) -> Script:
    def script(_: dict[str, Any]) -> str:
        told = truth(CALL)
        told["events"][0].update(changed)
        return json.dumps(told)

    return script


def two_events(_: dict[str, Any]) -> str:
    told = truth(CALL)
    other = {**told["events"][0], "when": said("Friday at ten in the morning")}
    return json.dumps({**told, "events": [other, *told["events"]]})


def refused_is_agreed(_: dict[str, Any]) -> str:
    event = {**truth(CALL)["events"][0], "when": said("Monday at 9 AM"), "is_agreed": True}
    nobody = dict.fromkeys(("customer_name", "location"))
    return json.dumps({**truth(REFUSED), "events": [{**event, **nobody}]})


def cut_off(_: dict[str, Any]) -> str:
    return json.dumps(truth(CALL))[:200]


def with_ids_of_others(_: dict[str, Any]) -> str:
    return json.dumps({**truth(CALL), "user_id": "0197-other", "charge": "100"})


LIES: dict[str, tuple[str, Script]] = {
    "a wrong weekday": (CALL, with_event(when=said("Wednesday at 3 PM", "Tuesday at 3 PM"))),
    "a quote that nobody said": (CALL, with_event(when=said("Thursday at nine in the evening"))),
    "the other side's words": (REFUSED, refused_is_agreed),
    "what was offered and taken back": (CALL, with_event(when=said("Friday at ten"))),
    "a moment that has passed": (CALL, with_event(when=said("last Monday at nine"))),
    "a date of its own": (CALL, with_event(when=said("2031-05-05 09:00", "Tuesday at 3 PM"))),
    "two events of which one is none": (CALL, two_events),
    "half a form": (CALL, cut_off),
    "ids of others and a price": (CALL, with_ids_of_others),
    "a link for a name": (CALL, with_event(customer_name=said("www.prizes.com", "Ann Lee"))),
}


def next_tuesday() -> datetime:
    today = datetime.now(UTC).astimezone(ZONE)
    ahead = (1 - today.weekday()) % 7 or 7
    day = (today + timedelta(days=ahead)).date()
    return datetime(day.year, day.month, day.day, 15, tzinfo=ZONE)


def booked(house: House) -> set[datetime]:
    rows = house.connection.execute("SELECT start_time FROM events WHERE status = 'confirmed'")
    return {row[0] for row in rows}


def test_the_truth_is_booked(house: House) -> None:
    with model(lambda _: json.dumps(truth(CALL))) as reader:
        house.call(CALL)
        work(house, reader)

    assert booked(house) == {next_tuesday()}


@pytest.mark.parametrize("lie", list(LIES))
def test_a_lie_books_nothing_wrong(house: House, lie: str) -> None:
    transcript, script = LIES[lie]
    stranger = house.scalar("INSERT INTO users (business_name) VALUES ('Other') RETURNING id")

    with model(script) as reader:
        house.call(transcript)
        work(house, reader)

    assert booked(house) <= {next_tuesday()}
    assert house.scalar("SELECT count(*) FROM events WHERE user_id = %s", stranger) == 0
    assert house.scalar("SELECT count(*) FROM events WHERE customer_name ~ 'www'") == 0
    assert house.scalar("SELECT count(*) FROM ai_usage_logs") >= 1


def test_an_error_in_an_answer_that_says_200_books_nothing(house: House) -> None:
    with model(lambda _: "", body='{"error": {"message": "overloaded"}}') as reader:
        call = house.call(CALL)
        work(house, reader)

    assert booked(house) == set()
    assert house.state(call)[0] == "pending"


def test_no_form_is_asked_for_once_more_with_what_was_wrong(house: House) -> None:
    chats: list[dict[str, Any]] = []

    def script(chat: dict[str, Any]) -> str:
        chats.append(chat)
        return cut_off(chat) if len(chats) == 1 else json.dumps(truth(CALL))

    with model(script) as reader:
        house.call(CALL)
        work(house, reader)

    assert "no form" not in chats[0]["messages"][0]["content"]
    assert "no form" in chats[1]["messages"][0]["content"]
    assert booked(house) == {next_tuesday()}
    outcomes = house.connection.execute("SELECT outcome FROM ai_usage_logs ORDER BY created_at")
    assert [row[0] for row in outcomes] == ["corrupt", "read"]


def test_a_model_that_gives_no_form_twice_is_stood_in_for_by_rules_for_review(
    house: House,
) -> None:
    with model(cut_off) as reader:
        call = house.call(CALL)
        work(house, reader)

    assert house.state(call) == ("completed", None)
    assert booked(house) == set()
    assert house.connection.execute(
        "SELECT reader, decisions->0->>'rule', input_hash FROM extraction_runs"
    ).fetchone() == ("local", "models failed", None)
    assert house.scalar("SELECT count(*) FROM ops_alerts WHERE alert_type = 'ai_models_fail'") == 1
    assert house.scalar("SELECT max(ai_confidence) FROM events") <= 0.5


def test_the_same_transcript_costs_nothing_the_second_time(house: House) -> None:
    with model(lambda _: json.dumps(truth(CALL))) as reader:
        house.call(CALL)
        work(house, reader)
        house.call(CALL, phone_number="+15550100777")
        work(house, reader)

    assert house.scalar("SELECT count(*) FROM ai_usage_logs") == 1
    assert house.scalar("SELECT count(*) FROM events WHERE status = 'confirmed'") == 2


def test_where_each_fact_stands_and_who_said_it_is_kept(house: House) -> None:
    with model(lambda _: json.dumps(truth(CALL))) as reader:
        house.call(CALL)
        work(house, reader)

    quotes = house.scalar("SELECT quotes FROM extraction_runs")
    places = {one["field"]: (CALL[one["start"] : one["end"]], one["speaker"]) for one in quotes}
    assert places["customer_name"] == ("Ann Lee", "caller")


def test_a_trade_and_the_tenants_own_words_are_told_to_the_model(house: House) -> None:
    chats: list[dict[str, Any]] = []
    house.connection.execute("UPDATE users SET industry = 'plumbing'")
    house.connection.execute(
        "INSERT INTO system_prompts (user_id, prompt_type, system_prompt, prompt_version)"
        " VALUES (%s, 'voice', 'You are Rosa at the front desk.', 'v7')",
        [house.user],
    )

    def script(chat: dict[str, Any]) -> str:
        chats.append(chat)
        return json.dumps(truth(CALL))

    with model(script) as reader:
        house.call(CALL)
        work(house, reader)

    told = chats[0]["messages"][0]["content"]
    assert "Its trade: plumbing" in told
    assert "burst pipe" in told
    assert "You are Rosa at the front desk." in told
    assert house.scalar("SELECT prompt_version FROM extraction_runs") == "2/plumbing/v7"


def test_an_owner_who_confirms_everything_is_asked(house: House) -> None:
    house.connection.execute("UPDATE users SET industry = 'plumbing'")
    house.connection.execute(
        "INSERT INTO industry_configurations (user_id, industry_type, event_types,"
        " auto_confirm_enabled) VALUES (%s, 'plumbing', '[\"service_call\"]', false)",
        [house.user],
    )
    with model(lambda _: json.dumps(truth(CALL))) as reader:
        house.call(CALL)
        work(house, reader)

    assert booked(house) == set()
    assert house.scalar("SELECT status FROM events") == "extracted"
    assert house.scalar("SELECT count(*) FROM questions WHERE field = 'start_time'") == 1


@pytest.mark.parametrize(
    ("transcript", "outcome"),
    [
        ("Agent: Hello?\nAgent: Is anybody there? I cannot hear you.", "no_conversation"),
        ("Agent: Harbor.\nCaller: Sorry, I have the wrong number. Bye.", "wrong_number"),
    ],
)
def test_a_call_that_is_no_business_is_named_and_costs_nothing(
    house: House, transcript: str, outcome: str
) -> None:
    with model(lambda _: json.dumps(truth(CALL))) as reader:
        house.call(transcript)
        work(house, reader)

    assert house.scalar("SELECT outcome FROM extraction_runs") == outcome
    assert house.scalar("SELECT count(*) FROM ai_usage_logs") == 0
