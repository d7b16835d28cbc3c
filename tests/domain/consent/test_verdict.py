"""Whether one message goes out: one reason, and the one that counts most."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from domain.consent.jurisdictions import Contact
from domain.consent.places import Evidence
from domain.consent.verdict import Answer, Facts, Why, decide

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)
NIGHT = datetime(2026, 11, 20, 7, tzinfo=UTC)
MORNING = datetime(2026, 11, 20, 13, tzinfo=UTC)
RENEWED = datetime(2026, 12, 1, tzinfo=UTC)
FINE = Facts(now=NOON, kind=Contact.TRANSACTIONAL_TEXT, evidence=Evidence(number="+12125550123"))


def test_what_nothing_speaks_against_goes_and_says_by_which_rules() -> None:
    decision = decide(FINE)

    assert (decision.answer, decision.why) == (Answer.GO, Why.NOTHING_AGAINST)
    assert (decision.rules, bool(decision.version)) == (("US",), True)


AGAINST = [
    (Answer.VOID, Why.EVENT_CHANGED, {"event_stands": False}),
    (Answer.VOID, Why.TOO_LATE, {"useful_until": NOON - timedelta(days=1)}),
    (Answer.VOID, Why.OPTED_OUT, {"opted_out": frozenset({"person", "tenant"})}),
    (Answer.HELD, Why.NO_CONSENT, {"consented": False}),
    (Answer.HELD, Why.NOT_THIS_NUMBER, {"evidence": Evidence(number="+19005550123")}),
    (Answer.LATER, Why.HOURS, {"now": NIGHT}),
    (Answer.HELD, Why.SPEND_CAP, {"cost": Decimal("0.02"), "spend_left": Decimal("0.01")}),
    (Answer.HELD, Why.TEXT_CAP, {"texts": 2, "texts_left": 1}),
    (Answer.LATER, Why.PACE, {"pace_free_at": NOON + timedelta(seconds=2)}),
]


@pytest.mark.parametrize(("answer", "why", "changes"), AGAINST)
def test_each_thing_that_speaks_against_it_is_the_reason(
    answer: Answer, why: Why, changes: dict[str, object]
) -> None:
    decision = decide(replace(FINE, **changes))

    assert (decision.answer, decision.why) == (answer, why)
    assert decision.sentence


def test_of_several_reasons_the_weightiest_is_the_answer() -> None:
    facts = FINE
    for _, why, changes in reversed([each for each in AGAINST if each[1] is not Why.HOURS]):
        facts = replace(facts, **changes)

        assert decide(facts).why is why


def test_what_only_time_settles_names_the_moment() -> None:
    assert decide(replace(FINE, now=NIGHT)).until == MORNING
    capped = replace(FINE, texts=2, texts_left=1, renewed_at=RENEWED)
    assert (decide(capped).answer, decide(capped).until) == (Answer.LATER, RENEWED)
    spent = replace(FINE, cost=Decimal(1), spend_left=Decimal(0), renewed_at=RENEWED)
    assert (decide(spent).answer, decide(spent).until) == (Answer.LATER, RENEWED)


def test_what_would_come_after_its_use_does_not_come() -> None:
    decision = decide(replace(FINE, now=NIGHT, useful_until=MORNING))

    assert (decision.answer, decision.why) == (Answer.VOID, Why.HOURS)
    assert decision.sentence.endswith("later it is of no use")


def test_the_answer_to_stop_is_the_one_thing_that_goes_after_it() -> None:
    stopped = replace(FINE, now=NIGHT, opted_out=frozenset({"person"}), answering=NIGHT)

    assert decide(stopped).why is Why.OPTED_OUT
    assert decide(replace(stopped, tells_of_stop=True)).answer is Answer.GO


def test_a_letter_may_come_at_night_and_needs_no_number() -> None:
    letter = replace(FINE, now=NIGHT, has_hours=False, evidence=Evidence())

    assert decide(letter).answer is Answer.GO
