"""Reading short texts without a model: words for feelings and topics in three languages. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from domain.texts.schema import Feeling, TextKind, TextReading, Topic

GOOD: Final = (
    r"great|excellent|perfect|love\w*|amazing|friendly|recommend\w*|thank\w*|happy|fantastic|best|"
    r"genial|excelente|perfect[oa]|encant\w+|amable\w*|recomiend\w*|gracias|content[oa]|mejor|"
    r"utmärkt\w*|perfekt|älska\w*|vänlig\w*|rekommendera\w*|tack\w*|nöjd\w*|bäst\w*|fantastisk\w*"
)
BAD: Final = (
    r"terrible|awful|rude|worst|never again|angry|late|broken|dirty|disappoint\w*|overpriced|waste|"
    r"fatal|horrible|grosero\w*|peor|nunca más|enfadad[oa]|tarde|rot[oa]|suci[oa]|decepcion\w*|"
    r"car[oa]|"
    r"hemsk\w*|otrevlig\w*|värst\w*|aldrig mer|arg|sen[at]?|trasig\w*|smutsig\w*|besviken|dyr\w*"
)
NOT: Final = re.compile(r"\b(?:not|never|no|isn't|wasn't|nunca|inte|aldrig)\s+(?:\w+\s+)?$")
TOPICS: Final[Mapping[Topic, str]] = {
    Topic.PRICE: (
        r"price\w*|expensive|cheap|cost\w*|overpriced|precio\w*|car[oa]|barat[oa]|"
        r"pris\w*|dyr\w*|billig\w*"
    ),
    Topic.QUALITY: (
        r"quality|work|repair\w*|fixed|broken|calidad|trabajo|arregl\w+|"
        r"kvalitet|arbete\w*|lagad\w*|trasig\w*"
    ),
    Topic.PUNCTUALITY: (
        r"late|on time|waited|punctual|tarde|puntual\w*|esper\w+|sen[at]?|i tid|vänta\w*"
    ),
    Topic.STAFF: (
        r"staff|rude|friendly|technician|receptionist|personal|amables?|groser\w+|técnico|"
        r"personalen|vänlig\w*|otrevlig\w*"
    ),
    Topic.COMMUNICATION: (
        r"called|phone|answer\w*|reply|informed|llam\w+|contest\w+|teléfono|ringde|svar\w*|telefon\w*"
    ),
    Topic.CLEANLINESS: r"clean\w*|dirty|mess\w*|limpi\w+|suci\w+|ren[at]?|städ\w*|smutsig\w*",
    Topic.BOOKING: r"book\w*|appointment\w*|reschedul\w*|cita\w*|reserv\w+|bok\w+|tid(?:en)?",
}
KINDS: Final = (
    (TextKind.CANCEL, r"cancel\w*|anul\w+|avbok\w*|ställ\w* in"),
    (
        TextKind.MOVE,
        (
            r"reschedul\w*|another (?:day|time)|move (?:it|my)|cambiar|otr[oa] (?:día|hora)|"
            r"flytta|boka om|annan (?:dag|tid)"
        ),
    ),
    (
        TextKind.CONFIRM,
        r"^(?:yes|yep|ok(?:ay)?|confirm\w*|c|sí|si|vale|confirmo|ja|okej|bekräfta\w*)\b",
    ),
    (
        TextKind.BOOK,
        r"book (?:a|an|me)|appointment|make a reservation|reservar|una cita|boka|en tid",
    ),
)


def read(text: str) -> TextReading:
    """Return what a text says, as far as its words say it."""
    said = text.casefold()
    good, bad = _count(GOOD, said), _count(BAD, said)
    feeling = Feeling.NEUTRAL
    if good != bad:
        feeling = Feeling.POSITIVE if good > bad else Feeling.NEGATIVE
    topics = [topic for topic, words in TOPICS.items() if _has(words, said)]
    return TextReading(kind=_kind(said, feeling), sentiment=feeling, topics=topics)


def _kind(said: str, feeling: Feeling) -> TextKind:
    for kind, words in KINDS:
        if re.search(words if words.startswith("^") else rf"\b(?:{words})\b", said.strip()):
            return kind
    if "?" in said:
        return TextKind.QUESTION
    told = {Feeling.POSITIVE: TextKind.PRAISE, Feeling.NEGATIVE: TextKind.COMPLAINT}
    return told.get(feeling, TextKind.OTHER)


def _has(words: str, said: str) -> bool:
    return re.search(rf"\b(?:{words})\b", said) is not None


def _count(words: str, said: str) -> int:
    """Count words that are not taken back right before them."""
    found = re.finditer(rf"\b(?:{words})\b", said)
    return sum(-1 if NOT.search(said[: match.start()]) else 1 for match in found)
