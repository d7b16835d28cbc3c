"""Calls that somebody wants, put in line in one go: all of them or none, and none twice."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain import zones
from domain.errors import Refusal
from domain.outbound.entries import Entry, Known, Template

_TENANT: Final = text("SELECT timezone, clock_timestamp() AS now FROM users WHERE id = :user")
_CAMPAIGN: Final = text(
    "SELECT id, status, template_id, custom_variables, timezone FROM call_campaigns WHERE id = :id"
)
_TEMPLATES: Final = text("SELECT id, name, params, params_order FROM call_templates")
_VOICES: Final = text("SELECT id, name, voice_id FROM voice_options WHERE is_active")
_PROVIDERS: Final = text("SELECT id, name FROM call_service_providers WHERE is_active")
_CALLERS: Final = text("SELECT id, full_number FROM user_phone_numbers WHERE is_active")
_ADD: Final = text("""
INSERT INTO call_queue (user_id, campaign_id, recipient_number, idempotency_key, scheduled_time,
  expires_at, timezone, priority, template_id, voice_id, provider_id, caller_number_id,
  consent_source, custom_variables)
SELECT :user, CAST(:campaign AS uuid), x.*
FROM unnest(CAST(:numbers AS text[]), CAST(:keys AS text[]), CAST(:times AS timestamptz[]),
  CAST(:ends AS timestamptz[]), CAST(:zones AS text[]), CAST(:priorities AS int[]),
  CAST(:templates AS uuid[]), CAST(:voices AS uuid[]), CAST(:providers AS uuid[]),
  CAST(:callers AS uuid[]), CAST(:consents AS text[]), CAST(:values AS jsonb[]))
  AS x(number, key, time, ends, zone, priority, template, voice, provider, caller, consent, vals)
ON CONFLICT (user_id, idempotency_key) DO NOTHING RETURNING idempotency_key
""")
OVER: Final = frozenset({"completed", "canceled"})


def known(
    session: Session,
    *,
    user_id: UUID,
    campaign_id: UUID | None,
    country: str | None = None,
    batch: str = "",
) -> Known:
    """Read what lines may refer to, in the tenant's scope; raises Refusal."""
    tenant = session.execute(_TENANT, {"user": user_id}).one_or_none()
    if tenant is None:
        raise Refusal(f"There is no tenant {user_id}.")
    campaign = _campaign(session, campaign_id) if campaign_id else None
    templates = _templates(session)
    zone = zones.find((campaign and campaign.timezone) or tenant.timezone or "UTC")
    return Known(
        templates=templates,
        voices=_by_name(session, _VOICES),
        providers=_by_name(session, _PROVIDERS),
        callers=_by_name(session, _CALLERS),
        template=templates.get(str(campaign.template_id)) if campaign else None,
        values=dict((campaign and campaign.custom_variables) or {}),
        zone=zone or ZoneInfo("UTC"),
        country=country,
        batch=batch or str(campaign_id or ""),
        now=tenant.now,
    )


def add(
    session: Session, entries: Sequence[Entry], *, user_id: UUID, campaign_id: UUID | None
) -> set[str]:
    """Put calls in line; return the keys of those that were not in it before."""
    if not entries:
        return set()
    return set(
        session.scalars(
            _ADD,
            {
                "user": user_id,
                "campaign": campaign_id,
                "numbers": [one.number for one in entries],
                "keys": [one.key for one in entries],
                "times": [one.time for one in entries],
                "ends": [one.expires for one in entries],
                "zones": [one.zone for one in entries],
                "priorities": [one.priority for one in entries],
                "templates": [one.template for one in entries],
                "voices": [one.voice for one in entries],
                "providers": [one.provider for one in entries],
                "callers": [one.caller for one in entries],
                "consents": [one.consent for one in entries],
                "values": [json.dumps(dict(one.values)) for one in entries],
            },
        )
    )


def _campaign(session: Session, campaign_id: UUID) -> Any:  # noqa: ANN401  # a row
    found = session.execute(_CAMPAIGN, {"id": campaign_id}).one_or_none()
    if found is None:
        raise Refusal(f"This tenant has no campaign {campaign_id}.")
    if found.status in OVER:
        raise Refusal(f"Campaign {campaign_id} is {found.status}: nothing can be added to it.")
    return found


def _templates(session: Session) -> dict[str, Template]:
    found: dict[str, Template] = {}
    for row in session.execute(_TEMPLATES):
        template = Template(row.id, tuple(map(str, row.params_order or ())), dict(row.params or {}))
        found[str(row.id)] = found[str(row.name).casefold()] = template
    return found


def _by_name(session: Session, question: Any) -> Mapping[str, UUID]:  # noqa: ANN401  # a statement
    """Return things by their id and by every name that only one of them has."""
    named: dict[str, set[UUID]] = {}
    for row in session.execute(question):
        for name in row:
            named.setdefault(str(name).casefold(), set()).add(row.id)
    return {name: next(iter(ids)) for name, ids in named.items() if len(ids) == 1}
