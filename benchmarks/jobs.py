"""The unit of work that is measured: a parcel, with a vendor or without."""

from uuid import UUID

from domain.database import Begin, connect, sessions
from domain.work.attempts import Job
from domain.work.effects import Effect, Receipt
from domain.work.shop import Hands, Shop, Threads
from tests.support.databases import Database
from tests.support.parcels import Courier, Parcel, parcel_job, parcel_kind

WIDTH = 64
"""Calls in flight."""

LATENCY = 0.05
"""Seconds that the vendor takes."""

RECEIPT = Receipt("P1")


def _describe(parcel: Parcel) -> Effect:
    return Effect(
        key=f"parcel:{parcel.ref}",
        vendor="courier",
        act=lambda _key: RECEIPT,
        look_up=lambda _key: None,
    )


def job(vendor: str = "") -> Job[Parcel]:
    """Return the job: with the vendor that listens there, or with one that answers at once."""
    kind = parcel_kind(hard_limit=30, margin=30)
    if vendor:
        return parcel_job(Courier(vendor), kind=kind)
    return Job(kind=kind, describe=_describe)


def shop(database: Database, hands: Hands | None = None) -> Shop:
    """Return a shop with connections of its own."""
    return Shop(begin=begin(database), hands=hands or Threads(WIDTH))


def begin(database: Database) -> Begin:
    """Return transactions as workers have them."""
    return sessions(connect(database.url(), name="bench"))


__all__ = ["LATENCY", "RECEIPT", "UUID", "WIDTH", "begin", "job", "shop"]
