"""What a message answers, until when it is of use, and what was decided about it."""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE messages
    ADD COLUMN html text,
    ADD COLUMN calendar text,
    ADD COLUMN useful_until timestamptz,
    ADD COLUMN answers_at timestamptz,
    ADD COLUMN worded_on date,
    ADD COLUMN verdict jsonb;
ALTER TABLE events ADD COLUMN on_my_way_at timestamptz
"""

# Who is on the way changes no time and no state, and yet there is something to tell.
ON_MY_WAY = """
CREATE FUNCTION events_note_on_my_way() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.generation := greatest(NEW.generation, OLD.generation + 1);
  RETURN NEW;
END $$;
CREATE TRIGGER note_on_my_way BEFORE UPDATE ON events FOR EACH ROW
    WHEN (NEW.on_my_way_at IS NOT NULL AND NEW.on_my_way_at IS DISTINCT FROM OLD.on_my_way_at)
    EXECUTE FUNCTION events_note_on_my_way()
"""

# A no-show's own message outlives the change that gave cause for it, and dies with another.
VOID = """
CREATE OR REPLACE FUNCTION events_void_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status NOT IN ('cancelled', 'no_show') {unless}
     AND NEW.start_time IS NOT DISTINCT FROM OLD.start_time THEN
    RETURN NULL;
  END IF;
  WITH open AS (
    SELECT id FROM messages
    WHERE event_id = NEW.id AND identity IS NOT NULL AND status IN ('pending', 'held', 'sending')
      AND ({calls_off} OR event_start IS DISTINCT FROM NEW.start_time)
    FOR UPDATE SKIP LOCKED)
  UPDATE messages m
  SET void_requested = true,
      status = CASE WHEN m.status = 'sending' THEN m.status ELSE 'void' END,
      last_error = CASE WHEN m.status = 'sending' THEN m.last_error
                        WHEN NEW.status IN ('cancelled', 'no_show')
                            THEN 'the event is ' || NEW.status
                        ELSE 'the event was moved' END
  FROM open WHERE m.id = open.id;
  RETURN NULL;
END $$
"""
BEFORE = VOID.format(unless="", calls_off="NEW.status IN ('cancelled', 'no_show')")
AFTER = VOID.format(
    unless="AND OLD.status <> 'no_show'",
    calls_off="CASE WHEN rule = 'no_show' THEN NEW.status <> 'no_show'"
    " ELSE NEW.status IN ('cancelled', 'no_show') END",
)

# A template with a word that nobody fills in would reach a person as it is.
TEMPLATES = r"""
CREATE FUNCTION message_templates_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE whole text := NEW.subject_template || ' ' || NEW.body_template; word text;
BEGIN
  FOR word IN SELECT m[1] FROM regexp_matches(whole, '\{\{\s*([^{}]*?)\s*\}\}', 'g') m LOOP
    IF word NOT IN ('business_name', 'customer_name', 'event_date', 'event_datetime',
                    'event_time', 'event_type', 'location', 'main_topic', 'review_link',
                    'service', 'title') THEN
      RAISE check_violation USING CONSTRAINT = 'message_templates_words_are_known',
        MESSAGE = 'unknown variable in a template: ' || word;
    END IF;
  END LOOP;
  IF regexp_replace(whole, '\{\{\s*[a-z_]+\s*\}\}', '', 'g') ~ '\{\{|\}\}' THEN
    RAISE check_violation USING CONSTRAINT = 'message_templates_words_are_whole',
      MESSAGE = 'a template opens or closes {{ }} without the other';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER check_words BEFORE INSERT OR UPDATE OF subject_template, body_template
    ON message_templates FOR EACH ROW EXECUTE FUNCTION message_templates_check()
"""

# The caller of a call that has just ended; not of one that somebody imports.
POST_CALL = """
CREATE FUNCTION calls_owe_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM users u WHERE u.id = NEW.user_id AND u.post_call_sms_enabled) THEN
    INSERT INTO errands (task, subject_id, user_id, generation)
    VALUES ('messages.plan', NEW.id, NEW.user_id, 0) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER owe_text AFTER INSERT OR UPDATE OF status ON calls FOR EACH ROW
    WHEN (NEW.status = 'completed' AND NEW.phone_number IS NOT NULL
          AND NEW.started_at > clock_timestamp() - interval '1 hour')
    EXECUTE FUNCTION calls_owe_text()
"""


def upgrade() -> None:
    for statement in (COLUMNS, ON_MY_WAY, AFTER, TEMPLATES, POST_CALL):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER owe_text ON calls")
    op.execute("DROP FUNCTION calls_owe_text()")
    op.execute("DROP TRIGGER note_on_my_way ON events")
    op.execute("DROP FUNCTION events_note_on_my_way()")
    op.execute("DROP TRIGGER check_words ON message_templates")
    op.execute("DROP FUNCTION message_templates_check()")
    op.execute(BEFORE)
    op.execute("ALTER TABLE events DROP COLUMN on_my_way_at")
    for column in ("html", "calendar", "useful_until", "answers_at", "worded_on", "verdict"):
        op.execute(f"ALTER TABLE messages DROP COLUMN {column}")
