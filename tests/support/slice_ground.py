"""What trials of the slice stand on: the vendors' stand-ins, a tenant, and time that passes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.work.shop import Shop
from providers.openai.reader import OpenAIReader
from providers.twilio.sms import TwilioTexts
from tests.support import vendors
from tests.support.ground import Ground
from tests.support.stand_ins import StandIns, stand_ins

GUARDS = """
CREATE FUNCTION hold_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE me text := current_setting('application_name'); holder text;
    was text := to_jsonb(OLD) ->> TG_ARGV[0]; became text := to_jsonb(NEW) ->> TG_ARGV[0]; BEGIN
    IF NEW.lease_token IS DISTINCT FROM OLD.lease_token AND NEW.lease_token IS NOT NULL THEN
        INSERT INTO frontdesk.holders VALUES (NEW.lease_token, me) ON CONFLICT DO NOTHING;
    ELSIF NEW.lease_token IS DISTINCT FROM OLD.lease_token OR became <> was THEN
        SELECT who INTO holder FROM frontdesk.holders WHERE token = OLD.lease_token;
        IF holder <> me THEN INSERT INTO frontdesk.overwrites
            VALUES (TG_TABLE_NAME, was, became, me, holder); END IF;
    END IF; RETURN NEW; END $$;
CREATE TRIGGER hold BEFORE UPDATE ON messages FOR EACH ROW EXECUTE FUNCTION hold_row('status');
CREATE TRIGGER hold BEFORE UPDATE ON calls
    FOR EACH ROW EXECUTE FUNCTION hold_row('ai_processing_status');
"""
"""A stale token changes no message and no call, either."""

LAG = 60
STEP = 40
"""Seconds: Twilio's list lags by more than passes there before it is first asked, but not twice."""

PASSES = """
UPDATE {table} SET due_at = due_at - interval '1 hour',
                   lease_expires_at = lease_expires_at - interval '1 hour';
UPDATE effects SET intended_at = intended_at - interval '10 min',
                   first_negative_at = first_negative_at - interval '10 min'
"""


@contextmanager
def sandbox(folder: Path) -> Iterator[str]:
    """Run the stand-ins; yield their address."""
    with stand_ins(folder) as made:
        yield made.url


@cache
def texts_of(url: str, *, spare: bool) -> TwilioTexts:
    """Return an adapter; the spare one never speaks here, and so comes clean over a fork."""
    made = vendors.texts(StandIns(url))
    if not spare:
        made.find(to=vendors.TO, body=vendors.BODY, since=datetime.now(UTC))  # to load its parts
    return made


@cache
def reader_of(url: str, *, spare: bool) -> OpenAIReader:
    made = vendors.reader(StandIns(url))
    if not spare:
        made.read(vendors.CALL)
    return made


class Slice:
    """What trials of the slice share: a tenant, time that passes here and at the vendors."""

    table: str
    emptied: tuple[str, ...] = ()

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.stand_ins = StandIns(ground.place.vendor.partition(" ")[0])
        self.is_child = False
        self.user: UUID = self.one("INSERT INTO users (timezone) VALUES ('UTC') RETURNING id")

    def one(self, query: str, *given: Any) -> Any:
        row = self.ground.connection.execute(query, given).fetchone()
        return row[0] if row else None

    def shop(self, hands: Any) -> Shop:
        return Shop(begin=self.ground.begin, hands=hands, size=4)

    def after_fork(self) -> None:
        self.ground.after_fork()
        self.is_child = True

    def reset(self) -> None:
        for table in (*self.emptied, "effects", "errands", "ops_alerts", "holders", "overwrites"):
            self.ground.connection.execute(f"DELETE FROM {table}")
        self.stand_ins.reset(still=False)

    def quiet(self, *, asleep: bool) -> None:
        self.ground.still(asleep=asleep)
        self.stand_ins.ledger()
        self.stand_ins.ledger()  # what was sent before is taken in by now

    def hurry(self) -> None:
        self.ground.connection.execute(PASSES.format(table=self.table))
        self.stand_ins.advance(STEP)

    def meddle(self) -> None:
        """Nobody does."""
