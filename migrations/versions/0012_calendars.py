"""The owner's calendars: connections, what they hold, what is free, and what was done there."""

from alembic import op

from migrations import policies

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# A clear token stands for a minute at the most; what was sealed is what counts.
INTEGRATIONS = """
CREATE TABLE calendar_integrations (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    integration_type text NOT NULL CONSTRAINT calendar_integrations_type_is_known
        CHECK (integration_type IN ('google', 'outlook', 'apple', 'other')),
    status text NOT NULL DEFAULT 'connected' CONSTRAINT calendar_integrations_status_is_known
        CHECK (status IN ('connected', 'needs_reconnect')),
    is_active boolean NOT NULL DEFAULT true,
    base_url text,
    access_token text,
    access_token_sealed bytea,
    refresh_token text,
    refresh_token_sealed bytea,
    token_expires_at timestamptz,
    calendar_id text,
    calendar_name text,
    sync_enabled boolean NOT NULL DEFAULT true,
    sync_token text,
    last_sync_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT calendar_integrations_user_id_id_key UNIQUE (user_id, id),
    CONSTRAINT calendar_integrations_one_for_a_calendar
        UNIQUE (user_id, integration_type, calendar_id)
)
"""

EVENTS = r"""
CREATE TABLE calendar_events (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    calendar_integration_id uuid,
    title text,
    start_time timestamptz,
    end_time timestamptz,
    timezone text,
    is_all_day boolean NOT NULL DEFAULT false,
    event_type text,
    status text NOT NULL DEFAULT 'scheduled' CONSTRAINT calendar_events_status_is_known
        CHECK (status IN ('tentative', 'scheduled', 'confirmed', 'completed', 'cancelled',
                          'no_show')),
    service_type text,
    expected_revenue numeric,
    actual_revenue numeric,
    currency text,
    contact_person text,
    contact_email text,
    contact_phone text CONSTRAINT calendar_events_contact_phone_is_e164
        CHECK (contact_phone ~ '^\+[1-9]\d{6,14}$'),
    external_id text,
    source text,
    etag text,
    generation integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT calendar_events_end_not_before_start CHECK (end_time >= start_time),
    CONSTRAINT calendar_events_revenue_has_a_currency CHECK (
        currency IS NOT NULL OR (expected_revenue IS NULL AND actual_revenue IS NULL)),
    CONSTRAINT calendar_events_user_id_id_key UNIQUE (user_id, id),
    CONSTRAINT calendar_events_calendar_of_the_tenant
        FOREIGN KEY (user_id, calendar_integration_id)
        REFERENCES calendar_integrations (user_id, id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX calendar_events_once_from_a_source ON calendar_events
    (user_id, calendar_integration_id, source, external_id) NULLS NOT DISTINCT
    WHERE external_id IS NOT NULL;
CREATE INDEX calendar_events_user_id_start_time_idx ON calendar_events (user_id, start_time);
CREATE INDEX calendar_events_calendar_integration_id_idx
    ON calendar_events (calendar_integration_id)
"""

# Runs before `count_generation`, by its name: a spelling is no change.
ACCEPT = """
CREATE FUNCTION calendar_events_accept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.status := CASE NEW.status
    WHEN 'no-show' THEN 'no_show'
    WHEN 'booked' THEN 'scheduled'
    WHEN 'rescheduled' THEN 'scheduled'
    WHEN 'canceled' THEN 'cancelled'
    ELSE 'scheduled' END;
  RETURN NEW;
END $$;

CREATE TRIGGER accept BEFORE INSERT OR UPDATE ON calendar_events FOR EACH ROW
    WHEN (NEW.status IS NULL
          OR NEW.status IN ('no-show', 'booked', 'rescheduled', 'canceled'))
    EXECUTE FUNCTION calendar_events_accept()
"""

# The predecessor rang on every write, so that its own sync told the owner of every booking. This
# owes on a change of time or state only, and not for our own pull, which says `app.bell = off`.
NOTIFY = """
CREATE FUNCTION calendar_events_count_generation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.generation := OLD.generation + 1;
  RETURN NEW;
END $$;

CREATE TRIGGER count_generation BEFORE UPDATE ON calendar_events FOR EACH ROW
    WHEN ((OLD.start_time, OLD.end_time, OLD.status) IS DISTINCT FROM
          (NEW.start_time, NEW.end_time, NEW.status))
    EXECUTE FUNCTION calendar_events_count_generation();

CREATE FUNCTION calendar_events_owe() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW.generation > OLD.generation THEN
    INSERT INTO errands (task, subject_id, user_id, generation)
    VALUES ('messages.plan', NEW.id, NEW.user_id, NEW.generation) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER notify_owner_on_booking_change AFTER INSERT OR UPDATE ON calendar_events
    FOR EACH ROW WHEN (current_setting('app.bell', true) IS DISTINCT FROM 'off')
    EXECUTE FUNCTION calendar_events_owe()
"""

LINKS = """
CREATE TABLE calendar_event_links (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    event_id uuid NOT NULL,
    calendar_integration_id uuid NOT NULL,
    remote_id text NOT NULL,
    etag text,
    content_hash bytea,
    generation integer NOT NULL DEFAULT 0,
    pushed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT calendar_event_links_one_in_a_calendar UNIQUE (event_id, calendar_integration_id),
    CONSTRAINT calendar_event_links_one_for_a_remote_event
        UNIQUE (calendar_integration_id, remote_id),
    CONSTRAINT calendar_event_links_event_of_the_tenant FOREIGN KEY (user_id, event_id)
        REFERENCES events (user_id, id) ON DELETE CASCADE,
    CONSTRAINT calendar_event_links_calendar_of_the_tenant
        FOREIGN KEY (user_id, calendar_integration_id)
        REFERENCES calendar_integrations (user_id, id) ON DELETE CASCADE
)
"""

# Two holds of one resource do not overlap. GiST knows ranges by itself, and keys only with an
# extension that a server may not have: so the key stands as a range of one number, its hash.
# A hold that ran out still stands in the way until somebody releases it.
FREE = """
CREATE TABLE availability_slots (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    day_of_week integer NOT NULL CONSTRAINT availability_slots_day_is_of_a_week
        CHECK (day_of_week BETWEEN 0 AND 6),
    start_time time NOT NULL,
    end_time time NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT availability_slots_end_after_start CHECK (end_time > start_time),
    CONSTRAINT availability_slots_once UNIQUE (user_id, day_of_week, start_time)
);

CREATE TABLE booking_holds (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    resource text NOT NULL DEFAULT 'owner',
    during tstzrange NOT NULL,
    event_id uuid,
    expires_at timestamptz NOT NULL,
    released_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT booking_holds_last_some_time CHECK (
        NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
    CONSTRAINT booking_holds_event_of_the_tenant FOREIGN KEY (user_id, event_id)
        REFERENCES events (user_id, id) ON DELETE SET NULL (event_id),
    CONSTRAINT booking_holds_do_not_overlap EXCLUDE USING gist (
        int8range(hashtextextended(user_id::text || resource, 0) / 2,
                  hashtextextended(user_id::text || resource, 0) / 2, '[]') WITH &&,
        during WITH &&) WHERE (released_at IS NULL)
);

CREATE INDEX booking_holds_open_idx ON booking_holds (expires_at) WHERE released_at IS NULL;
CREATE INDEX booking_holds_event_id_idx ON booking_holds (event_id)
"""

LOGS = """
CREATE TABLE sync_logs (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    calendar_integration_id uuid,
    subject_id uuid,
    direction text NOT NULL CONSTRAINT sync_logs_direction_is_known
        CHECK (direction IN ('push', 'pull')),
    action text NOT NULL CONSTRAINT sync_logs_action_is_known
        CHECK (action IN ('create', 'update', 'delete', 'noop')),
    status text NOT NULL DEFAULT 'done' CONSTRAINT sync_logs_status_is_known
        CHECK (status IN ('done', 'failed', 'conflict')),
    details jsonb NOT NULL DEFAULT '{}',
    error_message text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT sync_logs_calendar_of_the_tenant FOREIGN KEY (user_id, calendar_integration_id)
        REFERENCES calendar_integrations (user_id, id) ON DELETE CASCADE
);

CREATE INDEX sync_logs_calendar_integration_id_created_at_idx
    ON sync_logs (calendar_integration_id, created_at)
"""

TABLES = (
    "calendar_integrations",
    "calendar_events",
    "calendar_event_links",
    "availability_slots",
    "booking_holds",
    "sync_logs",
)
UNTOUCHED = ("booking_holds", "sync_logs")


def upgrade() -> None:
    for statement in (INTEGRATIONS, EVENTS, ACCEPT, NOTIFY, LINKS, FREE, LOGS):
        op.execute(statement)
    for table in TABLES:
        policies.tenant(table)
        if table not in UNTOUCHED:
            policies.touch(table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute(
        "DROP FUNCTION calendar_events_accept(), calendar_events_owe(),"
        " calendar_events_count_generation()"
    )
