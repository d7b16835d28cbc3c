"""Ports on this machine that nobody has."""

import random
import socket
from typing import Final

from config.settings import Settings
from domain.errors import Refusal

TRY_PORTS: Final = 50


def port_of(settings: Settings, name: str) -> int:
    """Return the port that was asked for, or the first free from the default on."""
    asked: int = getattr(settings, name)
    exactly = name in settings.model_fields_set
    for port in range(asked, asked + (1 if exactly else TRY_PORTS)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Refusal(f"Port {asked} is taken: set {name.upper()} to a free one.")


def free_port() -> int:
    """Return any free port, far from the defaults: two that start at once should not meet."""
    while True:
        port = random.randint(20000, 32000)  # noqa: S311  # no secret
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
