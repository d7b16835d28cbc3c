"""Who is calling: a name said, or spelled, by the caller."""

import re
from collections.abc import Iterator, Sequence

from domain.transcripts.reading.speech import Speech
from domain.transcripts.reading.turns import Speaker, Turn
from domain.transcripts.schema import Said
from domain.transcripts.when.lexemes import fold

WORD = r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*\.?"
LONGEST_NAME = 5
FEWEST_LETTERS = 3
SPELLED = re.compile(
    r"(?<![^\W_])(?<!['\u2019])[^\W\d_](?:(?:\s*[-,.]\s*|\s+)[^\W\d_](?![^\W_])){2,}"
)
AS_IN = re.compile(
    r"(?<![^\W_])([^\W\d_])\s+(?:as in|for|like|som i|som|de|como)\s+[^\W\d_]+", re.IGNORECASE
)
TITLES = {"mr", "mrs", "ms", "miss", "dr", "senor", "senora", "herr", "fru", "sir", "madam"}
PARTICLES = {"de", "del", "la", "von", "van", "af", "da", "los", "der", "bin", "al"}


def name_of(turns: Sequence[Turn], speech: Speech) -> Said | None:
    """Return the caller's own name; the last one that was given for oneself stands."""
    found: Said | None = None
    for number, turn in enumerate(turns):
        if turn.speaker is not Speaker.CALLER:
            continue
        asked = number > 0 and _asks(turns[number - 1], speech)
        said = next(_introduced(turn, speech, asked=asked), None)
        said = said or (_answered(turn, speech) if asked else None)
        spelled = _spelled(turn, found or said)
        found = spelled or (said if said and (found is None or asked or _corrects(turn, speech))
                            else found)  # fmt: skip
    return found


def _asks(turn: Turn, speech: Speech) -> bool:
    return turn.speaker is Speaker.AGENT and bool(speech.asks.name.search(fold(turn.text)))


def _corrects(turn: Turn, speech: Speech) -> bool:
    return bool(re.search(r"my name|me llamo|mi nombre|jag heter|mitt namn", fold(turn.text))
                or speech.no.match(fold(turn.text)))  # fmt: skip


def _introduced(turn: Turn, speech: Speech, *, asked: bool) -> Iterator[Said]:
    """Yield names that follow my name is, this is, I'm."""
    folded = fold(turn.text)
    for match in speech.introduces.finditer(folded):
        is_weak = match.group() not in STRONG and not match.group().startswith(STRONG_STARTS)
        name = _name_at(turn.text, match.end(), speech, cased=is_weak)
        if name and (asked or match.group() not in WEAKEST or _stands_alone(name, turn, match)):
            yield name


def _stands_alone(name: Said, turn: Turn, match: re.Match[str]) -> bool:
    """Say whether "it's Maria Olsen" is a whole sentence, with a first and a last name."""
    before, after = turn.text[: match.start()].rstrip(), turn.text[match.end() :].lstrip()
    is_sentence = not before or before[-1] in ".!?,"
    rest = after[len(name.quote) :].lstrip()
    return is_sentence and match.group() in ITS and " " in name.value and rest[:1] in {"", ".", ","}


STRONG = {"me llamo", "jag heter", "heter", "call me"}
STRONG_STARTS = ("my ", "mi nombre", "mitt namn")
ITS = {"name is", "name's", "it's", "it is", "es", "det ar"}
WEAKEST = {
    "name is",
    "name's",
    "the name is",
    "you can put",
    "for",
    "under",
    "it's",
    "it is",
    "its",
    "es",
    "det ar",
    "for the name",
}


def _name_at(text: str, start: int, speech: Speech, *, cased: bool) -> Said | None:
    rest = text[start:]
    lead = re.match(r"[\s,:\"]*", rest)
    begin = lead.end() if lead else 0
    taken: list[re.Match[str]] = []
    end = begin
    while len(taken) < LONGEST_NAME and (word := re.compile(r"[ ]?" + WORD).match(rest, end)):
        if not _may_be_name(word.group().strip(), speech, cased=cased or bool(taken)):
            break
        taken.append(word)
        end = word.end()
        if word.group().endswith(".") and fold(word.group().strip(" .")) not in TITLES:
            break
    return _said(rest[begin:end])


def _may_be_name(word: str, speech: Speech, *, cased: bool) -> bool:
    plain = fold(word).strip(".")
    if plain in speech.no_names:
        return False
    return not cased or word[0].isupper() or plain in PARTICLES


def _said(words: str) -> Said | None:
    quote = words.strip(" ,.-")
    value = quote
    while value and fold(value.split()[0]).strip(".") in TITLES and " " in value:
        value = value.split(maxsplit=1)[1]
    if not value or fold(value) in TITLES | PARTICLES or len(value) == 1:
        return None
    return Said(value=value, quote=quote)


def _answered(turn: Turn, speech: Speech) -> Said | None:
    """Return a bare answer to the question for the name."""
    folded = fold(turn.text)
    start = 0
    while opening := re.match(
        r"\W*(?:yes|yeah|sure|ok(?:ay)?|of course|certainly|hi|hello|uh|um|oh|well|so|it'?s|it is|"
        r"si|claro|por supuesto|soy|es|de|a nombre de|ja|visst|absolut|det ar|den|si claro|hej|"
        r"hola|please|"
        r"the name(?:'s| is)|that'?s|that would be|under|for)(?![^\W_])\W*",
        folded[start:],
    ):
        start += opening.end()
    words = len(re.findall(WORD, turn.text[start:]))
    return _name_at(turn.text, start, speech, cased=words > FEWEST_LETTERS)


def _spelled(turn: Turn, known: Said | None) -> Said | None:
    """Return the name with the letters as they were spelled."""
    text = turn.text
    as_in = list(AS_IN.finditer(text))
    match = SPELLED.search(text)
    if "@" in text or re.search(r"\bat\b.*\b(?:dot|com)\b", text.lower()):
        return None
    if len(as_in) >= FEWEST_LETTERS:
        quote = text[as_in[0].start() : as_in[-1].end()]
        letters = "".join(each.group(1) for each in as_in)
    elif match:
        quote, letters = match.group(), "".join(re.findall(r"[^\W\d_]", match.group()))
    else:
        return None
    return _respelled(letters.capitalize(), quote, text, known)


def _respelled(word: str, quote: str, text: str, known: Said | None) -> Said:
    """Put the spelled word in the place of the part of the name that sounds like it."""
    parts = known.value.split() if known else []
    if known and fold(word) in {fold(part) for part in parts}:
        return known
    if len(parts) <= 1:
        return Said(value=word, quote=quote)
    alike = [part for part in parts if fold(part)[0] == fold(word)[0]]
    old = alike[-1] if alike else parts[-1]
    value = " ".join(word if part == old else part for part in parts)
    start = text.find(known.quote) if known else -1
    end = text.find(quote) + len(quote)
    return Said(value=value, quote=text[start:end] if 0 <= start < end else quote)
