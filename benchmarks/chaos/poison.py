"""Work that kills whoever does it, each time: as a memory limit does."""

import time
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from benchmarks.chaos import control
from benchmarks.chaos.needs import a_database
from benchmarks.chaos.stage import WARM, Stage, kill, stage
from benchmarks.chaos.verdict import Side, Verdict
from benchmarks.chaos.wanted import Trial
from tests.support import rows_judge
from tests.support.premises import booking
from tests.support.processes import children_of
from tests.support.waiting import wait_until

POISONED: Final = ("+12125558001", "+14155558001")
CALLER: Final = "+12125558100"
WELL: Final = 5
READER: Final = "worker --queues transcripts --slots 1"
SURE: Final = 5
"""How often whoever reads is killed at one attempt: one look may find the pool between two."""

OWNER: Final = (
    "SELECT split_part(e.owner, '|', 2)::int FROM effects e JOIN messages m ON m.id = e.row_id"
    " WHERE m.to_number = %s AND e.state = 'intended' AND e.owner IS NOT NULL"
)
READING: Final = (
    "SELECT lease_token FROM calls WHERE id = %s AND ai_processing_status = 'processing'"
)
HURRY: Final = (
    "UPDATE calls SET lease_expires_at = clock_timestamp() - interval '10 minutes' WHERE id = %s"
    " AND ai_processing_status = 'processing'"
)
AT_ONCE: Final = (
    "UPDATE calls SET due_at = clock_timestamp() WHERE id = %s AND ai_processing_status = 'pending'"
)
ENDED: Final = "SELECT ai_processing_status::text FROM calls WHERE id = %s"


def play(trial: Trial, seed: int) -> Verdict:
    """Poison both sides with a text, and ours with a call, among some that are well."""
    with a_database() as database, stage(database, trial, seed) as made:
        made.warm_up()
        made.place.vendors.fault("delay", vendor="openai", seconds=2)
        numbers = [f"+1212555{8200 + n}" for n in range(WELL)]
        made.town.owe([POISONED[0]])
        made.publish([POISONED[1]], "benchmarks.chaos.control.poison")
        kills = _kill_the_sender(made)
        began = time.time()
        call, attempts = _kill_readers(made)
        made.town.owe(numbers)
        wait_until(lambda: not _open(made), within=trial.patience, what="every row ends")
        with suppress(AssertionError):  # then that is what is told
            wait_until(lambda: not rows_judge.in_hand(made.place.connection), within=30)
        time.sleep(max(0.0, began + trial.seconds - time.time()))
        taken = made.place.effects("twilio")
        ours, theirs = (
            [line["to"] for line in taken if (line["account"] == control.SID) is is_theirs]
            for is_theirs in (False, True)
        )
        theirs.remove(WARM[1])
        state = made.place.scalar(ENDED, call)
        alerts = made.place.scalar(
            "SELECT count(*) FROM ops_alerts WHERE alert_type = 'work_failed'"
        )
        faults = _faults(made, taken, state, alerts)
        return Verdict(
            name=trial.name,
            seed=seed,
            strikes=kills + attempts,
            open=_open(made),
            ours=Side(
                owed=1 + WELL,
                lost=sum(1 for to in (POISONED[0], *numbers) if to not in ours),
                doubled=len(ours) - len(set(ours)),
                seconds=0.0,
            ),
            control=Side(
                owed=1, lost=0 if theirs else 1, doubled=max(0, len(theirs) - 1), seconds=0.0
            ),
            faults=faults,
            note=f"the call: {state} after {attempts} attempts, {alerts} alert",
        )


def _kill_the_sender(made: Stage) -> int:
    """Kill whoever sends the poisoned text once the vendor has it, however often that is."""
    killed, end = 0, time.time() + 30
    while time.time() < end and killed < 1:
        there = any(line["to"] == POISONED[0] for line in made.place.effects("twilio"))
        owner = made.place.scalar(OWNER, POISONED[0])
        if there and owner:
            kill(owner)
            killed += 1
        time.sleep(0.02)
    return killed


def _kill_readers(made: Stage) -> tuple[UUID, int]:
    """Kill whoever reads the poisoned call, each time, until nobody does any more."""
    user = made.place.tenant()
    call = made.place.call(user, booking(), CALLER)
    [reader] = [one for name, one in made.place.processes.items() if name.startswith("worker ")]
    met: set[UUID] = set()
    looks, end = 0, time.time() + 150
    while time.time() < end and made.place.scalar(ENDED, call) in {"pending", "processing"}:
        found: Any = made.place.scalar(READING, call)
        if found is not None and found not in met:
            met.add(found)
            looks = 0
        if found is not None and looks < SURE:
            looks += 1
            for main in children_of(reader.pid):
                for slot in children_of(main):
                    kill(slot)
        elif found is not None:
            made.place.connection.execute(HURRY, [call])
        else:
            made.place.connection.execute(AT_ONCE, [call])
        time.sleep(0.02)
    return call, len(met)


def _open(made: Stage) -> int:
    return made.place.scalar(
        "SELECT count(*) FROM messages WHERE status IN ('pending', 'sending', 'unknown')"
        " AND user_id = %s AND to_number <> ALL(%s)",
        made.town.user,
        made.town.sleepers,
    )


def _faults(made: Stage, taken: list[Any], state: str, alerts: int) -> dict[str, list[str]]:
    ours = [line for line in taken if line["account"] != control.SID]
    found = {
        "not given up": [] if state == "failed" else [state],
        "nobody was told": [] if alerts else ["no alert"],
        "ledgers unequal": rows_judge.unequal(made.place.connection, ours),
        "still in hand": rows_judge.in_hand(made.place.connection),
        **rows_judge.misled(made.place.connection),
    }
    return {name: rows for name, rows in found.items() if rows}
