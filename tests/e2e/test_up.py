"""`frontdesk up` and `demo`, as somebody sees them who has just cloned."""

import random
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import left_behind, run, running
from tests.support.waiting import wait_until


def free_port() -> int:
    """Return a port below the system's own range that nobody has."""
    while True:
        port = random.randint(20000, 32000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "a home"
    yield place
    wait_until(lambda: not left_behind(place), within=10, what=str(left_behind(place)))


def hears(home: Path) -> bool:
    """Tell whether both kinds of worker have begun, busy or not."""
    return re.search(r"fast \d/2, slow \d/2", run(home, "status").stdout) is not None


def status_of(url: str, login: str = "") -> int:
    request = urllib.request.Request(url)
    if login:
        request.add_header("Authorization", f"Basic {b64encode(login.encode()).decode()}")
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_up_runs_everything_and_a_ctrl_c_ends_it(home: Path) -> None:
    port = free_port()
    with running(home, "up", FLOWER_PORT=str(port)) as up:
        wait_until(lambda: status_of(f"http://127.0.0.1:{port}/") == 401, within=60)
        login = (home / "flower-login").read_text().strip()

        assert status_of(f"http://127.0.0.1:{port}/workers", login) == 200
        assert status_of(f"http://127.0.0.1:{port}/api/workers", "frontdesk:wrong-one") == 401
        assert listens_only_on_localhost(port)
        wait_until(lambda: hears(home), within=60, every=1)
        up.send_signal(signal.SIGINT)

        assert up.wait(40) == 0
    wait_until(lambda: not left_behind(home), within=10)


def listens_only_on_localhost(port: int) -> bool:
    wanted = f":{port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()
    listening = [line.split()[1] for line in lines if wanted in line and " 0A " in line]
    return listening == [f"0100007F{wanted}"]


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_kill_9_of_up_leaves_no_process(home: Path) -> None:
    with running(home, "up", FLOWER_PORT=str(free_port())) as up:
        wait_until(lambda: hears(home) or up.poll() is not None, within=60, every=1)
        assert up.poll() is None, up.communicate()[0]
        up.kill()
        up.wait()

        wait_until(lambda: not left_behind(home), within=10)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_ctrl_c_at_any_stage_leaves_no_process_and_no_lock(home: Path) -> None:
    stages = [random.uniform(0.2, 8.0) for _ in range(6)]
    for seconds in stages:
        with running(home, "up", FLOWER_PORT=str(free_port())) as up:
            time.sleep(seconds)
            up.send_signal(signal.SIGINT)
            up.wait(40)

            wait_until(lambda: not left_behind(home), within=10, what=f"Ctrl-C after {seconds}")
    after = run(home, "status")
    assert after.returncode == 0, f"{stages}: {after.stdout}{after.stderr}"


@pytest.mark.slow
def test_two_clones_run_at_once(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "another"
    with running(home, "demo") as one, running(other, "demo") as two:
        assert one.wait(90) == 0
        assert two.wait(90) == 0


def test_flower_says_that_its_port_is_taken(home: Path) -> None:
    with socket.socket() as taken:
        port = free_port()
        taken.bind(("127.0.0.1", port))
        taken.listen()

        done: subprocess.CompletedProcess[str] = run(home, "flower", FLOWER_PORT=str(port))

    assert done.returncode == 2
    assert done.stderr.strip() == (
        f"frontdesk: Port {port} is taken: set FLOWER_PORT to a free one."
    )
