"""The servers run while somebody holds a seat, whatever happens to whom."""

import fcntl
import os
import random
import signal
import time

import pytest

from config.home import Home
from tests.embedded.holders import Holders, Running, answer, ask, comes_true, leave, said
from workers.embedded import seat


def test_two_commands_share_the_servers_until_the_last_one_leaves(
    home: Home, holders: Holders, running: Running
) -> None:
    first, second = holders.seat(home), holders.seat(home)
    assert len(running("postgres")) == len(running("valkey-server")) == 1

    leave(first)

    assert not running.end_within(0.5)
    assert answer(home)

    leave(second)

    assert running.end_within(3)
    assert [path.name for path in home.run.iterdir()] == []


def test_a_killed_command_leaves_no_server(home: Home, holders: Holders, running: Running) -> None:
    holder = holders.seat(home)

    os.kill(holder.pid, signal.SIGKILL)

    assert running.end_within(3)


def test_a_killed_keeper_leaves_no_server_and_loses_no_row(
    home: Home, holders: Holders, running: Running
) -> None:
    holders.seat(home, durable=True)
    ask(home, "CREATE TABLE kept AS SELECT 7 AS seven")
    (keeper,) = running("workers.servers.keeper")

    os.kill(keeper, signal.SIGKILL)
    with seat(home):
        kept = ask(home, "SELECT seven FROM kept")

    assert kept == 7
    assert running.end_within(3)


def test_everything_killed_at_once_still_loses_no_row(
    home: Home, holders: Holders, running: Running
) -> None:
    holders.seat(home, durable=True)
    ask(home, "CREATE TABLE kept AS SELECT 7 AS seven")

    for pid in running("workers.servers.keeper") + running("postgres") + running("valkey-server"):
        os.kill(pid, signal.SIGKILL)
    with seat(home):
        kept = ask(home, "SELECT seven FROM kept")

    assert kept == 7


def test_ten_commands_at_once_start_one_keeper(
    new_home: Home, holders: Holders, running: Running
) -> None:
    ten = [holders.begin(new_home) for _ in range(10)]

    words = [said(holder) for holder in ten]

    assert words == ["seated"] * 10
    assert len(running("workers.servers.keeper")) == len(running("postgres")) == 1


def test_a_command_that_comes_while_the_servers_stop_gets_new_ones(home: Home) -> None:
    for number in range(20):
        with seat(home, durable=False):
            assert answer(home)
        time.sleep(0.01 * (number % 5))


@pytest.mark.parametrize("program", ["postgres", "valkey-server"])
def test_a_killed_server_comes_back(
    home: Home, holders: Holders, running: Running, program: str
) -> None:
    holder = holders.seat(home)
    (killed,) = running(program)

    os.kill(killed, signal.SIGKILL)

    assert comes_true(lambda: running(program) not in ([], [killed]) and answer(home), 5)
    assert holder.poll() is None
    holders.seat(home)


def test_a_ctrl_c_during_the_start_leaves_nothing(
    new_home: Home, holders: Holders, running: Running
) -> None:
    for _ in range(6):
        holder = holders.begin(new_home)
        time.sleep(random.uniform(0, 0.7))  # any moment will do
        os.killpg(holder.pid, signal.SIGINT)
        holder.wait(5)
        assert running.end_within(3)

    with seat(new_home, durable=False):
        assert answer(new_home)
    assert not list(new_home.path.glob("postgres.partial*"))


def test_a_keeper_killed_during_the_first_start_leaves_nothing_half_made(
    new_home: Home, holders: Holders, running: Running
) -> None:
    for _ in range(4):
        holder = holders.begin(new_home)
        assert comes_true(lambda: len(running("workers.servers.keeper")) == 1, 5)
        time.sleep(random.uniform(0, 0.3))  # any moment will do
        for keeper in running("workers.servers.keeper"):
            os.kill(keeper, signal.SIGKILL)
        assert running.end_within(3)
        assert "ended while starting" in said(holder) or holder.poll() is None

    with seat(new_home, durable=False):
        assert answer(new_home)
    assert not list(new_home.path.glob("postgres.partial*"))


def test_a_forked_child_does_not_hold_the_seat_of_its_parent(home: Home, running: Running) -> None:
    read, write = os.pipe()
    with seat(home, durable=False):
        child = os.fork()
        if child == 0:
            os.close(write)
            os.read(read, 1)  # lives until we close our end
            os._exit(0)

    assert running.end_within(3)
    assert os.waitpid(child, os.WNOHANG) == (0, 0)
    os.close(write)
    os.close(read)
    os.waitpid(child, 0)


def test_who_comes_while_the_lock_is_taken_waits(new_home: Home, holders: Holders) -> None:
    new_home.path.mkdir(mode=0o700)
    with new_home.keeper_lock.open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        holder = holders.begin(new_home)
        time.sleep(0.5)
        assert holder.poll() is None

    assert said(holder) == "seated"
