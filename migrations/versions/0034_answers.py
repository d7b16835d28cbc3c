"""An owner's answer is owed its consequences, whoever writes it; a reading can be found again."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE questions
    ADD COLUMN IF NOT EXISTS generation integer NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS applied_at timestamptz,
    ADD COLUMN IF NOT EXISTS problem text;
ALTER TABLE extraction_runs ADD COLUMN IF NOT EXISTS input_hash text
"""

INDEXES = {
    "questions_event_id_idx": "questions (event_id)",
    "questions_untold_idx": (
        "questions (created_at) WHERE answered_at IS NULL AND told_at IS NULL"
    ),
    "extraction_runs_input_hash_idx": (
        "extraction_runs (user_id, input_hash) WHERE input_hash IS NOT NULL"
    ),
}

# An answer by the command line and one by UPDATE are the same statement, so both owe the same.
ANSWER = """
CREATE FUNCTION questions_take_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.answered_at := coalesce(NEW.answered_at, clock_timestamp());
  NEW.generation := OLD.generation + 1;
  NEW.problem := NULL;
  RETURN NEW;
END $$;

CREATE FUNCTION questions_owe() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO errands (task, subject_id, user_id, generation)
  VALUES ('transcripts.answer', NEW.id, NEW.user_id, NEW.generation) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE TRIGGER take_answer BEFORE UPDATE ON questions FOR EACH ROW
    WHEN (NEW.answer IS NOT NULL AND NEW.answer IS DISTINCT FROM OLD.answer)
    EXECUTE FUNCTION questions_take_answer();
CREATE TRIGGER owe AFTER UPDATE ON questions FOR EACH ROW
    WHEN (NEW.generation > OLD.generation) EXECUTE FUNCTION questions_owe();
CREATE TRIGGER ring AFTER UPDATE ON questions FOR EACH STATEMENT
    WHEN (current_setting('app.bell', true) IS DISTINCT FROM 'off')
    EXECUTE FUNCTION app_ring('transcripts')
"""

# Who confirms, moves or cancels a draft by hand has answered what was asked about its moment.
SETTLE = """
CREATE FUNCTION events_settle_questions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE questions SET answered_at = clock_timestamp()
  WHERE event_id = NEW.id AND field = 'start_time' AND answered_at IS NULL;
  RETURN NULL;
END $$;

CREATE TRIGGER settle_questions AFTER UPDATE ON events FOR EACH ROW
    WHEN (OLD.status = 'extracted' AND NEW.status <> 'extracted')
    EXECUTE FUNCTION events_settle_questions()
"""


def upgrade() -> None:
    op.execute(COLUMNS)
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # it waits for open transactions, and nobody for it
        for name, where in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {where}")
        op.execute("SET lock_timeout = '5s'")
    op.execute(ANSWER)
    op.execute(SETTLE)


def downgrade() -> None:
    op.execute("DROP TRIGGER settle_questions ON events")
    for trigger in ("ring", "owe", "take_answer"):
        op.execute(f"DROP TRIGGER {trigger} ON questions")
    op.execute("DROP FUNCTION events_settle_questions(), questions_owe(), questions_take_answer()")
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")
    op.execute("ALTER TABLE extraction_runs DROP COLUMN input_hash")
    op.execute(
        "ALTER TABLE questions DROP COLUMN generation, DROP COLUMN applied_at, DROP COLUMN problem"
    )
