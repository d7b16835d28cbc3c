"""A row's life, in any order of what may happen to it, against a model."""

import os
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from domain.database import SYSTEM, Begin
from domain.errors import Refusal, Retryable
from domain.work import batch, control, resolve
from domain.work.shop import Inline, Shop
from tests.support.databases import Database
from tests.support.desk import Desk
from tests.support.parcels import parcel_kind

LONG: Final = "LONG" in os.environ
MOST: Final = 3
KIND: Final = parcel_kind(most_attempts=MOST)
SENDABLE: Final = {"pending", "unknown"}

EDGES: Final = {
    ("pending", "sent"), ("pending", "pending"), ("pending", "failed"), ("pending", "unknown"),
    ("pending", "void"), ("unknown", "sent"), ("unknown", "pending"), ("unknown", "failed"),
    ("failed", "pending"),
}  # fmt: skip
"""What one step may do; `sending` is never seen between two steps, since nobody dies here."""

FAULTS: Final = st.sampled_from(["refuse", "busy", "lose_before", "lose_after"])


class Life(RuleBasedStateMachine):
    """Two rows of different actions, and a third that wants the same action as the first."""

    parcels: Database
    begin_transaction: Begin
    is_keyed = False

    @initialize()
    def begin_anew(self) -> None:
        self.desk = Desk()
        self.shop = Shop(begin=self.begin_transaction, hands=Inline())
        self.job = self.desk.job(KIND, is_keyed=self.is_keyed)
        self.called_off: dict[UUID, int] = {}
        self.confirmed: set[str] = set()
        self.connection = self.parcels.connect()
        self.sql = self.connection.__enter__()
        self.sql.execute("TRUNCATE parcels, effects, pauses, ops_alerts")
        self.seen: dict[UUID, str] = {}
        for ref in ("a", "b", "a"):
            self.sql.execute("INSERT INTO parcels (ref) VALUES (%s)", [ref])
        self.look()

    def teardown(self) -> None:
        if hasattr(self, "connection"):
            self.connection.__exit__(None, None, None)

    def rows(self) -> list[Any]:
        return self.sql.execute(
            "SELECT id, ref, state, attempts, void_requested FROM parcels ORDER BY id"
        ).fetchall()

    def look(self) -> None:
        self.seen = {row[0]: row[2] for row in self.rows()}

    def act(self, step: Any) -> None:
        """Do one step, and hold that each row went along a drawn edge, or stayed."""
        before = self.seen
        step()
        self.look()
        for row_id, state in self.seen.items():
            if before[row_id] != state:
                assert (before[row_id], state) in EDGES

    @rule()
    def sweep(self) -> None:
        self.act(lambda: batch.work(self.shop, self.job))

    @rule(which=st.integers(0, 2))
    def ring(self, which: int) -> None:
        self.act(lambda: batch.work_one(self.shop, self.job, self.rows()[which][0]))

    @rule(fault=FAULTS, times=st.integers(1, 3))
    def the_vendor_will(self, fault: str, times: int) -> None:
        self.desk.faults.extend([fault] * times)

    @rule()
    def find_out(self) -> None:
        self.act(lambda: resolve.resolve(self.shop, self.job))

    @rule(is_deaf=st.booleans())
    def the_vendor_answers_questions(self, *, is_deaf: bool) -> None:
        self.desk.deaf = Retryable("down") if is_deaf else None

    @rule(span=st.sampled_from([timedelta(seconds=20), timedelta(minutes=2), timedelta(days=1)]))
    def time_passes(self, span: timedelta) -> None:
        self.sql.execute(
            "UPDATE parcels SET due_at = due_at - %(t)s,"
            " lease_expires_at = lease_expires_at - %(t)s",
            {"t": span},
        )
        self.sql.execute(
            "UPDATE effects SET intended_at = intended_at - %(t)s,"
            " first_negative_at = first_negative_at - %(t)s",
            {"t": span},
        )

    @rule(which=st.integers(0, 2))
    def call_off(self, which: int) -> None:
        row_id, ref, *_ = self.rows()[which]
        self.sql.execute("UPDATE parcels SET void_requested = true WHERE id = %s", [row_id])
        if all(row[4] for row in self.rows() if row[1] == ref):
            self.called_off.setdefault(ref, self.desk.ledger.count(ref))

    @rule(subject=st.sampled_from(["messages", "billing"]))
    def pause(self, subject: str) -> None:
        with self.shop.begin(SYSTEM) as session:
            control.pause(session, "queue", subject, reason="the owner asked")

    @rule(subject=st.sampled_from(["messages", "billing"]))
    def resume(self, subject: str) -> None:
        with self.shop.begin(SYSTEM) as session:
            control.resume(session, "queue", subject)

    @rule(which=st.integers(0, 2))
    def try_again(self, which: int) -> None:
        """A person looks at the vendor first, as they are asked to."""
        row_id, ref, state, *_ = self.rows()[which]
        if state == "unknown" and ref in self.desk.ledger:
            return

        def retry() -> None:
            with self.shop.begin(SYSTEM) as session:
                try:
                    control.retry(session, KIND, row_id, is_sure=True)
                except Refusal:
                    assert state in {"pending", "sent", "void"}

        self.act(retry)

    @invariant()
    def each_action_happened_once_at_most(self) -> None:
        assert len(self.desk.ledger) == len(set(self.desk.ledger))

    @invariant()
    def nothing_happened_after_it_was_called_off(self) -> None:
        for ref, happened in self.called_off.items():
            assert self.desk.ledger.count(ref) == happened

    @invariant()
    def what_is_said_to_be_sent_was_sent(self) -> None:
        for _, ref, state, *_ in self.rows():
            assert state != "sent" or ref in self.desk.ledger

    @invariant()
    def what_is_said_not_to_have_happened_did_not(self) -> None:
        alone = [row for row in self.rows() if row[1] == "b"]  # "a" has two rows: one may be void
        assert all(
            state not in {"void", "failed"}
            for _, ref, state, *_ in alone
            if ref in self.desk.ledger
        )

    @invariant()
    def nobody_tried_more_often_than_is_allowed(self) -> None:
        assert all(row[3] <= MOST for row in self.rows())


@pytest.mark.slow
@pytest.mark.parametrize("is_keyed", [False, True])
def test_a_row_lives_along_the_drawn_edges(
    parcels: Database, begin_for_real: Begin, *, is_keyed: bool
) -> None:
    life = type(
        "Life",
        (Life,),
        {
            "parcels": parcels,
            "begin_transaction": staticmethod(begin_for_real),
            "is_keyed": is_keyed,
        },
    )
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=2000 if LONG else 80,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
