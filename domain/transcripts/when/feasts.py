"""Feasts that follow the moon, each as a rule that gives its date in a year.

Hebrew ones are exact; the date is that of daylight. The others are by the moon
itself, and may be a day off where it is looked for, or where a region counts otherwise.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from domain.transcripts.when.moon import (
    full_moon,
    hebrew,
    is_hebrew_leap,
    islamic,
    last_friday_of_ramadan,
    lunar_day,
    new_moon,
    star_day,
)

Rule = Callable[[int], date]
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
INDIA, CHINA = 5.5, 8.0
EVENING: Final = INDIA - 18.5
"""A feast of the evening in which the moon is new: that moment's own day ends at dusk."""

NEXT_MORNING: Final = INDIA + 12
PARSI: Final = date(2018, 8, 17)
"""A new year of a calendar without leap years."""


def _hebrew(days: int, *, is_spring: bool = False) -> Rule:
    return lambda year: hebrew(year, days, is_spring=is_spring)


def _islamic(month: int, day: int) -> Rule:
    return lambda year: islamic(year, month, day)


def _new(month: int, day: int, *, hours: float = INDIA, later: int = 0) -> Rule:
    return lambda year: new_moon(date(year, month, day), hours) + timedelta(days=later)


def _full(month: int, day: int, *, hours: float = INDIA) -> Rule:
    return lambda year: full_moon(date(year, month, day), hours)


def _lunar(month: int, day: int, number: int) -> Rule:
    return lambda year: lunar_day(date(year, month, day), number)


def _star(month: int, day: int, number: int) -> Rule:
    return lambda year: star_day(date(year, month, day), number)


def _not_on(rule: Rule, **instead: int) -> Rule:
    """Move a feast by so many days where it would fall on a weekday that it must not."""

    def on(year: int) -> date:
        found = rule(year)
        return found + timedelta(days=instead.get(WEEKDAYS[found.weekday()], 0))

    return on


def _chaitra(days: int) -> Rule:
    """Count from the full moon of the first month of spring."""
    return lambda year: full_moon(new_moon(date(year, 3, 14), INDIA), INDIA) + timedelta(days=days)


FEASTS: dict[str, Rule] = {
    "tu_bishvat": lambda year: hebrew(year, -89 if is_hebrew_leap(year) else -59, is_spring=True),
    "hoshana_rabbah": _hebrew(20),
    "yom_hashoah": _not_on(_hebrew(12, is_spring=True), friday=-1, sunday=1),
    "yom_haatzmaut": _not_on(_hebrew(20, is_spring=True), friday=-1, saturday=-2, monday=1),
    "tisha_bav": _not_on(_hebrew(112, is_spring=True), saturday=1),
    "shab_e_barat": _islamic(8, 15),
    "vasant_panchami": _new(1, 16, hours=0, later=5),
    "holika": _full(2, 28),
    "mahavir": _chaitra(-2),
    "hanuman": _chaitra(0),
    "akshaya": _new(4, 13, later=2),
    "rath_yatra": _new(6, 20, hours=0, later=2),
    "guru_purnima": _full(7, 2, hours=0),
    "janmashtami": lambda year: full_moon(date(year, 8, 2), INDIA) + timedelta(days=8),
    "saptami": _new(9, 20, later=7),
    "ashtami": _new(9, 20, later=8),
    "navami": _new(9, 20, later=9),
    "karva_chauth": _new(10, 17, hours=EVENING, later=-10),
    "lantern": _new(1, 21, hours=CHINA, later=14),
    "dragon_boat": _new(5, 25, hours=CHINA, later=4),
    "qingming": lambda year: date(year, 4, 4 if year % 4 < 2 else 5),  # noqa: PLR2004  # of four years, two
    "thaipusam": _star(1, 17, 8),
    "onam": _star(8, 20, 22),
    "gobind_singh": lambda year: lunar_day(date(year - 1, 12, 31), 7),
    "dayananda": _lunar(2, 8, 25),
    "nag_panchami": _lunar(7, 23, 5),
    "sharad_purnima": _full(10, 1),
    "hola_mohalla": lambda year: full_moon(date(year, 2, 28), NEXT_MORNING) + timedelta(days=1),
    "double_ninth": _new(9, 24, hours=CHINA, later=8),
    "shushan_purim": _hebrew(-29, is_spring=True),
    "rosh_hashanah": _hebrew(0),
    "yom_kippur": _hebrew(9),
    "sukkot": _hebrew(14),
    "shemini_atzeret": _hebrew(21),
    "simchat_torah": _hebrew(22),
    "hanukkah": lambda year: hebrew(year, 83),
    "purim": _hebrew(-30, is_spring=True),
    "passover": _hebrew(0, is_spring=True),
    "lag_baomer": _hebrew(33, is_spring=True),
    "shavuot": _hebrew(50, is_spring=True),
    "islamic_new_year": _islamic(1, 1),
    "ashura": _islamic(1, 10),
    "mawlid": _islamic(3, 12),
    "miraj": _islamic(7, 27),
    "ramadan": _islamic(9, 1),
    "qadr": _islamic(9, 27),
    "jumuah_wida": last_friday_of_ramadan,
    "eid_fitr": _islamic(10, 1),
    "arafah": _islamic(12, 9),
    "eid_adha": _islamic(12, 10),
    "pongal": lambda year: date(year, 1, 14),
    "bhogi": lambda year: date(year, 1, 13),
    "mattu_pongal": lambda year: date(year, 1, 15),
    "kaanum_pongal": lambda year: date(year, 1, 16),
    "ravidas": _full(1, 16),
    "shivaratri": _new(2, 12, hours=0, later=-2),
    "holi": _full(2, 28, hours=NEXT_MORNING),
    "vesak": _full(4, 25),
    "raksha_bandhan": _full(8, 2),
    "ganesh_chaturthi": _new(8, 17, later=4),
    "ugadi": _new(3, 14, later=1),
    "ram_navami": _new(3, 14, later=9),
    "govardhan": _new(10, 17, hours=EVENING, later=1),
    "chhath": _new(10, 17, hours=EVENING, later=6),
    "guru_nanak": _full(11, 1),
    "navaratri": _new(9, 20, later=1),
    "dussehra": _new(9, 20, later=10),
    "valmiki": _full(10, 1),
    "dhanteras": _new(10, 17, hours=EVENING, later=-2),
    "choti_diwali": _new(10, 17, hours=EVENING, later=-1),
    "diwali": _new(10, 17, hours=EVENING),
    "bhai_dooj": _new(10, 17, hours=EVENING, later=2),
    "chinese_new_year": _new(1, 21, hours=CHINA),
    "mid_autumn": _full(9, 7, hours=CHINA),
    "nowruz": lambda year: date(year, 3, 20),
    "parsi_new_year": lambda year: PARSI + timedelta(days=365 * (year - PARSI.year)),
}

FROM_DUSK: Final = frozenset(
    [
        "rosh_hashanah",
        "yom_kippur",
        "sukkot",
        "shemini_atzeret",
        "simchat_torah",
        "hanukkah",
        "purim",
        "passover",
        "lag_baomer",
        "shavuot",
        "tu_bishvat",
        "hoshana_rabbah",
        "yom_hashoah",
        "yom_haatzmaut",
        "tisha_bav",
        "shushan_purim",
    ]
)
"""Hebrew feasts: exact, and each begins on the evening before."""

BY_RULE: Final = FROM_DUSK | frozenset(
    [
        "lantern",
        "double_ninth",
        "pongal",
        "bhogi",
        "mattu_pongal",
        "kaanum_pongal",
        "chinese_new_year",
        "nowruz",
        "parsi_new_year",
    ]
)
UNSURE: Final = frozenset(FEASTS) - BY_RULE
"""Feasts whose day is told by the moon: a day later in places, so it is asked."""
