"""The command line: `frontdesk COMMAND`."""

import sys
from typing import Final

from sqlalchemy.exc import IntegrityError

from domain.database import broken_rule
from domain.errors import Refusal
from workers import interrupts
from workers.cli import (
    control,
    demo,
    enqueue,
    flower,
    intake,
    integrations,
    keys,
    person,
    replay,
    sandbox,
    seed,
    servers,
    state,
    tenants,
    transcripts,
    webhooks,
    worker,
)
from workers.cli.frame import app, complain

COMMANDS: Final = (
    control,
    demo,
    enqueue,
    flower,
    intake,
    replay,
    integrations,
    keys,
    person,
    sandbox,
    seed,
    servers,
    state,
    tenants,
    transcripts,
    webhooks,
    worker,
)
"""Each adds its commands to the frame when it is loaded."""


def main() -> None:
    """Run a command. Exit 0 done; 1 not well; 2 wrong usage or settings; 130 interrupted."""
    interrupts.hear()
    try:
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
