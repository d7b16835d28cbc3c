"""How fast events are carried to calendars and read from them, and what reading costs.

Run it by `python -m benchmarks.calendars`.

Google's stand-in answers each request after 50 ms, in one process on this machine; the database
is durable. One process of ours works, with as many hands as a worker has.
"""

import argparse
import resource
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import structlog

from benchmarks import page
from benchmarks.ground import empty_ground
from domain.calendars import steps
from domain.database import connect, sessions
from domain.work import batch
from domain.work.shop import Shop, Threads
from tests.support.diary import HOUR, SOON, Diary, diary
from tests.support.stand_ins import StandIns, stand_ins

PUSHED: Final = 500
THERE: Final = 10_000
SECTION: Final = "calendars"
HANDS: Final = 32
BUSY: Final = 0.05
OWED: Final = (
    "SELECT count(*) FROM errands WHERE task = 'calendars.push' AND state IN ('pending', 'working')"
)
BOOKED: Final = (
    "INSERT INTO events (user_id, title, status, start_time, end_time, timezone)"
    " SELECT :user, 'Visit ' || n, 'confirmed', now() + n * interval '5 minutes',"
    "  now() + n * interval '5 minutes' + interval '1 hour', 'UTC'"
    " FROM generate_series(1, :many) n"
)


def _memory() -> float:
    """Return the most that this process ever took, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _requests(vendors: StandIns, route: str) -> int:
    counted: dict[str, int] = vendors.ledger("google")["requests"]
    return counted.get(f"google {route}", 0)


def _push(book: Diary, many: int) -> float:
    """Return how many new events a second are carried."""
    book.do(BOOKED, user=book.user, many=many)
    while book.row(OWED)["count"]:
        book.push_owed()
    shop = Shop(begin=book.begin, hands=Threads(HANDS))
    began = time.perf_counter()
    while batch.work(shop, steps.job(book.desk)):
        pass
    rate = many / (time.perf_counter() - began)
    done = "SELECT count(*) FROM calendar_event_links WHERE state = 'done'"
    assert book.row(done)["count"] == many
    return rate


def _fill(book: Diary, many: int) -> None:
    """Have a person write many events there, unhurried by any delay."""
    with ThreadPoolExecutor(4) as pool:
        for done in [
            pool.submit(book.person.write, f"Event {n}", SOON + n * HOUR / 2) for n in range(many)
        ]:
            done.result()


def _reading(book: Diary, vendors: StandIns) -> Mapping[str, float]:
    """Read what is there, and once more when nothing has changed."""
    before, listed = _memory(), _requests(vendors, "events.list")
    began = time.perf_counter()
    book.pull()
    took = time.perf_counter() - began
    mirrored: int = book.row("SELECT count(*) FROM calendar_events")["count"]
    seen = {
        "mirrored": mirrored,
        "listed/s": mirrored / took,
        "lists": _requests(vendors, "events.list") - listed,
        "MB": _memory() - before,
    }
    listed, began = _requests(vendors, "events.list"), time.perf_counter()
    book.pull()
    seen["unchanged ms"] = (time.perf_counter() - began) * 1000
    seen["unchanged lists"] = _requests(vendors, "events.list") - listed
    return seen


def _measure(pushed: int, there: int) -> Mapping[str, float]:
    with empty_ground() as database, TemporaryDirectory() as folder, ExitStack() as stack:
        vendors = stack.enter_context(stand_ins(Path(folder)))
        begin = sessions(connect(database.url(), name="bench", size=HANDS + 4))
        pushing = stack.enter_context(diary(begin, vendors))
        vendors.fault("delay", "google", seconds=BUSY)
        rate = _push(pushing, pushed)
        requests = _requests(vendors, "events.insert")
        pushing.do("UPDATE calendar_integrations SET is_active = false")
        vendors.fault("delay", "google", rate=0)
        reading = stack.enter_context(diary(begin, vendors))
        _fill(reading, there)
        vendors.fault("delay", "google", seconds=BUSY)
        return {"pushed/s": rate, "inserts": requests, **_reading(reading, vendors)}


def _table(seen: Mapping[str, float], pushed: int) -> str:
    mirrored = f"{seen['mirrored']:,.0f}"
    lines = (
        (f"{pushed:,} new events carried there", f"{seen['pushed/s']:,.0f} a second"),
        ("requests for it", f"{seen['inserts']:,.0f}"),
        (f"{mirrored} events listed and mirrored", f"{seen['listed/s']:,.0f} a second"),
        ("requests for it", f"{seen['lists']:,.0f}"),
        ("memory beyond the most before it", f"{seen['MB']:,.0f} MB"),
        (f"the same {mirrored} again, nothing changed", f"{seen['unchanged ms']:,.0f} ms"),
        ("requests for it", f"{seen['unchanged lists']:,.0f}"),
    )
    rows = "\n".join(f"| {what} | {figure} |" for what, figure in lines)
    return f"""## Calendars

`python -m benchmarks.calendars`: Google's stand-in answers each request after 50 ms, in one
process; one process of ours with {HANDS} hands, and a durable database.

| what | measured |
|---|---|
{rows}

{page.where()}"""


def main() -> None:
    """Measure everything, print it, and write it down unless it was tried small."""
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--pushed", type=int, default=PUSHED)
    words.add_argument("--there", type=int, default=THERE)
    given = words.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    said = _table(_measure(given.pushed, given.there), given.pushed)
    print(said)
    if (given.pushed, given.there) == (PUSHED, THERE):
        page.write(SECTION, said)


if __name__ == "__main__":
    main()
