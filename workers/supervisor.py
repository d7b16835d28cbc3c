"""A small parent that never touches the broker or the database with the hand that watches.

Celery workers die in ways that Celery does not notice: a client that breaks on a restart of
Redis, a connection that a firewall has forgotten, a child that is frozen (docs/evidence.md
B18). So each child speaks on a pipe, and a canary is rung in a queue of its own. A child that
exits, never speaks, or has a free slot and leaves a canary unanswered, is replaced, whole
group and all; so is one that oversleeps a lease, because it might still call when it wakes.
The clock of deafness runs from one canary that *was* rung to another: while the broker is
away or frozen it stands still, and begins anew when the broker is back.
"""

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog

from domain.ids import new_id
from domain.work import owners
from domain.work.names import Area
from workers import interrupts, pulse
from workers.kin import Kin

log = structlog.get_logger("supervisor")

LOOK: Final = 0.2
SLOWEST_RESTART: Final = 10.0
LIVED_WELL: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for what, in seconds."""

    deaf: float = 60.0
    boot: float = 60.0
    canary: float = 5.0
    grace: float = 30.0
    busy: float = 360.0
    """A slot that is taken for longer than any task may run is not believed (celeryconfig.py)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One child to have: its name, its queues, its slots."""

    name: str
    queues: tuple[Area, ...]
    slots: int


@dataclass(slots=True)
class Child:
    """A Celery worker of ours, as heard on its pipe."""

    post: Post
    canary: str
    kin: Kin
    heard: float | None = None
    spoke: float = 0.0
    rung: float = 0.0
    """The newest canary that the broker took."""
    unanswered: float | None = None
    """The oldest canary that the broker took since the child last spoke."""
    busy: dict[bytes, float] = field(default_factory=dict[bytes, float])
    leases: dict[bytes, tuple[int, float]] = field(default_factory=dict[bytes, tuple[int, float]])
    _rest: bytes = b""

    @classmethod
    def start(cls, post: Post, canary: str) -> "Child":
        """Start Celery for this post, with the canary's queue beside its own."""
        queues = ",".join([*(queue.value for queue in post.queues), canary])
        words = [
            *("celery", "--quiet", "-A", "workers.app", "worker", "--pool", "prefork"),
            *("--concurrency", str(post.slots), "--queues", queues),
            *("--hostname", f"{post.name}.{canary.rpartition('.')[2]}@%h"),
            *("--without-gossip", "--without-mingle", "--loglevel", "WARNING"),
        ]
        return cls(post, canary, Kin(words, pulse=True))

    def listen(self) -> None:
        """Take in what the child has said."""
        now = time.monotonic()
        with suppress(BlockingIOError, OSError):
            self._rest += os.read(self.kin.ears, 65536)
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            word, _, rest = line.partition(b" ")
            self.spoke, self.unanswered = now, None  # whatever it says, it moves
            if word == pulse.HEARD:
                self.heard = now
            elif word == pulse.BUSY:
                self.busy[rest] = now
            elif word == pulse.FREE:
                self.busy.pop(rest, None)
            elif word == pulse.HOLDS:
                token, pid, seconds = rest.split(b" ")
                self.leases[token] = (int(pid), now + float(seconds))
            elif word == pulse.FREES:
                self.leases.pop(rest, None)

    def ill(self, patience: Patience) -> str | None:
        """Say what is wrong with the child, if anything is."""
        code = self.kin.ended()
        if code is not None:
            return f"ended with {code}"
        now, since = time.monotonic(), self.unanswered
        if self._oversleeps(now):
            return "overslept a lease"
        self.busy = {pid: took for pid, took in self.busy.items() if now - took < patience.busy}
        if since is None or len(self.busy) >= self.post.slots:  # nobody is free to answer
            return None
        if self.heard is None:
            return "never spoke" if self.rung - since > patience.boot else None
        return "deaf" if self.rung - since > patience.deaf else None

    def _oversleeps(self, now: float) -> bool:
        """Tell whether a process that still lives has kept a lease for too long."""
        late = {token: pid for token, (pid, end) in self.leases.items() if now > end}
        for token, pid in late.items():
            if owners.is_running(pid):
                return True
            del self.leases[token]  # a pool's process that has ended calls nobody
        return False

    def was_rung(self, asked: float) -> None:
        """Note that the broker took a canary; it may have been answered meanwhile."""
        self.rung = time.monotonic()
        if self.unanswered is None and self.spoke < asked:
            self.unanswered = self.rung

    def was_not_rung(self) -> None:
        """Blame the broker, not the child, for whatever is unanswered."""
        self.unanswered = None


class Supervisor:
    """Keeps one child at each post until it is told to stop."""

    def __init__(
        self,
        posts: Sequence[Post],
        *,
        ring: Callable[[str], None],
        report: Callable[["Supervisor"], None],
        patience: Patience,
    ) -> None:
        """Have a child at each of `posts`; `ring` publishes a canary, `report` tells the database.

        Both may block or fail: they run on a thread of their own.
        """
        self.id: UUID = new_id()
        self.pid = os.getpid()
        self.children: dict[str, Child] = {}
        self._posts = posts
        self._ring = ring
        self._report = report
        self._patience = patience
        self._asked = 0
        self._pauses: dict[str, float] = {}
        self._vacant: dict[Post, float] = {}

    def run(self) -> None:
        """Watch until a signal says stop: once, finish what is in hand; twice, end now."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)
        if interrupts.heard():
            self._ask()
        for post in self._posts:
            self._start(post)
        for work in (self._ring_canaries, self._report_on):
            threading.Thread(target=work, daemon=True).start()
        while not self._asked:
            self._look()
        self._end()

    def _ask(self, *_: object) -> None:
        self._asked += 1

    def _start(self, post: Post) -> None:
        child = Child.start(post, f"canary.{self.id.hex[-12:]}.{post.name}")
        self.children[post.name] = child
        log.info("child.started", post=post.name, pid=child.kin.pid)

    def _look(self) -> None:
        """Hear the children for a moment, replace who is ill, fill posts whose pause is over."""
        by_ear = {child.kin.ears: child for child in self.children.values()}
        ready, _, _ = select.select(by_ear, [], [], LOOK)
        for ear in ready:
            by_ear[ear].listen()
        for child in list(self.children.values()):
            why = child.ill(self._patience)
            if why is not None:
                self._dismiss(child, why)
        now = time.monotonic()
        for post in [post for post, at in self._vacant.items() if at <= now]:
            del self._vacant[post]
            self._start(post)

    def _dismiss(self, child: Child, why: str) -> None:
        """End a child's whole group; its post is filled at once, or slowly if it never lives."""
        lived = time.monotonic() - child.kin.born
        log.warning("child.replaced", post=child.post.name, pid=child.kin.pid, why=why)
        child.kin.kill()
        del self.children[child.post.name]
        before = self._pauses.get(child.post.name, 0.1)
        pause = 0.1 if lived > LIVED_WELL else min(before * 2, SLOWEST_RESTART)
        self._pauses[child.post.name] = pause
        self._vacant[child.post] = time.monotonic() + pause

    def _end(self) -> None:
        """Let the children finish, for as long as the grace lasts or a second signal comes."""
        children = list(self.children.values())
        for child in children:
            child.kin.ask_to_end()
        end = time.monotonic() + self._patience.grace
        while time.monotonic() < end and self._asked < 2:  # noqa: PLR2004  # the second signal
            if all(child.kin.ended() is not None for child in children):
                break
            time.sleep(0.02)
        for child in children:
            child.kin.kill()

    def _ring_canaries(self) -> None:
        """Ring each child's own queue; only a canary that was rung can be missed."""
        while not self._asked:
            children = list(self.children.values())
            try:
                for child in children:
                    asked = time.monotonic()
                    self._ring(child.canary)
                    child.was_rung(asked)
            except Exception as error:  # noqa: BLE001  # whatever the broker's client says
                log.warning("canary.not_rung", error=type(error).__name__)
                for child in children:
                    child.was_not_rung()
            time.sleep(self._patience.canary)

    def _report_on(self) -> None:
        while not self._asked:
            try:
                self._report(self)
            except Exception as error:  # noqa: BLE001  # the database's trouble is not the children's
                log.warning("supervisor.no_report", error=type(error).__name__)
            time.sleep(self._patience.canary)
