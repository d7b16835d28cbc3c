"""Prices and lengths of time that were named."""

import re
from collections.abc import Sequence

from domain.transcripts.reading.mentions import Spoken
from domain.transcripts.reading.turns import Turn
from domain.transcripts.schema import Said

UNIT = r"(?:dollars?|bucks|euros?|pounds?|d[oó]lares|kronor|kr|spänn|pesos|usd|eur|sek|gbp)"
AMOUNT = r"\d{1,3}(?:[,. ]\d{3})*(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
NUMERAL = re.compile(r"\d")
PRICE = re.compile(rf"[$€£]\s?(?:{AMOUNT})|(?<![\w.,])(?:{AMOUNT})\s?{UNIT}\b", re.IGNORECASE)


def price_of(turns: Sequence[Turn]) -> Said | None:
    """Return the last price that was named."""
    found = [
        match.group()
        for turn in turns
        if NUMERAL.search(turn.text)
        for match in PRICE.finditer(turn.text)
    ]
    return Said(value=found[-1].strip(), quote=found[-1].strip()) if found else None


def duration_of(heard: Sequence[Sequence[Spoken]]) -> Said | None:
    """Return the last words for how long it takes."""
    found = [text for said in heard for each in said for text in each.lengths]
    return Said(value=found[-1], quote=found[-1]) if found else None
