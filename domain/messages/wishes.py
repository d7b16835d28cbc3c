"""What a tenant wants sent: its own settings over its industry's over ours. Pure.

They stand in `industry_configurations.reminder_settings` and, stronger, in
`users.settings -> 'messages'`; either may say more for one event type:

    {"before_hours": [24, 2], "channels": ["sms", "email"], "confirmation": true,
     "review_request": true, "review_link": "https://...", "no_show": false,
     "marketing_consent": "our booking form",
     "per_minute": 60, "spend_cap": 50, "countries": ["US", "CA"],
     "per_range": {"minute": 30, "hour": 100, "day": 300},
     "event_types": {"consultation": {"before_hours": [72, 24, 2]}}}
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, cast

from domain.consent.ranges import Most, most_of

CHANNELS: Final = ("sms", "email")
LONGEST_LEAD: Final = timedelta(days=60)
MOST_REMINDERS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is sent about an event, and by which channels."""

    before: tuple[timedelta, ...] = (timedelta(hours=24), timedelta(hours=2))
    channels: tuple[str, ...] = ("sms",)
    confirmation: bool = True
    review_request: bool = False
    review_link: str = ""
    marketing_consent: str = ""
    """Where everybody whom the tenant asks for a review has agreed to that: it vouches for it."""

    no_show: bool = False
    per_minute: int = 60
    countries: frozenset[str] | None = None
    language: str | None = None
    spend_cap: Decimal | None = None
    """What texts may cost in a period, in the carrier's currency."""

    per_range: Most = field(default_factory=Most)
    """How many texts may go to strangers of one range of numbers."""


def of(event_type: str | None, *settings: Mapping[str, Any] | None) -> Wishes:
    """Return what holds for a type of event; later settings are stronger.

    What is no setting of ours, or cannot be, is passed over: a slip costs nobody a reminder.
    """
    wishes = Wishes()
    for each in settings:
        if not isinstance(each, Mapping):
            continue
        wishes = _with(wishes, each)
        types = each.get("event_types")
        if isinstance(types, Mapping) and event_type:
            own = cast("Mapping[str, Any]", types).get(event_type)
            if isinstance(own, Mapping):
                wishes = _with(wishes, cast("Mapping[str, Any]", own))
    return wishes


def _with(wishes: Wishes, facts: Mapping[str, Any]) -> Wishes:
    flags = {
        name: facts[name]
        for name in ("confirmation", "review_request", "no_show")
        if isinstance(facts.get(name), bool)
    }
    texts = {
        name: facts[name]
        for name in ("review_link", "marketing_consent", "language")
        if isinstance(facts.get(name), str)
    }
    made = replace(wishes, **flags, **texts)
    before = _leads(facts.get("before_hours"))
    channels = _words(facts.get("channels"), CHANNELS)
    countries = facts.get("countries")
    pace, cap = facts.get("per_minute"), facts.get("spend_cap")
    if before is not None:
        made = replace(made, before=before)
    if channels:
        made = replace(made, channels=channels)
    if isinstance(countries, list) and countries:
        kept = frozenset(str(each).upper() for each in cast("list[object]", countries))
        made = replace(made, countries=kept)
    if isinstance(pace, int) and not isinstance(pace, bool) and pace > 0:
        made = replace(made, per_minute=min(pace, 60_000))
    if isinstance(cap, int | float) and not isinstance(cap, bool) and cap >= 0:
        made = replace(made, spend_cap=Decimal(str(cap)))
    if "per_range" in facts:
        made = replace(made, per_range=most_of(facts["per_range"]))
    return made


def _leads(given: object) -> tuple[timedelta, ...] | None:
    """Return how long before; None where it is not said. An empty list is: never."""
    if not isinstance(given, list):
        return None
    hours = [each for each in cast("list[object]", given) if isinstance(each, int | float)]
    most = LONGEST_LEAD / timedelta(hours=1)
    kept = {each for each in hours if 0 < each <= most and not isinstance(each, bool)}
    leads = sorted((timedelta(hours=each) for each in kept), reverse=True)
    return tuple(leads[:MOST_REMINDERS])


def _words(given: object, known: Sequence[str]) -> tuple[str, ...]:
    if not isinstance(given, list):
        return ()
    wanted = cast("list[object]", given)
    return tuple(each for each in known if each in wanted)
