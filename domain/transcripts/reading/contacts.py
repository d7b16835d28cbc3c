"""Numbers and addresses at which the caller can be reached, written or spoken."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.transcripts.reading.digits import Run
from domain.transcripts.reading.speech import Speech
from domain.transcripts.reading.turns import Speaker, Turn
from domain.transcripts.schema import Said
from domain.transcripts.when.lexemes import fold

SHORTEST, LONGEST = 7, 15
SHORTEST_TAIL, LONGEST_TAIL = 2, 6
FEW = 4
"""Words beside the digits that a turn of nothing but digits may have."""

CORRECTS = re.compile(
    r"(?<![^\W_])(?:no|nope|sorry|actually|i mean(?:t)?|correction|wait|ends? (?:in|with)|last|"
    r"perdone?|digo|mejor dicho|quiero decir|termina\w*|acaba\w*|nej|forlat|ursakta|jag menar|"
    r"menade|slutar?|pa slutet|at the end|al final)(?![^\W_])"
)
AT = re.compile(r"@|(?<![^\W_])(?:at|arroba|snabel-?a)(?![^\W_])")
"""Without it there is no address for e-mail; what finds one is slow."""

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
SPOKEN_EMAIL = re.compile(
    r"(?<![^\W_])(?P<user>(?:[^\W_](?:\s[^\W_])+(?=\s)|[^\W_][\w.+-]*)"
    r"(?:\s+(?:dot|punto|punkt|underscore|guion bajo|understreck|dash|hyphen|guion|bindestreck|"
    r"minus|plus)\s+[\w-]+)*)\s+(?:at|arroba|snabel-?a|@)\s+"
    r"(?P<host>[\w-]+(?:\s+(?:dash|hyphen|guion|bindestreck)\s+[\w-]+)?"
    r"(?:(?:\s+(?:dot|punto|punkt)\s+|\.(?=\w))[\w-]+)+)",
    re.IGNORECASE,
)
MARKS = {
    "dot": ".", "punto": ".", "punkt": ".", "underscore": "_", "guion bajo": "_",
    "understreck": "_", "dash": "-", "hyphen": "-", "guion": "-", "bindestreck": "-",
    "minus": "-", "plus": "+",
}  # fmt: skip


@dataclass(slots=True)
class _Number:
    """The caller's number as far as it is known, and where it was said."""

    transcript: str
    digits: str = ""
    start: int = 0
    end: int = 0
    theirs: set[str] = field(default_factory=set[str])
    """The ends of the numbers that the agent gave: the business's own."""

    echo: str = ""
    """The caller's number as the agent has said it back."""

    begun: list[Run] = field(default_factory=list[Run])
    """Digits that are said turn by turn, not yet enough for a number."""

    def hear_agent(self, turn: Turn) -> None:
        """Tell the business's own number from the caller's, said back."""
        for run in turn.digits:
            plain = run.digits.lstrip("+")
            if self.digits and _is_like(plain, self.digits):
                self.echo, self.start, self.end = plain, self.start, turn.start + run.end
            elif SHORTEST <= len(plain) <= LONGEST:
                self.theirs.add(plain[-SHORTEST:])

    def hear_caller(self, turn: Turn, *, refuses: bool, is_asked: bool) -> None:
        """Take a number, the end of one that was wrong, or one more piece of it."""
        found = turn.digits
        before = 0
        if self.echo and not refuses:
            self.digits = self.echo
        self.echo = ""
        for run in found:
            plain = run.digits.lstrip("+")
            is_new = self.digits or plain[-SHORTEST:] not in self.theirs
            if SHORTEST <= len(plain) <= LONGEST and is_new:
                self._take(run.digits, turn.start + run.start, turn.start + run.end)
            elif self._is_tail(plain, turn.folded[before : run.start], refuses=refuses):
                tail = self.digits[: -len(plain)] + plain
                self._take(tail, self.start, turn.start + run.end)
            before = run.end
        if not self.digits:
            self._piece(turn, found, is_asked=is_asked)

    def _is_tail(self, plain: str, between: str, *, refuses: bool) -> bool:
        is_short = SHORTEST_TAIL <= len(plain) <= LONGEST_TAIL and len(self.digits) > len(plain)
        return is_short and bool(refuses or CORRECTS.search(between))

    def _piece(self, turn: Turn, found: Sequence[Run], *, is_asked: bool) -> None:
        words = len(re.findall(r"[^\W\d_]+", _without(turn.text, found)))
        if not found or words > FEW or not (self.begun or is_asked):
            self.begun = [] if words > FEW else self.begun
            return
        self.begun += [Run(run.digits, turn.start + run.start, turn.start + run.end)
                       for run in found]  # fmt: skip
        whole = "".join(run.digits for run in self.begun)
        if SHORTEST <= len(whole) <= LONGEST:
            self._take(whole, self.begun[0].start, self.begun[-1].end)

    def _take(self, digits: str, start: int, end: int) -> None:
        self.digits, self.start, self.end = digits, start, end

    def said(self) -> Said | None:
        """Return the number with the words that say it."""
        if not self.digits:
            return None
        return Said(value=self.digits, quote=self.transcript[self.start : self.end].strip())


def phone_of(transcript: str, turns: Sequence[Turn], speech: Speech) -> Said | None:
    """Return the number that the caller gave last, as it was put right; never the business's."""
    number = _Number(transcript)
    is_asked = False
    for turn in turns:
        folded = turn.folded
        if turn.speaker is Speaker.AGENT:
            number.hear_agent(turn)
            is_asked = is_asked or bool(speech.asks.phone.search(folded))
        else:
            refuses = bool(speech.no.match(folded))
            number.hear_caller(turn, refuses=refuses, is_asked=is_asked)
    return number.said()


def _is_like(one: str, other: str) -> bool:
    """Say whether this is the same number, heard with a digit or two wrong."""
    if abs(len(one) - len(other)) > 1 or len(one) < SHORTEST:
        return False
    same = sum(a == b for a, b in zip(one[::-1], other[::-1], strict=False))
    return one[:SHORTEST_TAIL] == other[:SHORTEST_TAIL] or same > len(other) - len("two")


def _without(text: str, found: Sequence[Run]) -> str:
    for run in reversed(found):
        text = text[: run.start] + text[run.end :]
    return text


def email_of(turns: Sequence[Turn]) -> Said | None:
    """Return the last address for e-mail that the caller gave, spoken or written."""
    found: Said | None = None
    for turn in turns:
        if turn.speaker is not Speaker.CALLER or not AT.search(turn.folded):
            continue
        for match in EMAIL.finditer(turn.text):
            found = Said(value=match.group().rstrip(".").lower(), quote=match.group())
        for match in SPOKEN_EMAIL.finditer(turn.text):
            found = Said(value=_address(match), quote=match.group())
    return found


def _address(match: re.Match[str]) -> str:
    return f"{_marked(match['user'])}@{_marked(match['host'])}".rstrip(".")


def _marked(words: str) -> str:
    text = fold(words)
    for word, mark in MARKS.items():
        text = re.sub(rf"\s*(?<![^\W_]){word}(?![^\W_])\s*", mark, text)
    return re.sub(r"\s+", "", text)
