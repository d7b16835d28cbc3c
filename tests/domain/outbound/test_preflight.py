"""What a campaign's calls would come to, said before it begins and changing nothing."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from domain.consent.jurisdictions import Table, shipped
from domain.errors import Refusal
from domain.outbound import preflight
from domain.outbound.judge import Answer
from domain.outbound.preflight import Outlook
from tests.support.phones import Phones
from tests.support.slice import KEYS

NIGHT = datetime(2026, 12, 2, 8, tzinfo=UTC)  # three in the morning in New York
NOON = datetime(2026, 12, 2, 17, tzinfo=UTC)


def look(phones: Phones, campaign: UUID, at: datetime, hours: Table | None = None) -> Outlook:
    return preflight.look(phones.begin, KEYS, campaign, at=at, hours=hours or shipped())


def test_who_may_be_called_goes_and_who_sleeps_waits_for_the_morning(phones: Phones) -> None:
    user = phones.tenant()
    campaign = phones.campaign(user, status="draft")
    phones.queue(user, 3, campaign_id=campaign)

    by_day, by_night = look(phones, campaign, NOON), look(phones, campaign, NIGHT)

    assert by_day.count(Answer.GO) == 3
    assert (by_night.count(Answer.GO), by_night.count(Answer.LATER)) == (0, 3)
    [group] = by_night.groups
    assert group.first is not None
    assert NIGHT + timedelta(hours=4) <= group.first <= NIGHT + timedelta(hours=8)


def test_each_reason_not_to_call_is_counted(phones: Phones) -> None:
    user = phones.tenant()
    template = phones.insert(
        "call_templates", {"user_id": user, "name": "t", "params_order": '["day"]'}
    )
    campaign = phones.campaign(user, status="draft")
    phones.queue(user, 2, campaign_id=campaign)
    phones.queue(user, 3, campaign_id=campaign, template_id=template)
    phones.queue(user, 1, campaign_id=campaign, expires_at=NOON - timedelta(hours=1))
    [gone] = phones.queue(user, 1, campaign_id=campaign)
    number = phones.one("SELECT recipient_number FROM call_queue WHERE id = %s", gone)
    phones.insert(
        "voice_consents", {"user_id": user, "phone_number": number, "forbidden_at": "2026-01-01"}
    )
    phones.queue(user, 5)

    seen = look(phones, campaign, NOON)

    assert {(group.answer, group.why): group.count for group in seen.groups} == {
        (Answer.GO, "nothing_against"): 2,
        (Answer.VOID, "missing_parameter"): 3,
        (Answer.VOID, "opted_out"): 1,
        (Answer.EXPIRED, "expired"): 1,
    }
    missing = next(group for group in seen.groups if group.why == "missing_parameter")
    assert "day" in missing.sentence
    assert phones.one("SELECT count(*) FROM call_queue WHERE status <> 'queued'") == 0


def test_without_consent_all_are_held(phones: Phones) -> None:
    user = phones.tenant(consent=None)
    campaign = phones.campaign(user, status="draft")
    phones.queue(user, 2, campaign_id=campaign)

    assert look(phones, campaign, NOON).count(Answer.HELD) == 2


def test_it_says_what_the_line_then_does(phones: Phones) -> None:
    user = phones.tenant()
    phones.account(limit=50)
    campaign = phones.campaign(user)
    phones.queue(user, 4, campaign_id=campaign)
    phones.queue(user, 2, campaign_id=campaign, expires_at="2026-01-01")
    now = phones.one("SELECT clock_timestamp()")

    seen = look(phones, campaign, now, phones.desk.hours)
    phones.drain()

    assert phones.states() == {"live": seen.count(Answer.GO)} == {"live": 4}
    failed = phones.one("SELECT count(*) FROM call_queue WHERE status = 'failed'")
    assert failed == seen.count(Answer.EXPIRED, Answer.VOID) == 2


def test_more_rows_than_are_read_at_once_are_all_counted(phones: Phones) -> None:
    user = phones.tenant()
    campaign = phones.campaign(user, status="draft")
    phones.connection.execute(
        "INSERT INTO call_queue (user_id, campaign_id, recipient_number)"
        " SELECT %s, %s, '+1212' || (2000000 + n) FROM generate_series(1, 4500) n",
        (user, campaign),
    )

    assert look(phones, campaign, NOON).count(Answer.GO) == 4500


def test_a_campaign_that_is_none_is_refused(phones: Phones) -> None:
    with pytest.raises(Refusal):
        look(phones, uuid4(), NOON)
