"""The law once more, written by hand in another form, to hold the shipped table against.

Nothing here comes from the product or from the zone database: hours are half hours from midnight,
holidays are dates read off calendars, and clocks are put forward and back by a list of dates.
From 2 January 2026 for two years.
"""

from datetime import date, datetime, timedelta

SINCE = datetime(2026, 1, 2)  # noqa: DTZ001 - by hand: minutes since 1970 in UTC
MINUTES = 730 * 24 * 60
_FIRST = int((SINCE - datetime(1970, 1, 1)).total_seconds()) // 60  # noqa: DTZ001 - as above

# --- clocks: minutes ahead of UTC in winter, and by whose dates summer comes ---------------------

US = "us"
STAYS = "stays"  # British Columbia, Alberta and Manitoba: summer for good since March 2026
EU = "eu"
AU = "au"
NZ = "nz"

_CLOCKS = """
-600 - Pacific/Honolulu
-600 us America/Adak
-540 us America/Anchorage
-480 stays America/Vancouver
-480 us America/Los_Angeles America/Tijuana
-420 - America/Phoenix America/Whitehorse America/Fort_Nelson America/Mazatlan
-420 - America/Hermosillo
-420 stays America/Edmonton
-420 us America/Denver America/Boise America/Cambridge_Bay America/Ciudad_Juarez
-360 - America/Regina America/Mexico_City America/Monterrey America/Chihuahua
-360 - America/Bahia_Banderas America/Merida
-360 stays America/Winnipeg
-360 us America/Chicago America/Menominee America/Rankin_Inlet America/Matamoros
-360 us America/Ojinaga
-300 - America/Cancun
-300 us America/New_York America/Detroit America/Toronto America/Indiana/Indianapolis
-300 us America/Iqaluit
-240 - America/Puerto_Rico America/St_Thomas
-240 us America/Halifax
-210 us America/St_Johns
0 eu Europe/London Europe/Dublin Atlantic/Canary
60 eu Europe/Stockholm Europe/Oslo Europe/Copenhagen Europe/Berlin Europe/Madrid
60 eu Europe/Paris
480 - Australia/Perth
525 - Australia/Eucla
570 - Australia/Darwin
570 au Australia/Adelaide
600 - Pacific/Guam Australia/Brisbane
600 au Australia/Sydney Australia/Hobart Australia/Melbourne
630 au Australia/Lord_Howe
720 nz Pacific/Auckland
765 nz Pacific/Chatham
"""
CLOCKS = {
    zone: (int(line.split()[0]), line.split()[1])
    for line in _CLOCKS.strip().splitlines()
    for zone in line.split()[2:]
}

# Summer begins and ends: in the US and Canada at two by the local clock, in Europe at one UTC,
# in Australia and New Zealand at two and three by the local clock of the day.
_SUMMERS = {
    US: [("2026-03-08", "2026-11-01"), ("2027-03-14", "2027-11-07")],
    STAYS: [("2026-03-08", "2030-01-01")],
    EU: [("2026-03-29", "2026-10-25"), ("2027-03-28", "2027-10-31")],
    AU: [("2025-10-05", "2026-04-05"), ("2026-10-04", "2027-04-04"), ("2027-10-03", "2028-04-02")],
    NZ: [("2025-09-28", "2026-04-05"), ("2026-09-27", "2027-04-04"), ("2027-09-26", "2028-04-02")],
}


def _minute(day: str, clock: int) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * 1440 + clock


def summers(zone: str) -> list[tuple[int, int, int]]:
    """Return from and until when, in minutes UTC, the clock is ahead by how many minutes more."""
    winter, by = CLOCKS[zone]
    more = 30 if zone == "Australia/Lord_Howe" else 60
    found: list[tuple[int, int, int]] = []
    for begins, ends in _SUMMERS.get(by, []):
        if by == EU:
            found.append((_minute(begins, 60), _minute(ends, 60), more))
        elif by == NZ:  # at 2:45 on Chatham, which is the same moment
            found.append((_minute(begins, 120 - 720), _minute(ends, 180 - 780), more))
        else:
            at_end = 120 if by in {US, STAYS} or more != 60 else 180
            found.append(
                (_minute(begins, 120 - winter), _minute(ends, at_end - winter - more), more)
            )
    return found


def offsets(zone: str) -> list[tuple[int, int, int]]:
    """Return from and until when, in minutes UTC, the clock is ahead by how many minutes."""
    winter, _ = CLOCKS[zone]
    found: list[tuple[int, int, int]] = []
    here, end = _FIRST, _FIRST + MINUTES
    for begins, ends, more in summers(zone):
        found += [
            (here, min(begins, end), winter),
            (max(here, begins), min(ends, end), winter + more),
        ]
        here = max(here, ends)
    return [piece for piece in [*found, (here, end, winter)] if piece[0] < piece[1]]


# --- hours: Monday to Friday, Saturday, Sunday, holiday; in half hours from midnight -------------

NEVER: "Hours" = []
DAY_8_21 = [(16, 42)]
DAY_8_20 = [(16, 40)]
DAY_9_20 = [(18, 40)]
DAY_9_21 = [(18, 42)]
DAY_10_21 = [(20, 42)]

Hours = list[tuple[int, int]]
Week = tuple[Hours, Hours, Hours, Hours | None]


def same(hours: Hours) -> Week:
    return (hours, hours, hours, None)


def no_sunday(weekday: Hours, saturday: Hours) -> Week:
    return (weekday, saturday, NEVER, NEVER)


FEDERAL = same(DAY_8_21)
TEXT, SELL, CALL = "transactional_text", "marketing_text", "automated_call"
CANADA = ([(18, 43)], [(20, 36)], [(20, 36)], NEVER)
RHODE = ([(18, 36)], [(20, 34)], NEVER, NEVER)
TEXAS = (DAY_9_21, DAY_9_21, [(24, 42)], None)

PARTS: dict[str, dict[str, Week]] = {
    "AL": {SELL: no_sunday(DAY_8_20, DAY_8_20), CALL: no_sunday(DAY_8_20, DAY_8_20)},
    "CA": {CALL: same(DAY_9_21)},
    "CT": {SELL: same(DAY_9_20), CALL: same(DAY_9_20)},
    "FL": {SELL: same(DAY_8_20), CALL: same(DAY_8_20)},
    "IL": {CALL: same(DAY_9_21)},
    "KY": {SELL: same(DAY_10_21), CALL: same(DAY_10_21)},
    "LA": {SELL: no_sunday(DAY_8_20, DAY_8_20), CALL: no_sunday(DAY_8_20, DAY_8_20)},
    "MD": {SELL: same(DAY_8_20), CALL: same(DAY_8_20)},
    "MA": {SELL: same(DAY_8_20), CALL: same(DAY_8_20)},
    "MI": {SELL: same(DAY_9_21), CALL: same(DAY_9_21)},
    "MN": {SELL: same(DAY_9_21), CALL: same(DAY_9_21)},
    "MS": {SELL: no_sunday(DAY_8_20, DAY_8_20), CALL: no_sunday(DAY_8_20, DAY_8_20)},
    "NE": {CALL: (DAY_8_21, DAY_8_21, [(26, 42)], [(26, 42)])},
    "NV": {SELL: same(DAY_9_20), CALL: same(DAY_9_20)},
    "NM": {SELL: same(DAY_9_21), CALL: same(DAY_9_21)},
    "OK": {SELL: same(DAY_8_20), CALL: same(DAY_8_20)},
    "PA": {
        SELL: (DAY_8_21, DAY_8_21, DAY_8_21, NEVER),
        CALL: (DAY_8_21, DAY_8_21, DAY_8_21, NEVER),
    },
    "RI": {SELL: RHODE, CALL: RHODE},
    "SD": {CALL: (DAY_9_21, NEVER, NEVER, None)},
    "TX": {SELL: TEXAS, CALL: TEXAS},
    "UT": {
        SELL: (DAY_8_21, DAY_8_21, DAY_8_21, NEVER),
        CALL: (DAY_8_21, DAY_8_21, DAY_8_21, NEVER),
    },
    "WA": {SELL: same(DAY_8_20), CALL: same(DAY_8_20)},
}
COUNTRIES: dict[str, dict[str, Week]] = {
    "US": {TEXT: FEDERAL, SELL: FEDERAL, CALL: FEDERAL},
    "CA": {TEXT: FEDERAL, SELL: CANADA, CALL: CANADA},
    "GB": {TEXT: FEDERAL, SELL: no_sunday(DAY_8_21, DAY_9_21), CALL: no_sunday(DAY_8_21, DAY_9_21)},
    "IE": {TEXT: FEDERAL, SELL: no_sunday(DAY_9_20, DAY_9_20), CALL: no_sunday(DAY_9_20, DAY_9_20)},
    "AU": {
        TEXT: FEDERAL,
        SELL: no_sunday(DAY_9_20, [(18, 34)]),
        CALL: no_sunday(DAY_9_20, [(18, 34)]),
    },
    "NZ": {TEXT: FEDERAL, SELL: no_sunday(DAY_8_21, DAY_8_21), CALL: no_sunday(DAY_8_21, DAY_8_21)},
    "SE": {
        TEXT: FEDERAL,
        SELL: no_sunday(DAY_9_20, [(20, 32)]),
        CALL: no_sunday(DAY_9_20, [(20, 32)]),
    },
    "NO": {TEXT: FEDERAL, SELL: no_sunday(DAY_9_21, NEVER), CALL: no_sunday(DAY_9_21, NEVER)},
    "DK": {TEXT: FEDERAL, SELL: no_sunday(DAY_9_20, DAY_9_20), CALL: no_sunday(DAY_9_20, DAY_9_20)},
    "DE": {TEXT: FEDERAL, SELL: no_sunday(DAY_9_20, DAY_9_20), CALL: no_sunday(DAY_9_20, DAY_9_20)},
    "ES": {TEXT: FEDERAL, SELL: no_sunday(DAY_9_21, NEVER), CALL: no_sunday(DAY_9_21, NEVER)},
    "FR": {
        TEXT: FEDERAL,
        SELL: no_sunday([(17, 40)], [(17, 40)]),
        CALL: no_sunday([(20, 26), (28, 40)], NEVER),
    },
    "MX": {TEXT: FEDERAL, SELL: no_sunday(DAY_9_20, DAY_9_20), CALL: no_sunday(DAY_9_20, DAY_9_20)},
}
for _territory in ("PR", "VI", "GU"):
    COUNTRIES[_territory] = COUNTRIES["US"]

# --- holidays: month and day, as calendars of 2026, 2027 and the first days of 2028 have them ----

_LEGAL = (
    "2026: 0101 0119 0216 0525 0619 0703 0704 0907 1012 1111 1126 1225 "
    "2027: 0101 0118 0215 0531 0618 0619 0704 0705 0906 1011 1111 1125 1224 1225 1231 2028: 0101"
)
HOLIDAYS = {
    "US-AL": _LEGAL + " 2026: 0217 0427 0601 2027: 0209 0426 0607",
    "US-LA": _LEGAL + " 2026: 0108 0119 0217 0403 0830 0831 1101 1102 1103 1127 "
    "2027: 0108 0119 0209 0326 0830 1101 1102 1126",
    "US-MS": _LEGAL + " 2026: 0427 2027: 0426",
    "US-NE": _LEGAL + " 2026: 0424 1127 2027: 0430 1126",
    "US-PA": _LEGAL + " 2026: 0403 0614 0615 1103 1127 2027: 0326 0614 1102 1126",
    "US-RI": _LEGAL + " 2026: 0810 1103 2027: 0809 1102",
    "US-UT": _LEGAL + " 2026: 0724 2027: 0723 0724",
    "CA": "2026: 0101 0403 0518 0701 0907 0930 1012 1111 1225 1226 1228 "
    "2027: 0101 0326 0524 0701 0906 0930 1011 1111 1225 1226 1227 1228 "
    "2028: 0101",
    "GB": "2026: 0102 0317 0403 0406 0504 0525 0712 0713 0803 0831 1130 1225 1226 1228 "
    "2027: 0101 0102 0104 0317 0326 0329 0503 0531 0712 0802 0830 1130 1225 1226 1227 1228 "
    "2028: 0101",
    "IE": "2026: 0202 0317 0403 0406 0504 0601 0803 1026 1225 1226 1228 "
    "2027: 0101 0201 0317 0326 0329 0503 0607 0802 1025 1225 1226 1227 1228 "
    "2028: 0101",
    "AU": "2026: 0126 0403 0406 0425 0427 1225 1226 1228 "
    "2027: 0101 0126 0326 0329 0425 0426 1225 1226 1227 1228 "
    "2028: 0101",
    "NZ": "2026: 0102 0206 0403 0406 0425 0427 0601 0710 1026 1225 1226 1228 "
    "2027: 0101 0102 0104 0206 0208 0326 0329 0425 0426 0607 0625 1025 1225 1226 1227 1228 "
    "2028: 0101 0102",
    "SE": "2026: 0106 0403 0405 0406 0501 0514 0524 0606 0619 0620 1031 1224 1225 1226 1231 "
    "2027: 0101 0106 0326 0328 0329 0501 0506 0516 0606 0625 0626 1106 1224 1225 1226 1231 "
    "2028: 0101",
    "NO": "2026: 0402 0403 0405 0406 0501 0514 0517 0524 0525 1225 1226 "
    "2027: 0101 0325 0326 0328 0329 0501 0506 0516 0517 1225 1226 2028: 0101",
    "DK": "2026: 0402 0403 0405 0406 0514 0524 0525 0605 1224 1225 1226 "
    "2027: 0101 0325 0326 0328 0329 0506 0516 0517 0605 1224 1225 1226 2028: 0101",
    "DE": "2026: 0403 0406 0501 0514 0525 1003 1225 1226 "
    "2027: 0101 0326 0329 0501 0506 0517 1003 1225 1226 2028: 0101",
    "ES": "2026: 0106 0402 0403 0501 0815 1012 1101 1206 1208 1225 "
    "2027: 0101 0106 0325 0326 0501 0815 1012 1101 1206 1208 1225 2028: 0101",
    "FR": "2026: 0406 0501 0508 0514 0525 0714 0815 1101 1111 1225 "
    "2027: 0101 0329 0501 0506 0508 0517 0714 0815 1101 1111 1225 2028: 0101",
    "MX": "2026: 0101 0202 0316 0501 0916 1116 1225 "
    "2027: 0101 0201 0315 0501 0916 1115 1225 2028: 0101",
}


def days_off(place: str) -> set[int]:
    """Return a place's holidays as days since 1970."""
    days: set[int] = set()
    year = 0
    for word in HOLIDAYS.get(place, "").split():
        if word.endswith(":"):
            year = int(word[:-1])
        else:
            days.add((date(year, int(word[:2]), int(word[2:])) - date(1970, 1, 1)).days)
    return days


def rules(place: str, kind: str) -> list[tuple[Week, set[int]]]:
    """Return what holds in a place: its country's hours, and its own on top of them."""
    country, _, part = place.partition("-")
    found = [(COUNTRIES[country][kind], days_off(country))]
    if part and kind in PARTS[part]:
        found.append((PARTS[part][kind], days_off(place)))
    return found


def minutes_open(place: str, kind: str, zones: tuple[str, ...]) -> bytes:
    """Return a 1 for every minute at which every rule allows it in every zone."""
    first = _FIRST // 1440 - 1
    holding = rules(place, kind)
    line = b"".join(_quarters_of(holding, day) for day in range(first, first + 733))
    everywhere = (1 << (MINUTES // 15 * 8)) - 1
    for zone in zones:
        here = b"".join(
            line[(start + ahead) // 15 - first * 96 : (end + ahead) // 15 - first * 96]
            for start, end, ahead in offsets(zone)
        )
        everywhere &= int.from_bytes(here, "big")
    quarters = everywhere.to_bytes(MINUTES // 15, "big")
    return b"".join((bytes(15), b"\1" * 15)[each] for each in quarters)


def _quarters_of(holding: list[tuple[Week, set[int]]], day: int) -> bytes:
    half_hours = (
        all(_is_open(week, off, day, minute) for week, off in holding)
        for minute in range(0, 1440, 30)
    )
    return b"".join(b"\1\1" if each else b"\0\0" for each in half_hours)


def _is_open(week: Week, off: set[int], day: int, minute: int) -> bool:
    weekday = (day + 3) % 7  # 1 January 1970 was a Thursday
    if week[3] is not None and day in off:
        hours = week[3]
    else:
        hours = week[0] if weekday < 5 else week[1] if weekday == 5 else week[2]
    return any(start * 30 <= minute < end * 30 for start, end in hours)


def moment(minute: int) -> datetime:
    """Return the moment of a minute of the map."""
    return SINCE + timedelta(minutes=minute)
