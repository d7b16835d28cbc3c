"""What reviews say, one by one and together, and what is due about leads: pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from domain.texts.schema import Sentiment, TextReading, Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A review that was read."""

    id: UUID
    rating: int | None
    sentiment: Sentiment
    topics: Mapping[Topic, Sentiment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """What a week of reviews says together. Reviews are named, not repeated: they may be erased."""

    total: int
    rating: float | None
    sentiment: float
    trend: str | None
    topics: Sequence[Mapping[str, object]]
    drivers: Sequence[Mapping[str, object]]
    suggestions: Sequence[Mapping[str, object]]
    confidence: float


WORTH: Final = {Sentiment.POSITIVE: 1, Sentiment.NEUTRAL: 0, Sentiment.NEGATIVE: -1}
MANY: Final = 5
"""Reviews of which a share says as much as what one would have believed without."""

MOVED: Final = 0.25
"""How far the mean sentiment must move to be a trend."""

ADVICE: Final = {
    Topic.BOOKING: "Look at how bookings and changes of them are confirmed.",
    Topic.COMMUNICATION: "Answer sooner, and say what happens next.",
    Topic.PRICE: "Say what it will cost before work begins.",
    Topic.PUNCTUALITY: "Send a text when on the way, and leave more time between visits.",
    Topic.QUALITY: "Call back after a job and put right what is not.",
    Topic.STAFF: "Talk through what was said with those who were there.",
    Topic.TIDINESS: "Leave the place as it was found.",
}

FOLLOW_UP: Final = {
    "new": timedelta(days=1),
    "callback_requested": timedelta(days=1),
    "contacted": timedelta(days=3),
    "qualified": timedelta(days=3),
    "proposal": timedelta(days=5),
    "negotiation": timedelta(days=5),
}
"""After so long without a word about it, a lead is due. What is won, lost or booked never is."""

MOST_FOLLOW_UPS: Final = 3
"""Times that a lead is called to mind: after that, nobody wants it."""


def by_rating(rating: int) -> Sentiment:
    """Return how a review is meant that gives only a figure."""
    if rating >= 4:  # noqa: PLR2004  # of five
        return Sentiment.POSITIVE
    return Sentiment.NEUTRAL if rating == 3 else Sentiment.NEGATIVE  # noqa: PLR2004  # the middle


def by_stars(reading: TextReading, rating: int | None) -> TextReading:
    """Return a reading in which stars win over what is guessed from words.

    A topic that is named without a mood of its own has that of the stars.
    """
    if rating is None:
        return reading
    given = by_rating(rating)
    mentions = [
        one.model_copy(update={"sentiment": given}) if one.sentiment is Sentiment.NEUTRAL else one
        for one in reading.mentions
    ]
    return reading.model_copy(update={"sentiment": given, "mentions": mentions})


def sum_up(reviews: Sequence[Read], before: float | None) -> Insight:
    """Return what a week of reviews says together; `before` is the mean of the weeks before."""
    ratings = [one.rating for one in reviews if one.rating is not None]
    sentiment = _mean([WORTH[one.sentiment] for one in reviews])
    drivers = _drivers(reviews)
    return Insight(
        total=len(reviews),
        rating=_mean(ratings) if ratings else None,
        sentiment=sentiment,
        trend=None if before is None else _trend(sentiment - before),
        topics=_topics(reviews),
        drivers=drivers,
        suggestions=[
            {"topic": one["topic"], "words": ADVICE[Topic(str(one["topic"]))]}
            for one in drivers
            if float(str(one["effect"])) < 0
        ],
        confidence=len(reviews) / (len(reviews) + MANY),
    )


def _trend(moved: float) -> str:
    if abs(moved) < MOVED:
        return "steady"
    return "rising" if moved > 0 else "falling"


def _mean(figures: Sequence[int]) -> float:
    return sum(figures) / len(figures)


def _topics(reviews: Sequence[Read]) -> list[Mapping[str, object]]:
    found: dict[Topic, list[Read]] = defaultdict(list)
    for one in reviews:
        for topic in one.topics:
            found[topic].append(one)
    return [
        {
            "topic": topic.value,
            "count": len(those),
            "sentiment": round(_mean([WORTH[one.topics[topic]] for one in those]), 2),
            "reviews": [str(one.id) for one in those[:3]],
        }
        for topic, those in sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


def _drivers(reviews: Sequence[Read]) -> list[Mapping[str, object]]:
    """Return by how much better, or worse, reviews of a topic are meant than the rest."""
    found: list[tuple[float, Topic, int]] = []
    for topic in Topic:
        those = [WORTH[one.sentiment] for one in reviews if topic in one.topics]
        rest = [WORTH[one.sentiment] for one in reviews if topic not in one.topics]
        if those and rest:
            sure = len(those) / (len(those) + MANY)
            found.append((sure * (_mean(those) - _mean(rest)), topic, len(those)))
    found.sort(key=lambda one: (one[0], one[1]))
    return [
        {"topic": topic.value, "effect": round(effect, 2), "count": count}
        for effect, topic, count in found
        if round(effect, 2) != 0
    ]


def weeks(today: date, count: int) -> list[tuple[date, date]]:
    """Return the last whole weeks before today, Monday to Sunday, the oldest first."""
    monday = today - timedelta(days=today.weekday())
    return [
        (monday - timedelta(weeks=n), monday - timedelta(weeks=n) + timedelta(days=6))
        for n in range(count, 0, -1)
    ]
