"""Months as partitions, made and dropped by one function of the owner; how far retention came."""

from collections.abc import Iterator

from alembic import op

from migrations import audit, policies

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

# The owner is under forced row level security like everybody, so it is let in by name, where it
# has to move rows or to write down what a trigger saw. Nobody logs in as the owner.
CLOSE = """
CREATE FUNCTION app_close_partition(child text, parent text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = frontdesk, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
             WHERE c.relnamespace = 'frontdesk'::regnamespace AND c.relname = child
             AND p.polname = 'keeper') THEN
    RETURN;
  END IF;
  IF parent IS NOT NULL THEN  -- writers lock the parent first: in their order, nobody deadlocks
    EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', parent);
  END IF;
  EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', child);
  EXECUTE format('REVOKE ALL ON %I FROM PUBLIC, frontdesk_tenant, frontdesk_system,'
                 ' frontdesk_worker', child);
  EXECUTE format('DROP POLICY IF EXISTS system ON %I', child);
  EXECUTE format('CREATE POLICY system ON %I TO frontdesk_system USING (true) WITH CHECK (true)',
                 child);
  EXECUTE format('CREATE POLICY keeper ON %I TO frontdesk_owner USING (true) WITH CHECK (true)',
                 child);
END $$
"""

PARTITIONS = r"""
CREATE FUNCTION app_partitions(parent text, OUT name text, OUT since timestamptz,
    OUT till timestamptz) RETURNS SETOF record LANGUAGE sql STABLE AS $$
  SELECT c.relname, substring(bound FROM 'FROM \(''([^'']+)''\)')::timestamptz,
         substring(bound FROM 'TO \(''([^'']+)''\)')::timestamptz
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent,
       pg_get_expr(c.relpartbound, c.oid) bound
  WHERE p.relname = parent AND p.relnamespace = 'frontdesk'::regnamespace AND bound <> 'DEFAULT'
$$
"""

# Writers that found no month wrote to the default partition, and one of them may be about to.
# Only the parent's lock makes it look again; with less, it fails on a month that was just made.
# Whichever are fewer move: the rows of the span out of the default, or the others out of what
# then becomes the span's partition. A million rows change their partition in one scan.
MAKE = """
CREATE FUNCTION app_make_partition(
    parent text, since timestamptz, till timestamptz, is_new boolean,
    OUT made text, OUT moved bigint)
LANGUAGE plpgsql SET search_path = frontdesk, pg_temp AS $$
DECLARE
  rest text := parent || '_default';
  span text := format('created_at >= coalesce(%L, ''-infinity''::timestamptz) AND created_at < %L',
                      since, till);
  inside bigint; outside bigint; source text; target text; goes text;
BEGIN
  EXECUTE format('SELECT count(*) FILTER (WHERE %1$s), count(*) FILTER (WHERE NOT (%1$s))'
                 ' FROM %2$I', span, rest) INTO inside, outside;
  made := parent || CASE WHEN till = since + interval '1 month' THEN to_char(since, '_YYYY_MM')
                         ELSE to_char(till, '_"until"_YYYY_MM') END;
  IF is_new OR inside > 0 THEN
    EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', parent);
  END IF;
  IF inside > outside THEN
    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, rest);
    EXECUTE format('ALTER TABLE %I RENAME TO %I', rest, made);
    EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', rest, parent);
    PERFORM app_close_partition(rest);
    source := made; target := rest; goes := format('NOT (%s)', span);
  ELSE
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', made, parent);
    PERFORM app_close_partition(made);
    source := rest; target := made; goes := span;
  END IF;
  IF least(inside, outside) > 0 OR is_new THEN
    EXECUTE format('WITH gone AS (DELETE FROM %I WHERE %s RETURNING *) INSERT INTO %I'
                   ' SELECT * FROM gone', source, goes, target);
  END IF;
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%L)', parent, made,
                 coalesce(quote_literal(since), 'MINVALUE'), till);
  moved := inside;
END $$
"""

# What can be kept shorter than this by nobody stands here, not with the caller: the house may
# call, and a mistake of the house must not cost what the law wants kept.
STEP = """
CREATE FUNCTION app_step_partitions_at(
    parent text, ahead integer, keep interval, now timestamptz,
    OUT step text, OUT partition text, OUT rows bigint)
LANGUAGE plpgsql SET search_path = frontdesk, pg_temp SET timezone = 'UTC' SET lock_timeout = '1s'
AS $$
DECLARE
  kept interval; edge timestamptz; this_month timestamptz := date_trunc('month', now);
  oldest record; rest text := parent || '_default'; to_be timestamptz; has_rows boolean;
BEGIN
  SELECT greatest(keep, least_kept) INTO kept FROM (VALUES
      ('audit_logs', interval '7 years'), ('ai_usage_logs', interval '1 year'),
      ('telephony_events', interval '14 days'), ('latency_logs', interval '7 days'),
      ('webhook_payloads', interval '7 days')) ours(name, least_kept)
    JOIN pg_class c ON c.relname = name AND c.relkind = 'p'
     AND c.relnamespace = 'frontdesk'::regnamespace
    WHERE name = parent;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'that table is not partitioned by month' USING ERRCODE = '22023';
  END IF;
  IF ahead IS NULL OR ahead NOT BETWEEN 0 AND 12 THEN
    RAISE EXCEPTION 'between 0 and 12 months ahead' USING ERRCODE = '22023';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('frontdesk partitions'), hashtext(parent));

  PERFORM app_close_partition(rest, parent);
  SELECT max(p.till) INTO edge FROM app_partitions(parent) p;
  IF edge IS NULL OR edge <= this_month + ahead * interval '1 month' THEN
    step := 'made';
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE created_at < %L AND created_at >= %L)',
                   rest, this_month + interval '1 month', coalesce(edge, '-infinity'))
      INTO has_rows;
    to_be := greatest(edge, this_month) + interval '1 month';
    IF NOT has_rows THEN
      edge := coalesce(edge, this_month);
      to_be := edge + interval '1 month';
    END IF;
    SELECT made, moved INTO partition, rows
      FROM app_make_partition(parent, edge, to_be, coalesce(edge <= this_month, true));
    RETURN;
  END IF;
  IF keep IS NULL THEN RETURN; END IF;

  SELECT * INTO oldest FROM app_partitions(parent) p WHERE p.till <= now - kept
    ORDER BY p.till LIMIT 1;
  IF FOUND THEN
    step := 'dropped'; partition := oldest.name;
    EXECUTE format('SELECT count(*) FROM %I', oldest.name) INTO rows;
    EXECUTE format('DROP TABLE %I', oldest.name);
    RETURN;
  END IF;

  EXECUTE format('DELETE FROM %1$I WHERE ctid = ANY(ARRAY(SELECT ctid FROM %1$I'
                 ' WHERE created_at < %2$L LIMIT 5000))', rest, now - kept);
  GET DIAGNOSTICS rows = ROW_COUNT;
  IF rows > 0 THEN
    step := 'emptied'; partition := rest;
  ELSE
    rows := NULL;
  END IF;
END $$
"""

DOOR = """
CREATE FUNCTION app_step_partitions(
    parent text, ahead integer, keep interval,
    OUT step text, OUT partition text, OUT rows bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = frontdesk, pg_temp AS $$
  SELECT * FROM app_step_partitions_at(parent, ahead, keep, clock_timestamp())
$$
"""

INNER = (
    "app_close_partition(text, text)",
    "app_make_partition(text, timestamptz, timestamptz, boolean)",
    "app_step_partitions_at(text, integer, interval, timestamptz)",
)
DOORS = ("app_step_partitions(text, integer, interval)",)

ROUNDS = """
CREATE TABLE retention_rounds (
    rule text PRIMARY KEY,
    began_at timestamptz,
    cursor_id uuid,
    rows bigint NOT NULL DEFAULT 0,
    finished_at timestamptz,
    finished_rows bigint NOT NULL DEFAULT 0,
    total_rows bigint NOT NULL DEFAULT 0
)
"""

# A trigger knows no key, so of what is personal or secret it writes the name of the column only;
# where a keyed hash stands beside the value, that is shown. Written as the owner, because a
# tenant must not write what says that the database itself saw it.
RECORD = """
CREATE FUNCTION app_keep_record() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = frontdesk, pg_temp AS $$
DECLARE
  was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN jsonb_strip_nulls(to_jsonb(OLD)) ELSE '{}' END;
  became jsonb := CASE WHEN TG_OP <> 'DELETE' THEN jsonb_strip_nulls(to_jsonb(NEW)) ELSE '{}' END;
  one jsonb := CASE WHEN TG_OP = 'DELETE' THEN was ELSE became END;
  changed text[]; was_shown jsonb; became_shown jsonb;
BEGIN
  SELECT array_agg(name),
         jsonb_object_agg(name, was -> name) FILTER (WHERE is_shown AND was ? name),
         jsonb_object_agg(name, became -> name) FILTER (WHERE is_shown AND became ? name)
  INTO changed, was_shown, became_shown
  FROM (SELECT unnest(string_to_array(TG_ARGV[1], ',')) AS name, true AS is_shown
        UNION ALL SELECT unnest(string_to_array(TG_ARGV[2], ',')), false
        UNION ALL SELECT unnest(string_to_array(TG_ARGV[3], ',')), false) ours
  WHERE was -> name IS DISTINCT FROM became -> name;
  INSERT INTO audit_logs (user_id, actor, action, resource_type, resource_id, old_values,
                          new_values, metadata, seen_by_database)
  VALUES ((one ->> TG_ARGV[0])::uuid,
          left(coalesce(nullif(current_setting('app.actor', true), ''), session_user), 200),
          lower(TG_OP), TG_TABLE_NAME, coalesce(one ->> 'id', one ->> TG_ARGV[0])::uuid,
          was_shown, became_shown,
          jsonb_build_object('changed', to_jsonb(changed), 'login', session_user), true);
  RETURN NULL;
END $$
"""

# What retention finds old rows by. Tables are written in the order of time, so a range index is
# enough and costs their writers nothing; tenants' content is found tenant by tenant.
IN_ORDER = (
    ("messages", "created_at"),
    ("extraction_runs", "created_at"),
    ("webhook_queue", "received_at"),
    ("errands", "created_at"),
    ("effects", "intended_at"),
    ("sync_logs", "created_at"),
    ("call_queue", "created_at"),
    ("error_logs", "created_at"),
    ("webhook_deliveries", "created_at"),
)
BY_TENANT = (
    ("calls", "started_at", "transcript IS NOT NULL"),
    ("calls", "started_at", "recording_url IS NOT NULL"),
    ("leads", "created_at", "transcript IS NOT NULL"),
    ("extraction_runs", "created_at", "reading IS NOT NULL"),
    ("questions", "created_at", "answered_at IS NOT NULL"),
    ("messages", "created_at", "body <> ''"),
)

WRITTEN_BY_OTHERS = (
    "id, created_at, user_id, actor, action, resource_type, resource_id, old_values, new_values,"
    " metadata, ip_address, user_agent"
)


def indexes() -> Iterator[tuple[str, str]]:
    for table, moment in IN_ORDER:
        yield (
            f"{table}_in_order_idx",
            f"{table} USING brin ({moment}) WITH (pages_per_range = 32, autosummarize = on)",
        )
    for table, moment, what in BY_TENANT:
        column = what.partition(" ")[0]
        yield f"{table}_{column}_kept_idx", f"{table} (user_id, {moment}) WHERE {what}"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # it waits for open transactions, and nobody for it
        for name, where in indexes():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {where}")
        op.execute("SET lock_timeout = '5s'")
    for statement in (CLOSE, PARTITIONS, MAKE, STEP, DOOR, ROUNDS):
        op.execute(statement)
    for function in (*INNER, *DOORS):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    for function in DOORS:
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO frontdesk_system")
    policies.ops("retention_rounds")
    open_the_record()
    for record in audit.RECORDS:
        audit.keep_record(record)


def open_the_record() -> None:
    op.execute("ALTER TABLE audit_logs ADD COLUMN seen_by_database boolean NOT NULL DEFAULT false")
    for role in ("frontdesk_tenant", "frontdesk_system"):
        op.execute(f"REVOKE INSERT ON audit_logs FROM {role}")
        op.execute(f"GRANT INSERT ({WRITTEN_BY_OTHERS}) ON audit_logs TO {role}")
    op.execute("CREATE POLICY keeper ON audit_logs FOR INSERT TO frontdesk_owner WITH CHECK (true)")
    op.execute(RECORD)
    op.execute("REVOKE ALL ON FUNCTION app_keep_record() FROM PUBLIC")


def close_the_record() -> None:
    op.execute("DROP FUNCTION app_keep_record()")
    op.execute("DROP POLICY keeper ON audit_logs")
    for role in ("frontdesk_tenant", "frontdesk_system"):
        op.execute(f"REVOKE INSERT ({WRITTEN_BY_OTHERS}) ON audit_logs FROM {role}")
        op.execute(f"GRANT INSERT ON audit_logs TO {role}")
    op.execute("ALTER TABLE audit_logs DROP COLUMN seen_by_database")


def downgrade() -> None:
    for name, _ in indexes():
        op.execute(f"DROP INDEX {name}")
    for record in audit.RECORDS:
        audit.forget_record(record)
    close_the_record()
    op.drop_table("retention_rounds")
    op.execute(f"DROP FUNCTION {', '.join((*DOORS, *reversed(INNER), 'app_partitions(text)'))}")
