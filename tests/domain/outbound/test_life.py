"""The life of calls that are wanted, in every order that chance finds: none is lost or doubled."""

import os
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from domain.database import SYSTEM
from domain.outbound import heard
from domain.outbound.heard import Told
from domain.outbound.ports import OverCapacity
from domain.tables.outbound import AttemptState
from tests.support.phones import Phones

LIMIT = 3
WAYS = st.sampled_from(
    [AttemptState.COMPLETED, AttemptState.BUSY, AttemptState.NO_ANSWER, AttemptState.FAILED]
)
OPEN = "('dialing', 'live', 'unknown')"
FORGET = (
    *("call_attempts", "call_queue", "calls", "usage_calls", "effects", "ops_alerts"),
    *("tenant_turns", "calling_rules", "call_service_providers"),
)
AGES = """
UPDATE call_attempts SET created_at = created_at - interval '5 min', due_at = due_at - interval
  '1 hour', gone_at = gone_at - interval '5 min', asked_at = asked_at - interval '5 min',
  lease_expires_at = lease_expires_at - interval '1 hour'
  WHERE state IN ('dialing', 'live', 'unknown');
UPDATE effects SET intended_at = intended_at - interval '5 min',
  first_negative_at = first_negative_at - interval '5 min';
UPDATE call_queue SET due_at = clock_timestamp() WHERE status = 'queued';
UPDATE call_service_providers SET closed_until = NULL, learned_limit = NULL, observed_at = NULL;
UPDATE tenant_turns SET due_at = clock_timestamp()
"""


class Life(RuleBasedStateMachine):
    """One account of three slots, one tenant, and a vendor that does what chance wants."""

    def __init__(self, phones: Phones) -> None:
        super().__init__()
        self.phones = phones
        for table in FORGET:
            phones.connection.execute(f"DELETE FROM {table}")
        phones.lines.calls.clear()
        phones.lines.faults.clear()
        phones.lines.lose = phones.lines.peak = 0
        phones.account(limit=LIMIT)
        self.user = phones.tenant()
        self.rows: list[UUID] = []

    @rule(many=st.integers(1, 3))
    def somebody_wants_calls(self, many: int) -> None:
        self.rows += self.phones.queue(self.user, many)

    @rule()
    def the_line_is_drained(self) -> None:
        self.phones.drain()

    @rule()
    def an_answer_is_lost(self) -> None:
        self.phones.lines.lose = 1
        self.phones.drain()
        self.phones.lines.lose = 0

    @rule()
    def the_vendor_is_full(self) -> None:
        self.phones.lines.faults = [OverCapacity("no slot is free")]
        self.phones.drain()
        self.phones.lines.faults = []

    @rule(way=WAYS, is_told=st.booleans(), twice=st.booleans())
    def a_call_ends(self, way: AttemptState, *, is_told: bool, twice: bool) -> None:
        for call_id in self.phones.lines.live_ids[:1]:
            call = self.phones.lines.end(call_id, way)
            news = Told(
                vendor="vapi",
                call_id=call_id,
                key=call.key,
                status=None,
                outcome=way.value,
                reason=call.reason,
                told_at=datetime.now(UTC),
                duration=timedelta(seconds=61),
            )
            for _ in range(is_told + (is_told and twice)):
                with self.phones.begin(SYSTEM) as session:
                    heard.hear(session, news)

    @rule()
    def the_vendor_is_asked(self) -> None:
        self.phones.reconcile()

    @rule()
    def time_passes(self) -> None:
        self.phones.connection.execute(AGES)

    @rule()
    def one_is_called_off(self) -> None:
        self.phones.connection.execute(
            "UPDATE call_queue SET status = 'canceled' WHERE id = (SELECT id FROM call_queue"
            " WHERE status = 'queued' ORDER BY id LIMIT 1)"
        )

    @invariant()
    def no_limit_is_broken_and_no_key_dialled_twice(self) -> None:
        assert self.phones.lines.peak <= LIMIT
        assert set(self.phones.lines.times.values()) <= {1}

    @invariant()
    def a_call_that_speaks_has_its_slot(self) -> None:
        live = len(self.phones.lines.live_ids)
        held = self.phones.one(f"SELECT count(*) FROM call_attempts WHERE state IN {OPEN}")
        assert live <= held <= LIMIT

    @invariant()
    def who_is_being_dialled_has_one_open_attempt_and_nobody_else_has(self) -> None:
        wrong = self.phones.all(
            "SELECT q.id, q.status, count(a.id) FROM call_queue q LEFT JOIN call_attempts a"
            f" ON a.call_queue_id = q.id AND a.state IN {OPEN} GROUP BY q.id"
            " HAVING count(a.id) <> (q.status = 'in-progress')::int"
        )
        assert wrong == []

    def teardown(self) -> None:
        """Let all come to its end: nobody is lost, and each second is counted once."""
        for _ in range(40):
            self.phones.lines.end_all()
            self.phones.reconcile()
            self.phones.connection.execute(AGES)
            self.phones.drain()
        left = "SELECT count(*) FROM call_queue WHERE status IN ('queued', 'in-progress')"
        assert self.phones.one(left) == 0
        assert self.phones.one("SELECT count(*) FROM call_queue") == len(self.rows)
        spoke = "SELECT count(*) FROM call_attempts WHERE state = 'completed'"
        used = "SELECT count(*) FROM usage_calls u JOIN calls c USING (provider_call_id)"
        done = f"{used} WHERE c.status = 'completed'"
        assert self.phones.one(spoke) == self.phones.one(done)


def test_every_order_of_a_calls_life(phones: Phones) -> None:
    examples, steps = (200, 50) if os.environ.get("LONG") else (6, 20)

    run_state_machine_as_test(
        lambda: Life(phones),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
