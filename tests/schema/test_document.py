"""docs/schema.md tells the truth of today."""

from pathlib import Path

from sqlalchemy import create_engine

from migrations.describe import describe
from tests.support.databases import Database

PAGE = Path(__file__).resolve().parents[2] / "docs" / "schema.md"


def test_the_page_of_the_schema_is_current(own_database: Database) -> None:
    engine = create_engine(own_database.url("postgres"))
    with engine.connect() as connection:
        page = describe(connection)
    engine.dispose()

    assert PAGE.read_text(encoding="utf-8") == page, "run `make schema`"
