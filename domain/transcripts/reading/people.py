"""Who is calling: a name said, or spelled, by the caller."""

import re
from collections.abc import Iterator, Sequence

from domain.transcripts.reading.speech import Speech
from domain.transcripts.reading.spelling import SPELLED, spelled
from domain.transcripts.reading.turns import Speaker, Turn
from domain.transcripts.schema import Said
from domain.transcripts.when.lexemes import fold

WORD = r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*\.?"
NEXT_WORD = re.compile(r"[ ]?" + WORD)
LONGEST_NAME = 5
SMALL_NAME = 2
SHORT_ANSWER = 3
"""Words up to which an answer is nothing but the name, written small or not."""

TITLES = {"mr", "mrs", "ms", "miss", "dr", "senor", "senora", "herr", "fru", "sir", "madam"}
PARTICLES = {"de", "del", "la", "von", "van", "af", "da", "los", "der", "bin", "al"}
STRONG = {"me llamo", "jag heter", "heter", "call me"}
STRONG_STARTS = ("my ", "mi nombre", "mitt namn")
ITS = {"name is", "name's", "it's", "it is", "es", "det ar"}
WEAKEST = ITS | {"the name is", "you can put", "for", "under", "its", "for the name"}
NAMING = {"name is", "name's", "the name is", "the name's"}
SURNAME = re.compile(r"last name|surname|family name|apellidos?|efternamn\w*")
ANSWERS = re.compile(
    r"\W*(?:yes|yeah|sure|ok(?:ay)?|of course|certainly|hi|hello|uh|um|oh|well|so|it'?s|it is|"
    r"si|claro|por supuesto|soy|es|de|a nombre de|ja|visst|absolut|det ar|den|si claro|hej|"
    r"hola|please|pues|javisst|bueno|"
    r"the name(?:'s| is)|that'?s|that would be|under|for)(?![^\W_])\W*"
)
LABELLED = re.compile(
    r"(?P<name>[^\W\d_a-zß-öø-ÿ][\w'\u2019-]+(?:\s[^\W\d_a-zß-öø-ÿ][\w'\u2019-]+){0,2})\s"
    r"(?:here|här|speaking|heter jag|var namnet|var det|was the name|is the name|is my name|"
    r"al (?:habla|aparato)|calling)(?![^\W_])"
)
ALONE = re.compile(
    r"(?:^|(?<=[.!?,])\s*)(?P<name>[^\W\d_a-zß-öø-ÿ][\w'\u2019-]+(?:\s(?:de|del|la|von|van|af|"
    r"da)\b)?"
    r"(?:\s[^\W\d_a-zß-öø-ÿ][\w'\u2019-]+){0,2})(?=\s*(?:again|here|igen|de nuevo|"
    r"otra vez)?\s*(?:[.,!]|$))"
)


def name_of(turns: Sequence[Turn], speech: Speech) -> Said | None:
    """Return the caller's own name; the last one that was given for oneself stands."""
    found: Said | None = None
    for number, turn in enumerate(turns):
        if turn.speaker is not Speaker.CALLER:
            continue
        before = turns[number - 1] if number else None
        asked = before is not None and _asks(before, speech)
        said = next(_introduced(turn, speech, asked=asked), None)
        said = said or (_answered(turn, speech) if asked else None)
        if said and found and not asked and _is_lesser(said, found):
            continue
        letters = spelled(turn.text, said if said and not asked else found or said)
        if letters:
            found = _completed(letters, turn, speech)
        elif said and before and found and _asks_for_surname(before, found, said):
            found = _joined(found, said)
        elif said and (found is None or asked or _corrects(turn, speech)):
            found = said
    return found or _confirmed(turns, speech)


def _asks(turn: Turn, speech: Speech) -> bool:
    return turn.speaker is Speaker.AGENT and bool(speech.asks.name.search(turn.folded))


def _asks_for_surname(before: Turn, found: Said, said: Said) -> bool:
    """Say whether what is told now goes behind the first name that is known."""
    is_asked = before.speaker is Speaker.AGENT and bool(SURNAME.search(before.folded))
    return is_asked and " " not in found.value and " " not in said.value


def _is_lesser(said: Said, found: Said) -> bool:
    """Say whether words written small would replace a name that was written as one."""
    return said.value == said.value.lower() and found.value != found.value.lower()


def _joined(first: Said, last: Said) -> Said:
    return Said(value=f"{first.value} {last.value}", quote=last.quote)


def _completed(said: Said, turn: Turn, speech: Speech) -> Said:
    """Return a spelled name with the first or last name that stands beside the letters."""
    match = SPELLED.search(turn.text)
    if match is None or " " in said.value:
        return said
    rest = re.match(r"[\s,.]*", turn.text[match.end() :])
    after = match.end() + (rest.end() if rest else 0)
    first = FIRST_NAME.match(turn.folded[after:])
    follows = _name_at(turn.text, after + (first.end() if first else 0), speech, cased=True)
    if follows is None or follows.value == said.value:
        return said
    end = turn.text.find(follows.quote, after) + len(follows.quote)
    parts = [follows.value, said.value] if first else [said.value, follows.value]
    return Said(value=" ".join(parts), quote=turn.text[match.start() : end])


LONG = 7
BESIDE = re.compile(
    r"@|\bdot com\b|\bpunto (?:com|es)\b|\bpunkt se\b|\barroba\b|\bsnabel-?a\b|^\W*(?:hi|hello|"
    r"hey|hola|hej|hejsan|buen\w+)\b"
)
ADDRESSED = (
    r"\b(?:thanks?|thank you|tack|gracias|ok|okay|okej|alright|great|perfect|perfekt|hi|hello|hola|"
    r"toppen|javisst|absolut|valkommen|perfecto|muy bien|listo|vale|lovely|right|sure|hej|dona?|"
    r"senora?|mr|mrs|ms|herr|fru)\b[.,]?\s"
)
FIRST_NAME = re.compile(
    r"(?:and )?(?:my )?(?:first name|given name|nombre|y de nombre|fornamn(?:et)?)(?: is| es|"
    r" ar)?\W*"
)


def _corrects(turn: Turn, speech: Speech) -> bool:
    return bool(re.search(r"my name|me llamo|mi nombre|jag heter|mitt namn", turn.folded)
                or speech.no.match(turn.folded))  # fmt: skip


def _introduced(turn: Turn, speech: Speech, *, asked: bool) -> Iterator[Said]:
    """Yield names that follow my name is, this is, I'm."""
    folded = turn.folded
    for match in speech.introduces.finditer(folded):
        words = match.group()
        is_weak = words not in STRONG and not words.startswith(STRONG_STARTS)
        name = _name_at(
            turn.text, match.end(), speech, cased=is_weak and not _is_small(turn, asked=asked)
        )
        if name and (asked or words not in WEAKEST or _stands_alone(name, turn, match)):
            yield _in_full(name, turn, match.end())
    for match in LABELLED.finditer(turn.text):
        words = [word for word in match["name"].split() if fold(word) not in speech.no_names]
        if words and (name := _said(" ".join(words))) and name.quote in turn.text:
            yield name


def _in_full(name: Said, turn: Turn, start: int) -> Said:
    """Return the name as it is said in full right after: Fiona, Fiona Hart."""
    if " " in name.value:
        return name
    longer = re.search(
        rf"(?<![^\W_]){re.escape(name.value)}\s+[^\W\d_a-zß-öø-ÿ][\w'\u2019-]+", turn.text[start:]
    )
    if longer is None or longer.group().split()[-1].isupper():
        return name
    return Said(value=longer.group(), quote=longer.group())


def _is_small(turn: Turn, *, asked: bool) -> bool:
    """Say whether names may be written small: a machine wrote it down, without any capital."""
    return asked and turn.text == turn.text.lower()


def _stands_alone(name: Said, turn: Turn, match: re.Match[str]) -> bool:
    """Say whether "it's Maria Olsen", or "name is Maria", is a whole sentence."""
    before, after = turn.text[: match.start()].rstrip(), turn.text[match.end() :].lstrip()
    is_sentence = not before or before[-1] in ".!?,"
    rest = after[len(name.quote) :].lstrip()
    is_whole = is_sentence and rest[:1] in {"", ".", ","}
    is_last = not rest.strip(" .")
    is_full = match.group() in NAMING or (match.group() in ITS and (" " in name.value or is_last))
    return is_whole and is_full


def _name_at(text: str, start: int, speech: Speech, *, cased: bool) -> Said | None:
    rest = text[start:]
    lead = re.match(r"[\s,:\"]*", rest)
    begin = lead.end() if lead else 0
    taken: list[str] = []
    is_small = rest == rest.lower() and not cased
    end = begin
    while len(taken) < LONGEST_NAME and (word := NEXT_WORD.match(rest, end)):
        plain = word.group().strip()
        goes_on = bool(taken) and (not is_small or len(taken) >= SMALL_NAME)
        if not _may_be_name(plain, speech, cased=cased or goes_on) or _is_shouted(plain, taken):
            break
        if is_small and taken and fold(plain) in speech.common:
            break
        taken.append(plain)
        end = word.end()
        if plain.endswith(".") and fold(plain.strip(".")) not in TITLES:
            break
    return _said(rest[begin:end])


def _is_shouted(word: str, before: Sequence[str]) -> bool:
    """Say whether this is no name any more, but an abbreviation: BTW."""
    plain = word.strip(".")
    return bool(before) and len(plain) > 1 and plain.isupper() and not before[-1].isupper()


def _may_be_name(word: str, speech: Speech, *, cased: bool) -> bool:
    plain = fold(word).strip(".")
    if plain in speech.no_names or plain.endswith(("'s", "'ll", "'d", "'re", "'ve", "n't")):
        return False
    return not cased or word[0].isupper() or plain in PARTICLES


def _said(words: str) -> Said | None:
    quote = words.strip(" ,.-")
    value = quote
    while value and fold(value.split()[0]).strip(".") in TITLES and " " in value:
        value = value.split(maxsplit=1)[1]
    while " " in value and fold(value.split()[-1]) in PARTICLES:
        value = value.rsplit(maxsplit=1)[0]
        quote = quote[: quote.rfind(value) + len(value)]
    if not value or fold(value) in TITLES | PARTICLES or len(value) == 1:
        return None
    return Said(value=value, quote=quote)


def _answered(turn: Turn, speech: Speech) -> Said | None:
    """Return a bare answer to the question for the name."""
    folded = turn.folded
    start = 0
    while opening := ANSWERS.match(folded[start:]):
        start += opening.end()
    first = FIRST_NAME.match(folded[start:])
    start += first.end() if first else 0
    words = len(re.findall(WORD, re.split(r"[.,!?]", turn.text[start:])[0]))
    is_cased = words > SHORT_ANSWER and not _is_small(turn, asked=True)
    name = _name_at(turn.text, start, speech, cased=is_cased)
    return _in_full(name, turn, start) if name else None


def _confirmed(turns: Sequence[Turn], speech: Speech) -> Said | None:
    """Return a name that stands for itself in the caller's words: "Ivy Marsh again"."""
    for number, turn in enumerate(turns):
        if turn.speaker is not Speaker.CALLER:
            continue
        asked = turns[number - 1].text if number else ""
        if speech.asks.place.search(fold(asked)):
            continue
        for match in ALONE.finditer(turn.text):
            words = match["name"]
            plain = [fold(word) for word in words.split()]
            told = " ".join(each.text for each in turns[:number])
            is_new = not set(plain) & (speech.no_names | TITLES) and words not in told
            is_last = match.end() >= len(turn.text.rstrip(" .!"))
            is_told = is_last and _may_follow(asked, turn, speech)
            is_new = is_new and not _is_theirs(turns, words)
            if is_new and _is_personal(turn, turns[number + 1 :], words, is_told=is_told):
                return _said(words)
    return None


def _may_follow(asked: str, turn: Turn, speech: Speech) -> bool:
    """Say whether two words at the end answer nothing: they are who says it."""
    is_query = any(speech.queries.match(fold(one)) for one in re.findall(r"[^.!?]*\?", asked))
    is_yes = bool(speech.yes.match(turn.folded)) and not is_query
    return bool(asked) and ("?" not in asked or is_yes)


def _is_personal(turn: Turn, later: Sequence[Turn], words: str, *, is_told: bool) -> bool:
    """Say whether the words are the caller's own: beside a greeting, a number, or used later."""
    is_full = " " in words
    if is_full and is_told:
        return True
    if not is_full:
        pass
    elif BESIDE.search(turn.folded) or any(len(run.digits) >= LONG for run in turn.digits):
        return True
    called = "|".join(re.escape(fold(word)) for word in {words, *words.split()})
    said = " ".join(each.folded for each in later if each.speaker is Speaker.AGENT)
    return bool(re.search(rf"{ADDRESSED}(?:{called})\b|, (?:{called})[.!?,]", said))


def _is_theirs(turns: Sequence[Turn], words: str) -> bool:
    """Say whether the agent speaks of that name as of one of the house: with Dr. Han."""
    said = " ".join(turn.folded for turn in turns if turn.speaker is Speaker.AGENT)
    name = re.escape(fold(words))
    return bool(re.search(rf"\b(?:dr|doctora?|with|con|hos|med|at)\b\.? {name}", said))
