"""Calendars as work: pulls and links that are claimed, tokens renewed by one, notices, drift."""

from typing import Final

from alembic import op

from migrations import policies

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

COLUMNS: Final = (
    ("calendar_integrations", "pull_state", "text NOT NULL DEFAULT 'waiting'"),
    ("calendar_integrations", "due_at", "timestamptz NOT NULL DEFAULT clock_timestamp()"),
    ("calendar_integrations", "attempts", "integer NOT NULL DEFAULT 0"),
    ("calendar_integrations", "lease_token", "uuid"),
    ("calendar_integrations", "lease_expires_at", "timestamptz"),
    ("calendar_integrations", "zone", "text"),
    ("calendar_integrations", "page", "text"),
    ("calendar_integrations", "listing_since", "timestamptz"),
    ("calendar_integrations", "window_end", "timestamptz"),
    ("calendar_integrations", "writes", "boolean NOT NULL DEFAULT true"),
    ("calendar_integrations", "on_cancel", "text NOT NULL DEFAULT 'remove'"),
    ("calendar_integrations", "outside_cancel", "text NOT NULL DEFAULT 'follow'"),
    ("calendar_integrations", "outside_move", "text NOT NULL DEFAULT 'follow'"),
    ("calendar_integrations", "watch_name", "text"),
    ("calendar_integrations", "watch_resource", "text"),
    ("calendar_integrations", "watch_ends_at", "timestamptz"),
    ("calendar_integrations", "watch_due_at", "timestamptz"),
    ("calendar_integrations", "renewal", "uuid"),
    ("calendar_integrations", "renewal_ends_at", "timestamptz"),
    ("calendar_integrations", "drift", "integer"),
    ("calendar_integrations", "compared_at", "timestamptz"),
    ("calendar_event_links", "state", "text NOT NULL DEFAULT 'done'"),
    ("calendar_event_links", "due_at", "timestamptz NOT NULL DEFAULT clock_timestamp()"),
    ("calendar_event_links", "attempts", "integer NOT NULL DEFAULT 0"),
    ("calendar_event_links", "lease_token", "uuid"),
    ("calendar_event_links", "lease_expires_at", "timestamptz"),
    ("calendar_event_links", "last_error", "text"),
    ("calendar_event_links", "wanted", "integer NOT NULL DEFAULT 0"),
    ("calendar_event_links", "carried", "integer NOT NULL DEFAULT 0"),
    ("calendar_event_links", "incarnation", "integer NOT NULL DEFAULT 0"),
    ("calendar_event_links", "is_there", "boolean NOT NULL DEFAULT false"),
    ("calendar_event_links", "seen_etag", "text"),
    ("calendar_event_links", "fields", "jsonb NOT NULL DEFAULT '{}'"),
    ("calendar_event_links", "trail", "jsonb NOT NULL DEFAULT '[]'"),
    ("calendar_events", "is_busy", "boolean NOT NULL DEFAULT true"),
    ("calendar_events", "link_id", "uuid"),
    ("calendar_events", "series", "text"),
    ("calendar_events", "listed_at", "timestamptz"),
)

CHECKS: Final = (
    (
        "calendar_integrations",
        "pull_state_is_known",
        "pull_state IN ('waiting', 'pulling', 'failed')",
    ),
    ("calendar_integrations", "on_cancel_is_known", "on_cancel IN ('remove', 'mark')"),
    ("calendar_integrations", "outside_cancel_is_known", "outside_cancel IN ('follow', 'ask')"),
    ("calendar_integrations", "outside_move_is_known", "outside_move IN ('follow', 'ask')"),
    (
        "calendar_event_links",
        "state_is_known",
        "state IN ('pending', 'working', 'done', 'failed', 'unknown', 'stopped')",
    ),
)

INDEXES: Final = (
    ("calendar_integrations", "due_idx", "(due_at) WHERE pull_state = 'waiting'"),
    ("calendar_integrations", "lapsed_idx", "(lease_expires_at) WHERE pull_state = 'pulling'"),
    ("calendar_event_links", "due_idx", "(due_at) WHERE state = 'pending'"),
    ("calendar_event_links", "unknown_idx", "(due_at) WHERE state = 'unknown'"),
    ("calendar_event_links", "lapsed_idx", "(lease_expires_at) WHERE state = 'working'"),
    ("calendar_events", "link_id_idx", "(user_id, link_id) WHERE link_id IS NOT NULL"),
)

# Whoever writes an event, it is carried to the owner's calendar; where there is none, nothing is
# owed, and connecting one owes for what is to come. A change of words alone has no generation of
# its own, so it is owed under a number that nobody else has.
PUSH = """
CREATE OR REPLACE FUNCTION events_owe_push() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  number integer := NEW.generation;
BEGIN
  IF NOT EXISTS (SELECT FROM calendar_integrations i
                 WHERE i.user_id = NEW.user_id AND i.is_active AND i.writes) THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.generation = OLD.generation THEN
    number := -1 - floor(random() * 2147483647)::integer;
  END IF;
  INSERT INTO errands (task, subject_id, user_id, generation)
  VALUES ('calendars.push', NEW.id, NEW.user_id, number) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS owe_push_of_new ON events;
CREATE TRIGGER owe_push_of_new AFTER INSERT ON events FOR EACH ROW
    WHEN (NEW.status IN ('scheduled', 'confirmed') AND NOT NEW.owes_nothing)
    EXECUTE FUNCTION events_owe_push();

DROP TRIGGER IF EXISTS owe_push ON events;
CREATE TRIGGER owe_push AFTER UPDATE ON events FOR EACH ROW
    WHEN (NOT NEW.owes_nothing
          AND (OLD.start_time, OLD.end_time, OLD.status, OLD.title, OLD.location, OLD.notes,
               OLD.timezone)
              IS DISTINCT FROM
              (NEW.start_time, NEW.end_time, NEW.status, NEW.title, NEW.location, NEW.notes,
               NEW.timezone))
    EXECUTE FUNCTION events_owe_push()
"""

# What the owner answers about a conflict is carried out, whoever writes the answer down.
ANSWERED = """
CREATE OR REPLACE FUNCTION questions_owe_push() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO errands (task, subject_id, user_id, generation)
  VALUES ('calendars.push', NEW.event_id, NEW.user_id,
          -1 - floor(random() * 2147483647)::integer) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS owe_push ON questions;
CREATE TRIGGER owe_push AFTER UPDATE ON questions FOR EACH ROW
    WHEN (NEW.answered_at IS NOT NULL AND OLD.answered_at IS NULL
          AND NEW.field LIKE 'calendar.%' AND NEW.event_id IS NOT NULL)
    EXECUTE FUNCTION questions_owe_push()
"""


def upgrade() -> None:
    for table, column, words in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column} {words}")
    op.execute("SET ROLE frontdesk_system")  # row level security is forced on the owner, too
    op.execute("UPDATE calendar_event_links SET is_there = true WHERE pushed_at IS NOT NULL")
    op.execute("SET ROLE frontdesk_owner")
    for table, name, rule in CHECKS:
        full = f"{table}_{name}"
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {full}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {full} CHECK ({rule}) NOT VALID")
    op.execute(PUSH)
    op.execute(ANSWERED)
    for table in ("calendar_integrations", "calendar_event_links"):
        op.execute(f"DROP TRIGGER IF EXISTS ring ON {table}")
        policies.work_table(table, area="calendars")
    with op.get_context().autocommit_block():
        for table, name, _ in CHECKS:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {table}_{name}")
        for table, name, of in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {table}_{name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {table}_{name} ON {table} {of}")


def downgrade() -> None:
    op.execute("DROP TRIGGER owe_push ON questions")
    op.execute("DROP TRIGGER owe_push ON events")
    op.execute("DROP TRIGGER owe_push_of_new ON events")
    op.execute("DROP FUNCTION questions_owe_push(), events_owe_push()")
    for table in ("calendar_integrations", "calendar_event_links"):
        op.execute(f"DROP TRIGGER ring ON {table}")
        op.execute(f"ALTER TABLE {table} RESET (autovacuum_vacuum_scale_factor)")
    for table, column, _ in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
