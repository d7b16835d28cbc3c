"""The keeper: owns the embedded servers for as long as somebody has a seat (embedded.py).

`python -m workers.servers.keeper HOME --lock FD --seat FD [--not-durable]`, started by the
first who needs the servers. It has one thread, and everything that takes time is waited for
at the door, so a holder that is killed is noticed within a tick, however far the servers are.
"""

import argparse
import logging
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from config.home import Home
from domain.errors import Refusal
from workers.servers import folders
from workers.servers.postgres import Postgres
from workers.servers.seats import Deserted, Seats
from workers.servers.server import Server
from workers.servers.valkey import Valkey

PATIENCE = timedelta(seconds=25)
"""For one start; a client waits a little longer (embedded.py) and so hears why."""
INSISTENCE = (timedelta(seconds=8), timedelta(seconds=3), timedelta(seconds=2))
"""How long each signal of a stop may take before the next one."""
WATCH = timedelta(milliseconds=200)
PAUSE, LONGEST_PAUSE = timedelta(milliseconds=100), timedelta(seconds=5)
ATTEMPTS = 50

log = logging.getLogger("keeper")


@dataclass(slots=True)
class Keeper:
    """Starts the servers, keeps them up, and stops them."""

    seats: Seats
    servers: list[Server] = field(default_factory=list[Server])

    def open(self, home: Home, *, durable: bool) -> None:
        """Make the data if it is not there, and bring everything up."""
        with folders.sentences(home.path):
            valkey, postgres = Valkey(home), Postgres(home, durable=durable)
            self.servers = [Server(valkey), Server(postgres)]
            if not postgres.is_made():
                postgres.make(self._wait)
            for each in self.servers:
                each.start()
            for each in self.servers:
                self._bring_up(each)
            postgres.make_database(self._wait)

    def keep(self) -> None:
        """Watch until nobody is left; a server that dies is brought back."""
        while True:
            self.seats.tell({"ready": True})
            self.seats.wait(lambda: any(each.is_gone() for each in self.servers), tick=WATCH)
            self._revive()

    def stop(self) -> None:
        """End the servers: politely at once, and for certain in the end."""
        for insistence, patience in enumerate(INSISTENCE):
            for each in self.servers:
                each.ask_to_stop(insistence)
            if all(each.ends_within(patience) for each in self.servers):
                return
        log.error("A server did not end.")

    def _wait(self, done: Callable[[], bool]) -> bool:
        return self.seats.wait(done, PATIENCE)

    def _bring_up(self, each: Server) -> None:
        """Wait until it is ready; start it again where an earlier one was only about to end."""
        for _ in range(ATTEMPTS):
            if each.is_gone():
                each.start()
            if not self._wait(lambda: each.is_ready() or each.is_gone()):
                raise Refusal(
                    f"{each.plan.name} was not ready within {PATIENCE.seconds} seconds: "
                    f"see {each.plan.log}."
                )
            if not each.is_gone():
                return
            if not each.met_another():
                break
            self.seats.wait(_never, PAUSE)
        raise each.failure()

    def _revive(self) -> None:
        """Bring back what died, and go on trying; who comes meanwhile is told why he cannot."""
        pause = PAUSE
        for each in self.servers:
            while not each.is_ready():
                log.warning("%s does not answer any more and is brought back.", each.plan.name)
                self.seats.hush()
                try:
                    with folders.sentences(each.plan.log.parent):
                        self._bring_up(each)
                except Refusal as refusal:
                    log.exception("It did not come back.")
                    self.seats.tell({"error": str(refusal)})
                    self.seats.wait(_never, pause)
                    pause = min(pause * 2, LONGEST_PAUSE)


def main() -> None:
    """Keep the servers until the last seat is left."""
    given = _arguments()
    if os.fork():
        os._exit(0)  # the keeper is nobody's child (embedded.py)
    os.umask(0o077)
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    home = Home(given.home)
    keeper = Keeper(Seats(home.keeper_socket, socket.socket(fileno=given.seat)))

    def dismiss(_number: int, _frame: object) -> None:
        keeper.seats.dismiss()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, dismiss)
    try:
        keeper.open(home, durable=not given.not_durable)
        keeper.keep()
    except Deserted:
        log.info("The last seat is free.")
    except Refusal as refusal:
        log.error("%s", refusal)  # noqa: TRY400  # a sentence is all there is to tell
        keeper.seats.tell({"error": str(refusal)})
    finally:
        keeper.seats.close()
        keeper.stop()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Own the embedded servers of a home.")
    parser.add_argument("home", type=Path)
    parser.add_argument(
        "--lock", type=int, required=True, help="the home's lock, taken: ours until our end"
    )
    parser.add_argument("--seat", type=int, required=True, help="the first seat")
    parser.add_argument("--not-durable", action="store_true", help="for tests: faster, no fsync")
    return parser.parse_args()


def _never() -> bool:
    return False


if __name__ == "__main__":
    main()
