"""What growth needs from the world: somebody who reads reviews."""

from dataclasses import dataclass
from typing import Protocol

from domain.growth.rules import Verdict
from domain.metering.usage import Usage


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader made of a review, and what that was billed for."""

    verdict: Verdict
    usage: Usage | None


class Critic(Protocol):
    """Reads a review: how it is meant, what it is about, and in which words."""

    @property
    def model(self) -> str | None:
        """Return the model's name; None where there is none."""
        ...

    def estimate(self, comment: str) -> Usage | None:
        """Return what reading will cost by experience; None where it costs nothing."""
        ...

    def read(self, comment: str, rating: int | None) -> Answer:
        """Read one review."""
        ...
