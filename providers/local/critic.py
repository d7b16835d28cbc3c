"""Reading reviews without a model: by words of three languages, and by the stars that were given.

It is honest about what it is: it finds a topic where a word for it stands, a mood where a word for
that stands in the same sentence, and leaves irony alone. It costs nothing and sends nothing away.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from domain.growth.ports import Answer
from domain.growth.rules import Mention, Sentiment, Topic, Verdict, by_rating

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


class LocalCritic:
    """Reads reviews by rules; the same review gives the same answer."""

    model: str | None = None

    def estimate(self, comment: str) -> None:
        """Cost nothing."""
        del comment

    def read(self, comment: str, rating: int | None) -> Answer:
        """Read one review. What was given in stars wins over what is guessed from words."""
        mentions: dict[Topic, Mention] = {}
        total = 0
        for part in _parts(comment):
            mood = _mood(part)
            total += mood
            for topic, words in _TOPICS.items():
                if topic not in mentions and words.search(part):
                    meant = _sentiment(mood) if mood or rating is None else by_rating(rating)
                    mentions[topic] = Mention(topic, meant, part.strip()[:160])
        whole = by_rating(rating) if rating is not None else _sentiment(total)
        return Answer(Verdict(whole, tuple(mentions.values())), usage=None)


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
