"""Every kind of work there is, by the name that people call it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from domain.alerting import store as alerting
from domain.billing import meter, runs
from domain.calendars import shelf as calendars
from domain.calendars import store as links
from domain.deliveries import store as deliveries
from domain.errors import Refusal
from domain.messages import store as messages
from domain.outbound import store as outbound
from domain.transcripts import store as transcripts
from domain.webhooks import store as webhooks
from domain.work import errands
from domain.work.kinds import Kind, Settled
from domain.work.names import Area


def _nothing_more(session: Session, settled: Sequence[Settled]) -> None:
    """Write nothing: a person who looks at a row or retries it settles none."""
    del session, settled


KINDS: Final[Mapping[str, Kind[Any]]] = {
    each.name: each
    for each in (
        alerting.kind(),
        errands.kind(Area.MESSAGES),
        calendars.kind(),
        links.kind(),
        messages.kind(),
        outbound.kind(),
        outbound.wanted(),
        transcripts.kind(_nothing_more),
        deliveries.KIND,
        meter.kind(),
        runs.kind(),
        webhooks.kind(),
    )
}


def named(name: str) -> Kind[Any]:
    """Return the kind of this name."""
    if name not in KINDS:
        raise Refusal(f"There is no kind {name}: {', '.join(sorted(KINDS))}.")
    return KINDS[name]
