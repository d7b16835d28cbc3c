"""A database whose clock the test sets: all that asks what time it is asks `clock_timestamp`.

The function of this name is put before PostgreSQL's own for the workers' login in this database,
and into the defaults of columns. What runs by `now()` alone is retention, which goes by days.
"""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import psycopg

from tests.support.databases import Database

NEW_YORK: Final = ZoneInfo("America/New_York")
CLOCK = """
CREATE TABLE frontdesk.test_clock (ahead interval NOT NULL);
INSERT INTO frontdesk.test_clock VALUES ('0');
CREATE FUNCTION frontdesk.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
    SECURITY DEFINER SET search_path = frontdesk, pg_temp AS
    $$ SELECT pg_catalog.clock_timestamp() + ahead FROM frontdesk.test_clock $$;
GRANT EXECUTE ON FUNCTION frontdesk.clock_timestamp() TO PUBLIC
"""
DEFAULTED = """
SELECT format('ALTER TABLE frontdesk.%I ALTER COLUMN %I SET DEFAULT frontdesk.clock_timestamp()',
              table_name, column_name)
FROM information_schema.columns c
WHERE table_schema = 'frontdesk' AND column_default = 'pg_catalog.clock_timestamp()'
"""
MOSTLY = """
  AND table_name IN ('calls', 'errands', 'events', 'effects', 'messages', 'number_ranges',
                     'owner_notices', 'pace_buckets', 'questions', 'sms_opt_outs', 'suppressions')
"""


def install(database: Database, *, clock: str = CLOCK, everywhere: bool = False) -> None:
    """Have this database ask a clock that can be set."""
    with database.connect() as connection:
        connection.execute(clock)
        wanted = DEFAULTED if everywhere else DEFAULTED + MOSTLY
        for (statement,) in connection.execute(wanted).fetchall():
            connection.execute(statement)
        name = connection.info.dbname
        for role in ("frontdesk_worker", "frontdesk_tenant", "frontdesk_system"):
            connection.execute(
                f'ALTER ROLE {role} IN DATABASE "{name}" SET search_path = frontdesk, pg_catalog'
            )


def noon() -> datetime:
    """Tell when it is noon in New York today, when people may be written to in Europe as well."""
    return datetime.now(NEW_YORK).replace(hour=12, minute=0)


def at_noon(database: Database) -> None:
    """Have it be noon in New York."""
    install(database)
    with database.connect() as connection:
        put(connection, noon())


def put(connection: psycopg.Connection[Any], at: datetime) -> None:
    """Set the clock; it runs on from there."""
    connection.execute(
        "UPDATE frontdesk.test_clock SET ahead = %s - pg_catalog.clock_timestamp()", [at]
    )
