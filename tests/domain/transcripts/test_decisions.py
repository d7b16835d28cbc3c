"""What is written for a call, and what is asked instead."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from domain.tables.events import EventStatus
from domain.transcripts import extraction
from domain.transcripts.reading import read
from domain.transcripts.rules import Decision
from domain.transcripts.store import Heard
from workers.vendors import models

SAID_AT = datetime(2026, 11, 18, 10, tzinfo=UTC)


def decided(transcript: str) -> Decision:
    heard = Heard(transcript, SAID_AT, None, "Europe/Madrid", "UTC", None, None)
    return extraction.judge(models.moments, read(transcript), heard, ZoneInfo("Europe/Madrid"))


def test_a_wish_on_the_machine_is_kept_for_the_owner_and_not_confirmed() -> None:
    decision = decided(
        "You have reached Miller Roofing, please leave a message after the tone.\n"
        "Hi, this is Tom Becker, I need someone to look at my roof on Thursday at 2 pm."
    )

    assert decision.outcome == "events"
    assert [event.status for event in decision.events] == [EventStatus.EXTRACTED]
    assert len(decision.doubts) == 1


def test_a_message_that_wishes_for_nothing_is_a_message() -> None:
    decision = decided(
        "Agent: You have reached the voicemail of Miller Roofing, leave a message.\n"
        "Caller: Hi, it is Joan from the print shop, your brochures are ready. Bye."
    )

    assert decision.outcome == "voicemail"
    assert decision.events == []


def test_an_hour_that_the_agent_booked_alone_is_asked() -> None:
    decision = decided(
        "Agent: Harbor Vet.\nCaller: I'd like to book a checkup on Tuesday at 10 am.\n"
        "Agent: I have booked you for Tuesday at noon. Goodbye."
    )

    assert [event.status for event in decision.events] == [EventStatus.EXTRACTED]
    assert [doubt.field for doubt in decision.doubts] == ["start_time"]


def test_the_same_hour_agreed_by_both_is_confirmed() -> None:
    decision = decided(
        "Agent: Harbor Vet.\nCaller: I'd like to book a checkup on Tuesday at 10 am.\n"
        "Agent: I have booked you for Tuesday at noon.\nCaller: Noon is fine, thank you."
    )

    assert [event.status for event in decision.events] == [EventStatus.CONFIRMED]


def test_a_date_is_read_in_the_language_that_was_spoken() -> None:
    decision = decided(
        "Agente: Dental Sol.\nCliente: Hola, quiero una cita para el 3/12 a las cinco.\n"
        "Agente: El 3 de diciembre a las cinco, queda reservada.\nCliente: Gracias."
    )

    assert [event.start for event in decision.events] == [
        datetime(2026, 12, 3, 17, tzinfo=ZoneInfo("Europe/Madrid"))
    ]
