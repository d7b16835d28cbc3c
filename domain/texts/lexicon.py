"""Reading short texts without a model: words for moods, topics and wishes in three languages. Pure.

It is honest about what it is: it finds a topic where a word for it stands, a mood where a word for
that stands in the same sentence, and leaves irony alone. It costs nothing and sends nothing away.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from domain.texts.schema import Mention, Sentiment, TextKind, TextReading, Topic

_SENTENCE: Final = re.compile(r"[^.!?\n;]+(?:[.!?]+|$)")
_CLAUSE: Final = re.compile(
    r",? (?:but|although|though|however|men|dock|pero|aunque) |, ", re.IGNORECASE
)
_APOSTROPHE: Final = "\N{RIGHT SINGLE QUOTATION MARK}"
_WORD: Final = re.compile(r"[\w']+")
_REACH: Final = 3
"""Words that a negation reaches over."""

_NOT: Final = """
not no never isn't wasn't don't didn't won't hardly without
inte aldrig ingen utan icke
nunca sin ni tampoco
"""
_GOOD: Final = """
great good excellent amazing perfect wonderful friendly helpful polite professional love loved
recommend happy pleased fantastic best kind quick quickly fast fair reasonable affordable punctual
clean tidy thorough awesome superb satisfied easy smooth
bra toppen utmärkt fantastisk trevlig trevliga vänlig hjälpsam proffsig nöjd nöjda rekommenderar
perfekt snabb snabbt bäst smidigt prisvärt punktlig noggrann rent
bueno buena excelente perfecto perfecta amable amables recomiendo contento contenta rápido rápida
genial fantástico encanta mejor limpio puntual económico profesional fácil
"""
_BAD: Final = """
bad terrible awful horrible rude worst late slow expensive overpriced dirty broken disappointed
disappointing unhappy poor unprofessional avoid waste mess messy wrong ignored unanswered missed
cancelled useless sloppy lousy pricey
dåligt dålig sämst otrevlig otrevliga sen sent försenad dyrt dyr smutsigt trasig besviken missnöjd
slarvigt undvik fel rörigt
malo mala pésimo grosero tarde lento caro cara sucio roto decepcionado decepcionada peor evitar mal
descuidado
"""
_NEGATIONS: Final = frozenset(_NOT.split())
_MOOD: Final[Mapping[str, int]] = {
    **dict.fromkeys(_GOOD.split(), 1),
    **dict.fromkeys(_BAD.split(), -1),
}

_TOPICS: Final[Mapping[Topic, re.Pattern[str]]] = {
    topic: re.compile(rf"\b(?:{words})", re.IGNORECASE)
    for topic, words in {
        Topic.BOOKING: r"book|appointment|schedul|reserv|boka|bokn|tidsbok|cita\b|agend",
        Topic.COMMUNICATION: (
            r"call(?:ed|s|ing)? back|answer|respon|reply|replied|communicat|phone|text(?:ed)?\b"
            r"|svar|ring|telefon|kommunik|contest|llam|respond|comunic"
        ),
        Topic.PRICE: (
            r"pric|cost|expens|cheap|charg|invoice|bill|fee\b|overpriced|affordab|reasonab"
            r"|pris|dyr|billig|faktur|kostn|preci|car[oa]\b|barat|factur|cobr|económic"
        ),
        Topic.PUNCTUALITY: (
            r"on time|late\b|punctual|wait|delay|early|showed up|turned up|i tid|sen\b|sent\b|vänta"
            r"|försen|punktlig|tarde|a tiempo|puntual|esper|retras"
        ),
        Topic.QUALITY: (
            r"quality|work\b|job\b|fix|repair|result|thorough|sloppy|kvalitet|jobb|arbete|lagad"
            r"|resultat|noggrann|slarv|calidad|trabajo|arregl|repar"
        ),
        Topic.STAFF: (
            r"staff|team|friendly|rude|polite|technician|receptionist|helpful|professional|kind\b"
            r"|personal|trevlig|otrevlig|vänlig|proffsig|hjälpsam|amable|groser|profesional"
            r"|empleado|equipo|atenci"
        ),
        Topic.TIDINESS: r"clean|tidy|mess|dirty|dirt|städ|rent\b|smuts|stök|limpi|suci|desord",
    }.items()
}
_KINDS: Final = (
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
    """Return what a text says, as far as its words say it; the same text says the same."""
    mentions: dict[Topic, Mention] = {}
    total = 0
    for part in _parts(text):
        mood = _mood(part)
        total += mood
        for topic, words in _TOPICS.items():
            if topic not in mentions and words.search(part):
                quote = part.strip()[:160]
                mentions[topic] = Mention(topic=topic, sentiment=_sentiment(mood), quote=quote)
    whole = _sentiment(total)
    kind = _kind(text.casefold(), whole)
    return TextReading(kind=kind, sentiment=whole, mentions=list(mentions.values()))


def _kind(said: str, mood: Sentiment) -> TextKind:
    for kind, words in _KINDS:
        if re.search(words if words.startswith("^") else rf"\b(?:{words})\b", said.strip()):
            return kind
    if "?" in said:
        return TextKind.QUESTION
    told = {Sentiment.POSITIVE: TextKind.PRAISE, Sentiment.NEGATIVE: TextKind.COMPLAINT}
    return told.get(mood, TextKind.OTHER)


def _parts(comment: str) -> Iterator[str]:
    """Cut a review where its mood may turn."""
    for sentence in _SENTENCE.findall(comment):
        yield from (part for part in _CLAUSE.split(sentence) if part.strip())


def _mood(part: str) -> int:
    """Add up moods; behind a negation, they turn."""
    words = [word.casefold() for word in _WORD.findall(part.replace(_APOSTROPHE, "'"))]
    total = 0
    for place, word in enumerate(words):
        mood = _MOOD.get(word, 0)
        if mood:
            before = words[max(0, place - _REACH) : place]
            is_turned = any(one in _NEGATIONS or one.endswith("n't") for one in before)
            total += -mood if is_turned else mood
    return total


def _sentiment(mood: int) -> Sentiment:
    if mood == 0:
        return Sentiment.NEUTRAL
    return Sentiment.POSITIVE if mood > 0 else Sentiment.NEGATIVE
