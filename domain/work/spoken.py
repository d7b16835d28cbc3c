"""How long what people said is kept, and why; `lifetimes` has the lines of all."""

from typing import Final

from domain.work.keeping import DAY, YEAR, Line

WORDS: Final = {"medical": 30 * DAY, "legal": 7 * YEAR}
"""What was said to a doctor goes soon; a lawyer's file is kept as long as it may be asked for."""

_CALL_IS_THROUGH: Final = "w.ai_processing_status NOT IN ('pending', 'processing')"
_MESSAGE_IS_THROUGH: Final = "w.status NOT IN ('pending', 'sending', 'held', 'unknown')"

SPOKEN: Final = (
    Line(
        name="transcripts",
        table="calls",
        moment="started_at",
        keep=90 * DAY,
        past=f"{_CALL_IS_THROUGH} AND w.transcript IS NOT NULL",
        blank="transcript = NULL, call_data = NULL",
        chosen_as="transcripts",
        by_industry=WORDS,
        of_tenants=True,
        why="What was said is needed to settle what was meant; a quarter later it only harms.",
    ),
    Line(
        name="recordings",
        table="calls",
        moment="started_at",
        keep=90 * DAY,
        past=f"{_CALL_IS_THROUGH} AND w.recording_url IS NOT NULL",
        blank="recording_url = NULL, recording_sid = NULL",
        chosen_as="recordings",
        by_industry=WORDS,
        of_tenants=True,
        why="As transcripts; the sound itself lies with the carrier, under the carrier's own rule.",
    ),
    Line(
        name="lead transcripts",
        table="leads",
        moment="created_at",
        keep=90 * DAY,
        past="w.transcript IS NOT NULL",
        blank="transcript = NULL",
        chosen_as="transcripts",
        by_industry=WORDS,
        of_tenants=True,
        why="As transcripts: it is a copy of one.",
    ),
    Line(
        name="readings",
        table="extraction_runs",
        moment="created_at",
        keep=90 * DAY,
        past="w.reading IS NOT NULL",
        blank="reading = NULL, decisions = '[]'",
        chosen_as="transcripts",
        by_industry=WORDS,
        of_tenants=True,
        why="As transcripts: a reading quotes them. That it was read, and by whom, stays.",
    ),
    Line(
        name="answered questions",
        table="questions",
        moment="created_at",
        keep=90 * DAY,
        past="w.answered_at IS NOT NULL AND w.candidates <> '[]'",
        blank="candidates = '[]'",
        chosen_as="transcripts",
        by_industry=WORDS,
        of_tenants=True,
        why="As transcripts: candidates are quotes. An open question is work, and stays.",
    ),
    Line(
        name="message bodies",
        table="messages",
        moment="created_at",
        keep=YEAR,
        past=f"{_MESSAGE_IS_THROUGH} AND w.body <> ''",
        blank="body = '', subject = NULL, html = NULL, calendar = NULL",
        chosen_as="message_bodies",
        of_tenants=True,
        why="A season later somebody may ask what they were told; a year later nobody does.",
    ),
    Line(
        name="messages",
        table="messages",
        moment="created_at",
        keep=4 * YEAR,
        past=f"{_MESSAGE_IS_THROUGH} AND w.body = ''"
        " AND coalesce(w.event_start, w.created_at) < now()",
        why="That somebody was written to can be held against the sender for four years. Its"
        " identity keeps it from being sent twice, so it outlives its event.",
    ),
    Line(
        name="readings' records",
        table="extraction_runs",
        moment="created_at",
        keep=YEAR,
        past="w.reading IS NULL",
        why="Which words of ours read how well is compared over a year.",
    ),
    Line(
        name="telephony events",
        table="telephony_events",
        moment="created_at",
        keep=90 * DAY,
        chosen_as="telephony_events",
        by_industry={"medical": 30 * DAY},
        of_tenants=True,
        months=True,
        why="As transcripts: what vendors tell of a call holds numbers and texts.",
    ),
)
