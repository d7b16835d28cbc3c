"""Every fault that the house promises to stand, and what shows that it does.

A trial of `make chaos` where both sides can be struck alike; a test of `make test` where it is
tried at every point, or needs no whole house. A test holds that each name here is one.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Fault:
    """One row: what goes wrong, the trials and tests of it, and what they say."""

    what: str
    trials: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    says: str = ""


FAULTS: Final = (
    Fault("Redis is emptied", ("flushed", "anything"), ("races/test_broker_flushed.py",)),
    Fault("Redis is killed and comes back empty", ("broker killed",), ("faults/test_broker.py",)),
    Fault(
        "Redis is away for long",
        ("broker absent",),
        ("faults/test_ticks.py", "work/test_bells.py"),
        "ringing costs a caller 0.2 ms at most",
    ),
    Fault(
        "Redis is frozen, or its connections are forgotten",
        ("broker frozen", "broker forgotten"),
        ("faults/test_slice_broker.py",),
    ),
    Fault(
        "Redis evicts",
        ("broker evicts",),
        ("faults/test_broker.py",),
        "a worker refuses to start on one that may",
    ),
    Fault(
        "a worker or a process of it is killed",
        ("process killed", "worker killed"),
        ("faults/test_slice_enumeration.py", "faults/test_call_enumeration.py"),
        "at every point of a task: docs/proofs.md has the counts",
    ),
    Fault(
        "a process is stopped and goes on",
        ("process stopped",),
        ("faults/test_enumeration.py", "faults/test_mutants.py"),
        "at every point; ten mutants without a safeguard are caught",
    ),
    Fault("a host dies", ("host dies",), ("work/test_owners.py",)),
    Fault(
        "the network parts a worker from PostgreSQL",
        ("parted", "database cut off", "database forgotten"),
        ("races/test_database_away.py",),
        "no look, no call",
    ),
    Fault(
        "an answer of the vendor is lost after it acted",
        ("answers lost", "vendors frozen"),
        ("providers/test_calls.py", "domain/messages/test_lives.py"),
    ),
    Fault("the vendor says 500 after it acted", ("errors after",)),
    Fault(
        "the vendor says 429, or takes a minute",
        ("busy", "vendor slow"),
        ("domain/messages/test_pacing.py", "domain/deliveries/test_neighbours.py"),
    ),
    Fault("PostgreSQL is killed", ("database killed",), ("embedded/test_seat.py",)),
    Fault(
        "PostgreSQL comes back as it was some time ago",
        (),
        ("deploy/test_restoring.py",),
        "what went out after the backup is found at the vendors and not sent again",
    ),
    Fault("the answer to a COMMIT is lost", ("commits unheard",), ("races/test_database_away.py",)),
    Fault(
        "work kills whoever does it",
        ("poison",),
        ("work/test_errands.py",),
        "given up after eight attempts, with an alert",
    ),
    Fault(
        "the broker holds what is no message, or is forged",
        ("garbled",),
        ("faults/test_forgeries.py", "faults/test_broker.py"),
        "thrown away and counted; nothing in a message decides",
    ),
    Fault("work takes longer than a visibility timeout", ("slower than patience",)),
    Fault(
        "work is planned for long after",
        ("planned",),
        ("domain/messages/test_lives.py",),
        "lives over a change of clocks",
    ),
    Fault("workers are ended with too little grace", ("deployed",), ("faults/test_supervisor.py",)),
    Fault(
        "two releases run beside each other",
        ("unknown task",),
        ("deploy/test_rolling.py", "domain/test_bad_input.py"),
        "the release before works on the new schema, beside the new one",
    ),
    Fault(
        "beat or the listener is dead, or there are two or three beats",
        ("beats", "ringers killed"),
        ("faults/test_beat.py", "faults/test_listen.py"),
    ),
    Fault(
        "a crash amid what follows from one thing",
        (),
        ("faults/test_enumeration.py", "faults/test_kept_enumeration.py"),
        "errands are done once, whatever strikes",
    ),
    Fault(
        "who holds a slot dies or sleeps",
        (),
        ("faults/test_fire.py",),
        "beside a counter and a lease, which both fail (docs/proofs.md)",
    ),
    Fault(
        "notices are doubled, out of order, forged, or never come",
        (),
        ("faults/test_notices_on_their_way.py", "domain/webhooks/test_taking.py"),
        "every order of a call's and a text's notices ends alike",
    ),
    Fault(
        "clocks jump by an hour, or change for summer",
        ("clocks jump",),
        (
            "domain/consent/test_every_minute.py",
            "workers/test_timetable.py",
            "faults/test_old_bells.py",
        ),
        "hours are the recipient's at the instant of sending",
    ),
    Fault("the database's disk is full", ("disk full",), ("embedded/test_refusals.py",)),
    Fault(
        "keys are rotated under load",
        (),
        ("privacy/test_rotation.py",),
        "3,000 people read, found and written meanwhile: none failed",
    ),
    Fault(
        "one tenant floods",
        ("flooded",),
        ("domain/outbound/test_fairness.py",),
        "equal shares in every minute",
    ),
    Fault(
        "somebody writes to Redis",
        (),
        ("faults/test_forgeries.py",),
        "no row changed, nothing sent",
    ),
    Fault(
        "somebody speaks to the model",
        (),
        ("domain/transcripts/test_attacks.py",),
        "the same is done as without the attack",
    ),
    Fault(
        "somebody says stop, or is forgotten, while a text leaves",
        (),
        ("races/test_voiding.py", "privacy/test_erasure.py"),
        "and in every trial of texts below, where people say stop right before theirs is due",
    ),
)
