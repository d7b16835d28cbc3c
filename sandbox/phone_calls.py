"""One call, as the network knows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sandbox.habits import Way

SCRIPT: Final = (
    "{agent}: Good day, this is a call on behalf of Harbour Street Plumbing.\n"
    "{person}: Hello, yes?\n"
    "{agent}: I am calling about your visit. Does the time still suit you?\n"
    "{person}: Yes, it does. Thank you.\n"
    "{agent}: Then we will see you there. Goodbye."
)
GREETING: Final = "{agent}: Good day.\n{person}: Please leave a message after the tone."


class Station(StrEnum):
    """How far a call has come."""

    WAITING = "waiting"
    """The vendor has taken it, and has no room or no turn for it yet."""

    DIALING = "dialing"
    RINGING = "ringing"
    TALKING = "talking"
    ENDED = "ended"


@dataclass(eq=False, kw_only=True)
class PhoneCall:
    """One call, as the network knows it."""

    vendor: str
    account: str
    id: str
    to: str
    sender: str
    created: datetime
    way: Way
    own: Mapping[str, Any]
    """What only its vendor knows of it."""

    key: str = field(repr=False)
    """What came with the request, and signs its notices."""

    line: dict[str, Any] = field(repr=False)
    """Where it stands in the ledger."""

    rings_for: float
    talks_for: float
    station: Station = Station.WAITING
    began: datetime | None = None
    rang: datetime | None = None
    answered: datetime | None = None
    ended: datetime | None = None
    updated: datetime
    word: str | None = None
    """The vendor's own word for its end, where a rule or a person chose it."""

    is_stuck: bool = False
    is_forgotten: bool = False

    @property
    def seconds(self) -> int:
        """For how long somebody spoke."""
        if self.answered is None or self.ended is None:
            return 0
        return round((self.ended - self.answered).total_seconds())

    def transcript(self, agent: str, person: str) -> str:
        """Return what was said; nothing where nobody answered."""
        if self.answered is None:
            return ""
        text = GREETING if self.way is Way.VOICEMAIL else SCRIPT
        return text.format(agent=agent, person=person)
