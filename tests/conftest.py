"""Real servers for every test: one pair a run, one database a test that needs its own."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import Engine, create_engine, pool
from sqlalchemy.orm import sessionmaker

from config.home import Home
from domain.database import Begin, scoped, sessions
from tests.support.databases import Database, drop_database, make_database
from workers import migration
from workers.embedded import seat

LOOPBACK = ("127.", "::1", "localhost")


def _stay_on_this_machine(event: str, args: tuple[Any, ...]) -> None:
    """Refuse a connection to anywhere else, whoever asks."""
    if event == "socket.connect":
        address = args[1]
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise RuntimeError(f"a test reached out to {address[0]}")


sys.addaudithook(_stay_on_this_machine)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the suites of the database run on another PostgreSQL than the wheel's."""
    parser.addoption("--postgres", default="", help="Folder of another PostgreSQL's programs.")


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's home in the process that began it.

    Exceptions are told plainly: rich draws every local of every frame, which took minutes of a
    processor for one bug that a test provokes, while the row's lease ran out.
    """
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])
    if not hasattr(config, "workerinput"):
        config.stash[HOME] = Path(tempfile.mkdtemp(prefix="frontdesk-tests-"))


def pytest_configure_node(node: Any) -> None:  # a type of xdist that it does not export
    """Tell each of xdist's processes where the home is."""
    node.workerinput["home"] = str(node.config.stash[HOME])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Clear the run's home away; its servers have ended with their last seat."""
    if HOME in config.stash:
        shutil.rmtree(config.stash[HOME], ignore_errors=True)


def pytest_terminal_summary(terminalreporter: Any) -> None:  # pytest does not export it
    """Print what tests have measured."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "measured":
                terminalreporter.write_line(f"measured: {value}")


HOME: pytest.StashKey[Path] = pytest.StashKey()


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Keep a figure, to be printed at the end of the run."""
    return lambda words: record_property("measured", words)


@pytest.fixture(scope="session")
def home(pytestconfig: pytest.Config) -> Home:
    given = getattr(pytestconfig, "workerinput", {}).get("home")
    return Home(Path(given) if given else pytestconfig.stash[HOME])


@pytest.fixture(scope="session")
def servers(home: Home, pytestconfig: pytest.Config) -> Iterator[Home]:
    """PostgreSQL and Valkey, shared by all processes of this run."""
    other = str(pytestconfig.getoption("--postgres"))
    if other:
        (home.path / "postgres-programs").write_text(other)
    with seat(home, durable=False):
        yield home


@pytest.fixture(scope="session")
def template(servers: Home) -> str:
    """A migrated database to copy from; one for each of xdist's processes."""
    name = f"template_{uuid4().hex[:12]}"
    migration.migrate(make_database(servers, name).url("postgres"))
    return name


@pytest.fixture
def database(servers: Home, template: str) -> Iterator[Database]:
    """A database for one test, in which commits are real."""
    made = make_database(servers, f"test_{uuid4().hex[:12]}", template)
    yield made
    drop_database(made)


@pytest.fixture(scope="module")
def own_database(servers: Home, template: str) -> Iterator[Database]:
    """A database for all tests of one module, which leave it as they found it."""
    made = make_database(servers, f"module_{uuid4().hex[:12]}", template)
    yield made
    drop_database(made)


@pytest.fixture
def begin_for_real(database: Database) -> Iterator[Begin]:
    """Transactions that commit, each on a connection of its own."""
    engine = create_engine(database.url(), pool_size=20)
    yield sessions(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def _engine(servers: Home, template: str) -> Iterator[Engine]:
    shared = make_database(servers, f"shared_{uuid4().hex[:12]}", template)
    engine = create_engine(shared.url(), poolclass=pool.NullPool)
    yield engine
    engine.dispose()


@pytest.fixture
def begin(_engine: Engine) -> Iterator[Begin]:
    """Transactions of the code under test become savepoints of one that is undone."""
    with _engine.connect() as connection, connection.begin() as outer:
        make = sessionmaker(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
        yield scoped(make)
        outer.rollback()
