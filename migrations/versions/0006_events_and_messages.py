"""Events, what people are told about them, and who wants to be told nothing."""

from alembic import op

from migrations import policies

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

EVENTS = r"""
CREATE TABLE events (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    call_id uuid,
    customer_id uuid,
    title text NOT NULL,
    event_type text NOT NULL DEFAULT 'meeting' CONSTRAINT events_event_type_is_known CHECK (
        event_type IN ('service_call', 'meeting', 'appointment', 'demo', 'follow_up', 'quote',
                       'consultation', 'inspection', 'emergency')),
    service_type text,
    status text NOT NULL DEFAULT 'extracted' CONSTRAINT events_status_is_known CHECK (status IN (
        'extracted', 'pending', 'tentative', 'scheduled', 'confirmed', 'completed', 'cancelled',
        'no_show')),
    proposed_datetime timestamptz,
    start_time timestamptz,
    end_time timestamptz,
    timezone text NOT NULL DEFAULT 'UTC',
    customer_name text,
    customer_phone text CONSTRAINT events_customer_phone_is_e164
        CHECK (customer_phone ~ '^\+[1-9]\d{6,14}$'),
    customer_phone_sealed bytea,
    customer_phone_hash bytea,
    customer_email text,
    customer_email_sealed bytea,
    customer_email_hash bytea,
    location text,
    location_type text NOT NULL DEFAULT 'tbd' CONSTRAINT events_location_type_is_known
        CHECK (location_type IN ('address', 'virtual', 'phone', 'tbd')),
    urgency_level text CONSTRAINT events_urgency_level_is_known
        CHECK (urgency_level IN ('low', 'medium', 'high', 'emergency')),
    source text,
    notes text,
    ai_confidence numeric,
    fingerprint text,
    generation integer NOT NULL DEFAULT 0,
    owes_nothing boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT events_end_after_start CHECK (end_time > start_time),
    CONSTRAINT events_user_id_id_key UNIQUE (user_id, id),
    CONSTRAINT events_once_from_a_call UNIQUE (call_id, fingerprint),
    CONSTRAINT events_call_of_the_tenant FOREIGN KEY (user_id, call_id)
        REFERENCES calls (user_id, id) ON DELETE SET NULL (call_id),
    CONSTRAINT events_customer_of_the_tenant FOREIGN KEY (user_id, customer_id)
        REFERENCES customers (user_id, id) ON DELETE SET NULL (customer_id)
)
"""

MESSAGES = r"""
CREATE TABLE messages (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    event_id uuid,
    customer_id uuid,
    channel text NOT NULL DEFAULT 'sms'
        CONSTRAINT messages_channel_is_known CHECK (channel IN ('sms', 'email')),
    direction text NOT NULL DEFAULT 'outbound'
        CONSTRAINT messages_direction_is_known CHECK (direction IN ('inbound', 'outbound')),
    from_number text,
    to_number text CONSTRAINT messages_to_number_is_e164
        CHECK (to_number ~ '^\+[1-9]\d{6,14}$'),
    from_email text,
    to_email text,
    subject text,
    body text NOT NULL,
    status text NOT NULL DEFAULT 'pending' CONSTRAINT messages_status_is_known CHECK (status IN (
        'pending', 'sending', 'sent', 'delivered', 'undelivered', 'failed', 'bounced',
        'complained', 'received', 'void', 'held', 'unknown')),
    provider text,
    provider_message_id text,
    rule text,
    identity text CONSTRAINT messages_owed_once UNIQUE,
    event_start timestamptz,
    void_requested boolean NOT NULL DEFAULT false,
    segments integer,
    cost numeric,
    currency text,
    due_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    lease_token uuid,
    lease_expires_at timestamptz,
    last_error text,
    sent_at timestamptz,
    delivered_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT messages_cost_has_a_currency CHECK ((cost IS NULL) = (currency IS NULL)),
    CONSTRAINT messages_user_id_id_key UNIQUE (user_id, id),
    CONSTRAINT messages_event_of_the_tenant FOREIGN KEY (user_id, event_id)
        REFERENCES events (user_id, id) ON DELETE CASCADE,
    CONSTRAINT messages_customer_of_the_tenant FOREIGN KEY (user_id, customer_id)
        REFERENCES customers (user_id, id) ON DELETE SET NULL (customer_id)
)
"""

OPT_OUTS = r"""
CREATE TABLE sms_opt_outs (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    phone_number text NOT NULL CONSTRAINT sms_opt_outs_phone_number_is_e164
        CHECK (phone_number ~ '^\+[1-9]\d{6,14}$'),
    source text,
    opted_out_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    opted_in_at timestamptz,
    CONSTRAINT sms_opt_outs_once UNIQUE (user_id, phone_number)
)
"""

INDEXES = """
CREATE INDEX events_user_id_start_time_idx ON events (user_id, start_time);
CREATE INDEX messages_due_idx ON messages (due_at) WHERE status = 'pending';
CREATE INDEX messages_unknown_idx ON messages (due_at) WHERE status = 'unknown';
CREATE INDEX messages_lapsed_idx ON messages (lease_expires_at) WHERE status = 'sending';
CREATE INDEX messages_event_id_idx ON messages (event_id);
CREATE INDEX messages_provider_message_id_idx ON messages (provider, provider_message_id)
"""

# Whoever writes an event, its messages are planned: in the same transaction, once a generation.
OWE = """
CREATE FUNCTION events_count_generation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.start_time, OLD.end_time, OLD.status) IS DISTINCT FROM
     (NEW.start_time, NEW.end_time, NEW.status) THEN
    NEW.generation := OLD.generation + 1;
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION events_owe() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.owes_nothing OR (TG_OP = 'UPDATE' AND NEW.generation = OLD.generation) THEN
    RETURN NULL;
  END IF;
  INSERT INTO errands (task, subject_id, user_id, generation)
  VALUES ('messages.plan', NEW.id, NEW.user_id, NEW.generation) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE TRIGGER count_generation BEFORE UPDATE ON events
    FOR EACH ROW EXECUTE FUNCTION events_count_generation();
CREATE TRIGGER owe AFTER INSERT OR UPDATE ON events
    FOR EACH ROW EXECUTE FUNCTION events_owe()
"""

# A reminder dies with its appointment. Rows in a worker's hands are marked without waiting for
# it, so the person's own change never waits; the look right before the call sees the mark. A
# row that is locked at this very instant is being claimed, and the claim reads the event anew.
VOID = """
CREATE FUNCTION events_void_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status NOT IN ('cancelled', 'no_show')
     AND NEW.start_time IS NOT DISTINCT FROM OLD.start_time THEN
    RETURN NULL;
  END IF;
  WITH open AS (
    SELECT id FROM messages
    WHERE event_id = NEW.id AND identity IS NOT NULL AND status IN ('pending', 'held', 'sending')
      AND (NEW.status IN ('cancelled', 'no_show')
           OR event_start IS DISTINCT FROM NEW.start_time)
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
END $$;

CREATE TRIGGER void_messages AFTER UPDATE ON events
    FOR EACH ROW EXECUTE FUNCTION events_void_messages()
"""


def upgrade() -> None:
    for statement in (EVENTS, MESSAGES, OPT_OUTS, INDEXES, OWE, VOID):
        op.execute(statement)
    for table in ("events", "messages", "sms_opt_outs"):
        policies.tenant(table)
    for table in ("events", "messages"):
        policies.touch(table)
    policies.work_table("messages", area="messages")
    policies.work_table("errands", area="messages")


def downgrade() -> None:
    op.execute("DROP TRIGGER ring ON errands")
    for table in ("sms_opt_outs", "messages", "events"):
        op.drop_table(table)
    op.execute("DROP FUNCTION events_void_messages(), events_owe(), events_count_generation()")
