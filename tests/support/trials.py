"""What is tried at every point: parcels one by one and in batches, and errands."""

import os
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Engine, create_engine, event, text

from domain.database import SYSTEM, Begin, sessions
from domain.work import batch, errands, owners, resolve
from domain.work.attempts import Job
from domain.work.names import Area, TaskName
from domain.work.shop import Inline, Shop, Threads
from tasks.bells import Ringer
from tests.support.enumeration import ELSEWHERE, Case
from tests.support.parcels import Courier, owe_parcels, parcel_job, parcel_kind
from tests.support.points import Fault

CLAIMED = "after commit of UPDATE parcels and INSERT INTO effects"

GUARDS = """
CREATE TABLE holders (token uuid PRIMARY KEY, who text);
CREATE TABLE overwrites (what text, was text, became text, who text, holder text);
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE me text := current_setting('application_name'); holder text; BEGIN
    IF NEW.lease_token IS DISTINCT FROM OLD.lease_token AND NEW.lease_token IS NOT NULL THEN
        INSERT INTO frontdesk.holders VALUES (NEW.lease_token, me) ON CONFLICT DO NOTHING;
    ELSIF NEW.lease_token IS DISTINCT FROM OLD.lease_token OR NEW.state <> OLD.state THEN
        SELECT who INTO holder FROM frontdesk.holders WHERE token = OLD.lease_token;
        IF holder <> me THEN INSERT INTO frontdesk.overwrites
            VALUES (TG_TABLE_NAME, OLD.state, NEW.state, me, holder); END IF;
    END IF; RETURN NEW; END $$;
CREATE FUNCTION hold_effect() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE me text := current_setting('application_name'); holder text; BEGIN
    SELECT who INTO holder FROM frontdesk.holders WHERE token = OLD.token;
    IF NEW.token = OLD.token AND NEW.state <> OLD.state AND holder <> me THEN
        INSERT INTO frontdesk.overwrites VALUES ('effects', OLD.state, NEW.state, me, holder);
    END IF;
    IF NEW.negatives > NEW.lookups THEN INSERT INTO frontdesk.overwrites
        VALUES ('an absence counted twice', OLD.state, NEW.state, me, holder);
    END IF; RETURN NEW; END $$;
CREATE TRIGGER hold BEFORE UPDATE ON parcels FOR EACH ROW EXECUTE FUNCTION hold();
CREATE TRIGGER hold BEFORE UPDATE ON errands FOR EACH ROW EXECUTE FUNCTION hold();
CREATE TRIGGER hold BEFORE UPDATE ON effects FOR EACH ROW EXECUTE FUNCTION hold_effect();
CREATE TABLE deeds (subject uuid PRIMARY KEY);
GRANT SELECT, INSERT ON deeds TO frontdesk_system;
"""
"""Who changes a row that another holds is written down: a stale token never changes a row."""


THERE = (
    "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'child%'"
)
BUSY = f"{THERE} AND state <> 'idle'"
IN_TRANSACTION = f"{THERE} AND state LIKE 'idle in transaction%'"


@dataclass(frozen=True)
class Place:
    """Where a runner works: a database, a vendor and a broker."""

    url: str
    admin: str
    vendor: str
    broker: str


class Ground:
    """What all trials stand on: connections that no child inherits, and time that passes."""

    def __init__(self, place: Place, connection: psycopg.Connection[Any]) -> None:
        self.place = place
        self.connection = connection
        self.engine = _engine(place.url)
        self.begin: Begin = sessions(self.engine)
        self.courier = Courier(place.vendor)

    def after_fork(self) -> None:
        self.engine.dispose(close=False)
        self.courier = Courier(self.place.vendor)

    def ring(self) -> None:
        """Ring as a task does that has more to do, and wait until it is rung."""
        broker = redis.Redis(
            unix_socket_path=self.place.broker, retry=Retry(NoBackoff(), 0), protocol=2
        )
        ringer = Ringer(lambda name, ids: broker.publish(name, " ".join(ids)))
        ringer.ring("parcels.sweep", ())
        ringer.flush(2)

    def quiet(self, *, asleep: bool) -> None:
        """Wait until the backends of who is gone are gone, and sleepers hold no transaction.

        Their transactions end as `idle_in_transaction_session_timeout` would end them, but at
        once: a timeout short enough for a test also strikes the busy.
        """
        end = time.monotonic() + 15
        while time.monotonic() < end:
            if asleep:
                self.connection.execute(f"SELECT pg_terminate_backend(pid) {IN_TRANSACTION}")
            if not self.connection.execute(f"SELECT 1 {BUSY if asleep else THERE}").fetchone():
                break
            time.sleep(0.003)
        self.courier.ledger()
        self.courier.ledger()  # what was sent before is taken in by now

    def overwrites(self) -> list[str]:
        rows = self.connection.execute("SELECT * FROM overwrites").fetchall()
        return [f"written by who does not hold it: {row}" for row in rows]


def _engine(url: str) -> Engine:
    """Return an engine whose connections say which process they belong to."""
    engine = create_engine(url)
    runner = os.getpid()

    @event.listens_for(engine, "do_connect")
    def name(_dialect: Any, _record: Any, _words: Any, given: dict[str, Any]) -> None:
        me = os.getpid()
        given["application_name"] = "runner" if me == runner else f"child {me}"

    with engine.connect() as connection:  # what is asked once, is asked before any fork
        connection.execute(text("SELECT 1"))
    return engine


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
