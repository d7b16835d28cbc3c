"""A sweep that finds nothing among a million closed rows."""

import gc
import time

from benchmarks.ground import Ground
from benchmarks.jobs import job, shop
from domain.work import batch, resolve


def sweep(ground: Ground, count: int) -> dict[str, float]:
    """Sweep `count` times for nothing; return milliseconds."""
    ours, parcels = shop(ground.database), job()
    took: dict[str, list[float]] = {"claim": [], "resolve": []}
    gc.collect()
    for _ in range(count):
        began = time.perf_counter()
        resolve.resolve(ours, parcels)
        between = time.perf_counter()
        batch.work(ours, parcels)
        took["resolve"].append((between - began) * 1000)
        took["claim"].append((time.perf_counter() - between) * 1000)
    return {
        f"{name}_{part}": sorted(times)[int(len(times) * share)]
        for name, times in took.items()
        for part, share in (("p50", 0.5), ("p99", 0.99))
    }
