"""What callers say, their numbers and our keys are written down nowhere but where they belong."""

import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

import pytest
from celery import Celery

from domain.work.names import TaskName
from tests.support.broker import a_broker
from tests.support.databases import Database
from tests.support.eavesdropper import Eavesdropper
from tests.support.figures import Measured
from tests.support.premises import Premises, booking, premises
from tests.support.waiting import wait_until

WORDS = "amber walruses juggle crooked lanterns"
TOLD = ("effects", "ops_alerts", "errands", "periodic_runs", "ai_usage_logs", "supervisors")

POISON = """
CREATE FUNCTION public.poison() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE said text := (SELECT transcript FROM frontdesk.calls WHERE id = NEW.call_id);
BEGIN
  IF said LIKE '%poison%' THEN RAISE EXCEPTION 'cannot write: %', said; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER poison BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION public.poison()
"""


@dataclass(frozen=True)
class Canaries:
    """Words that exist nowhere else."""

    phone: str
    email: str
    sentence: str
    key: str
    token: str

    def found_in(self, text: str) -> list[str]:
        """Return which of them, or a telling part of them, stand in a text."""
        parts = {
            "phone": self.phone[2:],
            "email": self.email.partition("@")[0],
            "sentence": self.sentence[:24],
            "key": self.key[3:],
            "token": self.token,
        }
        return [name for name, part in parts.items() if part.casefold() in text.casefold()]

    def transcript(self, thing: str) -> str:
        aside = (
            f"My number is {self.phone}, my mail {self.email}, and {self.sentence}; the key of the"
            f" box is {self.key}"
        )
        return booking(thing, aside=aside)


@pytest.fixture
def canaries() -> Canaries:
    mark = secrets.token_hex(6)
    return Canaries(
        phone=f"+1212555{secrets.randbelow(9_000) + 1_000}",
        email=f"canary{mark}@birds.example",
        sentence=f"{WORDS} {mark}",
        key=f"sk-canary{mark}",
        token=f"token{mark}",
    )


@pytest.fixture
def place(database: Database, canaries: Canaries) -> Iterator[tuple[Premises, Eavesdropper]]:
    environment = {
        "OPENAI_API_KEY": canaries.key,
        "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
        "TWILIO_AUTH_TOKEN": canaries.token,
    }
    with a_broker() as broker:
        ears = Eavesdropper(broker)
        with (
            ears.listening(),
            premises(database, broker, "worker", "listen", environment=environment) as made,
        ):
            yield made, ears


@pytest.mark.slow
def test_canaries_go_through_every_task_and_are_told_to_nobody(
    place: tuple[Premises, Eavesdropper], canaries: Canaries, measured: Measured
) -> None:
    premises, ears = place
    began = time.monotonic()
    _let_things_go_wrong(premises)

    calls = _write_rows(premises, canaries)
    _wait_for_trouble(premises, calls)
    _ring_every_task(premises, calls["plain"])
    wait_until(lambda: ears.heard_of() >= set(TaskName), within=40, what="every task is heard of")
    time.sleep(1)  # the last event and the last line

    sent = [line for line in premises.effects("twilio") if line.get("to") == canaries.phone]
    assert sent, "the canaries did not go through"
    told = {
        "the processes' output": premises.said(),
        "the servers' logs": _logs(premises),
        "the broker's commands": ears.commands(),
        "the broker's keys": ears.keys(),
        "the events": repr(ears.events),
        **{f"the table {name}": _table(premises, name) for name in TOLD},
        "the errors on rows": _errors(premises),
    }
    measured(
        f"{time.monotonic() - began:.1f} s, {len(ears.events)} events,"
        f" {sum(map(len, told.values()))} characters looked through"
    )
    assert "work.bug" in told["the processes' output"]
    assert told["the table effects"]
    assert told["the table ops_alerts"]
    leaks = {name: canaries.found_in(text) for name, text in told.items()}
    assert {name: found for name, found in leaks.items() if found} == {}


@pytest.mark.slow
def test_who_rings_with_words_for_ids_tells_them_to_nobody_who_watches(
    place: tuple[Premises, Eavesdropper], canaries: Canaries
) -> None:
    premises, ears = place
    sweep, measure = TaskName.TRANSCRIPTS_SWEEP, TaskName.UPKEEP_MEASURE
    for words in (canaries.phone, canaries.sentence, canaries.key):
        _ring(premises, TaskName.TRANSCRIPTS_EXTRACT, ids={TaskName.TRANSCRIPTS_EXTRACT: words})
    _ring(premises, sweep, measure, ids={measure: "upkeep"})

    wait_until(lambda: ears.heard_of() >= {sweep, measure}, within=40, what="they are heard of")
    wait_until(lambda: premises.said().count("task.refused") == 3, within=20, what="refusals")

    assert "upkeep" in repr([event.get("args") for event in ears.events])
    assert canaries.found_in(repr(ears.events) + premises.said()) == []


def _let_things_go_wrong(premises: Premises) -> None:
    """Let each vendor fail once in a way that repeats what it was told, and the database too."""
    premises.vendors.fault("status", "openai", status=401, times=1)
    premises.vendors.fault("html", "openai", status=502, times=1)
    premises.vendors.fault("finish", "openai", word="nonsense", times=1)
    premises.vendors.fault("status", "twilio", "messages.create", status=400, code="21211", times=1)
    premises.vendors.fault("cut_json", "twilio", "messages.create", times=1)
    premises.vendors.fault("html", "resend", status=502, times=1)
    premises.connection.execute(POISON)
    premises.connection.execute("ALTER TABLE messages DROP CONSTRAINT messages_channel_is_known")


def _write_rows(premises: Premises, canaries: Canaries) -> dict[str, UUID]:
    user = premises.tenant()
    names = ("plain", "boiler", "tap", "drain", "poison")
    calls = {name: premises.call(user, canaries.transcript(name), canaries.phone) for name in names}
    premises.connection.execute(
        "INSERT INTO messages (user_id, channel, to_email, to_number, subject, body, due_at,"
        "  answers_at)"
        " SELECT %(user)s, channel, %(email)s, %(phone)s, %(words)s, %(words)s,"
        "  clock_timestamp(), clock_timestamp()"
        " FROM unnest(ARRAY['email', 'sms', 'fax']) AS channel",
        {
            "user": user,
            "email": canaries.email,
            "phone": canaries.phone,
            "words": f"{canaries.sentence} {canaries.key}",
        },
    )
    for statement in (
        "INSERT INTO calls (user_id, phone_number, transcript) VALUES (%s, 'x' || %s, %s)",
        "INSERT INTO calls (user_id, cost, transcript) VALUES (%s, CAST(%s AS numeric), %s)",
    ):
        with pytest.raises(Exception, match=r"."):
            premises.connection.execute(statement, [user, canaries.email, canaries.sentence])
    return calls


def _wait_for_trouble(premises: Premises, calls: dict[str, UUID]) -> None:
    """Wait until what can end has ended; what waits for its next time is hurried on."""

    def all_have_ended() -> bool:
        for table, state in (("calls", "ai_processing_status"), ("messages", "status")):
            premises.connection.execute(
                f"UPDATE {table} SET due_at = clock_timestamp()"
                f" WHERE {state} IN ('pending', 'unknown') AND due_at > clock_timestamp()"
            )
        _ring(premises, TaskName.TRANSCRIPTS_SWEEP, TaskName.MESSAGES_SWEEP)
        time.sleep(0.5)
        states = premises.count("SELECT ai_processing_status, count(*) FROM calls GROUP BY 1")
        sent = premises.scalar("SELECT count(*) FROM messages WHERE provider = 'twilio'")
        return states == {"completed": len(calls) - 1, "failed": 1} and sent >= 2

    wait_until(all_have_ended, within=60, what="the calls end")


def _ring_every_task(premises: Premises, call: UUID) -> None:
    event = premises.scalar("SELECT id FROM events LIMIT 1")
    message = premises.scalar("SELECT id FROM messages LIMIT 1")
    ids = {
        TaskName.TRANSCRIPTS_EXTRACT: str(call),
        TaskName.MESSAGES_PLAN: str(event),
        TaskName.MESSAGES_SEND: str(message),
        TaskName.UPKEEP_MEASURE: "upkeep",
    }
    _ring(premises, *TaskName, ids=ids)


def _ring(premises: Premises, *names: TaskName, ids: Mapping[TaskName, str] | None = None) -> None:
    with Celery("tests", broker=premises.broker.url, set_as_current=False) as app:
        for name in names:
            given = [ids[name]] if ids and name in ids else []
            app.send_task(name.value, args=given, queue=name.area.value, ignore_result=True)


def _logs(premises: Premises) -> str:
    logs = premises.database.home.logs
    return "\n".join(path.read_text(errors="replace") for path in logs.iterdir())


def _table(premises: Premises, name: str) -> str:
    rows = premises.connection.execute(f"SELECT to_jsonb(t)::text FROM {name} t").fetchall()
    return "\n".join(row[0] for row in rows)


def _errors(premises: Premises) -> str:
    rows = premises.connection.execute(
        "SELECT last_error FROM calls UNION ALL SELECT last_error FROM messages"
    ).fetchall()
    return "\n".join(row[0] or "" for row in rows)
