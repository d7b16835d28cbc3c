"""What is dialled under fire, by whom, within which limits, and how the vendors misbehave."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import phonenumbers
import psycopg
import pytest
from psycopg.types.json import Jsonb

from domain.consent import ranges
from domain.consent.hours import may_contact
from domain.consent.jurisdictions import Contact
from domain.consent.places import Evidence
from tests.support.stand_ins import StandIns
from workers.vendors.notices import SANDBOX_VAPI

PLACES = ("+1212", "+1808", "+1671", "+1787", "+1907", "+1213", "+44121", "+6129")
"""New York, Honolulu, Guam, Puerto Rico, Alaska, Los Angeles, Birmingham, Sydney: somebody is
awake at every hour of the week but two."""

TENANTS = 8
MOST_WRITTEN = 20_000


@dataclass(frozen=True, kw_only=True)
class Profile:
    """How much, how fast, and how hard."""

    calls: int = 240
    slots_of_each: int = 30
    """What each of the two accounts may have at once."""

    talks: tuple[float, float] = (6.0, 12.0)
    workers: int = 1
    slots: int = 3
    strikes_every: float = 5.0
    kills_children: int = 0
    asks_every: float = 3.0
    """Seconds between two comparisons with the vendors: fifteen, where calls are minutes."""

    fails: float = 0.0
    """The part of calls that fail and are retried after a minute, and then two."""

    control_calls: int = 40
    stays: timedelta = timedelta(hours=1)
    """For how long everybody who is awake must be, or the run would wait for their morning."""

    hurries: bool = True
    patience: float = 240.0
    seed: int = 1

    @property
    def is_written_down(self) -> bool:
        """Whether every change of a row is: ten lines a call, read at once in the end."""
        return self.calls <= MOST_WRITTEN


@dataclass
class Staged:
    """Whom it is about, so that the vendors' ledger can be read by it."""

    limits: dict[str, int] = field(default_factory=dict[str, int])
    """By account, tenant, campaign and number: what it may have at once."""

    holders: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """By recipient: whose limits a call to it counts against, accounts and numbers aside."""

    asleep: set[str] = field(default_factory=set[str])
    """Whom it is night for."""

    tenants: list[UUID] = field(default_factory=list[UUID])


def misbehave(vendors: StandIns, door: str, profile: Profile) -> None:
    """Let people be short, vendors generous, and everything go wrong that does."""
    vendors.reset(still=False, seed=profile.seed)
    vendors.behave(
        ways={
            "answered": 0.8,
            "voicemail": 0.1,
            "busy": 0.04,
            "no_answer": 0.04,
            "failed": profile.fails,
        },
        dials=0.2,
        rings=(0.3, 1.0),
        gives_up=3.0,
        talks=profile.talks,
        limits={"vapi": 100_000, "retell": 100_000},
        paces={},
        listeners={
            "vapi": {"url": f"{door}/webhooks/vapi", "secret": SANDBOX_VAPI},
            "retell": {"url": f"{door}/webhooks/retell"},
        },
    )
    vendors.fault("lose_webhook", route="webhooks", rate=0.05)
    vendors.fault("duplicate_webhook", route="webhooks", rate=0.05)
    vendors.fault("reorder_webhooks", route="webhooks", rate=0.10)
    vendors.fault("drop_reply", route="calls.create", rate=0.015)
    vendors.fault("delay", route="calls.create", rate=0.005, seconds=12)


def stage(connection: psycopg.Connection[Any], profile: Profile) -> Staged:
    """Write tenants, accounts, numbers, campaigns and calls."""
    made = Staged()
    awake, asleep = places(profile.stays)
    numbers = count(1)
    with connection.transaction():
        for vendor in ("vapi", "retell"):
            account = _insert(
                connection,
                "call_service_providers",
                name=vendor.title(),
                type="voice",
                provider=vendor,
                concurrency_limit=profile.slots_of_each,
                calls_per_second=1000,
            )
            made.limits[vendor] = profile.slots_of_each
            _insert(
                connection,
                "provider_phone_numbers",
                provider_id=account,
                phone_id=str(uuid4()),
                country_code="1",
                area_code="212",
                phone_number="5550000",
                full_number="+12125550000" if vendor == "vapi" else "+12125550001",
            )
        template = _insert(
            connection, "call_templates", name="Hello", assistant_id="assistant", is_public=True
        )
        made.tenants = [_tenant(connection) for _ in range(TENANTS)]
        _bounded(connection, made, template, awake, numbers, profile)
        left = profile.calls - sum(1 for _ in made.holders)
        whale, *others = (made.tenants[0], *made.tenants[4:])
        _queue(connection, made, whale, template, _numbers(awake, numbers, left // 2))
        for n, user in enumerate(others):
            share = (left - left // 2) // len(others) + (n < (left - left // 2) % len(others))
            _queue(connection, made, user, template, _numbers(awake, numbers, share))
        night = _numbers(asleep, numbers, 20) if asleep else []
        _queue(connection, made, whale, template, night)
        made.asleep.update(night)
    return made


def _bounded(
    connection: psycopg.Connection[Any],
    made: Staged,
    template: UUID,
    awake: Sequence[str],
    numbers: "count[int]",
    profile: Profile,
) -> None:
    """Three that have limits of their own: a tenant, a campaign, a number."""
    tenant, campaigner, caller = made.tenants[1:4]
    # So many that they are done before the others: whoever may have three would wait alone at last.
    many = max(6, int(0.9 * profile.calls / profile.slots_of_each))
    connection.execute(
        "UPDATE tenant_turns SET concurrency_limit = 4 WHERE user_id = %s", (tenant,)
    )
    made.limits[f"tenant {tenant}"] = 4
    _queue(connection, made, tenant, template, _numbers(awake, numbers, many))
    campaign = _insert(
        connection,
        "call_campaigns",
        user_id=campaigner,
        name="Autumn",
        status="running",
        concurrency_limit=3,
    )
    made.limits[f"campaign {campaign}"] = 3
    called = _numbers(awake, numbers, many)
    _queue(connection, made, campaigner, template, called, campaign_id=campaign)
    own = _insert(
        connection,
        "user_phone_numbers",
        user_id=caller,
        full_number="+12125559999",
        phone_id=str(uuid4()),
        concurrency_limit=3,
    )
    made.limits[f"number {own}"] = 3
    called = _numbers(awake, numbers, many)
    _queue(connection, made, caller, template, called)
    for number in called:
        made.holders[number].append(f"number {own}")


def _tenant(connection: psycopg.Connection[Any]) -> UUID:
    user = _insert(
        connection,
        "users",
        business_name="Harbour Street Plumbing",
        settings=Jsonb({"calls": {"per_range": dict.fromkeys(ranges.PERIODS, 1_000_000)}}),
    )
    connection.execute(
        "INSERT INTO tenant_turns (user_id) VALUES (%s) ON CONFLICT DO NOTHING", (user,)
    )
    connection.execute(
        "INSERT INTO calling_rules (user_id, consent_source) VALUES (%s, 'they ticked a box')"
        " ON CONFLICT (user_id) DO UPDATE SET consent_source = excluded.consent_source",
        (user,),
    )
    return user


def _queue(
    connection: psycopg.Connection[Any],
    made: Staged,
    user: UUID,
    template: UUID,
    numbers: Sequence[str],
    *,
    campaign_id: UUID | None = None,
) -> None:
    connection.execute(
        "INSERT INTO call_queue (user_id, template_id, campaign_id, recipient_number)"
        " SELECT %s, %s, %s, unnest(%s::text[])",
        (user, template, campaign_id, list(numbers)),
    )
    for number in numbers:
        mine = [f"tenant {user}", *([f"campaign {campaign_id}"] if campaign_id else [])]
        made.holders[number] = mine


def places(stays: timedelta) -> tuple[list[str], list[str]]:
    """Return where people may be called for so long, and where not within it."""
    now = datetime.now(UTC)
    states = {place: {_may(place, now + n * stays / 4) for n in range(5)} for place in PLACES}
    awake = [place for place, found in states.items() if found == {True}]
    if not awake:
        pytest.skip("it is Sunday from ten to noon in London: nobody anywhere may be called")
    return awake, [place for place, found in states.items() if found == {False}]


def _may(place: str, at: datetime) -> bool:
    return may_call(f"{place}3001111", at)


def may_call(number: str, at: datetime) -> bool:
    """Tell whether the law lets an artificial voice call somebody at a moment."""
    return may_contact(Contact.AUTOMATED_CALL, at, Evidence(number=number)).allowed


def _numbers(places: Sequence[str], numbers: "count[int]", many: int) -> list[str]:
    """Return so many that there are: of Guam's exchanges most are nobody's."""
    found: list[str] = []
    while len(found) < many:
        n = next(numbers)
        number = f"{places[n % len(places)]}{300 + n % 500:03}{n // 500:04}"
        if phonenumbers.is_valid_number(phonenumbers.parse(number)):
            found.append(number)
    return found


def _insert(connection: psycopg.Connection[Any], table: str, **words: Any) -> UUID:
    names, marks = ", ".join(words), ", ".join(["%s"] * len(words))
    query = f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id"
    row = connection.execute(query, list(words.values())).fetchone()
    assert row
    return row[0]
