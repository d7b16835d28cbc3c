"""The words for a date that count or span: in three days, next week, the end of May."""

from collections.abc import Sequence
from datetime import UTC, date, timedelta

from domain.days import nth_weekday
from domain.transcripts.when.calendar import (
    MONTHS,
    WEEK,
    add_months,
    shift,
    start_of,
)
from domain.transcripts.when.moments import Grain
from domain.transcripts.when.rules import Context, Day, Found, Meaning, Rule, Step, rule

DIRECTION = {"X": 1, "L": -1, "R": -1, "T": 0}
EXACT = {
    "second": timedelta(seconds=1), "minute": timedelta(minutes=1), "hour": timedelta(hours=1),
}  # fmt: skip
GRAINS = {
    "week": Grain.WEEK, "month": Grain.MONTH, "quarter": Grain.QUARTER, "year": Grain.YEAR,
}  # fmt: skip
SEASONS = {"spring": (3, 20), "summer": (6, 21), "autumn": (9, 23), "winter": (12, 21)}
FRIDAY, SATURDAY, SUNDAY = 4, 5, 6
MAY = 5
FIRST_MONTHS = 3


def _span(on: date, until: date, reading: str, *, is_past: bool = False,
          grain: Grain = Grain.DAY) -> list[Day]:  # fmt: skip
    return [Day(on=on, until=until, reading=reading, is_past=is_past, grain=grain)]


@rule("y")
def now(_: Found, context: Context) -> Sequence[Day]:
    """Read now."""
    return [Day(on=context.today, at=context.now, reading="now", grain=Grain.SECOND)]


@rule("E<n:[ni]><u:U>|E<h:u>|<n2:[ni]><u2:U>F|<h2:u>F|<n4:[ni]><u4:U>Ey")
def ahead(found: Found, context: Context) -> Sequence[Day]:
    """Read in two hours, three weeks from now."""
    length = next((found[name] for name in ("h", "h2") if found.has(name)), None)
    if length:
        return _moved(context, length.number, "minute")
    count = next(found[name] for name in ("n", "n2", "n4") if found.has(name))
    unit = next(found[name] for name in ("u", "u2", "u4") if found.has(name))
    return _moved(context, _count(count.kind, count.number), unit.name)


@rule("<n:[ni]><u:U>G|G<n2:[ni]><u2:U>|w<n3:[ni]><u3:U>G")
def behind(found: Found, context: Context) -> Sequence[Day]:
    """Read three days ago."""
    count = next(found[name] for name in ("n", "n2", "n3") if found.has(name))
    unit = next(found[name] for name in ("u", "u2", "u3") if found.has(name))
    return _moved(context, -_count(count.kind, count.number), unit.name)


def _count(kind: str, number: int) -> int:
    return 1 if kind == "i" else number


def _moved(context: Context, count: int, unit: str) -> list[Day]:
    reading, is_past = f"{count:+d} {unit}s from now", count < 0
    if unit in EXACT:
        there = context.now.astimezone(UTC) + count * EXACT[unit]
        at = there.astimezone(context.now.tzinfo)
        return [Day(on=at.date(), at=at, reading=reading, is_past=is_past, grain=Grain.SECOND)]
    try:
        on = shift(context.today, count, unit)
    except (OverflowError, ValueError):
        return []
    return [Day(on=on, reading=reading, is_past=is_past)]


@rule("<n:[ni]?><u:U>(?:<f:[fRc]>|<z:Z>)(?=.*[DWMVOoIS])")
def step(found: Found, _: Context) -> Sequence[Meaning]:
    """Read a week from, the day before: a step from the date that follows."""
    count = _count(found["n"].kind, found["n"].number) if found.has("n") else 1
    if found["f"].kind == "c" and found["u"].name not in {"week", "fortnight"}:
        return []
    return [Step(count=-count if found.has("z") else count, unit=found["u"].name)]


@rule("<d:[XLTR]><u:U>|<u2:U>(?:c)?<d2:[XLT]>(?!W)|<u3:U>x")
def whole_unit(found: Found, context: Context) -> Sequence[Day]:
    """Read next week, this month, last year, the week after next."""
    unit = next(found[name] for name in ("u", "u2", "u3") if found.has(name)).name
    given = next((found[name] for name in ("d", "d2") if found.has(name)), None)
    away = DIRECTION[given.kind] if given else 2
    if unit in EXACT:
        return []
    if unit == "day":
        return [Day(on=context.today + timedelta(days=away), reading=f"{away:+d} days")]
    first = shift(start_of(context.today, unit), away, unit)
    until = shift(first, 1, unit)
    return _span(first, until, f"{unit} {away:+d}", is_past=away < 0,
                 grain=GRAINS.get(unit, Grain.WEEK))  # fmt: skip


@rule("<d:[XLR]><n:n><u:U>|<n2:n><d2:[XLR]><u2:U>")
def next_units(found: Found, context: Context) -> Sequence[Day]:
    """Read the next three days, the last two weeks: whole units beside this one."""
    count = (found["n"] if found.has("n") else found["n2"]).number
    unit = (found["u"] if found.has("u") else found["u2"]).name
    is_past = (found["d"] if found.has("d") else found["d2"]).kind != "X"
    if unit in EXACT:
        return _near_exact(context, count, unit, is_past=is_past)
    first = start_of(context.today, unit)
    begin = shift(first, -count if is_past else 1, unit)
    until = first if is_past else shift(begin, count, unit)
    return _span(begin, until, f"{count} {unit}s", is_past=is_past)


def _near_exact(context: Context, count: int, unit: str, *, is_past: bool) -> list[Day]:
    there = context.now.replace(microsecond=0).astimezone(UTC)
    if unit != "second":
        there = there.replace(second=0, minute=0 if unit == "hour" else there.minute)
    there = (there + (-count if is_past else 1) * EXACT[unit]).astimezone(context.now.tzinfo)
    reading = f"{count} {unit}s"
    return [Day(on=there.date(), at=there, reading=reading, is_past=is_past, grain=Grain.SECOND)]


@rule("<l:L>kc<m:M>(?:c?<y:Y>)?|<d:[XLTR]>?<k:k>(?:<d2:[XL]>)?|k<d3:[XLT]>(?:U)")
def weekend(found: Found, context: Context) -> Sequence[Day]:
    """Read this weekend, which begins on Friday evening."""
    if found.has("m"):
        year = found["y"].number if found.has("y") else context.today.year
        saturday = nth_weekday(date(year, found["m"].number, 1), SATURDAY, -1)
        return _weekend(saturday) if saturday else []
    given = next((found[name] for name in ("d", "d2", "d3") if found.has(name)), None)
    monday = start_of(context.today, "week")
    saturday = monday + timedelta(days=SATURDAY)
    if given is None or given.kind == "T":
        return _weekend(saturday)
    if given.kind in "LR":
        before = saturday - timedelta(days=WEEK)
        return _weekend(before, is_past=True)
    after = _weekend(saturday + timedelta(days=WEEK))
    return [*after, *_weekend(saturday)] if context.today.weekday() < SATURDAY else after


def _weekend(saturday: date, *, is_past: bool = False) -> list[Day]:
    return [
        Day(
            on=saturday - timedelta(days=1),
            until=saturday + timedelta(days=2),
            part="evening",
            reading=f"the weekend of {saturday:%d %B}",
            is_past=is_past,
        )
    ]


@rule(
    "<b:[be]>[cE]?<d:[XLTR]>?<u:U>|<b2:[be]>[cE]?<d2:[XLT]>?<m:M>|<l:l>|<b3:[be]>[cE]?<u3:U><d3:[XL]>"
)
def edge(found: Found, context: Context) -> Sequence[Day]:
    """Read the beginning of next week, the end of the month."""
    is_end = "e" in {found[name].kind for name in ("b", "b2", "b3")} or found.has("l")
    if found.has("m"):
        return _month_edge(found, context, is_end=is_end)
    unit = next(found[name] for name in ("u", "u3", "l") if found.has(name)).name
    given = next((found[name] for name in ("d", "d3") if found.has(name)), None)
    if unit in EXACT or unit == "day":
        return [Day(on=context.today, reading="the end of the day", part="late")]
    first = shift(start_of(context.today, unit), DIRECTION[given.kind] if given else 0, unit)
    last = shift(first, 1, unit)
    length = {"week": 3, "month": 10}.get(unit)
    if length is None:
        begin = add_months(last, -4) if is_end else first
        return _span(begin, last if is_end else add_months(first, 4), f"edge of the {unit}")
    if is_end:
        return _span(last - timedelta(days=length), last, f"end of the {unit}")
    return _span(first, first + timedelta(days=length), f"beginning of the {unit}")


def _month_edge(found: Found, context: Context, *, is_end: bool) -> list[Day]:
    first = _next_month(found["m"].number, context)
    until = add_months(first, 1)
    if is_end:
        return _span(until - timedelta(days=10), until, "the end of the month")
    return _span(first, first + timedelta(days=10), "the beginning of the month")


def _next_month(month: int, context: Context) -> date:
    year = context.today.year + (month < context.today.month)
    return date(year, month, 1)


@rule("(?:<x:[XLT]>|<p:[Etfc]>)?<m:M>(?![Oon])(?:c?<y:Y>)?")
def month(found: Found, context: Context) -> Sequence[Day]:
    """Read a month by itself."""
    number = found["m"].number
    is_bare = not any(found.has(name) for name in "xpy")
    if is_bare and context.language.code == "en" and number == MAY:
        return []  # "may I": the month needs a word before it
    first = _next_month(number, context)
    if found.has("y"):
        first = date(found["y"].number, number, 1)
    elif found["x"].kind == "L":
        first = date(context.today.year - (number >= context.today.month), number, 1)
    return _span(first, add_months(first, 1), "the whole month", grain=Grain.MONTH,
                 is_past=found["x"].kind == "L")  # fmt: skip


@rule("<d:[oOn]>t<d2:[oOn]>c?<m:M>(?:c?<y:Y>)?|<m2:M><d3:[oOn]>t<d4:[oOn]>(?![AJP])(?:c?<y2:Y>)?")
def dates_of_month(found: Found, context: Context) -> Sequence[Day]:
    """Read the 13th to the 15th of July."""
    number = (found["m"] if found.has("m") else found["m2"]).number
    begin = (found["d"] if found.has("d") else found["d3"]).number
    end = (found["d2"] if found.has("d2") else found["d4"]).number
    year_said = next((found[name] for name in ("y", "y2") if found.has(name)), None)
    year = year_said.number if year_said else context.today.year
    try:
        first, last = date(year, number, begin), date(year, number, end)
        if last < context.today and not year_said:
            first, last = first.replace(year=year + 1), last.replace(year=year + 1)
    except ValueError:
        return []
    return _span(first, last + timedelta(days=1), "from one date to another")


@rule("<n:[oO]><l:L>?<u:U>[cE](?:<m:M>)?(?:c?<y:Y>)?|<l2:L><u2:U>[cE](?:<m2:M>)?(?:c?<y2:Y>)?")
def nth_unit(found: Found, context: Context) -> Sequence[Day]:
    """Read the first week of October, the last day of May, the third quarter's weeks."""
    month_said = found["m"] if found.has("m") else found["m2"]
    year_said = found["y"] if found.has("y") else found["y2"]
    if month_said.kind != "M" and year_said.kind != "Y":
        return []
    unit = (found["u"] if found.has("u") else found["u2"]).name
    nth = found["n"].number if found.has("n") else 1
    is_last = found.has("l") or found.has("l2")
    year = year_said.number if year_said.kind == "Y" else context.today.year
    first = date(year, month_said.number or 1, 1)
    if month_said.kind == "M" and first < start_of(context.today, "month") and not year_said.number:
        first = first.replace(year=year + 1)
    until = add_months(first, 1 if month_said.kind == "M" else MONTHS)
    if unit == "day":
        on = until - timedelta(days=nth) if is_last else first + timedelta(days=nth - 1)
        return [Day(on=on, reading="as counted")]
    monday = start_of(until, "week") if is_last else start_of(first + timedelta(days=6), "week")
    on = monday + timedelta(days=-WEEK * nth if is_last else WEEK * (nth - 1))
    return _span(on, on + timedelta(days=WEEK), "as counted", grain=Grain.WEEK)


@rule("<n:[oO]>(?:<u:U>|Q)(?:c?<y:Y>)?")
def nth_quarter(found: Found, context: Context) -> Sequence[Day]:
    """Read the third quarter."""
    if (found.has("u") and found["u"].name != "quarter") or found["n"].number not in range(1, 5):
        return []
    year = found["y"].number if found.has("y") else context.today.year
    first = date(year, found["n"].number * FIRST_MONTHS - 2, 1)
    return _span(first, add_months(first, 3), "the quarter", grain=Grain.QUARTER)


@rule("<d:[XLT]>?<s:s>(?:c?<y:Y>)?")
def season(found: Found, context: Context) -> Sequence[Day]:
    """Read this summer."""
    name = found["s"].name
    year = found["y"].number if found.has("y") else context.today.year
    begin = date(year, *SEASONS[name])
    names = list(SEASONS)
    after = SEASONS[names[(names.index(name) + 1) % len(names)]]
    until = date(year + (name == "winter"), *after)
    if until <= context.today and not found.has("y"):
        begin, until = begin.replace(year=year + 1), until.replace(year=until.year + 1)
    return _span(begin, until, name)


@rule("[Ew]?<n:[ni]><u:U>(?:aH)?(?!G|F|[ni]G)|w?<h:u>|w<u2:U>aH")
def duration(found: Found, _: Context) -> Sequence[Meaning]:
    """Read how long something takes: two hours, an hour and a half."""
    if found.has("h"):
        return [timedelta(minutes=found["h"].number)]
    unit = found["u"].name if found.has("u") else "hour"
    if unit not in EXACT:
        return []
    count = _count(found["n"].kind, found["n"].number) if found.has("n") else 1
    half = EXACT[unit] / 2 if found.match.group().endswith("aH") else timedelta()
    return [count * EXACT[unit] + half]


RULES: Sequence[Rule] = (
    now, ahead, behind, step, whole_unit, next_units, weekend, edge, month, dates_of_month,
    nth_unit, nth_quarter, season, duration,
)  # fmt: skip
