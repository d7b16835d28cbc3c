"""What is tried at every point with vendors' notices: each is taken exactly once.

What areas write is guarded by their own keys as well, so it would hide a second taking. Here the
taker also writes a line that nothing guards: twice taken, there are two.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.webhooks import intake, service
from domain.webhooks.intake import Desk
from domain.webhooks.service import Caused, Context, Ears, Take
from domain.work import batch, resolve
from domain.work.attempts import Job
from domain.work.changes import Heard
from domain.work.shop import Inline, Shop, Threads
from tasks import webhooks
from tests.support.enumeration import Case
from tests.support.ground import Ground
from tests.support.notices import AT, SENDERS, of_tenant
from tests.support.webhook_box import box, senders

GUARDS = """
CREATE TABLE takings (webhook text, what text);
GRANT SELECT, INSERT ON takings TO frontdesk_system;
CREATE TRIGGER hold BEFORE UPDATE ON webhook_queue FOR EACH ROW EXECUTE FUNCTION hold();
"""
PASSES = """
UPDATE webhook_queue SET due_at = due_at - interval '1 hour',
                         lease_expires_at = lease_expires_at - interval '1 hour';
"""
ENDS = """
SELECT q.id, q.state, q.result, q.processed_at IS NOT NULL,
       (SELECT count(*) FROM takings t WHERE t.webhook = q.id::text)
FROM webhook_queue q
"""


class Notices:
    """Vapi tells of a call: one notice by a bell, or its three by a sweep."""

    def __init__(self, ground: Ground, *, many: bool) -> None:
        self.ground, self.many = ground, many
        self.rows: list[UUID] = []
        self.user = self.one("INSERT INTO users (timezone) VALUES ('UTC') RETURNING id")

    def one(self, query: str, *given: Any) -> Any:
        row = self.ground.connection.execute(query, given).fetchone()
        return row[0] if row else None

    @property
    def ears(self) -> Ears:
        made = webhooks.ears(box(self.ground.begin))
        takers = {kind: _counted(take) for kind, take in made.takers.items()}
        return Ears(begin=made.begin, senders=made.senders, takers=takers)

    @property
    def job(self) -> Job[UUID]:
        return service.job(self.ears, Caused())

    def shop(self, hands: Any) -> Shop:
        return Shop(begin=self.ground.begin, hands=hands, size=4)

    def after_fork(self) -> None:
        self.ground.after_fork()

    def reset(self) -> None:
        for table in ("webhook_queue", "webhook_payloads", "calls", "takings"):
            self.ground.connection.execute(f"DELETE FROM {table}")
        for table in ("ops_alerts", "holders", "overwrites"):
            self.ground.connection.execute(f"DELETE FROM {table}")
        desk = Desk(begin=self.ground.begin, senders=senders(self.ground.begin))
        events = ("report", "ringing", "in-progress") if self.many else ("report",)
        target = of_tenant("vapi", self.user)
        self.rows = []
        for event in events:
            sent = SENDERS["vapi"].post(event)
            arrival = type(sent)(target, sent.headers, sent.body).arrival(AT)
            self.rows += intake.keep(desk, [intake.receive(desk, "vapi", arrival)])

    def work(self) -> None:
        if self.many:
            batch.work(self.shop(Threads(1)), self.job)
        else:
            batch.work_one(self.shop(Inline()), self.job, self.rows[0])
        self.ground.ring()

    def resolve(self) -> None:
        shop = self.shop(Inline())
        resolve.resolve(shop, self.job)
        batch.work(shop, self.job)

    def quiet(self, *, asleep: bool) -> None:
        self.ground.still(asleep=asleep)

    def hurry(self) -> None:
        self.ground.connection.execute(PASSES)

    def meddle(self) -> None:
        """Nobody does."""

    def is_through(self) -> bool:
        query = "SELECT 1 FROM webhook_queue WHERE state IN ('pending', 'working')"
        return self.one(query) is None

    def judge(self, case: Case, names: list[str]) -> list[str]:  # noqa: ARG002  # of Trial
        wrong = self.ground.overwrites()
        rows = self.ground.connection.execute(ENDS).fetchall()
        for key, *facts, taken in rows:
            wrong += [f"taken {taken} times: {key} {facts}"] if taken != 1 else []
            wrong += [f"not done: {key} {facts}"] if facts != ["done", "done", True] else []
        wrong += ["lost a row"] if len(rows) != len(self.rows) else []
        calls = self.ground.connection.execute(
            "SELECT status, duration, transcript IS NOT NULL FROM calls"
        ).fetchall()
        return wrong + ([f"the calls are {calls}"] if calls != [("completed", 61, True)] else [])


def _counted(take: Take) -> Take:
    """Write a line of what is taken, in the transaction that takes it."""

    def take_and_count(session: Session, told: Any, context: Context) -> Heard:
        heard = take(session, told, context)
        session.execute(
            text(
                "INSERT INTO takings SELECT id::text, :what FROM webhook_queue"
                " WHERE received_at = :at"
            ),
            {"what": type(told).__name__, "at": context.received_at},
        )
        return heard

    return take_and_count


def notice_by_a_bell(ground: Ground) -> Notices:
    return Notices(ground, many=False)


def notices_by_a_sweep(ground: Ground) -> Notices:
    return Notices(ground, many=True)
