"""Taking a notice in: believed or refused, named, and stored. Nothing else happens here."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.database import SYSTEM, Begin
from domain.ids import new_id
from domain.webhooks import rules, store
from domain.webhooks.ports import Arrival, Notices, token_of
from domain.webhooks.senders import Senders
from domain.webhooks.store import Entry

UNREADABLE: Final = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where notices come in."""

    begin: Begin
    senders: Senders


def receive(desk: Desk, provider: str, arrival: Arrival) -> Entry:
    """Decide whether a notice is the vendor's, and make its entry. Writes nothing."""
    notices = desk.senders.of(provider, arrival.subject)
    if notices is None:
        raise LookupError(provider)
    refusal = judge(notices, arrival)
    if refusal is None:
        key, event_type = name(notices, arrival)
    else:
        key, event_type = rules.refused_key(arrival.target, arrival.headers, arrival.body), None
    return Entry(
        id=new_id(),
        user_id=None if notices.is_of_integrations or refusal else arrival.subject,
        provider=provider,
        key=key,
        event_type=event_type,
        headers=json.dumps(rules.kept_headers(arrival.headers, arrival.target)),
        body=arrival.body,
        refusal=refusal,
    )


def judge(notices: Notices, arrival: Arrival) -> str | None:
    """Say why a notice is not believed; None: it is the vendor's, and came to an address of ours.

    An address that only looks like one of ours names nobody.
    """
    if token_of(arrival.target) and arrival.subject is None:
        return "its address is none that we gave out"
    return notices.refusal(arrival)


def name(notices: Notices, arrival: Arrival) -> tuple[str, str]:
    """Return a notice's key and kind; one that is strange is kept under the hash of its bytes."""
    try:
        label = notices.label(arrival)
    except (LookupError, ValueError, TypeError, AttributeError):
        return rules.refused_key("", {}, arrival.body).replace("refused", UNREADABLE), UNREADABLE
    return rules.key(label.key), rules.event_type(label.event_type)


def keep(desk: Desk, entries: Sequence[Entry]) -> list[UUID]:
    """Store notices in one statement; return those that were not there yet and wait for work."""
    with desk.begin(SYSTEM) as session:
        stored = store.keep(session, entries)
    refused = {entry.id for entry in entries if entry.refusal is not None}
    return [key for key in stored if key not in refused]
