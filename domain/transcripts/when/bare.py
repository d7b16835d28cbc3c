"""Bare numbers that are hours, because of where they stand."""

import re
from collections.abc import Sequence

from domain.transcripts.when.lexemes import Lexeme, fold, kinds_of
from domain.transcripts.when.lexicon import Lexed

LAST_HOUR = 12


def as_answer(lexed: Lexed) -> Lexed:
    """Read the first bare number, or two, as the answer to "at what time?"."""
    kinds = kinds_of(lexed.lexemes)
    match = re.match(r"[?.]{0,3}([ni]n?)(?=$|[.?])", kinds)
    if not match:
        return lexed
    place = match.start(1)
    start = lexed.lexemes[place].start
    at = Lexeme("K", "at", start, start)
    return Lexed([*lexed.lexemes[:place], at, *lexed.lexemes[place:]], lexed.language)


def with_hours(lexed: Lexed, text: str, read: Sequence[tuple[int, int]]) -> Lexed | None:
    """Read each number that no rule has read, and that stands where an hour would, as one."""
    taken = {place for first, last in read for place in range(first, last)}
    folded = fold(text)
    told: list[Lexeme] = []
    for place, lexeme in enumerate(lexed.lexemes):
        if place not in taken and _is_hour(lexeme, folded, lexed):
            told.append(Lexeme("K", "at", lexeme.start, lexeme.start))
        told.append(lexeme)
    return Lexed(told, lexed.language) if len(told) > len(lexed.lexemes) else None


def _is_hour(lexeme: Lexeme, folded: str, lexed: Lexed) -> bool:
    language = lexed.language
    if lexeme.kind != "n" or not 0 < lexeme.number <= LAST_HOUR:
        return False
    if language.before_hour is None or language.after_hour is None:
        return False
    after = MINUTES.sub("", folded[lexeme.end :])
    return bool(
        language.before_hour.search(folded[: lexeme.start]) and language.after_hour.match(after)
    )


MINUTES = re.compile(
    r"^[\s-](?:fifteen|twenty|thirty|forty|forty[\s-]five|fifty|femton|tjugo|trettio|fyrtio|"
    r"fyrtiofem|femtio)(?![^\W_])"
)
