"""Numbers as they are spoken: twenty one, veintiuno, tjugoett."""

from collections.abc import Sequence

from domain.transcripts.when.lexemes import Lexeme

TEN, TWENTY, HUNDRED, THOUSAND = 10, 20, 100, 1000
FIRST_YEAR, LAST_YEAR = 1900, 2199


def join(lexemes: Sequence[Lexeme], joiner: str) -> list[Lexeme]:
    """Return the lexemes with number words that are one number made one.

    "Three twenty" stays two, because it is a time of day; "twenty twenty six" becomes a year.
    """
    joined: list[Lexeme] = []
    for lexeme in _without_joiner(lexemes, joiner):
        if joined and (total := _sum(joined[-1], lexeme)) is not None:
            joined[-1] = Lexeme("n", total, joined[-1].start, lexeme.end)
        else:
            joined.append(lexeme)
    return [_as_year(lexeme) for lexeme in joined]


def _without_joiner(lexemes: Sequence[Lexeme], joiner: str) -> list[Lexeme]:
    kept: list[Lexeme] = []
    for place, lexeme in enumerate(lexemes):
        between = joiner and lexeme.kind == "a" and 0 < place < len(lexemes) - 1
        if between and _is_tens(lexemes[place - 1]) and _is_unit(lexemes[place + 1]):
            continue
        kept.append(lexeme)
    return kept


def _is_tens(lexeme: Lexeme) -> bool:
    return lexeme.kind == "n" and TWENTY < lexeme.number < HUNDRED and lexeme.number % TEN == 0


def _is_unit(lexeme: Lexeme) -> bool:
    return lexeme.kind in "no" and 0 < lexeme.number < TEN


def _sum(before: Lexeme, after: Lexeme) -> int | None:
    if before.kind != "n" or after.kind != "n" or not _are_words(before, after):
        return None
    return _joined(before.number, after.number)


def _joined(left: int, right: int) -> int | None:
    """Return the number that two numbers are together, or None where they are two."""
    is_unit = 0 < right < TEN
    if is_unit and left % TEN == 0 and left % HUNDRED >= TWENTY:
        return left + right
    if right in {HUNDRED, THOUSAND} and 0 < left < HUNDRED:
        return left * right
    if left >= HUNDRED and left % HUNDRED == 0 and right < HUNDRED:
        return left + right
    if left == TWENTY and TWENTY <= right < HUNDRED:
        return left * HUNDRED + right
    return None


def _are_words(before: Lexeme, after: Lexeme) -> bool:
    """Say whether both were spelled out: digits that stand apart are no one number."""
    return after.start - before.end <= len(" and ") and not (
        before.end - before.start <= len("99") or after.end - after.start <= len("99")
    )


def _as_year(lexeme: Lexeme) -> Lexeme:
    if lexeme.kind == "n" and FIRST_YEAR <= lexeme.number <= LAST_YEAR:
        return Lexeme("Y", lexeme.number, lexeme.start, lexeme.end)
    return lexeme
