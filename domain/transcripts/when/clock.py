"""The words for a time of day."""

from collections.abc import Sequence

from domain.transcripts.when.rules import NOTHING, Clock, Context, Found, Meaning, Rule, rule

NOON, MIDNIGHT = 12, 24
HOUR, FIVE = 60, 5
TOGETHER = 100  # 230 pm is half past two
QUARTER, HALF = 15, 30


def _times(hour: int, minute: int, *, sure: bool = False, second: int | None = None) -> list[Clock]:
    """Return the time, unless no clock shows it."""
    if hour == MIDNIGHT and minute == 0:
        return [Clock(hour=MIDNIGHT, is_sure=True)]
    if not (0 <= hour < MIDNIGHT and 0 <= minute < HOUR):
        return []
    is_sure = sure or hour > NOON or hour == 0
    return [Clock(hour=hour, minute=minute, second=second, is_sure=is_sure)]


def _with_meridiem(clocks: Sequence[Clock], meridiem: str) -> list[Clock]:
    told: list[Clock] = []
    for clock in clocks:
        hour = clock.hour
        if hour <= NOON:
            hour = hour % NOON + (NOON if meridiem == "p" else 0)
        told.append(Clock(hour=hour, minute=clock.minute, second=clock.second, is_sure=True))
    return told


def _finish(clocks: Sequence[Clock], found: Found) -> list[Clock]:
    if found.has("a"):
        return _with_meridiem(clocks, found["a"].name)
    return list(clocks)


@rule("[Kw]?<c:C>[JU]?<a:A>?")
def written(found: Found, _: Context) -> Sequence[Clock]:
    """Read 3:15, 15h, 5.30 pm."""
    hour, minute, *rest = (*found["c"].parts, 0)[: max(2, len(found["c"].parts))]
    exact = rest[0] if rest else None
    sure = found["c"].label == "written"
    return _finish(_times(hour, minute, sure=sure, second=exact), found)


@rule("[KwR]?<n:n>[JU]?<a:A>|[Kw]?<h:n>J|K<k:n>(?:U(?=$|[.DWPt])|(?=U[no])|(?![nUMYO]|c?M))")
def whole_hour(found: Found, _: Context) -> Sequence[Clock]:
    """Read at three, three pm, three o'clock; and 230 pm."""
    place = next(found[name] for name in ("n", "h", "k") if found.has(name))
    number = place.number
    if number >= TOGETHER and not found.has("a"):
        return []
    hour, minute = divmod(number, TOGETHER) if number >= TOGETHER else (number, 0)
    return _finish(_times(hour, minute), found)


@rule(
    "[Kw]?<n:n>J?(?=P|DP)|^<n1:n>(?:<m1:n>)?(?=[DWXTdVO]|M[On])|(?<=[Pd])K?<m:[n]>J?(?![UMnYOF])(?:<m2:n>)?|<h:n><h2:n>(?=P)"
)
def beside_part(found: Found, _: Context) -> Sequence[Clock]:
    """Read four in the afternoon, evening six; and ten Friday."""
    place = next(found[name] for name in ("n", "n1", "m", "h") if found.has(name))
    minutes = next((found[name] for name in ("m1", "m2", "h2") if found.has(name)), None)
    return _times(place.number, minutes.number if minutes else 0)


@rule("K<h:n><m:n>(?![UM])<a:A>?|(?<![n$])<h2:n><m2:n><a2:A>|(?<!n)<h3:n><m3:n>(?=J|P|$|[.]|D|W|_)")
def hour_and_minutes(found: Found, _: Context) -> Sequence[Clock]:
    """Read three twenty, at 3 15, ten forty pm."""
    suffix = next(end for end in ("", "2", "3") if found.has(f"h{end}"))
    hour, minute = found[f"h{suffix}"], found[f"m{suffix}"]
    if minute.number >= HOUR or hour.number > NOON * 2 or minute.number < FIVE:
        return []
    clocks = _times(hour.number, minute.number)
    meridiem = found["a"] if found.has("a") else found["a2"]
    return _with_meridiem(clocks, meridiem.name) if meridiem.kind == "A" else clocks


@rule("[KwR]?H<n:n>(?!U)<a:A>?")
def half(found: Found, context: Context) -> Sequence[Clock]:
    """Read half past five, half five, halv sex (half an hour before six)."""
    hour = found["n"].number
    if context.language.half_is_before:
        hour = (hour - 2) % NOON + 1
    return _finish(_times(hour, HALF), found)


MINUTES = r"<m:[nQ]>U?"
HOURS = r"<h:[nNC]>"


@rule(rf"[Kw]?{MINUTES}[Rf]{HOURS}<a:A>?|[Kw]?<m2:n>U?[Rf]H<h2:n>")
def past(found: Found, context: Context) -> Sequence[Clock]:
    """Read a quarter past three, twenty after two, tio över halv fyra."""
    return _beside(found, context, sign=1)


@rule(rf"[Kw]?(?:<m:Q>|<m3:n>U|<m4:n>(?=tN))[tcZ]{HOURS}<a:A>?|[Kw]?<m5:n>c<h5:n>(?!M)<a5:A>?"
      r"|[Kw]?<m2:n>U?[tc]H<h2:n>|<m6:[nQ]>pK?<h6:n>")  # fmt: skip
def to(found: Found, context: Context) -> Sequence[Clock]:
    """Read a quarter to three, kvart i tre, diez para las tres."""
    return _beside(found, context, sign=-1)


def _beside(found: Found, context: Context, *, sign: int) -> list[Clock]:
    names = ("", "2", "3", "4", "5", "6")
    minutes = next(found[f"m{name}"] for name in names if found.has(f"m{name}"))
    hours = next(found[f"h{name}"] for name in names if found.has(f"h{name}"))
    count = QUARTER if minutes.kind == "Q" else minutes.number
    if not 0 < count < HOUR:
        return []
    hour = hours.number or (hours.parts or (0,))[0]
    base = hour * HOUR
    if found.has("h2"):
        base -= HALF if context.language.half_is_before else -HALF
    hour, minute = divmod((base + sign * count) % (MIDNIGHT * HOUR), HOUR)
    is_named = hours.kind == "N"
    clocks = _times(hour or (0 if is_named else NOON), minute, sure=is_named)
    meridiem = found["a"] if found.has("a") else found["a5"]
    return _with_meridiem(clocks, meridiem.name) if meridiem.kind == "A" else clocks


@rule("<k:[Kf]>?<n:n>(?:a<q:[HQn]>|<l:m><q2:[Qn]>)(?:J)?<a:A>?")
def spanish_minutes(found: Found, context: Context) -> Sequence[Clock]:
    """Read las tres y media, las cuatro menos cuarto."""
    given = found["q"] if found.has("q") else found["q2"]
    is_bare = not found.has("k") and given.kind == "n"
    if context.language.code != "es" or is_bare:
        return []
    count = {"H": HALF, "Q": QUARTER}.get(given.kind, given.number)
    hour = found["n"].number
    if found.has("l"):
        hour, count = (hour - 2) % NOON + 1, HOUR - count
    return _finish(_times(hour, count), found)


@rule("K?<n:N>")
def noon(found: Found, _: Context) -> Sequence[Clock]:
    """Read noon and midnight."""
    return [Clock(hour=found["n"].number, is_sure=True)]


@rule("[fK]?<n:n>t(?:K)?<n2:n>J?<a:A>|f<m:n>[ta](?:K)?<m2:n>(?![UMA]|cM)|f<m3:n>[ta]<m4:n><a3:A>|<c:C>t<c2:n>(?!U)<a2:A>?"
      r"|(?<=[WD])K?<l:n>t<l2:n>(?![UMA])|<o:n>tK?(?=CA|C)")  # fmt: skip
def hours_range(found: Found, _: Context) -> Sequence[Clock]:
    """Read three to four pm, from nine to eleven, 3:30-6 pm."""
    if found.has("o"):
        return _times(found["o"].number, 0)
    begin = next(found[name] for name in ("n", "m", "m3", "c", "l") if found.has(name))
    end = next(found[name] for name in ("n2", "m2", "m4", "c2", "l2") if found.has(name))
    meridiem = next((found[name] for name in ("a", "a2", "a3") if found.has(name)), NOTHING)
    return spread(
        _times(*((*begin.parts, 0)[:2] if begin.kind == "C" else (begin.number or 1, 0))),
        _times(end.number or 1, 0),
        meridiem.name if meridiem.kind == "A" else "",
    )


def spread(begins: Sequence[Clock], ends: Sequence[Clock], meridiem: str = "") -> list[Clock]:
    """Return the range as one clock; the beginning takes the half of the day from its end."""
    if not begins or not ends:
        return []
    begin, end = begins[0], (_with_meridiem(ends, meridiem) if meridiem else ends)[0]
    hour, end_hour = begin.hour, end.hour
    if end.is_sure and not begin.is_sure:
        later = hour + NOON if hour < NOON else hour
        hour = later if (later, begin.minute) < (end_hour, end.minute) else hour
    elif not end.is_sure and (end_hour, end.minute) <= (hour, begin.minute):
        end_hour += NOON
    until = (end_hour, end.minute)
    sure = begin.is_sure or end.is_sure or end_hour > NOON
    return [Clock(hour=hour, minute=begin.minute, is_sure=sure, until=until, offset=end.offset)]


@rule("<p:P>")
def part(found: Found, _: Context) -> Sequence[Meaning]:
    """Read in the afternoon."""
    return [found["p"].name]


RULES: Sequence[Rule] = (
    written, whole_hour, beside_part, hour_and_minutes, half, past, to, spanish_minutes, noon,
    hours_range, part,
)  # fmt: skip
