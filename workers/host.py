"""Which machine this is, as far as processes are concerned."""

import socket
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
PIDS: Final = Path("/proc/self/ns/pid")


@cache
def this_host() -> str:
    """Return a name for this boot of this machine and the process ids that are seen in it.

    A process id means something only here: after a restart, or in another container on
    the same machine, the same number is somebody else.
    """
    with suppress(OSError):
        return f"{BOOT.read_text(encoding='ascii').strip()}/{PIDS.readlink()}"
    return socket.gethostname()


def this_hostname() -> str:
    """Return what people call this machine."""
    return socket.gethostname()
