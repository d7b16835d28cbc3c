"""What the call is about, how urgent it is and how the caller sounds."""

import re
from collections.abc import Sequence

from domain.transcripts.reading.speech import Speech
from domain.transcripts.reading.turns import Speaker, Turn
from domain.transcripts.schema import CallKind, EventType, Sentiment, Urgency
from domain.transcripts.when.lexemes import fold

SHORTEST = 20
LONGEST_TITLE, LONGEST_SUMMARY = 120, 600
TYPES = (
    (EventType.INSPECTION, r"inspect\w*|inspecci\w+|besiktning\w*"),
    (EventType.QUOTE, r"quotes?|estimates?|presupuesto|cotizaci\w+|offert\w*|prisforslag"),
    (EventType.DEMO, r"demos?|demonstration|demostraci\w+"),
    (EventType.CONSULTATION, r"consult\w*|radgivning\w*|konsultation\w*"),
    (EventType.SERVICE_CALL, (r"repair\w*|fix (?:the|my|our)|leak\w*|broken|plumb\w*|technician|"
     r"install(?!ning)\w*|maintenance|service call|repara\w+|fuga|averia|tecnico|lacker|trasig\w*|"
     r"reparation|rormokare|service pa")),
    (EventType.MEETING, r"meeting|viewing|showing|tour|reunion|mote|visning"),
    (EventType.FOLLOW_UP, (r"call (?:me|you|us) back|follow[- ]up|callback|devolver la llamada|"
     r"ring(?:a|er)? (?:upp|tillbaka)")),
)  # fmt: skip


def kind_of(turns: Sequence[Turn], speech: Speech) -> CallKind:
    """Return what kind of call it was."""
    callers = _said_by(turns, Speaker.CALLER)
    agents = _said_by(turns, Speaker.AGENT)
    if len((callers + agents).strip()) < SHORTEST or not re.search(r"[^\W\d_]{2}", callers):
        return CallKind.NO_CONVERSATION
    if speech.subjects.wrong_number.search(callers):
        return CallKind.WRONG_NUMBER
    spam = {match.group() for match in speech.subjects.spam.finditer(callers)}
    if len(spam) > 1 or (spam and not speech.booking.search(callers)):
        return CallKind.SPAM
    if speech.subjects.voicemail.search(agents) and not _is_dialogue(turns):
        return CallKind.VOICEMAIL
    if not agents and speech.subjects.voicemail.search(callers):
        return CallKind.VOICEMAIL
    return CallKind.BUSINESS


def _is_dialogue(turns: Sequence[Turn]) -> bool:
    return sum(turn.speaker is Speaker.AGENT for turn in turns) > 1


def _said_by(turns: Sequence[Turn], speaker: Speaker) -> str:
    return " ".join(turn.folded for turn in turns if turn.speaker is speaker)


def urgency_of(turns: Sequence[Turn], speech: Speech) -> Urgency:
    """Return how soon help is needed, as the caller says it."""
    callers = _said_by(turns, Speaker.CALLER)
    for match in speech.subjects.emergency.finditer(callers):
        before = callers[max(0, match.start() - 12) : match.start()]
        if not re.search(r"\b(?:not|no|isn't|ingen|inte|sin)\b", before):
            return Urgency.EMERGENCY
    return Urgency.HIGH if speech.subjects.urgent.search(callers) else Urgency.MEDIUM


def sentiment_of(turns: Sequence[Turn], speech: Speech) -> Sentiment:
    """Return how the caller sounded."""
    callers = _said_by(turns, Speaker.CALLER)
    good, bad = (
        len(speech.subjects.happy.findall(callers)),
        len(speech.subjects.unhappy.findall(callers)),
    )
    if bad > good:
        return Sentiment.NEGATIVE
    return Sentiment.POSITIVE if good > 1 else Sentiment.NEUTRAL


def type_of(turns: Sequence[Turn], urgency: Urgency) -> EventType:
    """Return what is to happen: what the caller speaks of first, an appointment where unsaid."""
    if urgency is Urgency.EMERGENCY:
        return EventType.EMERGENCY
    callers = _said_by(turns, Speaker.CALLER)
    for kind, pattern in TYPES:
        if re.search(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", callers):
            return kind
    return EventType.APPOINTMENT


def topic_of(turns: Sequence[Turn], speech: Speech) -> str:
    """Return the caller's first sentence that asks for something, in their own words."""
    callers = [turn for turn in turns if turn.speaker is Speaker.CALLER]
    sentences = [each.text.strip() for turn in callers for each in turn.sentences]
    asking = (text for text in sentences if speech.wants.search(fold(text)))
    longest = max(sentences, key=len, default="")
    return _short(next(asking, longest), LONGEST_TITLE)


def summary_of(topic: str, agreed: Sequence[str]) -> str:
    """Return the topic and what was agreed."""
    told = "; ".join(agreed)
    return _short(f"{topic} Agreed: {told}." if told else topic, LONGEST_SUMMARY)


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 3].rstrip() + "..."
