"""Redis was never there: our texts are drained without it, and how fast."""

import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.chaos.needs import a_database
from benchmarks.chaos.town import open_town
from benchmarks.chaos.verdict import Side, Verdict
from benchmarks.chaos.wanted import TAKES, Trial
from tests.support import history, judge, rows_judge
from tests.support.broker import Broker
from tests.support.premises import premises
from tests.support.processes import frontdesk
from tests.support.waiting import wait_until

TEXTS: Final = 160
OPEN: Final = (
    "SELECT count(*) FROM messages WHERE status IN ('pending', 'sending', 'unknown')"
    " AND user_id = %s AND to_number <> ALL(%s)"
)


def play(trial: Trial, seed: int) -> Verdict:
    """Send as many texts as other trials do, without a worker and without Redis."""
    with ExitStack() as stack:
        database = stack.enter_context(a_database())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="frontdesk-chaos-")))
        broker = Broker(folder)
        place = stack.enter_context(premises(database, broker))
        place.vendors.reset(still=False, seed=seed % 1000)
        place.vendors.fault("delay", vendor="twilio", route="messages.create", seconds=TAKES)
        town = open_town(place, stack, per_minute=60_000)
        history.begin(place.connection)
        town.settle()
        given = {"DATABASE_URL": database.url(), "REDIS_URL": broker.url}
        given |= {"SANDBOX_URL": place.vendors.url, "FRONTDESK_ENV": "sandbox"}
        numbers = [f"+1212{5_550_000 + n}" for n in range(TEXTS)]
        stack.enter_context(frontdesk("drain", "--queues", "messages", environment=given))
        town.owe(["+12125559999"])
        wait_until(lambda: place.effects("twilio"), within=90, what="it drains")
        began = time.time()
        town.owe(numbers)
        wait_until(
            lambda: not place.scalar(OPEN, town.user, town.sleepers),
            within=trial.patience,
            what="every text is sent",
        )
        took = time.time() - began
        lines = judge.texts(place.effects("twilio"))
        sent = [line["to"] for line in lines]
        found = {
            "ledgers unequal": rows_judge.unequal(place.connection, lines),
            "still in hand": rows_judge.in_hand(place.connection),
            "sent at night": [to for to in sent if to in town.sleepers],
            **rows_judge.misled(place.connection),
        }
        return Verdict(
            name=trial.name,
            seed=seed,
            ours=Side(
                owed=TEXTS,
                lost=sum(1 for number in numbers if number not in sent),
                doubled=len(sent) - len(set(sent)),
                seconds=took,
            ),
            faults={name: rows for name, rows in found.items() if rows},
            note=f"{TEXTS / took:.0f} texts a second, each {TAKES} s at the vendor",
        )
