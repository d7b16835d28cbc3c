"""What is planned for later costs a sweep nothing, however much of it there is."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import text

from domain.database import SYSTEM
from domain.work.shop import Shop
from domain.work.statements import statements
from tests.support.databases import Database
from tests.support.parcels import owe_parcels, parcel_kind

MANY = 5000


def test_a_claim_reads_no_row_that_is_not_due(parcels: Database, shop: Shop) -> None:
    with parcels.connect() as connection:
        owe_parcels(connection, MANY)
        connection.execute("UPDATE parcels SET due_at = due_at + interval '1 day'")
        connection.execute("VACUUM ANALYZE parcels")
    kind = parcel_kind()
    known = {"token": uuid4(), "n": 200, "lasts": kind.lease, "grace": timedelta(seconds=5)}

    for name in ("claim", "claim_lapsed"):
        statement = str(getattr(statements(kind), name))
        bound = {key: value for key, value in known.items() if f":{key}" in statement}
        with shop.begin(SYSTEM) as session:
            session.execute(text("SET LOCAL enable_seqscan = off"))
            asked = text(f"EXPLAIN (ANALYZE, TIMING OFF) {statement}")
            plan = "\n".join(session.scalars(asked, bound))

        assert "Index Cond" in plan
        assert "Rows Removed by Filter" not in plan, plan
