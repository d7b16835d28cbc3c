"""The words for a date that name it: a weekday, a date of a month, a holiday."""

from collections.abc import Sequence
from datetime import date, timedelta

from domain.days import coming, nth_weekday
from domain.holidays import HOLIDAYS
from domain.transcripts.when.calendar import (
    WEEK,
    add_months,
    make,
    shift,
    start_of,
)
from domain.transcripts.when.feasts import FEASTS, FROM_DUSK, UNSURE
from domain.transcripts.when.rules import Context, Day, Found, Rule, rule

CENTURY, PIVOT = 2000, 50
YEARS_AHEAD = 7
LAST_HOUR = 12
NAMED = FEASTS | HOLIDAYS
RECENTLY = timedelta(days=60)
DIRECTION = {"X": 1, "L": -1, "R": -1, "T": 0}


def _day(on: date | None, reading: str, *, is_past: bool = False) -> list[Day]:
    return [Day(on=on, reading=reading, is_past=is_past)] if on else []


@rule("<d:D>")
def relative(found: Found, context: Context) -> Sequence[Day]:
    """Read today, tomorrow, the day before yesterday."""
    away = found["d"].number
    on = context.today + timedelta(days=away)
    return _day(on, f"{away:+d} days" if away else "today", is_past=away < 0)


@rule("<d:d>")
def part_of_near_day(found: Found, context: Context) -> Sequence[Day]:
    """Read tonight, this morning, last night."""
    away = found["d"].parts[0]
    on = context.today + timedelta(days=away)
    reading = f"{found['d'].label} of {on:%A}"
    return [Day(on=on, reading=reading, part=found["d"].label, is_past=away < 0)]


@rule("T<w:W>|<w2:W>(?![UXL]|cTU)")
def weekday(found: Found, context: Context) -> Sequence[Day]:
    """Read a bare weekday: the coming one; on that very day, today or in a week."""
    place = found["w"] if found.has("w") else found["w2"]
    on = coming(place.number, context.today)
    if on != context.today:
        return _day(on, f"the coming {on:%A}")
    week_later = on + timedelta(days=WEEK)
    return [*_day(week_later, f"{on:%A} in a week"), *_day(on, f"today, {on:%A}")]


@rule("X<w:W>|<w2:W>X(?!U)")
def next_weekday(found: Found, context: Context) -> Sequence[Day]:
    """Read next Friday: of next week, or the coming one, which may be the same."""
    place = found["w"] if found.has("w") else found["w2"]
    after = start_of(context.today, "week") + timedelta(days=WEEK + place.number)
    near = coming(place.number, context.today + timedelta(days=1))
    of_next_week = _day(after, f"{after:%A} of next week")
    return of_next_week if near == after else [*of_next_week, *_day(near, f"the coming {near:%A}")]


@rule("L<w:W>|<w2:W>L(?!U)")
def last_weekday(found: Found, context: Context) -> Sequence[Day]:
    """Read last Friday: the latest before today."""
    place = found["w"] if found.has("w") else found["w2"]
    on = coming(place.number, context.today - timedelta(days=WEEK))
    return _day(on, f"the {on:%A} before today", is_past=True)


@rule("<w:W>[cEf]?<d:[XLT]>?<u:U><d2:[XL]>?|<d3:[XLT]><u2:U>c?<w2:W>")
def weekday_of_week(found: Found, context: Context) -> Sequence[Day]:
    """Read Friday next week, last week's Sunday, and Tuesday week."""
    unit = found["u"] if found.has("u") else found["u2"]
    if unit.name != "week":
        return []
    given = next((found[name] for name in ("d", "d2", "d3") if found.has(name)), None)
    weeks = DIRECTION[given.kind] if given else 1
    place = found["w"] if found.has("w") else found["w2"]
    if given is None:
        on = coming(place.number, context.today) + timedelta(days=WEEK)
        return _day(on, f"a week after the coming {on:%A}")
    on = start_of(context.today, "week") + timedelta(days=WEEK * weeks + place.number)
    return _day(on, f"{on:%A}, {weeks:+d} weeks", is_past=weeks < 0)


@rule("<w:W>x|<n:[no]><w2:W>G|<i:[ni]><u:U><w3:W>")
def weekday_counted(found: Found, context: Context) -> Sequence[Day]:
    """Read Friday after next, two Thursdays ago, a week on Tuesday."""
    if found.has("w"):
        on = coming(found["w"].number, context.today + timedelta(days=1)) + timedelta(days=WEEK)
        return _day(on, f"the second {on:%A} from now")
    if found.has("w2"):
        back = WEEK * found["n"].number
        on = coming(found["w2"].number, context.today - timedelta(days=back))
        return _day(on, f"{found['n'].number} times {on:%A} back", is_past=True)
    count = max(1, found["i"].number)
    on = shift(coming(found["w3"].number, context.today), count, found["u"].name)
    return _day(on, f"{count} {found['u'].name}s after the coming {on:%A}")


@rule("<w:W>?<d:[Oon]><u:U>?c?<m:M>(?!O)(?:c?<y:Y>|<s:n>(?![AJPtK]))?<w2:W>?")
def day_month(found: Found, context: Context) -> Sequence[Day]:
    """Read the 5th of March, with a weekday or a year where said."""
    return [] if found["u"].name not in {"", "day"} else _dated(found, context)


@rule("<w:W>?<m:M><d:[Oo]|n(?![AJP])>(?:c?<y:Y>|<s:n>(?![AJPtKnc]))?<w2:W>?")
def month_day(found: Found, context: Context) -> Sequence[Day]:
    """Read March 5th, with a weekday or a year where said."""
    return _dated(found, context)


def _dated(found: Found, context: Context) -> list[Day]:
    month, number = found["m"].number, found["d"].number
    weekday_said = found["w"] if found.has("w") else found["w2"]
    if found.has("y"):
        return _day(make(found["y"].number, month, number), "as dated")
    if found.has("s"):
        return _day(make(_full_year(found["s"].number), month, number), "as dated")
    return _without_year(month, number, weekday_said.number if weekday_said.kind == "W" else None,
                         context)  # fmt: skip


def _full_year(short: int) -> int:
    return short + (CENTURY if short < PIVOT else CENTURY - 100)


def _without_year(month: int, number: int, weekday: int | None, context: Context) -> list[Day]:
    """Return the next such date; where a weekday contradicts it, every date that may be meant."""
    years = range(context.today.year - 1, context.today.year + YEARS_AHEAD)
    dates = [on for year in years if (on := make(year, month, number))]
    ahead = [on for on in dates if on >= context.today]
    if not ahead:
        return []
    nearest = ahead[0]
    if weekday is None or nearest.weekday() == weekday:
        return _day(nearest, "the next such date")
    recent = [on for on in dates if context.today - RECENTLY <= on < context.today]
    if recent and recent[-1].weekday() == weekday:
        return _day(recent[-1], "the date that has this weekday", is_past=True)
    agreeing = [on for on in ahead if on.weekday() == weekday]
    if agreeing and agreeing[0] - nearest < timedelta(days=500):
        return _day(agreeing[0], "the next such date on this weekday")
    return [
        *_day(nearest, f"the date as said, which is a {nearest:%A}"),
        *_day(coming(weekday, context.today), "the weekday as said"),
    ]


@rule("<w:W><d:[Oo]>(?![UWM])|<w1:W><n:n>(?![AJPtUMn.]|$)|<o:O>(?![UWM]|t[nOo]|c?[XLT]?U)")
def day_of_month(found: Found, context: Context) -> Sequence[Day]:
    """Read the 5th, or Saturday the 15th: the next such date."""
    place = next(found[name] for name in ("d", "n", "o") if found.has(name))
    follows = found.lexemes[found.match.end() : found.match.end() + 1]
    if found.has("n") and place.number <= LAST_HOUR and follows and follows[0].kind == "K":
        return []  # Friday ten, at the latest: an hour
    said = next((found[name] for name in ("w", "w1") if found.has(name)), None)
    first = context.today.replace(day=1)
    dates = [
        on
        for month in range(MONTHS_AHEAD)
        if (on := _in_month(add_months(first, month), place.number)) and on >= context.today
    ]
    if not dates:
        return []
    if said is None or dates[0].weekday() == said.number:
        return _day(dates[0], "the next such day of a month")
    agreeing = [on for on in dates if on.weekday() == said.number]
    return [
        *_day(dates[0], f"the date as said, which is a {dates[0]:%A}"),
        *(_day(agreeing[0], "the next such date on this weekday") if agreeing else []),
    ]


MONTHS_AHEAD, MONTHS_OF_YEAR = 13, 12


def _in_month(first: date, number: int) -> date | None:
    return make(first.year, first.month, number)


@rule("<d:[Oon]>(?:<u0:U>)?[cE]<x:[XLT]>?<u:U>|<x2:[XLT]><u2:U>c?<d2:[Oo]>|U<d3:[no](?!U)>")
def day_of_near_month(found: Found, context: Context) -> Sequence[Day]:
    """Read the 20th of next month; and "día quince", which is of any month."""
    if found.has("d3"):
        first = context.today.replace(day=1)
        dates = (_in_month(add_months(first, ahead), found["d3"].number) for ahead in range(3))
        on = next((on for on in dates if on and on >= context.today), None)
        return _day(on, "the next such day of a month")
    unit = found["u"] if found.has("u") else found["u2"]
    if unit.name != "month":
        return []
    given = found["x"] if found.has("x") else found["x2"]
    number = found["d"] if found.has("d") else found["d2"]
    first = add_months(context.today.replace(day=1), DIRECTION.get(given.kind, 0))
    return _day(_in_month(first, number.number), "as dated", is_past=given.kind == "L")


@rule("<i:I>|<s:S>")
def written(found: Found, context: Context) -> Sequence[Day]:
    """Read 2026-03-05 and 5/3; where day and month may be changed about, both."""
    if found.has("i"):
        year, month, number = found["i"].parts
        return _day(make(year, month, number), "as dated")
    first, second, *rest = found["s"].parts
    orders = [(second, first), (first, second)]
    if context.language.month_first:
        orders.reverse()
    else:
        orders = orders[:1]
    days: list[Day] = []
    for month, number in orders:
        year = [_full_year(rest[0]) if rest[0] < CENTURY // 20 else rest[0]] if rest else []
        on = make(year[0], month, number) if year else None
        words = f"day {number} of month {month}"
        days += _day(on, words) if year else _without_year(month, number, None, context)
    return list({day.on: day for day in days}.values())


@rule("(?<![WDfK])<d:n><t:t><m:n>(?=$|[KCW.])")
def dashed(found: Found, context: Context) -> Sequence[Day]:
    """Read 17-2, where the day is said before the month."""
    is_date = found["t"].name == "dash" and not context.language.month_first
    if not is_date or found["m"].number > MONTHS_OF_YEAR or not found["m"].number:
        return []
    return _without_year(found["m"].number, found["d"].number, None, context)


@rule("<x:[XLT]>?<v:V>(?:[cE]?<y:Y>|[cE]?<d:[XLT]>U)?")
def holiday(found: Found, context: Context) -> Sequence[Day]:
    """Read a holiday: of the year said, else the next one."""
    on_year = NAMED[found["v"].name]
    name = found["v"].name.replace("_", " ")
    years = (context.today.year - 1, context.today.year, context.today.year + 1)
    if found.has("y"):
        return _feast(on_year(found["y"].number), found["v"].name)
    if found.has("d"):
        return _feast(on_year(context.today.year + DIRECTION[found["d"].kind]), found["v"].name)
    if found["x"].kind == "L":
        return _day(max(on for y in years if (on := on_year(y)) < context.today), name,
                    is_past=True)  # fmt: skip
    return _feast(min(on for y in years if (on := on_year(y)) >= context.today), found["v"].name)


def _feast(on: date, name: str) -> list[Day]:
    """Return the day; where the moon tells it, the next one, too.

    A Hebrew feast begins at dusk: who names one may mean its evening, or the day that follows.
    """
    said = name.replace("_", " ")
    if name in FROM_DUSK:
        eve = on - timedelta(days=1)
        return _day(eve, f"{said}, its evening") + _day(on, f"{said}, by day")
    later = on + timedelta(days=1)
    return _day(on, said) + (_day(later, f"{said}, seen a day later") if name in UNSURE else [])


@rule("<n:[oOn]?><l:L>?<w:W>[cE]<m:M>(?:[cE]?<y:Y>)?|<n2:[oOn]?><l2:L>?<w2:W>[cE]<x:[XLT]>U")
def nth_of_month(found: Found, context: Context) -> Sequence[Day]:
    """Read the third Tuesday of September, the last Monday of next month."""
    count = found["n"] if found.match.start("m") >= 0 else found["n2"]
    nth = count.number if count.kind in "oOn" else 1
    if found.has("l") or found.has("l2"):
        nth = -max(1, nth)
    place = found["w"] if found.has("w") else found["w2"]
    if found.has("x"):
        first = add_months(context.today.replace(day=1), DIRECTION[found["x"].kind])
        return _day(nth_weekday(first, place.number, nth), "as counted")
    year = found["y"].number if found.has("y") else context.today.year
    on = nth_weekday(date(year, found["m"].number, 1), place.number, nth)
    if on and on < context.today and not found.has("y"):
        on = nth_weekday(date(year + 1, found["m"].number, 1), place.number, nth)
    return _day(on, "as counted")


RULES: Sequence[Rule] = (
    relative, part_of_near_day, weekday, next_weekday, last_weekday, weekday_of_week,
    weekday_counted, day_month, month_day, day_of_month, day_of_near_month, written, dashed,
    holiday, nth_of_month,
)  # fmt: skip
