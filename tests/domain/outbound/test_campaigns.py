"""Campaigns and pauses: what stands still, what goes on, and what is called off."""

import pytest

from domain.database import SYSTEM
from domain.errors import Refusal
from domain.outbound import campaigns
from domain.tables.outbound import CampaignStatus
from domain.work import control
from tests.support.phones import Phones


def test_a_campaign_starts_pauses_goes_on_and_ends(phones: Phones) -> None:
    phones.account(limit=2)
    user = phones.tenant()
    campaign = phones.campaign(user, status="draft")
    phones.queue(user, 4, campaign_id=campaign)
    steps: list[int] = []

    for to in (None, CampaignStatus.RUNNING, CampaignStatus.PAUSED, CampaignStatus.RUNNING):
        if to is not None:
            with phones.begin(SYSTEM) as session:
                campaigns.move(session, campaign, to)
        phones.drain()
        phones.end_all()
        steps.append(phones.states().get("completed", 0))

    assert steps == [0, 2, 2, 4]
    assert phones.one("SELECT status FROM call_campaigns") == "completed"


def test_a_campaign_that_is_called_off_dials_nobody_any_more(phones: Phones) -> None:
    phones.account(limit=2)
    user = phones.tenant()
    campaign = phones.campaign(user)
    phones.queue(user, 5, campaign_id=campaign)
    phones.decide()

    with phones.begin(SYSTEM) as session:
        campaigns.move(session, campaign, CampaignStatus.CANCELED)
        campaigns.call_off(session, campaign)
    phones.drain()

    assert phones.lines.calls == {}
    assert phones.all("SELECT DISTINCT status FROM call_queue") == [("canceled",)]
    with phones.begin(SYSTEM) as session, pytest.raises(Refusal):
        campaigns.move(session, campaign, CampaignStatus.RUNNING)


@pytest.mark.parametrize("kind", ["account", "tenant", "campaign", "queue"])
def test_what_is_paused_stands_still_and_then_goes_on(phones: Phones, kind: str) -> None:
    account, user = phones.account(), phones.tenant()
    campaign = phones.campaign(user)
    row = phones.queue(user, campaign_id=campaign)[0]
    subject = {"account": account, "tenant": user, "campaign": campaign, "queue": "outbound"}
    with phones.begin(SYSTEM) as session:
        control.pause(session, kind, str(subject[kind]), reason="a test")
    phones.drain()
    before = (len(phones.lines.calls), phones.status(row))

    with phones.begin(SYSTEM) as session:
        control.resume(session, kind, str(subject[kind]))
        campaigns.looked_at_again(session, kind, str(subject[kind]))
    phones.drain()

    assert before[0] == 0
    assert phones.status(row) == "in-progress"
    assert len(phones.lines.calls) == 1
