"""Hosts of their own: their own processes, network, name and boot, on a wire that can be cut.

All of it is made inside the network that the trial itself was given (needs.APART).
"""

import signal
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import uuid4

from tests.support.processes import Process
from tests.support.waiting import wait_until

NAMESPACES: Final = (
    *("unshare", "--net", "--pid", "--uts", "--mount", "--propagation", "private"),
    *("--fork", "--kill-child", "--mount-proc"),
)
BOOT: Final = """
hostname "$1"; mount --bind "$2" /proc/sys/kernel/random/boot_id; ip link set lo up
while ! ip -4 address show dev inside 2>/dev/null | grep -q inet; do sleep 0.05; done
shift 2; exec "$@"
"""
NOBODY: Final = "02:00:00:00:00:09"
"""An address that no network card here has: what is sent to it arrives nowhere."""


def lay_loopback() -> None:
    """Let a network that has just been made reach itself."""
    _ip("link", "set", "lo", "up")


def address(number: int) -> str:
    """Return where a host finds us."""
    return f"10.77.{number}.1"


class Host:
    """One host with one process of ours on it, and all that this starts."""

    def __init__(
        self,
        name: str,
        number: int,
        words: list[str],
        environment: Mapping[str, str],
        stack: ExitStack,
    ) -> None:
        """Be found under a number; nothing runs yet."""
        self.name = f"far-{name}"
        self._words = words
        self._environment = environment
        self._stack = stack
        self._wire = f"wire{number}"
        self._here, self._there = address(number), f"10.77.{number}.2"
        self._place = Path(stack.enter_context(TemporaryDirectory(prefix="frontdesk-host-")))
        self.process: Process | None = None

    def start(self) -> None:
        """Boot, as another boot than before; its wire is laid anew."""
        boot = self._place / "boot_id"
        boot.write_text(f"{uuid4()}\n")
        inside = [*NAMESPACES, "sh", "-c", BOOT, "sh", self.name, str(boot)]
        process = Process(self._words, self._environment, inside=inside)
        self._stack.callback(process.clear)
        self.process = process
        net = Path(f"/proc/{process.pid}/ns/net")
        ours = Path("/proc/self/ns/net").readlink()
        wait_until(lambda: net.readlink() != ours, within=10, what="a network of its own")
        far = ["netns", str(process.pid)]
        with suppress(subprocess.CalledProcessError):  # the former host's went with it, or goes now
            _ip("link", "delete", self._wire)
        _ip("link", "add", "name", self._wire, "type", "veth", "peer", "name", "inside", *far)
        _ip("address", "add", f"{self._here}/30", "dev", self._wire)
        _ip("link", "set", self._wire, "up")
        self._inside("link", "set", "inside", "up")
        self._inside("address", "add", f"{self._there}/30", "dev", "inside")

    def die(self) -> None:
        """End with everything on it at once, as on a power cut: nobody says goodbye."""
        assert self.process
        self.process.signal(signal.SIGKILL)

    def deafen(self) -> None:
        """Let nothing arrive at it; what it says is heard."""
        _ip("neigh", "replace", self._there, "lladdr", NOBODY, "dev", self._wire, *STAYS)

    def silence(self) -> None:
        """Let nothing arrive that it says; it hears everything."""
        self._inside("neigh", "replace", self._here, "lladdr", NOBODY, "dev", "inside", *STAYS)

    def mend(self) -> None:
        """Let both ways carry again."""
        for forget in (
            lambda: _ip("neigh", "delete", self._there, "dev", self._wire),
            lambda: self._inside("neigh", "delete", self._here, "dev", "inside"),
        ):
            with suppress(subprocess.CalledProcessError):  # that way was never cut
                forget()

    def _inside(self, *words: str) -> None:
        assert self.process
        _run("nsenter", "--target", str(self.process.pid), "--net", "ip", *words)


STAYS: Final = ("nud", "permanent")


def _ip(*words: str) -> None:
    _run("ip", *words)


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=10)
