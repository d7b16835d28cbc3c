"""Digits as they are said on the phone: one by one, by twos, doubled, with hundreds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.transcripts.when.lexemes import fold


def _counted(groups: str, first: int) -> dict[str, str]:
    return {
        word: str(number)
        for number, group in enumerate(groups.split(), first)
        for word in group.split("/")
    }


UNITS = _counted(
    "zero/oh/o/cero/noll/nolla one/uno/ett/en two/dos/tva three/tres/tre four/cuatro/fyra "
    "five/cinco/fem six/seis/sex seven/siete/sju eight/ocho/atta nine/nueve/nio",
    0,
)
TEENS = _counted(
    "ten/diez/tio eleven/once/elva twelve/doce/tolv thirteen/trece/tretton "
    "fourteen/catorce/fjorton fifteen/quince/femton sixteen/dieciseis/sexton "
    "seventeen/diecisiete/sjutton eighteen/dieciocho/arton nineteen/diecinueve/nitton",
    10,
)
TENS = {
    word: f"{ten}0"
    for word, ten in _counted(
        "twenty/veinte/tjugo thirty/treinta/trettio forty/cuarenta/fyrtio fifty/cincuenta/femtio "
        "sixty/sesenta/sextio seventy/setenta/sjuttio eighty/ochenta/attio ninety/noventa/nittio",
        2,
    ).items()
}
JOINED = {
    f"{ten}{unit}": str(int(tens) + int(one))
    for ten, tens in TENS.items()
    for unit, one in UNITS.items()
    if one != "0"
} | {f"veinti{unit}": f"2{one}" for unit, one in UNITS.items() if one != "0"}
HUNDREDS = _counted(
    "cien/ciento/etthundra doscientos/tvahundra trescientos/trehundra cuatrocientos/fyrahundra "
    "quinientos/femhundra seiscientos/sexhundra setecientos/sjuhundra ochocientos/attahundra "
    "novecientos/niohundra",
    1,
)
HUNDRED = {"hundred", "hundra"}
TIMES = {"double": 2, "doble": 2, "dubbel": 2, "dubbla": 2, "triple": 3, "trippel": 3}
JOINERS = {
    "plus", "mas", "and", "y", "och", "dash", "space", "area", "code", "then", "guion", "um", "uh",
    "eh", "er", "luego", "sen", "sedan", "streck",
}  # fmt: skip
NUMBERS = HUNDREDS | JOINED | TENS | TEENS | UNITS
SAYS_DIGITS = frozenset({*NUMBERS, *TIMES})
NUMERAL, WORD = re.compile(r"[\d+]"), re.compile(r"[^\W\d_]+")
PIECE = re.compile(r"\+|\d+|[^\W\d_]+(?:'[^\W\d_]+)?|[^\s\w]+")


@dataclass(frozen=True, slots=True)
class Run:
    """Digits that were said in a row, and where."""

    digits: str
    start: int
    end: int


@dataclass(slots=True)
class _Telling:
    """The digits so far, and what the next word may still join."""

    digits: str = ""
    tens: str = ""
    """Twenty waits for one: two words, one number of two digits."""

    hundreds: str = ""
    """Six hundred waits for twelve: together three digits."""

    is_open: bool = False
    """The hundreds may be joined by a single digit: seiscientos dos."""

    times: int = 1
    start: int = 0
    end: int = 0

    @property
    def told(self) -> str:
        told = self.hundreds + self.tens.zfill(2) if self.hundreds else self.tens
        return self.digits + told

    def part(self) -> None:
        """Let nothing be joined across a comma."""
        self.digits, self.tens, self.hundreds = self.told, "", ""

    def add(self, word: str, told: str) -> None:
        """Take the next word of digits."""
        is_unit = len(told) == 1 and told != "0" and not word.isdigit()
        if word in HUNDREDS:
            self.part()
            self.hundreds, self.is_open = told, True
        elif word in TENS and (not self.tens):
            if not self.hundreds:
                self.part()
            self.tens = told
        elif self.tens and is_unit:
            self.tens = self.tens[0] + told
            self.part()
        elif self.hundreds and not self.tens and (not is_unit or self.is_open):
            self.tens = told
            self.part()
        else:
            self.part()
            if word in TENS:
                self.tens = told
            else:
                self.digits += told * self.times
        self.times = 1

    def hundred(self) -> None:
        """Make hundreds of the digit before."""
        if self.digits and not self.tens:
            self.digits, self.hundreds = self.digits[:-1], self.digits[-1]
            self.is_open = False


def runs(text: str) -> Iterator[Run]:
    """Yield each run of digits, in figures or words, short ones too."""
    folded = fold(text)
    if NUMERAL.search(folded) or not SAYS_DIGITS.isdisjoint(WORD.findall(folded)):
        yield from _runs(folded)


def _runs(folded: str) -> Iterator[Run]:
    now = _Telling()
    for match in PIECE.finditer(folded):
        word = match.group()
        told = word if word.isdigit() or word == "+" else NUMBERS.get(word)
        if told is None and word not in TIMES and not (now.told and _may_join(word)):
            if now.times > 1 or now.told:
                yield from _said(now)
                now = _Telling()
            continue
        if not now.told:
            now.start = match.start()
        now.times = TIMES.get(word, now.times)
        if told is not None:
            now.add(word, told)
            now.end = match.end()
        elif word in HUNDRED:
            now.hundred()
            now.end = match.end()
        elif set(word) & set(",.;"):
            now.part()
    yield from _said(now)


def _may_join(word: str) -> bool:
    return word in JOINERS or word in HUNDRED or all(sign in "()-.,/ " for sign in word)


def _said(telling: _Telling) -> Iterator[Run]:
    if telling.told:
        yield Run(telling.told, telling.start, telling.end)
