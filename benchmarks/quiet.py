"""A sweep that finds nothing among a million closed rows."""

import gc
import time

from sqlalchemy import text

from benchmarks.ground import Ground
from benchmarks.jobs import job, shop
from domain.database import SYSTEM
from domain.work import batch, resolve

BARE = text("SELECT 1")


def sweep(ground: Ground, count: int) -> dict[str, float]:
    """Sweep `count` times for nothing; return milliseconds."""
    ours, parcels = shop(ground.database), job()
    took: dict[str, list[float]] = {"bare": [], "claim": [], "resolve": []}
    gc.collect()
    for _ in range(count):
        before = time.perf_counter()
        with ours.begin(SYSTEM) as session:
            session.execute(BARE)
        began = time.perf_counter()
        resolve.resolve(ours, parcels)
        between = time.perf_counter()
        batch.work(ours, parcels)
        took["bare"].append((began - before) * 1000)
        took["resolve"].append((between - began) * 1000)
        took["claim"].append((time.perf_counter() - between) * 1000)
    return {
        f"{name}_{part}": sorted(times)[int(len(times) * share)]
        for name, times in took.items()
        for part, share in (("p50", 0.5), ("p99", 0.99))
    }
