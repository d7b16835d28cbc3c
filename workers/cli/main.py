"""One command: only what it needs is loaded, so that `status` does not wait for vendors' SDKs."""

import sys
from importlib import import_module
from typing import Final

from sqlalchemy.exc import IntegrityError

from domain.database import broken_rule
from domain.errors import Refusal
from workers import interrupts
from workers.cli.frame import app, complain

HOMES: Final = {
    "alerts": "alerts",
    "beat": "servers",
    "billing": "billing",
    "budgets": "budgets",
    "calendars": "connect",
    "calls": "calls",
    "campaign": "campaigns",
    "cancel": "orders",
    "demo": "demo",
    "doctor": "state",
    "drain": "drain",
    "enqueue": "enqueue",
    "errors": "alerts",
    "explain": "control",
    "flower": "flower",
    "health": "health",
    "intake": "intake",
    "integrations": "integrations",
    "keys": "keys",
    "listen": "servers",
    "messages": "messages",
    "metrics": "metrics",
    "migrate": "state",
    "pause": "orders",
    "person": "person",
    "prices": "budgets",
    "reconcile": "billing",
    "replay": "replay",
    "restored": "restored",
    "resume": "orders",
    "retry": "orders",
    "review": "review",
    "sandbox": "sandbox",
    "seed": "seed",
    "status": "state",
    "tenant": "tenants",
    "timeline": "timeline",
    "transcripts": "transcripts",
    "up": "servers",
    "webhooks": "webhooks",
    "worker": "worker",
}
"""Where each command stands; for `--help` and what is none, all of them are loaded."""


def main() -> None:
    """Run a command. Exit 0 done; 1 not well; 2 wrong usage or settings; 130 interrupted."""
    interrupts.hear()
    try:
        load(sys.argv[1] if len(sys.argv) > 1 else "")
        app(prog_name="frontdesk")
    except Refusal as refusal:
        complain(str(refusal))
        sys.exit(refusal.exit_code)
    except IntegrityError as error:
        complain(f"The database refuses that row: {broken_rule(error)}.")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # somebody who reads us, such as head, has seen enough
        sys.stderr.close()
        sys.exit(0)


def load(word: str) -> None:
    """Load the command of this name, or all of them."""
    import_module(f"workers.cli.{HOMES.get(word, 'everything')}")
