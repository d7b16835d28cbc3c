"""How the people who are called behave, and how many lines an account has; anybody may set it."""

from datetime import timedelta
from enum import StrEnum
from random import Random
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

Seconds = tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]]
"""From, to; drawn evenly."""


class Way(StrEnum):
    """What becomes of a call."""

    ANSWERED = "answered"
    VOICEMAIL = "voicemail"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    INVALID_NUMBER = "invalid_number"


class Listener(BaseModel):
    """Where a vendor's notices of calls go, and what they are signed with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    secret: str = Field(default="", repr=False)


class Habits(BaseModel):
    """What holds until somebody says otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ways: dict[Way, Annotated[float, Field(ge=0)]] = Field(
        default={
            Way.ANSWERED: 0.55,
            Way.VOICEMAIL: 0.15,
            Way.NO_ANSWER: 0.15,
            Way.BUSY: 0.1,
            Way.FAILED: 0.05,
        },
        min_length=1,
    )
    """What becomes of a call, by weight."""

    numbers: dict[str, Way] = Field(default_factory=dict[str, Way])
    """What becomes of calls to single recipients."""

    dials: float = Field(default=0.5, ge=0)
    rings: Seconds = (2.0, 12.0)
    gives_up: float = Field(default=30.0, ge=0)
    """After how long nobody has answered."""

    talks: Seconds = (20.0, 120.0)
    limits: dict[str, Annotated[int, Field(ge=0)] | None] = Field(
        default={"vapi": 10, "retell": 20}
    )
    """Calls at once, of a vendor's every account, or of one: "vapi" or "vapi 3fc9b689459d"."""

    paces: dict[str, Annotated[float, Field(gt=0)]] = Field(default={"twilio": 1.0})
    """Calls that a vendor begins in a second; others wait in its queue."""

    listeners: dict[str, Listener] = Field(default_factory=dict[str, Listener])
    """By vendor; Twilio is told with each call where to tell us."""

    def way(self, to: str, dice: Random) -> Way:
        """Draw what becomes of a call."""
        if to in self.numbers:
            return self.numbers[to]
        [drawn] = dice.choices(list(self.ways), list(self.ways.values()))
        return drawn

    def limit(self, vendor: str, account: str) -> int | None:
        """Return how many calls an account may have at once."""
        return self.limits.get(f"{vendor} {account}", self.limits.get(vendor))

    @staticmethod
    def between(pace: float) -> timedelta:
        """Return the time from one call to the next."""
        return timedelta(seconds=1 / pace)


ACCOUNT_NAME: Final = 12
"""Letters of an account's name: it is made of the key that came, and does not tell it."""
