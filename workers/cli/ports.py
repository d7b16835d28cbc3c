"""Ports on this machine that nobody has."""

import random
import socket
from typing import Final

from config.settings import Settings
from domain.errors import Refusal

TRY_PORTS: Final = 50
METRICS: Final = 9464
"""Where figures are told, unless `frontdesk metrics --port` says otherwise."""


def port_of(settings: Settings, name: str) -> int:
    """Return the port that was asked for, or the first free from the default on."""
    asked: int = getattr(settings, name)
    port = first_free(asked, tries=1 if name in settings.model_fields_set else TRY_PORTS)
    if port is None:
        raise Refusal(f"Port {asked} is taken: set {name.upper()} to a free one.")
    return port


def first_free(asked: int, *, tries: int = TRY_PORTS) -> int | None:
    """Return the first port from `asked` on that nobody has; None where all are taken."""
    for port in range(asked, asked + tries):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    return None


def free_port() -> int:
    """Return any free port, far from the defaults: two that start at once should not meet."""
    while True:
        port = random.randint(20000, 32000)  # noqa: S311  # no secret
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
