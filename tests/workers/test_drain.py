"""Without Redis: what is due is worked by `frontdesk drain`, once, and beside others."""

import signal
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from tests.support.broker import Broker
from tests.support.databases import Database
from tests.support.premises import premises
from tests.support.processes import frontdesk
from tests.support.waiting import wait_until

OWE = """
INSERT INTO messages (user_id, to_number, body, rule, identity, due_at, answers_at, segments)
SELECT %s, '+1212555' || (1000 + n), 'Your visit is confirmed.', 'confirmation', 'drain ' || n,
  clock_timestamp(), clock_timestamp(), 1 FROM generate_series(1, 12) n
"""


def test_two_that_drain_send_each_text_once_and_stop_when_told(
    database: Database, tmp_path: Path
) -> None:
    nowhere = Broker(tmp_path)
    with ExitStack() as stack:
        place = stack.enter_context(premises(database, nowhere))
        place.connection.execute(OWE, [place.tenant()])
        given = {
            "DATABASE_URL": database.url(),
            "REDIS_URL": nowhere.url,
            "SANDBOX_URL": place.vendors.url,
            "FRONTDESK_ENV": "sandbox",
        }
        words = ("drain", "--queues", "messages")
        both = [stack.enter_context(frontdesk(*words, environment=given)) for _ in range(2)]

        wait_until(
            lambda: (
                place.count("SELECT status, count(*) FROM messages GROUP BY 1").keys()
                <= {"sent", "delivered"}
            ),
            within=60,
            what="every text is sent",
        )
        wait_until(lambda: all("Works" in one.said() for one in both), within=30, what="both work")
        for one in both:
            one.signal(signal.SIGTERM)
        codes = [one.ends_within(20) for one in both]

        to = Counter(line["to"] for line in place.effects("twilio"))
    assert len(to) == 12
    assert set(to.values()) == {1}
    assert codes == [0, 0]


def test_a_queue_that_is_none_is_told(database: Database) -> None:
    given = {"DATABASE_URL": database.url()}
    with frontdesk("drain", "--queues", "postcards", environment=given) as process:
        code = process.ends_within(30)
        said = process.said()

    assert code == 2
    assert "--queues takes some of outbound" in said
