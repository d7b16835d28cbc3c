"""From the pieces of a phrase to the moments that it may mean."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo

from domain.transcripts.when import joining
from domain.transcripts.when.bare import as_answer, with_hours
from domain.transcripts.when.lexemes import kinds_of
from domain.transcripts.when.lexicon import lex
from domain.transcripts.when.moments import Moment, Moments
from domain.transcripts.when.phrases import PhraseKind, Piece, pieces
from domain.transcripts.when.placing import by, place
from domain.transcripts.when.rules import Context

MOST_CANDIDATES = 6


def resolve(
    phrase: str, *, said_at: datetime, zone: tzinfo, language: str | None = None
) -> Moments:
    """Return what the phrase means when it is said at this moment in this zone.

    Two readings are two candidates, the likelier first; words that say nothing
    about time give none. A moment before `said_at` comes only from words that say so.
    """
    lexed = lex(phrase, language)
    context = Context(said_at.astimezone(zone), lexed.language)
    found = pieces(lexed, context)
    if told := with_hours(lexed, phrase, [(piece.first, piece.last) for piece in found]):
        lexed = told
        found = pieces(lexed, context)
    found = found or pieces(as_answer(lexed), context)
    days, clocks, part = joining.join(found, kinds_of(lexed.lexemes))
    moments = list(place(days, clocks, part, context))
    if found and kinds_of(lexed.lexemes)[: found[0].first].endswith("q"):
        moments = [by(moment, context.now) for moment in moments]
    return Moments(
        candidates=tuple(_distinct(moments))[:MOST_CANDIDATES], duration=_duration(found)
    )


def _duration(found: Sequence[Piece]) -> timedelta | None:
    lengths = [piece.meanings[0] for piece in found if piece.kind is PhraseKind.DURATION]
    return next((length for length in lengths if isinstance(length, timedelta)), None)


def _distinct(moments: Iterable[Moment]) -> list[Moment]:
    return list({(each.starts_at, each.starts_at.fold): each for each in reversed(list(moments))}
                .values())[::-1]  # fmt: skip
