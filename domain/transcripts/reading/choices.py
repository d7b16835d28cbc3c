"""Choosing: which of the moments that were named is taken."""

import re
from collections.abc import Sequence
from itertools import pairwise

from domain.transcripts.reading.mentions import SMALL, Mention
from domain.transcripts.reading.plan import Slots
from domain.transcripts.reading.speech import Speech
from domain.transcripts.when import PhraseKind
from domain.transcripts.when.lexemes import fold

STEM = 4


def filled(slots: Slots, other: Slots) -> Slots:
    """Return the slots with all that the other ones say."""
    return filled_from(slots, [mention for mention in (other.day, other.clock) if mention])


def filled_from(slots: Slots, mentions: Sequence[Mention]) -> Slots:
    """Return the slots with each mention in its place."""
    for mention in mentions:
        slots = slots.put(mention)
    return slots


def options_of(mentions: Sequence[Mention]) -> list[Slots]:
    """Return the moments to choose from: dates with their times, or times alone."""
    pairs = [
        Slots(day=one, clock=other) if one.is_date else Slots(day=other, clock=one)
        for one, other in zip(mentions[::2], mentions[1::2], strict=False)
        if one.is_date != other.is_date
    ]
    if len(pairs) > 1 and len(pairs) * 2 == len(mentions):
        return pairs
    times = [Slots(clock=each) for each in mentions if each.kind is PhraseKind.TIME]
    days = [Slots(day=each) for each in mentions if each.is_date]
    for one, other in ((times, days), (days, times)):
        if len(one) > 1 and len(other) <= 1 and all(_differ(*two) for two in pairwise(one)):
            return [filled(other[0], each) if other else each for each in one]
    return []


def _differ(one: Slots, other: Slots) -> bool:
    return one.says_more_than(other)


def chosen_by_order(whole: str, options: Sequence[Slots], speech: Speech) -> Slots | None:
    """Return the option that is meant by "the first one", "the later"."""
    if len(options) < len(("first", "last")):
        return None
    if speech.first.search(whole):
        return options[0]
    if speech.second.search(whole):
        return options[1]
    return options[-1] if speech.last.search(whole) else None


def clock_of(chosen: Sequence[Mention], options: Sequence[Slots]) -> list[Mention]:
    """Return the time that goes with the date that was chosen among several."""
    if len(chosen) != 1 or not chosen[0].is_date:
        return []
    stems = _stems(chosen[0])
    return [each.clock for each in options if each.day and each.clock and stems & _stems(each.day)]


def day_of(chosen: Sequence[Mention], options: Sequence[Slots]) -> list[Mention]:
    """Return the date that goes with the time that was chosen among several."""
    if len(chosen) != 1 or chosen[0].kind is not PhraseKind.TIME:
        return []
    return [
        each.day
        for each in options
        if each.day and each.clock and each.clock.marks & chosen[0].marks
    ][:1]


def _stems(mention: Mention) -> set[str]:
    """Return how the words of a date begin: Tuesday, tisdagen, 24th."""
    return {word[:STEM] for word in re.findall(r"\w+", fold(mention.text)) if word not in SMALL}


def one_each(mentions: Sequence[Mention], *, last: bool = False) -> list[Mention]:
    """Return the date and the time of a sentence; of a list of times to choose from, none."""
    dates = [mention for mention in mentions if mention.is_date]
    times = [mention for mention in mentions if mention.kind is PhraseKind.TIME]
    parts = [mention for mention in mentions if mention.kind is PhraseKind.PART]
    place = -1 if last else 0
    chosen: list[Mention] = []
    if dates:
        chosen.append(dates[place])
    if times and (last or len(times) == 1 or len({each.text for each in times}) == 1):
        chosen.append(times[place])
    elif parts and not times:
        chosen.append(parts[place])
    return chosen
