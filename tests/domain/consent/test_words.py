"""What people write back, and what it means: lines of an inbox, with their meaning."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.consent.words import CARRIERS, Meaning, read

PLAIN_STOPS = """
can you please stop | Will you stop? | I said stop | I told you to stop
STOP | Stop. | stop!!! | "stop" | stop please | Please stop | STOP\u200b | S T O P | ST0P
stopall | Stop all | STOP texting me | Stop sending me these messages | please stop calling me
END | end | QUIT | unsubscribe | Unsubscribe me | opt-out | OPTOUT | opt out | revoke
REVOKE consent | arrêt | ARRET | remove me from your list | take me off the list
delete my number | lose my number | no more messages | leave me alone | Leave me alone please!
Don't call me | don\u2019t text me anymore | do not text | do not contact me again
I don't want any more texts | I do not want to receive these | I don't want to hear from you
quit bothering me | stop it | Never call this number again | sluta | Sluta skicka sms | STOPP
Stoppa | Avregistrera | avsluta | lämna mig i fred | ring mig inte mer | inga fler sms tack
jag vill inte ha fler sms | ta bort mitt nummer | låt mig vara | kontakta mig aldrig | BAJA
alto | ALTO por favor | para | no me llamen más | deje de enviar mensajes | déjame en paz
no quiero más mensajes | quiero darme de baja | borren mi número | dejen de molestarme
No me escriban
"""
DOUBTFUL_STOPS = """
CANCEL | cancel | Cancel please | Okay stop | pls just stop | Wrong number | wrong person
not interested | I never signed up for this | fuck off | this is spam | go away
I'm going to report you | please don't call me before 5 | stop eating when? | avbryt
fel nummer | inte intresserad | ring mig inte före 8 | cancelar | Cancelar por favor
número equivocado | No me interesa | ok stop
"""
CONFIRMS = """
YES | yes | y | Yes please | Yes see you then | ok | OK! | Okay, thanks | confirm | Confirmed
I'll be there | sounds good | perfect thanks | \U0001f44d | Ja | ja tack | Ja, jag kommer
bekräftar | det passar bra | Sí | si | si confirmo | claro | vale | ahí estaré | de acuerdo
"""
CANCELS = """
C | c. | c | Cancel my appointment | I need to cancel | cancel the 3pm but keep the 5pm | No
no thanks | I can't make it | sorry something came up | please reschedule
I won't be able to come tomorrow | change | need to move it to Friday | avboka
jag vill avboka min tid | kan inte komma | ställ in | måste boka om | nej
quiero cancelar mi cita | no puedo ir | cancelar la cita | necesito cambiar la hora
"""
QUESTIONS = """
Can you stop the drip today? | did the bleeding stop overnight?
Where are you located | What time is it again? | can I stop by tomorrow | stop by at 3?
Yes but can we move it to 3? | Can I change my appointment to Friday?
Is there a bus stop near you? | Do I need to stop eating before surgery? | who is this
can you text me instead | Hej, vad kostar det | kan jag komma senare? | är det på samma plats
¿a qué hora? | cuánto cuesta | Could you end the call earlier? | what is the cancellation fee
"""
HELPS = "HELP | help | info | ? | hjälp | ayuda | INFO please"
STARTS = "START | unstop | subscribe | Resume | opt in | starta | suscribirme"
OTHERS = """
thanks | Thank you! | 12 | My water stopped working | the leak won't stop | don't stop
Stop the leak please | the pain stopped | the end of the day works | I want to quit smoking
Don't unsubscribe me | I'd like to end the contract | help me find you | I'll be 10 min late
running late | slutar ni klockan 5 | para el martes | ring mig | call me | The gate code is 1234
start at the back door
"""


def lines(text: str) -> list[str]:
    return [part.strip() for line in text.strip().splitlines() for part in line.split(" | ")]


@pytest.mark.parametrize("body", lines(PLAIN_STOPS))
def test_a_plain_stop_is_a_stop_and_needs_nobody(body: str) -> None:
    found = read(body)

    assert (found.meaning, found.is_sure) == (Meaning.STOP, True), found.reason


@pytest.mark.parametrize("body", lines(DOUBTFUL_STOPS))
def test_a_doubtful_stop_is_a_stop_that_a_person_looks_at(body: str) -> None:
    found = read(body)

    assert (found.meaning, found.is_sure) == (Meaning.STOP, False), found.reason


@pytest.mark.parametrize(
    ("body", "meaning"),
    [
        *((body, Meaning.CONFIRM) for body in lines(CONFIRMS)),
        *((body, Meaning.CANCEL) for body in lines(CANCELS)),
        *((body, Meaning.QUESTION) for body in lines(QUESTIONS)),
        *((body, Meaning.HELP) for body in lines(HELPS)),
        *((body, Meaning.START) for body in lines(STARTS)),
        *((body, Meaning.OTHER) for body in lines(OTHERS)),
    ],
)
def test_an_answer_means_what_a_person_would_take_it_for(body: str, meaning: Meaning) -> None:
    found = read(body)

    assert found.meaning is meaning, found.reason


def test_a_stop_in_any_case_with_any_mark_around_it_is_a_stop() -> None:
    for word in set().union(*CARRIERS.values()):
        for body in (word, word.upper(), word.title(), f"  {word}. ", f"{word}!", f"({word})"):
            assert read(body).meaning is Meaning.STOP, body


def test_what_a_carrier_acted_on_is_known_to_be_so() -> None:
    assert read("STOP").carriers == {"twilio", "telnyx"}
    assert read("revoke").carriers == {"twilio"}
    assert read("stop all").carriers == {"telnyx"}
    assert read("stop calling me").carriers == frozenset()


def test_a_thumb_on_our_own_text_stops_nothing() -> None:
    ours = "See you on Tuesday at 2 PM. Reply STOP to opt out."

    for mark in ("Liked", "Loved", "Laughed at", "Questioned", "Gillade", "Le gustó"):
        assert read(f"{mark} \u201c{ours}\u201d").meaning is Meaning.OTHER
    assert read(f"> {ours}\nYes, see you").meaning is Meaning.CONFIRM


def test_a_thumb_alone_is_an_answer() -> None:
    up, down = read("\N{THUMBS UP SIGN}\U0001f3fd"), read("\N{THUMBS DOWN SIGN}")

    assert (up.meaning, up.is_sure) == (Meaning.CONFIRM, True)
    assert (down.meaning, down.is_sure) == (Meaning.CANCEL, False)
    assert read(" ... ").meaning is Meaning.OTHER


def test_only_a_whole_message_asks_to_hear_from_us_again() -> None:
    assert read("START").meaning is Meaning.START
    for body in ("yes", "can we start at 3", "start the car", "I'd subscribe to that"):
        assert read(body).meaning is not Meaning.START, body


@given(st.text(max_size=400))
def test_whatever_is_written_is_read(body: str) -> None:
    found = read(body)

    assert found.reason
    assert found.meaning in Meaning


@given(
    st.sampled_from(lines(PLAIN_STOPS)), st.sampled_from(["please", "thanks", "tack", "gracias"])
)
def test_politeness_does_not_turn_a_stop_into_something_else(stop: str, polite: str) -> None:
    assert read(f"{stop}, {polite}").meaning is Meaning.STOP
    assert read(f"{polite} {stop}").meaning is Meaning.STOP


@pytest.mark.parametrize("piece", ["stop ", "do not want to ", "can't ", "no me ", "x" * 9, "? "])
def test_a_long_message_is_read_in_no_time(piece: str) -> None:
    body = (piece * 1600)[:1600]
    began = time.perf_counter()

    read(body)

    assert time.perf_counter() - began < 0.5
