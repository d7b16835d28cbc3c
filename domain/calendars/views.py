"""A link with its event and its calendar, and how both stand after a step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.calendars import rules
from domain.calendars.ports import Calendar
from domain.calendars.rules import Content


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A claimed link."""

    id: UUID
    user_id: UUID
    wanted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A link, its event and its calendar, as they stand in one transaction."""

    link_id: UUID
    event_id: UUID
    user_id: UUID
    kind: str
    calendar: Calendar
    content: Content | None
    """None: the event has no time yet."""

    zone: str
    status: str
    generation: int
    wanted: int
    carried: int
    incarnation: int
    is_there: bool
    remote_id: str
    etag: str | None
    seen_etag: str | None
    agreed: Mapping[str, str]
    offered: Mapping[str, str]
    trail: Sequence[Mapping[str, str]]
    on_cancel: str
    outside_cancel: str
    outside_move: str
    outside_decline: str
    guest: str | None = field(repr=False)
    """The customer's e-mail address, where one is known."""

    invites: bool
    reminders: Sequence[int] | None
    answers: Sequence[Mapping[str, Any]]
    """What the owner was asked about fields of it, and answered."""

    now: datetime

    @property
    def asides(self) -> Mapping[str, str]:
        """What beside its fields is to be written there, by digests."""
        return rules.asides(self.guest if self.invites else None, self.reminders)

    @property
    def stands(self) -> bool:
        """Tell whether the event is to be in the calendar."""
        return self.status in rules.STANDS and self.content is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """How both sides stand after a step: written down with the link."""

    wanted: int
    generation: int
    saw: str | None
    """What a pull had seen when we began: a later sight of it is not forgotten."""

    remote_id: str
    etag: str | None
    is_there: bool
    incarnation: int
    agreed: Mapping[str, str] = field(default_factory=dict[str, str])
    trail: Sequence[Mapping[str, str]] = ()
    is_stopped: bool = False
    action: str | None = None
    """What was done there: create, update, delete."""

    fields: Sequence[str] = ()
