"""What is tried at every point: parcels one by one and in batches, and errands."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import text

from domain.database import SYSTEM
from domain.work import batch, errands, owners, resolve
from domain.work.attempts import Job
from domain.work.names import Area, TaskName
from domain.work.shop import Inline, Shop, Threads
from tests.support.enumeration import ELSEWHERE, Case
from tests.support.ground import Ground
from tests.support.parcels import owe_parcels, parcel_job, parcel_kind
from tests.support.points import Fault

CLAIMED = "after commit of UPDATE parcels and INSERT INTO effects"


class Parcels:
    """Parcels through the courier: by a bell (one) or by a sweep (many, with three hands)."""

    most = 1
    """How often one may be at the vendor."""
    receipt: str | None = "done"
    """What its effect says in the end."""

    def __init__(self, ground: Ground, *, keyed: bool, many: bool) -> None:
        self.ground, self.keyed, self.many = ground, keyed, many
        self.kind = parcel_kind(hard_limit=5, margin=5)
        self.rows: list[UUID] = []

    @property
    def job(self) -> Job[Any]:
        return parcel_job(self.ground.courier, is_keyed=self.keyed, kind=self.kind)

    def shop(self, hands: Any) -> Shop:
        return Shop(begin=self.ground.begin, hands=hands, size=4)

    def after_fork(self) -> None:
        self.ground.after_fork()

    def reset(self) -> None:
        for table in ("parcels", "effects", "ops_alerts", "holders", "overwrites"):
            self.ground.connection.execute(f"DELETE FROM {table}")
        self.ground.courier.behave(ledger=[], by_key={}, faults=[], keyed=self.keyed, blind=1)
        self.rows = owe_parcels(self.ground.connection, 8 if self.many else 1)

    def work(self) -> None:
        if self.many:
            batch.work(self.shop(Threads(3)), self.job)
        else:
            batch.work_one(self.shop(Inline()), self.job, self.rows[0])
        self.ground.ring()

    def resolve(self) -> None:
        shop = self.shop(Inline())
        resolve.resolve(shop, self.job)
        batch.work(shop, self.job)

    def quiet(self, *, asleep: bool) -> None:
        self.ground.quiet(asleep=asleep)

    def hurry(self) -> None:
        self.ground.connection.execute(
            "UPDATE parcels SET due_at = due_at - interval '1 hour',"
            " lease_expires_at = lease_expires_at - interval '1 hour'"
        )
        self.ground.connection.execute(
            "UPDATE effects SET intended_at = intended_at - interval '10 min',"
            " first_negative_at = first_negative_at - interval '10 min'"
        )

    def meddle(self) -> None:
        """Call the parcels off; the row may be locked by who sleeps, then it is too late."""
        with self.ground.connection.transaction(), suppress(psycopg.errors.LockNotAvailable):
            self.ground.connection.execute("SET LOCAL lock_timeout = '30ms'")
            with self.ground.connection.transaction():
                self.ground.connection.execute("UPDATE parcels SET void_requested = true")

    def is_through(self) -> bool:
        query = "SELECT 1 FROM parcels WHERE state IN ('pending', 'sending', 'unknown')"
        return self.ground.connection.execute(query).fetchone() is None

    def judge(self, case: Case, names: list[str]) -> list[str]:
        wrong = self.ground.overwrites()
        done = Counter(self.ground.courier.ledger())
        rows = self.ground.connection.execute(
            "SELECT p.ref, p.state, p.last_error, e.state, e.owner"
            " FROM parcels p LEFT JOIN effects e ON e.key = 'parcel:' || p.ref"
        ).fetchall()
        for ref, state, why, effect, owner in rows:
            facts = f"{ref} is {state} ({why}), effect {effect}, {done[ref]} times at the vendor"
            wrong += [f"doubled: {facts}"] if done[ref] > self.most else []
            wrong += [f"lost: {facts}, owner {owner}"] if not self._may_be(state, case) else []
            if state == "sent" and (done[ref] < 1 or effect != self.receipt):
                wrong.append(f"untrue: {facts}")
            if state == "unknown" and not why:
                wrong.append(f"without a reason: {facts}")
            if state == "void" and done[ref]:
                wrong.append(f"sent, and said void: {facts}")
            if (
                CLAIMED in names
                and case.first.fault is Fault.MEDDLE
                and not self.many
                and done[ref]
            ):
                wrong.append(f"sent, although called off: {facts}")
        return wrong

    def _may_be(self, state: str, case: Case) -> bool:
        if state == "void":
            return Fault.MEDDLE in {case.first.fault, case.second.fault if case.second else None}
        return state == "sent" or (case.elsewhere and state == "unknown")


class RebootedParcels(Parcels):
    """The other host has started anew since, and said so: whoever ran there is dead."""

    def reset(self) -> None:
        super().reset()
        self.ground.connection.execute("DELETE FROM supervisors")
        self.ground.connection.execute(
            "INSERT INTO supervisors (id, host, hostname, pid)"
            " VALUES (gen_random_uuid(), %s, 'elsewhere', 1)",
            [ELSEWHERE],
        )

    def resolve(self) -> None:
        with self.ground.begin(SYSTEM) as session:
            owners.bury_former_boots(session, hostname="elsewhere")
        super().resolve()

    def _may_be(self, state: str, case: Case) -> bool:
        return super()._may_be(state, replace(case, elsewhere=False))


class PricedParcels(Parcels):
    """A kind without unknown rows: doing a thing twice costs only its price."""

    most = 3

    def __init__(self, ground: Ground, *, keyed: bool, many: bool) -> None:
        super().__init__(ground, keyed=keyed, many=many)
        self.kind = replace(self.kind, states=replace(self.kind.states, unknown=None))


class NaiveParcels(Parcels):
    """As it is mostly done: take what is due, send it, mark it; what was cut short is redone."""

    receipt = None

    def work(self) -> None:
        with self.ground.begin(SYSTEM) as session:
            due = session.execute(text("SELECT id, ref FROM parcels WHERE state = 'pending'")).all()
        for row in due:
            self.ground.courier.send(row.ref, key=row.ref)
            with self.ground.begin(SYSTEM) as session:
                session.execute(
                    text("UPDATE parcels SET state = 'sent' WHERE id = :id"), {"id": row.id}
                )

    def resolve(self) -> None:
        self.work()


class Errands:
    """Work that follows from work: a handler that writes in a transaction of its own."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.subjects: list[UUID] = []

    def _do(self, subject: UUID) -> None:
        with self.ground.begin(SYSTEM) as session:
            session.execute(
                text("INSERT INTO deeds VALUES (:s) ON CONFLICT DO NOTHING"), {"s": subject}
            )

    def _sweep(self, hands: Any) -> None:
        shop = Shop(begin=self.ground.begin, hands=hands, size=2)
        errands.work(shop, Area.UPKEEP, {TaskName.UPKEEP_SWEEP: self._do})

    def after_fork(self) -> None:
        self.ground.after_fork()

    def reset(self) -> None:
        for table in ("errands", "deeds", "ops_alerts", "holders", "overwrites"):
            self.ground.connection.execute(f"DELETE FROM {table}")
        self.subjects = [uuid4() for _ in range(3)]

    def work(self) -> None:
        """Cause the errands, as a task does, and do them."""
        with self.ground.begin(SYSTEM) as session:
            for subject in self.subjects:
                errands.owe(session, TaskName.UPKEEP_SWEEP, subject, user_id=None)
        self.ground.ring()
        self._sweep(Threads(2))

    def resolve(self) -> None:
        self._sweep(Inline())

    def quiet(self, *, asleep: bool) -> None:
        self.ground.quiet(asleep=asleep)

    def hurry(self) -> None:
        self.ground.connection.execute(
            "UPDATE errands SET due_at = due_at - interval '1 hour',"
            " lease_expires_at = lease_expires_at - interval '1 hour'"
        )

    def meddle(self) -> None:
        """Nobody does."""

    def is_through(self) -> bool:
        query = "SELECT 1 FROM errands WHERE state IN ('pending', 'working')"
        return self.ground.connection.execute(query).fetchone() is None

    def judge(self, case: Case, names: list[str]) -> list[str]:  # noqa: ARG002  # of Trial
        wrong = self.ground.overwrites()
        query = "SELECT subject_id, state, last_error FROM errands"
        owed = {row[0]: row[1:] for row in self.ground.connection.execute(query)}
        done = {row[0] for row in self.ground.connection.execute("SELECT subject FROM deeds")}
        wrong += [f"not done: {facts}" for facts in owed.values() if facts[0] != "done"]
        wrong += [f"said done: {subject}" for subject in owed if subject not in done]
        if len(owed) not in {0, 3}:  # owed in one transaction: all or none
            wrong.append(f"{len(owed)} of 3 are owed")
        return wrong


def parcel_by_a_bell(ground: Ground) -> Parcels:
    return Parcels(ground, keyed=False, many=False)


def keyed_parcel_by_a_bell(ground: Ground) -> Parcels:
    return Parcels(ground, keyed=True, many=False)


def parcels_by_a_sweep(ground: Ground) -> Parcels:
    return Parcels(ground, keyed=False, many=True)


def keyed_parcels_by_a_sweep(ground: Ground) -> Parcels:
    return Parcels(ground, keyed=True, many=True)


def parcel_of_a_rebooted_host(ground: Ground) -> Parcels:
    return RebootedParcels(ground, keyed=False, many=False)


def priced_parcel(ground: Ground) -> Parcels:
    return PricedParcels(ground, keyed=False, many=False)


def naive_parcel(ground: Ground) -> Parcels:
    return NaiveParcels(ground, keyed=False, many=False)


def three_errands(ground: Ground) -> Errands:
    return Errands(ground)
