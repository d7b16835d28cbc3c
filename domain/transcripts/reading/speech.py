"""What people do with words on the phone, by language: patterns over folded text."""

import re
from dataclasses import dataclass
from typing import NamedTuple

Pattern = re.Pattern[str]


def words(*alternatives: str) -> Pattern:
    """Return a pattern for any of these, as whole words."""
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(alternatives)})(?![^\W_])")


def listed(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


def opening(*alternatives: str) -> Pattern:
    """Return a pattern for any of these at the beginning of what is said."""
    fillers = r"(?:(?:oh|um|uh|well|ok|okay|so|hmm|ah|eh|oj|jaha|bueno|pues|hm|wow|mm)[\s,.!-]+)*"
    return re.compile(rf"^\W*{fillers}(?:{'|'.join(alternatives)})(?![^\W_])")


class Asks(NamedTuple):
    """How the other side is asked for a fact."""

    name: Pattern
    time: Pattern
    phone: Pattern
    place: Pattern


class Subjects(NamedTuple):
    """What a call is about, and how the caller sounds."""

    urgent: Pattern
    emergency: Pattern
    voicemail: Pattern
    spam: Pattern
    wrong_number: Pattern
    happy: Pattern
    unhappy: Pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """How one language offers, takes, refuses and corrects."""

    code: str
    common: frozenset[str]
    """Words by which the language is known."""

    yes: Pattern
    no: Pattern
    corrects: Pattern
    """Something is about to be changed, not refused."""

    not_now: Pattern
    enough: Pattern
    """After a no: nothing else either."""

    wants: Pattern
    """The caller asks for something to be arranged."""

    booking: Pattern
    """What is arranged, as a noun or a verb."""

    done: Pattern
    """It has been arranged."""

    promises: Pattern
    """It will be arranged, it is not yet."""

    stands: Pattern
    """Something that was arranged before this call."""

    objects: Pattern
    """The caller does not take what was just arranged."""

    another: Pattern
    adds: Pattern
    """A sentence that begins so may add a second wish."""

    drops: Pattern
    """The caller lets the whole go, asked or not."""

    resigns: Pattern
    """The caller gives up, where nothing has been agreed."""

    recalls: Pattern
    """A question about what was arranged before this call."""

    asked_to_confirm: Pattern
    comes: Pattern
    """Somebody is sent at once: arranged, though no time was said."""

    at_once: Pattern
    idle: Pattern
    """Words for now that tell nothing."""

    failed: Pattern
    declines: Pattern
    """The agent will not do what was asked."""

    rest_stands: Pattern
    """All but what was just put right is right."""

    orders: Pattern
    """Words for the machine that listens, not for the business."""

    first: Pattern
    second: Pattern
    last: Pattern
    """Which of several that were offered."""

    several: Pattern
    """More than one thing is wanted."""

    opening_hours: Pattern
    """A question for when the house is open."""

    courtesies: Pattern
    """Greetings and wishes, whose times are nobody's."""

    queries: Pattern
    """How a question for something unknown begins."""

    asks_facts: Pattern
    """What is wanted is to know something."""

    proposes: Pattern
    """The caller is asked whether to go on with it."""

    offers: Pattern
    hours: Pattern
    """Somebody's free hours, of which none is chosen yet."""

    negated: Pattern
    """What follows is not the time that is wanted."""

    unsuited: Pattern
    """What was said before is not the time that is wanted."""

    gone: Pattern
    """The agent cannot give what was named before."""

    positive: Pattern
    """A negation that is none: why don't we."""

    elsewhere: Pattern
    """What follows is another matter of the caller's."""

    until: Pattern
    """What follows is an end."""

    clause: Pattern
    """Where a new thought begins within a sentence."""

    cancels: Pattern
    moves: Pattern
    asks: Asks
    introduces: Pattern
    """The words right before one's own name."""

    no_names: frozenset[str]
    subjects: Subjects
