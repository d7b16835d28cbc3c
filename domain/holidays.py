"""Days that have a name: each as a rule that gives its date in a year."""

from collections.abc import Callable
from datetime import date, timedelta

from domain.days import coming, easter, nth_weekday, orthodox_easter

Rule = Callable[[int], date]
MONDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = 0, 3, 4, 5, 6


def _fixed(month: int, day: int) -> Rule:
    return lambda year: date(year, month, day)


def _nth(month: int, weekday: int, nth: int, *, later: int = 0) -> Rule:
    def on(year: int) -> date:
        found = nth_weekday(date(year, month, 1), weekday, nth)
        return (found or date(year, month, 1)) + timedelta(days=later)

    return on


def _after_easter(days: int, rule: Rule = easter) -> Rule:
    return lambda year: rule(year) + timedelta(days=days)


def _first_from(month: int, day: int, weekday: int) -> Rule:
    return lambda year: coming(weekday, date(year, month, day))


def _workday_near(month: int, day: int) -> Rule:
    def on(year: int) -> date:
        found = date(year, month, day)
        away = {SATURDAY: -1, SUNDAY: 1}.get(found.weekday(), 0)
        return found + timedelta(days=away)

    return on


def _dated(days: dict[int, tuple[int, int]], *, else_on: Rule) -> Rule:
    def on(year: int) -> date:
        found = days.get(year)
        return date(year, *found) if found else else_on(year)

    return on


def _not_sunday(month: int, day: int, *, instead: int) -> Rule:
    def on(year: int) -> date:
        found = date(year, month, day)
        return found + timedelta(days=instead if found.weekday() == SUNDAY else 0)

    return on


# By the stars, and set by law until 2052; after the last one listed, the day is a guess.
_MATARIKI = {
    2025: (6, 20),
    2026: (7, 10),
    2027: (6, 25),
    2028: (7, 14),
    2029: (7, 6),
    2030: (6, 21),
    2031: (7, 11),
    2032: (7, 2),
    2033: (6, 24),
    2034: (7, 7),
    2035: (6, 29),
}

HOLIDAYS: dict[str, Rule] = {
    "new_year": _fixed(1, 1),
    "epiphany_eve": _fixed(1, 5),
    "epiphany": _fixed(1, 6),
    "mlk": _nth(1, MONDAY, 3),
    "groundhog": _fixed(2, 2),
    "valentine": _fixed(2, 14),
    "presidents": _nth(2, MONDAY, 3),
    "zero_discrimination": _fixed(3, 1),
    "ides_of_march": _fixed(3, 15),
    "patrick": _fixed(3, 17),
    "mardi_gras": _after_easter(-47),
    "holy_thursday": _after_easter(-3),
    "good_friday": _after_easter(-2),
    "easter_eve": _after_easter(-1),
    "easter": _after_easter(0),
    "easter_monday": _after_easter(1),
    "ascension": _after_easter(39),
    "pentecost": _after_easter(49),
    "orthodox_easter": _after_easter(0, orthodox_easter),
    "orthodox_good_friday": _after_easter(-2, orthodox_easter),
    "earth": _fixed(4, 22),
    "kings": _not_sunday(4, 27, instead=-1),
    "walpurgis": _fixed(4, 30),
    "may_day": _fixed(5, 1),
    "mothers": _nth(5, SUNDAY, 2),
    "mothers_se": _nth(5, SUNDAY, -1),
    "memorial": _nth(5, MONDAY, -1),
    "sweden": _fixed(6, 6),
    "fathers": _nth(6, SUNDAY, 3),
    "juneteenth": _fixed(6, 19),
    "midsummer_eve": _first_from(6, 19, FRIDAY),
    "midsummer": _first_from(6, 20, SATURDAY),
    "john": _fixed(6, 24),
    "independence": _fixed(7, 4),
    "cooperatives": _nth(7, SATURDAY, 1),
    "assumption": _fixed(8, 15),
    "labor": _nth(9, MONDAY, 1),
    "columbus": _nth(10, MONDAY, 2),
    "hispanic": _fixed(10, 12),
    "boss": _workday_near(10, 16),
    "halloween": _fixed(10, 31),
    "all_saints_se": _first_from(10, 31, SATURDAY),
    "all_saints": _fixed(11, 1),
    "vegan": _fixed(11, 1),
    "dead": _fixed(11, 2),
    "fathers_se": _nth(11, SUNDAY, 2),
    "veterans": _fixed(11, 11),
    "thanksgiving": _nth(11, THURSDAY, 4),
    "black_friday": _nth(11, THURSDAY, 4, later=1),
    "constitution_es": _fixed(12, 6),
    "immaculate": _fixed(12, 8),
    "lucia": _fixed(12, 13),
    "arabic": _fixed(12, 18),
    "ash_wednesday": _after_easter(-46),
    "palm_sunday": _after_easter(-7),
    "whit_monday": _after_easter(50),
    "trinity": _after_easter(56),
    "corpus_christi": _after_easter(60),
    "mothering_sunday": _after_easter(-21),
    "clean_monday": _after_easter(-48, orthodox_easter),
    "orthodox_palm_sunday": _after_easter(-7, orthodox_easter),
    "orthodox_easter_monday": _after_easter(1, orthodox_easter),
    "burns": _fixed(1, 25),
    "australia": _fixed(1, 26),
    "lohri": _fixed(1, 13),
    "women": _fixed(3, 8),
    "pi": _fixed(3, 14),
    "earth_hour": _nth(3, SATURDAY, -1),
    "april_fools": _fixed(4, 1),
    "siblings": _fixed(4, 10),
    "vaisakhi": _fixed(4, 14),
    "tax": _fixed(4, 15),
    "george": _fixed(4, 23),
    "anzac": _fixed(4, 25),
    "arbor": _nth(4, FRIDAY, -1),
    "administrative": _nth(4, 2, -1),
    "cinco_de_mayo": _fixed(5, 5),
    "rabindra": _fixed(5, 9),
    "armed_forces": _nth(5, SATURDAY, 3),
    "loving": _fixed(6, 12),
    "flag": _fixed(6, 14),
    "canada": _fixed(7, 1),
    "bastille": _fixed(7, 14),
    "parents": _nth(7, SUNDAY, 4),
    "grandparents": _nth(9, MONDAY, 1, later=6),
    "gandhi": _fixed(10, 2),
    "sweetest": _nth(10, SATURDAY, 3),
    "guy_fawkes": _fixed(11, 5),
    "election": _nth(11, MONDAY, 1, later=1),
    "cyber_monday": _nth(11, THURSDAY, 4, later=4),
    "giving_tuesday": _nth(11, THURSDAY, 4, later=5),
    "andrew": _fixed(11, 30),
    "aids": _fixed(12, 1),
    "human_rights": _fixed(12, 10),
    "festivus": _fixed(12, 23),
    "kwanzaa": _fixed(12, 26),
    "christmas_eve": _fixed(12, 24),
    "christmas": _fixed(12, 25),
    "boxing": _fixed(12, 26),
    "new_year_eve": _fixed(12, 31),
    "emancipation": _fixed(4, 16),
    "ambedkar": _fixed(4, 14),
    "songkran": _fixed(4, 13),
    "inauguration": _fixed(1, 20),
    "republic_in": _fixed(1, 26),
    "david": _fixed(3, 1),
    "commonwealth": _nth(3, MONDAY, 2),
    "water": _fixed(3, 22),
    "star_wars": _fixed(5, 4),
    "military_spouse": _nth(5, SUNDAY, 2, later=-2),
    "towel": _fixed(5, 25),
    "environment": _fixed(6, 5),
    "oceans": _fixed(6, 8),
    "independence_in": _fixed(8, 15),
    "patriot": _fixed(9, 11),
    "teachers": _fixed(10, 5),
    "mental_health": _fixed(10, 10),
    "food": _fixed(10, 16),
    "nations": _fixed(10, 24),
    "remembrance": _fixed(11, 11),
    "remembrance_sunday": _nth(11, SUNDAY, 2),
    "children": _fixed(11, 20),
    "advent": _first_from(11, 27, SUNDAY),
    "orthodox_ascension": _after_easter(39, orthodox_easter),
    "orthodox_pentecost": _after_easter(49, orthodox_easter),
    "lazarus": _after_easter(-8, orthodox_easter),
    "davis": _nth(6, MONDAY, 1),
    "second_new_year": _fixed(1, 2),
    "battle_of_new_orleans": _fixed(1, 8),
    "lee": _fixed(1, 19),
    "brigid": _first_from(2, 1, MONDAY),
    "waitangi": _fixed(2, 6),
    "constitution_mx": _nth(2, MONDAY, 1),
    "juarez": _nth(3, MONDAY, 3),
    "confederate_al": _nth(4, MONDAY, 4),
    "confederate_ms": _nth(4, MONDAY, -1),
    "may_bank": _nth(5, MONDAY, 1),
    "victory_fr": _fixed(5, 8),
    "constitution_no": _fixed(5, 17),
    "victoria": _first_from(5, 18, MONDAY),
    "june_bank": _nth(6, MONDAY, 1),
    "constitution_dk": _fixed(6, 5),
    "matariki": _dated(_MATARIKI, else_on=_nth(7, FRIDAY, 1)),
    "boyne": _fixed(7, 12),
    "pioneer": _fixed(7, 24),
    "august_bank": _nth(8, MONDAY, 1),
    "victory_ri": _nth(8, MONDAY, 2),
    "long": _fixed(8, 30),
    "summer_bank": _nth(8, MONDAY, -1),
    "independence_mx": _fixed(9, 16),
    "reconciliation": _fixed(9, 30),
    "unity": _fixed(10, 3),
    "labour_nz": _nth(10, MONDAY, 4),
    "october_bank": _nth(10, MONDAY, -1),
    "revolution_mx": _nth(11, MONDAY, 3),
    "candlemas": _fixed(2, 2),
    "cancer": _fixed(2, 4),
    "super_bowl": _nth(2, SUNDAY, 2),
    "annunciation": _fixed(3, 25),
    "chavez": _fixed(3, 31),
    "health": _fixed(4, 7),
    "patriots": _nth(4, MONDAY, 3),
    "child_to_work": _nth(4, THURSDAY, 4),
    "europe": _fixed(5, 9),
    "nurses": _fixed(5, 12),
    "africa": _fixed(5, 25),
    "doughnut": _nth(6, FRIDAY, 1),
    "d_day": _fixed(6, 6),
    "equality": _fixed(8, 26),
    "citizenship": _fixed(9, 17),
    "pirate": _fixed(9, 19),
    "michaelmas": _fixed(9, 29),
    "leif_erikson": _fixed(10, 9),
    "small_business": _nth(11, THURSDAY, 4, later=2),
    "nicholas": _fixed(12, 6),
    "pearl_harbor": _fixed(12, 7),
    "bodhi": _fixed(12, 8),
    "guadalupe": _fixed(12, 12),
    "orthodox_easter_eve": _after_easter(-1, orthodox_easter),
    "orthodox_whit_monday": _after_easter(50, orthodox_easter),
}
