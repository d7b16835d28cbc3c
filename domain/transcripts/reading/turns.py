"""Who said what, and where in the transcript it stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from domain.transcripts.reading.digits import Run, runs
from domain.transcripts.when.lexemes import fold


class Speaker(StrEnum):
    """Which side of the line."""

    AGENT = "agent"
    CALLER = "caller"


AGENTS = (
    "agent", "ai", "assistant", "receptionist", "bot", "operator", "system", "frontdesk", "host",
    "agente", "asistente", "recepcionista", "operadora", "operador",
    "agent (ai)", "receptionisten", "assistent", "assistenten", "vaxel", "växel", "representative",
    "robot", "clerk", "staff", "business",
)  # fmt: skip
CALLERS = (
    "caller", "customer", "user", "client", "human", "guest", "patient",
    "cliente", "llamante", "usuario", "usuaria", "persona", "paciente",
    "kund", "kunden", "uppringare", "uppringaren", "anropare", "inringare", "samtal",
)  # fmt: skip
LABEL = re.compile(
    r"^[ \t]*(?:\[[\d:.]+\][ \t]*|\(?\d{1,2}:\d{2}(?::\d{2})?\)?[ \t]+)?"
    r"\**(?P<label>[^\W\d][\w ()'-]{0,24}?|speaker ?\d)\**[ \t]*:[ \t]*\**[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
SENTENCE = re.compile(
    r"(?:\b(?:[ap]\.\s?m|[b-z]|dr|mr|mrs|ms|st|co|kl|sr|sra)\.|\bno\.(?=\s?\d)|[.](?=(?-i:[a-z0-9]))|[^.!?\n])*(?:[.!?]+|\n|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, and where it begins in the transcript."""

    text: str
    start: int

    @property
    def is_question(self) -> bool:
        """Say whether it asks."""
        return "?" in self.text


@dataclass(frozen=True)
class Turn:
    """What one side said before the other did; what it is looked at for is worked out once."""

    speaker: Speaker
    text: str
    start: int
    label: str = ""

    @property
    def end(self) -> int:
        """Return where it ends in the transcript."""
        return self.start + len(self.text)

    @cached_property
    def folded(self) -> str:
        """Return its text without capitals and accents, each letter in its old place."""
        return fold(self.text)

    @cached_property
    def digits(self) -> Sequence[Run]:
        """Return the digits that are said in it, in figures or words."""
        return list(runs(self.text))

    @cached_property
    def sentences(self) -> Sequence[Sentence]:
        """Return its sentences."""
        return [
            Sentence(match.group(), self.start + match.start())
            for match in SENTENCE.finditer(self.text)
            if match.group().strip()
        ]


def split(transcript: str) -> list[Turn]:
    """Return the turns; without labels, all of it was said by the caller."""
    labels = [match for match in LABEL.finditer(transcript) if _is_label(match, transcript)]
    if not labels:
        return [Turn(Speaker.CALLER, transcript, 0)]
    names = [_name(match) for match in labels]
    ends = [match.start() for match in labels[1:]] + [len(transcript)]
    speakers = _speakers(names)
    turns = (
        Turn(speakers[name], transcript[match.end() : end].rstrip(), match.end(), name)
        for match, name, end in zip(labels, names, ends, strict=True)
    )
    return [turn for turn in turns if turn.text]


def _name(match: re.Match[str]) -> str:
    return match["label"].strip().lower()


def _is_label(match: re.Match[str], transcript: str) -> bool:
    name = _name(match)
    return (
        name in AGENTS
        or name in CALLERS
        or re.fullmatch(r"speaker ?\w", name) is not None
        or len(re.findall(rf"^\s*{re.escape(match['label'])}\s*:", transcript, re.MULTILINE)) > 1
    )


def _speakers(names: list[str]) -> dict[str, Speaker]:
    """Return the side of each label; of two that say nothing, who speaks first answered."""
    known = {name: _side(name) for name in names}
    agents = {name for name, side in known.items() if side is Speaker.AGENT}
    callers = {name for name, side in known.items() if side is Speaker.CALLER}
    sides: dict[str, Speaker] = {}
    for name in names:
        side = known[name]
        if side is None:
            free = not agents and (callers or not sides)
            side = Speaker.AGENT if free else Speaker.CALLER
            (agents if side is Speaker.AGENT else callers).add(name)
            known[name] = side
        sides[name] = side
    return sides


def _side(name: str) -> Speaker | None:
    if name in AGENTS:
        return Speaker.AGENT
    return Speaker.CALLER if name in CALLERS else None
