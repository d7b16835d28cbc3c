"""The line is read from its head; a step apart, for its indexes are made beside the writers."""

from collections.abc import Iterable

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

NIL = "'00000000-0000-0000-0000-000000000000'::uuid"
INDEXES = {
    "call_queue_lane_idx": f"call_queue (user_id, (coalesce(campaign_id, {NIL})),"
    f" (coalesce(provider_id, {NIL})), priority, due_at) WHERE status = 'queued' AND is_ready",
    "call_queue_later_idx": "call_queue (due_at) WHERE status = 'queued' AND NOT is_ready",
    "tenant_turns_waiting_idx": "tenant_turns (virtual_time) WHERE is_waiting",
    "tenant_turns_asleep_idx": "tenant_turns (due_at) WHERE NOT is_waiting",
    "call_attempts_of_caller_idx": "call_attempts (caller_number_id, created_at)"
    " WHERE caller_number_id IS NOT NULL",
    "call_attempts_ended_idx": "call_attempts (user_id, ended_at)"
    " WHERE ended_at IS NOT NULL AND cost IS NOT NULL",
}
FORMER = {
    "call_queue_turn_idx": "call_queue (user_id, priority, due_at) WHERE status = 'queued'",
    "tenant_turns_next_idx": "tenant_turns (virtual_time)",
}


def upgrade() -> None:
    _replace(FORMER, INDEXES)


def downgrade() -> None:
    _replace(INDEXES, FORMER)


def _replace(old: Iterable[str], new: dict[str, str]) -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # it waits for open transactions, and nobody for it
        for name, where in new.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {where}")
        for name in old:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute("SET lock_timeout = '5s'")
