"""Who may still be about to call, and who cannot any more."""

import os
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from domain.database import SYSTEM, Begin
from domain.work import owners
from tests.support.waiting import wait_until

SLEEP = [sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"]


def owner_of(pid: int) -> str:
    stat = (owners.PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return f"{owners.this_host()}|{pid}|{stat[19]}"


def note(begin: Begin, *said: str) -> None:
    with begin(SYSTEM) as session:
        for owner in said:
            session.connection().exec_driver_sql(
                "INSERT INTO effects (key, kind, row_id, vendor, token, owner)"
                " VALUES (%s, 'parcel', %s, 'desk', %s, %s)",
                (str(uuid4()), uuid4(), uuid4(), owner),
            )


def noted(begin: Begin) -> set[str]:
    with begin(SYSTEM) as session:
        found = session.connection().exec_driver_sql("SELECT owner FROM effects")
        return {row[0] for row in found if row[0]}


def test_i_am_alive() -> None:
    assert owners.me() == owner_of(os.getpid())
    assert not owners.is_dead_here(owners.me())


def test_a_process_that_was_killed_is_dead() -> None:
    with subprocess.Popen(SLEEP, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        owner = owner_of(process.pid)
        assert not owners.is_dead_here(owner)

        process.send_signal(signal.SIGSTOP)
        assert not owners.is_dead_here(owner), "a stopped one may wake up"
        process.kill()

    assert owners.is_dead_here(owner)


def test_a_zombie_is_dead() -> None:
    pid = os.posix_spawn(sys.executable, [sys.executable, "-c", ""], os.environ)
    owner = owner_of(pid)

    wait_until(lambda: owners.is_dead_here(owner), within=10)

    assert os.waitpid(pid, 0)[0] == pid


def test_a_number_that_was_given_to_another_process_is_not_the_old_one() -> None:
    host, pid, started = owners.me().split("|")

    assert owners.is_dead_here(f"{host}|{pid}|{int(started) - 1}")


@pytest.mark.parametrize("owner", ["another-boot/pid:[1]|1|1", "no owner at all", ""])
def test_of_what_is_not_here_nothing_is_known(owner: str) -> None:
    assert not owners.is_dead_here(owner)
    assert not owners.is_dead_here(f"{owners.this_host()}|no number|1")


def test_who_cannot_look_says_of_nobody_that_it_is_dead() -> None:
    host, pid, started = owners.me().split("|")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
    try:
        is_dead = owners.is_dead_here(f"{host}|{pid}|{int(started) - 1}")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert not is_dead
    assert owners.is_running(os.getpid())


def test_the_dead_of_this_host_are_buried_and_nobody_else(begin: Begin) -> None:
    host, pid, started = owners.me().split("|")
    dead = f"{host}|{pid}|{int(started) - 1}"
    foreign = f"another-boot/pid:[1]|{pid}|{started}"
    note(begin, owners.me(), dead, foreign)

    with begin(SYSTEM) as session:
        assert owners.bury_dead(session) == 1
        assert owners.bury_dead(session) == 0

    assert noted(begin) == {owners.me(), foreign}


def test_a_host_that_started_anew_has_none_of_its_old_processes(begin: Begin) -> None:
    before, elsewhere = "former-boot/pid:[1]|5|5", "other-boot/pid:[1]|5|5"
    note(begin, owners.me(), before, elsewhere)
    with begin(SYSTEM) as session:
        for host, hostname in (("former-boot/pid:[1]", "me"), ("other-boot/pid:[1]", "other")):
            session.connection().exec_driver_sql(
                "INSERT INTO supervisors (id, host, hostname, pid) VALUES (%s, %s, %s, 1)",
                (uuid4(), host, hostname),
            )
        owners.bury_former_boots(session, hostname="me")

    assert noted(begin) == {owners.me(), elsewhere}


def test_where_the_system_tells_no_start_a_process_is_known_by_its_number(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()

    assert owners.is_running(os.getpid(), tmp_path)
    assert not owners.is_running(ended.pid, tmp_path)
    assert owners.this_host(tmp_path) == socket.gethostname()
