"""Long calls are read in parts that overlap, and put together again. Pure."""

from collections.abc import Sequence
from typing import Final

from domain.transcripts.schema import SILENT, Reading, SaidEvent, Sentiment, Urgency

PART: Final = 100_000
"""Characters, some 30,000 tokens: two and a half hours of talk."""

OVERLAP: Final = 4_000
"""Characters that two parts share: five minutes, so that no offer is parted from its answer."""

HALVED_FROM: Final = 4 * OVERLAP
"""A call whose answer was cut short is read in two halves, if it is longer than this."""

LONGEST_SUMMARY: Final = 600
URGENCIES: Final = tuple(Urgency)


def parts(transcript: str, *, longest: int = PART) -> list[str]:
    """Return the transcript in parts that begin and end with a line, where it has lines."""
    found: list[str] = []
    start = 0
    while len(transcript) - start > longest:
        end = transcript.rfind("\n", start + longest // 2, start + longest) + 1 or start + longest
        found.append(transcript[start:end])
        back = transcript.rfind("\n", start, end - OVERLAP) + 1
        start = max(back, start + 1) if back > start else end - OVERLAP
    return [*found, transcript[start:]]


def halves(transcript: str) -> list[str]:
    """Return the transcript in two parts."""
    return parts(transcript, longest=len(transcript) // 2 + OVERLAP)


def together(readings: Sequence[Reading]) -> Reading:
    """Make one reading of those of the parts.

    What a later part says of the same thing is what stands at the end of the call: of two events
    of one title the later is kept, as the decision merges those of one moment.
    """
    told = [each for each in readings if each.kind not in SILENT] or list(readings)
    events = {_name(event): event for each in told for event in each.events}
    main = next((each for each in told if each.events), told[0])
    feelings = [each.sentiment for each in told if each.sentiment is not Sentiment.NEUTRAL]
    return main.model_copy(
        update={
            "summary": " ".join(each.summary for each in told)[:LONGEST_SUMMARY],
            "sentiment": feelings[-1] if feelings else main.sentiment,
            "urgency": max((each.urgency for each in told), key=URGENCIES.index),
            "events": list(events.values()),
        }
    )


def _name(event: SaidEvent) -> tuple[str, str, str]:
    when = event.when.value if event.when else ""
    return event.intent.value, event.title.casefold(), when.casefold()
