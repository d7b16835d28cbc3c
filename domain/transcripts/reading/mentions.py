"""Which times were spoken of, by whom, and whether they were meant."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from domain.transcripts import when
from domain.transcripts.reading.speech import Speech, listed
from domain.transcripts.reading.turns import Sentence, Speaker, Turn
from domain.transcripts.when import PhraseKind
from domain.transcripts.when.lexemes import fold

NEAR = 28
"""How many letters before a time may say that it is an end."""

RECENT = 3
"""Turns after which nobody thinks of the last time any more."""

LONG = 6
"""Digits in a row that are no time."""

CLOSE = 12
"""Words of time this near to one another are one phrase."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Words for a date or a time of day, and where they stand in the transcript."""

    kind: PhraseKind
    text: str
    start: int
    end: int
    turn: int
    is_vague: bool = False
    """It names no day: now, next week."""

    marks: frozenset[when.Mark] = frozenset()
    part: str = ""
    """The part of the day that it names, where it is one."""

    beside: "Mention | None" = None
    """The part of the day that is said with an hour."""

    is_sure: bool = False
    """An hour of one half of the day."""

    def contradicts(self, other: "Mention") -> bool:
        """Say whether both cannot be the same moment; words of another kind may be."""
        common = {name for name, _ in self.marks} & {name for name, _ in other.marks}
        return any(
            not {value for name, value in self.marks if name == kind}
            & {value for name, value in other.marks if name == kind}
            for kind in common
        )

    def is_surer_than(self, other: "Mention") -> bool:
        """Say whether only this one, of two for the same hour, tells the half of the day."""
        is_same = self.kind is other.kind is PhraseKind.TIME and self.marks == other.marks
        knows = bool(self.beside) or self.is_sure
        return is_same and knows and not (other.beside or other.is_sure)

    @property
    def is_date(self) -> bool:
        """Say whether it names a day."""
        return self.kind in {PhraseKind.DATE, PhraseKind.STEP}


class Heard(NamedTuple):
    """A turn, and all in it that speaks of time."""

    turn: Turn
    number: int
    mentions: Sequence[Mention]
    lengths: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Spoken:
    """One sentence and the times in it that are meant, and those that are not."""

    sentence: Sentence
    folded: str
    speaker: Speaker
    turn: int
    meant: Sequence[Mention]
    aside: Sequence[Mention]
    lengths: Sequence[str]
    """How long something takes."""


def spoken(turns: Sequence[Turn], speech: Speech) -> Iterator[list[Spoken]]:
    """Yield, turn by turn, the sentences with their times."""
    last_time = -RECENT - 1
    for number, turn in enumerate(turns):
        asked = turns[number - 1].folded if number else ""
        is_answer = turn.speaker is Speaker.CALLER and bool(speech.asks.time.search(asked))
        is_expected = is_answer or number - last_time <= RECENT
        has_hours = is_expected and not speech.asks.phone.search(asked)
        numbers = [run for run in turn.digits if len(run.digits) >= LONG]
        phrases = when.find(
            turn.text,
            language=speech.code,
            is_answer=is_answer,
            is_expected=has_hours and not numbers,
        )
        told = [
            _mention(each, turn, number)
            for each in phrases
            if each.kind is not PhraseKind.DURATION and not each.is_past
            if not each.is_vague or _may_stand(each, turn, speech)
            if not (_is_name(each, turn) or SHORTENED.fullmatch(fold(each.text)))
            if not any(run.start < each.end and each.start < run.end for run in numbers)
            if not (turn.speaker is Speaker.AGENT and _is_weekly(each, turn))
        ]
        last_time = number if told else last_time
        lengths = [
            (turn.start + each.start, each.text)
            for each in phrases
            if each.kind is PhraseKind.DURATION
        ]
        mentions = _merged(told, turn)
        yield [
            _sentence(each, Heard(turn, number, mentions, lengths), speech)
            for each in turn.sentences
        ]


def _mention(phrase: when.Phrase, turn: Turn, number: int) -> Mention:
    start, end = turn.start + phrase.start, turn.start + phrase.end
    is_vague = phrase.is_vague or _is_weekly(phrase, turn)
    return Mention(
        phrase.kind,
        phrase.text,
        start,
        end,
        number,
        is_vague=is_vague,
        marks=phrase.marks,
        part=phrase.part if phrase.kind is PhraseKind.PART else "",
        is_sure=phrase.is_sure,
    )


def _is_weekly(phrase: when.Phrase, turn: Turn) -> bool:
    return phrase.is_weekly or bool(EVERY.search(turn.folded[: phrase.start]))


def _may_stand(phrase: when.Phrase, turn: Turn, speech: Speech) -> bool:
    """Say whether words for no day are all that the caller has: right now, in May."""
    if turn.speaker is Speaker.AGENT:
        return False
    text = fold(phrase.text)
    return bool(speech.at_once.search(text)) if " " not in text else not speech.idle.search(text)


def _is_name(phrase: when.Phrase, turn: Turn) -> bool:
    """Say whether an ordinal belongs to a name: 20th Street."""
    if not re.fullmatch(r"\d+(?:st|nd|rd|th|:?e|:a|/\d+)", fold(phrase.text)):
        return False
    before, after = turn.folded[: phrase.start], turn.text[phrase.end : phrase.end + 2]
    follows = after[:1] == " " and after[1:].isalpha()
    return follows and (after[1:].isupper() or not DATED.search(before))


def _merged(mentions: Sequence[Mention], turn: Turn) -> list[Mention]:
    """Make one of the words that are one time together: four, in the afternoon."""
    merged: list[Mention] = []
    for each in mentions:
        last = merged[-1] if merged else None
        between = turn.folded[last.end - turn.start : each.start - turn.start] if last else ""
        kind = _together(last.kind, each.kind, between) if last else None
        if last and kind:
            text = turn.text[last.start - turn.start : each.end - turn.start]
            merged[-1] = replace(
                each,
                kind=kind,
                text=text,
                start=last.start,
                is_vague=False,
                marks=last.marks | each.marks,
                part="",
                beside=next((one for one in (last, each) if one.part), None),
                is_sure=last.is_sure or each.is_sure,
            )
        else:
            merged.append(each)
    return merged


def _together(one: PhraseKind, other: PhraseKind, between: str) -> PhraseKind | None:
    if len(between) > CLOSE or not _is_small(re.sub(r"[,\s-]+", " ", between)):
        return PhraseKind.TIME if one is other is PhraseKind.TIME and _is_range(between) else None
    both = {one, other}
    if both == {PhraseKind.TIME, PhraseKind.PART}:
        return PhraseKind.TIME
    if both <= {PhraseKind.STEP, PhraseKind.DATE}:
        return PhraseKind.DATE
    return PhraseKind.TIME if one is other is PhraseKind.TIME and "-" in between else None


def _is_range(between: str) -> bool:
    return between.strip() in {"to", "and", "until", "till", "a", "y", "y las", "a las", "och"}


def _sentence(sentence: Sentence, heard: Heard, speech: Speech) -> Spoken:
    folded = fold(sentence.text)
    end = sentence.start + len(sentence.text)
    inside = [each for each in heard.mentions if sentence.start <= each.start < end]
    lengths = [text for start, text in heard.lengths if sentence.start <= start < end]
    meant: list[Mention] = []
    aside: list[Mention] = []
    polite = [match.span() for match in speech.courtesies.finditer(folded)]
    for each in inside:
        before = _clause(folded[: each.start - sentence.start], speech)
        after = _rest(folded[each.end - sentence.start :], speech)
        place = each.start - sentence.start
        is_meant = not any(begin <= place < stop for begin, stop in polite) and _is_meant(
            before, after, heard.turn.speaker, speech
        )
        (meant if is_meant else aside).append(each)
    return Spoken(sentence, folded, heard.turn.speaker, heard.number, meant, aside, lengths)


def _clause(before: str, speech: Speech) -> str:
    """Return what stands before the time within its own thought."""
    clause = re.split(r"[,;:]\s| - ", before)[-1]
    starts = [match.start() for match in speech.clause.finditer(clause)]
    return clause[starts[-1] :] if starts else clause


def _rest(after: str, speech: Speech) -> str:
    clause = re.split(r"[,;:.?!]", after)[0]
    match = speech.clause.search(clause)
    return clause[: match.start()] if match else clause


def _is_meant(before: str, after: str, speaker: Speaker, speech: Speech) -> bool:
    if _ends_with(speech.until, before):
        return False
    if speaker is Speaker.AGENT:
        return not speech.gone.match(after.strip())
    if speech.negated.search(before) or speech.unsuited.search(after):
        return bool(speech.positive.search(before))
    return not speech.elsewhere.search(before)


def _ends_with(pattern: re.Pattern[str], before: str) -> bool:
    tail = before[-NEAR:].rstrip(" ,:")
    return any(
        match.end() >= len(tail) - len(" the on at ") and _is_small(tail[match.end() :])
        for match in pattern.finditer(tail)
    )


def _is_small(between: str) -> bool:
    return all(word in SMALL for word in between.split())


SHORTENED = re.compile(
    r"lu|lun|mar|mx|mie|jue|vie|sab|dom|man|tis|ons|tor|tors|fre|lor|son|sun|sat|mon|wed|thu|fri|tue|em|fm"
)
"""Written short, never said: the words are others."""

EVERY = re.compile(r"(?:\blos|\bevery|\bcada|\bvarje|\btodos los)\s$")
DATED = re.compile(r"(?:the|on|for|by|is|el|del|dia|den|until|from)\s$")
SMALL = listed("the on at by around about el la las los den kl klockan this next")
