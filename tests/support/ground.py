"""What trials stand on: a database that notices overwriting, a vendor, a broker."""

import os
import time
from dataclasses import dataclass
from typing import Any

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Engine, create_engine, event, text

from domain.database import Begin, sessions
from tasks.bells import Ringer
from tests.support.parcels import Courier

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
        """Wait until nothing of a child is on its way, neither here nor at the vendor."""
        self.still(asleep=asleep)
        self.courier.ledger()
        self.courier.ledger()  # what was sent before is taken in by now

    def still(self, *, asleep: bool) -> None:
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
