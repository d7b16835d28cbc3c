"""Where a call goes: which account has a slot for it and can do it, and from which number."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import phonenumbers

from domain.outbound import callers, written
from domain.outbound.accounts import Open
from domain.outbound.callers import Number
from domain.outbound.judge import Ruling
from domain.outbound.lanes import Campaign, Candidate
from domain.outbound.written import Placed

AGAIN: Final = timedelta(seconds=30)
"""When a row is looked at again that no account can dial as things are."""


class Room:
    """What is free on accounts, in campaigns and behind numbers while slots are given out."""

    def __init__(
        self,
        opened: Sequence[Open],
        campaigns: Mapping[UUID, Campaign],
        numbers: Mapping[UUID, Sequence[Number]],
    ) -> None:
        """Give out of these; the best account first."""
        self._opened = opened
        self._campaigns = campaigns
        self._numbers = numbers

    def find(self, row: Candidate, ruling: Ruling) -> Placed | Ruling | None:
        """Find a slot for a row and take it.

        None: what it needs is taken right now, and it stays where it is. A ruling: it waits for
        something else, and others need not wait behind it.
        """
        campaign = self._campaigns.get(row.campaign_id) if row.campaign_id else None
        if campaign is not None and campaign.left <= 0:
            return None
        reason: str | None = None
        for account in self._fitting(row, ruling, campaign):
            found = callers.choose(
                row, self._campaigns, self._numbers.get(row.user_id, ()), account.account.id
            )
            if isinstance(found, str):
                reason = found
                continue
            account.give()
            if campaign is not None:
                campaign.left -= 1
                campaign.given += 1
            if found is not None:
                found.left -= 1
                found.given += 1
            return Placed(
                row=row,
                ruling=ruling,
                account_id=account.account.id,
                caller_id=found.id if found else None,
                caller=found.full_number if found else None,
            )
        if reason is None and self._has_full(row, ruling, campaign):
            return None
        reason = reason or "no account can dial it: its country, or what is said on it"
        return written.later("account", reason, AGAIN)

    def _fitting(self, row: Candidate, ruling: Ruling, campaign: Campaign | None) -> Iterator[Open]:
        """Name accounts that can, best first: the one asked for, one that has not failed, ..."""
        asked = row.provider_id or (campaign.provider_id if campaign else None)
        able = [one for one in self._opened if one.left > 0 and _can(one, row, ruling)]
        is_there = any(one.account.id == asked for one in self._opened)
        yield from sorted(
            (one for one in able if not is_there or one.account.id == asked),
            key=lambda one: (one.account.id == row.avoid, one.priority, -one.left),
        )

    def _has_full(self, row: Candidate, ruling: Ruling, campaign: Campaign | None) -> bool:
        """Tell whether an account could, if it had a slot."""
        asked = row.provider_id or (campaign.provider_id if campaign else None)
        return any(
            one.left <= 0 and _can(one, row, ruling)
            for one in self._opened
            if asked in {None, one.account.id}
        )


def _can(one: Open, row: Candidate, ruling: Ruling) -> bool:
    if ruling.account_id is not None and ruling.account_id != one.account.id:
        return False
    return one.countries is None or country_of(row.recipient_number) in one.countries


def country_of(number: str) -> str | None:
    """Return the country of a number."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None
