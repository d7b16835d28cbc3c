"""How fast events are carried to calendars and read from them, and what reading costs.

Run it by `python -m benchmarks.calendars`.

Google's stand-in answers each request after 50 ms, in one process on this machine; the database
is durable. One process of ours works, with as many hands as a worker has.
"""

import json
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from os import getloadavg
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import structlog
from sqlalchemy import text

from benchmarks.ground import empty_ground
from domain.calendars import steps
from domain.database import connect, sessions
from domain.work import batch
from domain.work.shop import Shop, Threads
from tests.support.diary import HOUR, SOON, Diary, diary
from tests.support.stand_ins import StandIns, stand_ins

PUSHED: Final = 500
THERE: Final = 10_000
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


def _push(book: Diary) -> float:
    """Return how many new events a second are carried."""
    book.do(BOOKED, user=book.user, many=PUSHED)
    while book.row(OWED)["count"]:
        book.push_owed()
    shop = Shop(begin=book.begin, hands=Threads(HANDS))
    began = time.perf_counter()
    while batch.work(shop, steps.job(book.desk)):
        pass
    rate = PUSHED / (time.perf_counter() - began)
    done = "SELECT count(*) FROM calendar_event_links WHERE state = 'done'"
    assert book.row(done)["count"] == PUSHED
    return rate


def _fill(book: Diary) -> None:
    """Have a person write many events there, unhurried by any delay."""
    with ThreadPoolExecutor(4) as pool:
        for done in [
            pool.submit(book.person.write, f"Event {n}", SOON + n * HOUR / 2) for n in range(THERE)
        ]:
            done.result()


def main() -> None:
    """Measure everything and print it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    seen: dict[str, object] = {"at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}"}
    with empty_ground() as database, TemporaryDirectory() as folder, ExitStack() as stack:
        vendors = stack.enter_context(stand_ins(Path(folder)))
        begin = sessions(connect(database.url(), name="bench", size=HANDS + 4))
        pushing = stack.enter_context(diary(begin, vendors))
        vendors.fault("delay", "google", seconds=BUSY)
        seen["events pushed/s"] = round(_push(pushing))
        seen["requests an event"] = round(_requests(vendors, "events.insert") / PUSHED, 2)
        pushing.do("UPDATE calendar_integrations SET is_active = false")
        vendors.fault("delay", "google", rate=0)
        reading = stack.enter_context(diary(begin, vendors))
        _fill(reading)
        vendors.fault("delay", "google", seconds=BUSY)
        before, listed = _memory(), _requests(vendors, "events.list")
        began = time.perf_counter()
        reading.pull()
        took = time.perf_counter() - began
        mirrored = reading.row("SELECT count(*) FROM calendar_events")["count"]
        seen["events listed/s"] = round(mirrored / took)
        seen["listed, and requests for it"] = [
            mirrored,
            _requests(vendors, "events.list") - listed,
        ]
        seen["MB more at most, listing"] = round(_memory() - before)
        listed = _requests(vendors, "events.list")
        began = time.perf_counter()
        reading.pull()
        seen[f"ms to find {mirrored} unchanged"] = round((time.perf_counter() - began) * 1000)
        seen["requests for it"] = _requests(vendors, "events.list") - listed
        with begin(reading.user) as session:
            session.execute(text("SELECT 1"))
    seen["load"] = [round(one, 1) for one in getloadavg()]
    print(json.dumps(seen, indent=2))


if __name__ == "__main__":
    main()
