"""Numbers and addresses at which the caller can be reached, written or spoken."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.transcripts.reading.turns import Speaker, Turn
from domain.transcripts.schema import Said
from domain.transcripts.when.lexemes import fold

SHORTEST, LONGEST = 7, 15
DIGITS = {
    word: str(digit)
    for digit, group in enumerate((
        "zero/oh/o/cero/noll/nolla", "one/uno/ett/en", "two/dos/tva", "three/tres/tre",
        "four/cuatro/fyra", "five/cinco/fem", "six/seis/sex", "seven/siete/sju",
        "eight/ocho/atta", "nine/nueve/nio",
    ))
    for word in group.split("/")
} | {
    word: str(number)
    for number, group in enumerate((
        "ten/diez/tio", "eleven/once/elva", "twelve/doce/tolv", "thirteen/trece/tretton",
        "fourteen/catorce/fjorton", "fifteen/quince/femton", "sixteen/dieciseis/sexton",
        "seventeen/diecisiete/sjutton", "eighteen/dieciocho/arton", "nineteen/diecinueve/nitton",
    ), 10)
    for word in group.split("/")
}  # fmt: skip
TENS = {
    word: str(number * 10)
    for number, group in enumerate((
        "twenty/veinte/tjugo", "thirty/treinta/trettio", "forty/cuarenta/fyrtio",
        "fifty/cincuenta/femtio", "sixty/sesenta/sextio", "seventy/setenta/sjuttio",
        "eighty/ochenta/attio", "ninety/noventa/nittio",
    ), 2)
    for word in group.split("/")
}  # fmt: skip
TIMES = {"double": 2, "doble": 2, "dubbel": 2, "triple": 3, "trippel": 3}
JOINERS = {"plus", "mas", "and", "y", "och", "dash", "space", "area", "code", "then", "guion"}
HUNDREDS = {"hundred": "00"}
PIECE = re.compile(r"\+|\d+|[^\W\d_]+(?:'[^\W\d_]+)?|[^\s\w]+")
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


def phone_of(turns: Sequence[Turn]) -> Said | None:
    """Return the last number that the caller gave; the business's own is the agent's."""
    found: Said | None = None
    seen: set[str] = set()
    for turn in turns:
        numbers = list(_numbers(turn.text))
        if turn.speaker is Speaker.AGENT:
            seen |= {each.value[-SHORTEST:] for each in numbers}
            continue
        for each in numbers:
            if each.value[-SHORTEST:] not in seen or found:
                found = each
    return found


@dataclass(slots=True)
class _Run:
    """Digits that follow one another."""

    digits: str = ""
    tens: str = ""
    """Twenty waits for one: two words, one number of two digits."""

    times: int = 1
    start: int = 0
    end: int = 0

    @property
    def told(self) -> str:
        return self.digits + self.tens

    def add(self, word: str, told: str) -> None:
        """Take the next word of digits."""
        if word in TENS:
            self.digits, self.tens = self.told, told
        elif self.tens and len(told) == 1 and told != "0" and not word.isdigit():
            self.digits, self.tens = self.digits + self.tens[0] + told, ""
        else:
            self.digits, self.tens = self.told + told * self.times, ""
        self.times = 1


def _numbers(text: str) -> Iterator[Said]:
    """Yield each run of digits, in figures or words, that is long enough to be called."""
    run = _Run()
    for match in PIECE.finditer(text):
        word = fold(match.group())
        told = _digits(word)
        if told is None and word not in TIMES and not (run.told and _may_join(word)):
            yield from _said(run.told, text[run.start : run.end])
            run = _Run()
            continue
        if not run.told:
            run.start = match.start()
        run.times = TIMES.get(word, run.times)
        if told is not None:
            run.add(word, told)
            run.end = match.end()
    yield from _said(run.told, text[run.start : run.end])


def _digits(word: str) -> str | None:
    if word.isdigit() or word == "+":
        return word
    return DIGITS.get(word) or TENS.get(word) or HUNDREDS.get(word)


def _may_join(word: str) -> bool:
    return word in JOINERS or all(sign in "()-.,/ " for sign in word)


def _said(digits: str, quote: str) -> Iterator[Said]:
    plain = digits.replace("+", "")
    if SHORTEST <= len(plain) <= LONGEST:
        yield Said(value=("+" if digits.startswith("+") else "") + plain, quote=quote.strip())


def email_of(turns: Sequence[Turn]) -> Said | None:
    """Return the last address for e-mail that the caller gave, spoken or written."""
    found: Said | None = None
    for turn in turns:
        if turn.speaker is not Speaker.CALLER:
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
