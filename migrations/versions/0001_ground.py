"""Functions that every table stands on."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UUID7 = """
CREATE FUNCTION app_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  -- The first 48 bits are milliseconds, the version becomes 7: chance that sorts by time.
  -- Plain SQL: uuidv7() stands only in PostgreSQL 18, and extensions are not everywhere.
  SELECT encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid()) PLACING
        substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
        FROM 1 FOR 6),
      52, 1), 53, 1), 'hex')::uuid
$$
"""

CURRENT_USER = """
CREATE FUNCTION app_current_user() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
  -- Ours first, then Supabase's. After a commit a setting reads as '', not as NULL.
  SELECT coalesce(
    nullif(current_setting('app.user_id', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub'
  )::uuid
$$
"""

TOUCH = """
CREATE FUNCTION app_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END $$
"""

RING = """
CREATE FUNCTION app_ring() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- One payload a statement, the area that has work: a million rows ring once.
  PERFORM pg_notify('frontdesk_bell', TG_ARGV[0]);
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    for function in (UUID7, CURRENT_USER, TOUCH, RING):
        op.execute(function)
    op.execute("GRANT SELECT ON alembic_version TO frontdesk_worker")  # asked at every start


def downgrade() -> None:
    op.execute("DROP FUNCTION app_ring(), app_touch(), app_current_user(), app_uuid7()")
