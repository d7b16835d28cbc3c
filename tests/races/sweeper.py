"""A worker in its own process: sweeps, and rings the bells of the rows it is told of.

python -m tests.races.sweeper DATABASE_URL VENDOR_SOCKET [ROW_ID...]
"""

import sys
from uuid import UUID

from domain.database import connect, sessions
from domain.work import batch
from domain.work.shop import Shop, Threads
from tests.support.parcels import Courier, parcel_job


def main() -> None:
    url, vendor, *ids = sys.argv[1:]
    shop = Shop(begin=sessions(connect(url, name="sweeper")), hands=Threads(8), size=20)
    job = parcel_job(Courier(vendor))
    sys.stdin.readline()
    for row_id in ids:
        batch.work_one(shop, job, UUID(row_id))
    batch.work(shop, job)


if __name__ == "__main__":
    main()
