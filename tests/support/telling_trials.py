"""What is tried at every point with Resend's stand-in: operators are told of an alert."""

from datetime import UTC, datetime
from functools import cache

from domain.alerting import service
from domain.alerting.service import Herald
from domain.messages.ports import Mail
from domain.tables.ops import Channel
from domain.work.shop import Inline
from providers.receivers.post import HttpReceivers
from providers.resend.mail import ResendMails
from tests.support import vendors
from tests.support.enumeration import Case
from tests.support.ground import Ground
from tests.support.slice import KEYS
from tests.support.slice_ground import Slice
from tests.support.stand_ins import StandIns

GUARDS = """
CREATE TRIGGER hold BEFORE UPDATE ON alert_tellings
    FOR EACH ROW EXECUTE FUNCTION hold_row('state');
"""
NOBODYS = Mail(to="nobody@example.com", subject="nothing", text="nothing")
RAISED = """
INSERT INTO ops_alerts (alert_type, subject, message, severity)
VALUES ('clock_off', 'this host', 'Its clock is off.', 'critical') RETURNING id
"""


@cache
def mails_of(url: str, *, spare: bool) -> ResendMails:
    """Return an adapter; the spare one never speaks here, and so comes clean over a fork."""
    made = vendors.mails(StandIns(url))
    if not spare:
        made.find(NOBODYS, since=datetime.now(UTC))  # to load its parts
    return made


class Told(Slice):
    """An alert that stands, and one mailbox."""

    table = "alert_tellings"
    emptied = ("alert_news", "alert_tellings")

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        mails_of(self.stand_ins.url, spare=True)
        mails_of(self.stand_ins.url, spare=False)

    @property
    def herald(self) -> Herald:
        return Herald(
            begin=self.ground.begin,
            keyring=KEYS,
            mails=mails_of(self.stand_ins.url, spare=self.is_child),
            receivers=HttpReceivers(),
            operators={Channel.EMAIL: "ops@example.com"},
        )

    def reset(self) -> None:
        super().reset()
        self.one(RAISED)

    def work(self) -> None:
        service.work(self.herald, self.shop(Inline()))
        self.ground.ring()

    def resolve(self) -> None:
        service.work(self.herald, self.shop(Inline()))

    def is_through(self) -> bool:
        open_ = "SELECT 1 FROM alert_tellings WHERE state IN ('pending', 'working', 'unknown')"
        return self.one("SELECT 1 FROM alert_tellings") is not None and self.one(open_) is None

    def judge(self, case: Case, names: list[str]) -> list[str]:  # noqa: ARG002  # of Trial
        wrong = self.ground.overwrites()
        letters = [
            line for line in self.stand_ins.effects("resend") if line.get("to") != NOBODYS.to
        ]
        states = self.ground.connection.execute("SELECT state FROM alert_tellings").fetchall()
        wrong += [f"{len(letters)} letters"] if len(letters) != 1 else []
        wrong += [f"tellings: {states}"] if states != [("done",)] else []
        return wrong


def told(ground: Ground) -> Told:
    return Told(ground)
