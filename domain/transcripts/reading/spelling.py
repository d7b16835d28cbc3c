"""Names that are spelled, letter by letter."""

import re

from domain.transcripts.schema import Said
from domain.transcripts.when.lexemes import fold

FEWEST_LETTERS = 3
SPELLED = re.compile(
    r"(?<![^\W_])(?<!['\u2019])[^\W\d_](?:(?:\s*[-,.]\s*|\s+)[^\W\d_](?![^\W_])){2,}"
)
AS_IN = re.compile(
    r"(?<![^\W_])([^\W\d_])\s+(?:as in|for|like|som i|som|de|como)\s+[^\W\d_]+", re.IGNORECASE
)
ADDRESS = re.compile(
    r"@|\bat\b.*\b(?:dot|com)\b|\barroba\b|\bsnabel-?a\b|\b(?:links?|enlace|lank\w*|slash|"
    r"colon|barra|snedstreck|h ?t ?t ?p|w w w)\b",
    re.IGNORECASE,
)


def spelled(text: str, known: Said | None) -> Said | None:
    """Return the name with the letters as they were spelled in this text."""
    if ADDRESS.search(text):
        return None
    as_in = list(AS_IN.finditer(text))
    match = SPELLED.search(text)
    if len(as_in) >= FEWEST_LETTERS:
        quote = text[as_in[0].start() : as_in[-1].end()]
        letters = "".join(each.group(1) for each in as_in)
    elif match:
        quote, letters = match.group(), "".join(re.findall(r"[^\W\d_]", match.group()))
    else:
        return None
    return _respelled(letters.capitalize(), quote, text, known)


def _respelled(word: str, quote: str, text: str, known: Said | None) -> Said:
    """Put the spelled word in the place of the part of the name that sounds like it."""
    parts = known.value.split() if known else []
    if known and fold(word) in {fold(part) for part in parts}:
        return known
    if not parts or (len(parts) == 1 and _is_alike(word, parts[0])):
        return Said(value=word, quote=quote)
    alike = [part for part in parts if _is_alike(word, part)]
    if alike:
        value = " ".join(word if part == alike[-1] else part for part in parts)
    else:
        value = " ".join([*(parts[:-1] or parts), word])  # a first name stays, its last is told
    start = text.find(known.quote) if known else -1
    end = text.find(quote) + len(quote)
    return Said(value=value, quote=text[start:end] if 0 <= start < end else quote)


def _is_alike(one: str, other: str) -> bool:
    return fold(one)[0] == fold(other)[0]
