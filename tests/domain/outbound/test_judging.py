"""May this person be called now: one reason a row, when to ask again, and nobody else waits."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.consent.hours import may_contact
from domain.consent.jurisdictions import Contact, Table
from domain.consent.places import Evidence
from domain.consent.schedules import parse
from domain.outbound import dispatch
from domain.outbound.dispatch import Desk
from tests.support.phones import Phones, always_open
from tests.support.slice import KEYS

PLACES = ("+12125550", "+18085550", "+61212345", "+4930123", "+441212345", "+16713001", "+468123")


def number_where(*, allowed: bool) -> str:
    """Return a number whose people may, or may not, be called at this very moment."""
    for place in PLACES:
        number = place.ljust(12, "1")
        now = may_contact(Contact.AUTOMATED_CALL, datetime.now(UTC), Evidence(number=number))
        if now.allowed is allowed and now.next_moment is not None:
            return number
    pytest.skip("everybody is in the same half of the day just now")


def closed_now() -> Table:
    """Return a law by which New Yorkers are called half a day from now, and at no other hour."""
    opens = (datetime.now(ZoneInfo("America/New_York")) + timedelta(hours=12)).hour
    hours = {Contact.AUTOMATED_CALL: parse(f"daily {opens:02}:00-{opens:02}:30")}
    known = always_open()
    return replace(known, rows={"US": replace(known.rows["US"], hours=hours)})


def told(phones: Phones, row: UUID) -> tuple[str, str | None, str]:
    return phones.all("SELECT status, outcome, verdict->>'why' FROM call_queue WHERE id = %s", row)[
        0
    ]


def test_nobody_is_called_at_night_and_everybody_by_day(phones: Phones) -> None:
    phones.account(limit=5)
    user = phones.tenant()
    asleep = phones.queue(user, recipient_number=number_where(allowed=False))[0]
    awake = phones.queue(user, recipient_number=number_where(allowed=True))[0]
    phones.desk = Desk(keyring=KEYS)

    assert phones.decide().dialled == 1

    assert phones.status(awake) == "in-progress"
    assert told(phones, asleep) == ("queued", None, "hours")
    due, ready = phones.all("SELECT due_at, is_ready FROM call_queue WHERE id = %s", asleep)[0]
    assert due > datetime.now(UTC)
    assert not ready


def test_who_was_decided_on_by_day_is_not_dialled_by_another_worker_at_night(
    phones: Phones,
) -> None:
    phones.account()
    [row] = phones.queue(phones.tenant())
    assert phones.decide().dialled == 1  # under a law by which it is day, and its worker dies
    later = "UPDATE call_attempts SET created_at = created_at - interval '11 seconds'"
    phones.connection.execute(later)
    phones.board = replace(phones.board, hours=closed_now())

    phones.drain()

    assert not phones.lines.times
    assert phones.states() == {"canceled": 1}
    assert told(phones, row) == ("queued", None, "hours")


def test_a_decision_is_as_old_as_what_was_judged(
    phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    phones.account()
    phones.queue(phones.tenant())
    write = dispatch.Round.write

    def write_late(held_up: dispatch.Round, floor: float) -> None:
        time.sleep(0.3)
        write(held_up, floor)

    monkeypatch.setattr(dispatch.Round, "write", write_late)

    phones.decide()

    ages = phones.all(
        "SELECT q.judged_at - a.created_at FROM call_queue q"
        " JOIN call_attempts a ON a.call_queue_id = q.id"
    )
    assert [age > timedelta(seconds=0.3) for (age,) in ages] == [True]


def _opted_out(phones: Phones, user: UUID, number: str) -> None:
    phones.insert("sms_opt_outs", {"user_id": user, "phone_number": number})


def _forbade(phones: Phones, user: UUID, number: str) -> None:
    words = {"user_id": user, "phone_number": number, "forbidden_at": datetime.now(UTC)}
    phones.insert("voice_consents", words)


@pytest.mark.parametrize("forbid", [_opted_out, _forbade])
def test_who_said_stop_is_never_called(
    phones: Phones, forbid: Callable[[Phones, UUID, str], None]
) -> None:
    phones.account()
    user, number = phones.tenant(), phones.number()
    forbid(phones, user, number)
    row = phones.queue(user, recipient_number=number)[0]

    assert phones.decide().dialled == 0

    assert told(phones, row) == ("failed", "refused", "opted_out")


def test_who_says_stop_after_the_decision_is_not_dialled_either(phones: Phones) -> None:
    phones.account()
    user, number = phones.tenant(), phones.number()
    row = phones.queue(user, recipient_number=number)[0]
    phones.decide()
    _forbade(phones, user, number)

    phones.drain()

    assert phones.lines.calls == {}
    assert told(phones, row)[:2] == ("failed", "refused")


def test_without_an_agreement_no_artificial_voice_calls(phones: Phones) -> None:
    phones.account()
    user, number = phones.tenant(consent=None), phones.number()
    row = phones.queue(user, recipient_number=number)[0]
    vouched = phones.queue(user, consent_source="signed in the shop")[0]

    phones.decide()
    held = told(phones, row)
    words = {"user_id": user, "phone_number": number, "consented_at": datetime.now(UTC)}
    phones.insert("voice_consents", words)
    phones.connection.execute("UPDATE call_queue SET due_at = clock_timestamp()")
    phones.decide()

    assert phones.status(vouched) == "in-progress"
    assert held == ("queued", None, "no_consent")
    assert phones.status(row) == "in-progress"


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"recipient_number": "+15005550006"}, ("failed", "refused", "not_this_number")),
        ({"timezone": "Mars/Olympus"}, ("failed", "refused", "not_this_number")),
        ({"scheduled_time": "2019-05-05"}, ("failed", "refused", "too_late")),
        ({"expires_at": "2019-05-05"}, ("failed", "expired", "expired")),
    ],
)
def test_what_cannot_be_dialled_ends_with_its_reason_and_others_go_on(
    phones: Phones, columns: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    phones.account()
    user = phones.tenant()
    bad = phones.queue(user, priority=1, **columns)[0]
    good = phones.queue(user)[0]
    phones.desk = Desk(keyring=KEYS, hours=phones.desk.hours)

    phones.decide()

    assert told(phones, bad) == expected
    assert phones.why(bad)
    assert phones.status(good) == "in-progress"


def test_a_template_that_misses_a_parameter_names_it(phones: Phones) -> None:
    phones.account()
    user = phones.tenant()
    template = phones.insert(
        "call_templates", {"user_id": user, "name": "Hello", "params_order": '["name", "day"]'}
    )
    row = phones.queue(user, template_id=template, custom_variables='{"name": "Ann"}')[0]

    phones.decide()

    assert told(phones, row) == ("failed", "refused", "missing_parameter")
    assert "asks for day" in phones.why(row)


@pytest.mark.parametrize(
    ("rule", "dialled"),
    [
        ({"countries": ["SE"]}, 0),
        ({"calls_per_hour": 2}, 2),
        ({"calls_per_day": 3}, 3),
        ({"spend_per_day": 0}, 0),
    ],
)
def test_a_tenants_own_bounds_are_kept(phones: Phones, rule: dict[str, Any], dialled: int) -> None:
    phones.account(limit=9)
    user = phones.tenant()
    [(name, value)] = rule.items()
    phones.connection.execute(
        f"UPDATE calling_rules SET {name} = %s WHERE user_id = %s",  # a name of ours
        (value, user),
    )
    phones.queue(user, 5)

    total = phones.decide().dialled + phones.decide().dialled

    assert total == dialled


def test_a_tenant_over_its_usage_is_not_dialled_for_until_it_is_lifted(phones: Phones) -> None:
    phones.account()
    user = phones.tenant()
    phones.connection.execute(
        "INSERT INTO usage_limits (user_id, call_cap_seconds, call_used_seconds, grace_seconds)"
        " VALUES (%s, 60, 60, 0)",
        (user,),
    )
    row = phones.queue(user)[0]
    assert phones.decide().dialled == 0
    used_up = "its tenant may use no more calls: what its plan gives for this period is used up"
    assert (told(phones, row)[2], phones.why(row)) == ("stopped", used_up)

    phones.connection.execute("UPDATE usage_limits SET call_credit = 60")
    phones.connection.execute("UPDATE tenant_turns SET due_at = clock_timestamp()")

    assert phones.decide().dialled == 1


def test_a_campaign_keeps_its_window(phones: Phones) -> None:
    phones.account(limit=9)
    user = phones.tenant()
    later = datetime.now(UTC) + timedelta(hours=2)
    shut = phones.campaign(
        user,
        timezone="UTC",
        window_start=f"{later:%H}:00",
        window_end=f"{later + timedelta(hours=1):%H}:00",
        window_days=[1, 2, 3, 4, 5, 6, 7],
    )
    row = phones.queue(user, campaign_id=shut)[0]

    phones.decide()

    assert told(phones, row) == ("queued", None, "hours")
    wait = phones.one("SELECT due_at - clock_timestamp() FROM call_queue WHERE id = %s", row)
    assert timedelta() < wait <= timedelta(hours=2)
