"""What the tasks are called, and the areas that they belong to.

A task's name is `<area>.<verb>`; the area is its queue. Other services ring by these
names (docs/reference/contracts.md), so none is ever renamed.
"""

from enum import StrEnum
from typing import Final


class Area(StrEnum):
    """An area of work, and the queue of its tasks."""

    OUTBOUND = "outbound"
    WEBHOOKS = "webhooks"
    MESSAGES = "messages"
    TRANSCRIPTS = "transcripts"
    CALENDARS = "calendars"
    BILLING = "billing"
    HEALTH = "health"
    GROWTH = "growth"
    UPKEEP = "upkeep"


class TaskName(StrEnum):
    """Every task there is; a test holds that these are the registered ones."""

    TRANSCRIPTS_EXTRACT = "transcripts.extract"
    TRANSCRIPTS_SWEEP = "transcripts.sweep"
    MESSAGES_PLAN = "messages.plan"
    MESSAGES_SEND = "messages.send"
    MESSAGES_SWEEP = "messages.sweep"
    WEBHOOKS_DELIVER = "webhooks.deliver"
    WEBHOOKS_PROCESS = "webhooks.process"
    WEBHOOKS_SWEEP = "webhooks.sweep"
    UPKEEP_CANARY = "upkeep.canary"
    UPKEEP_MEASURE = "upkeep.measure"
    UPKEEP_OVERDUE = "upkeep.overdue"
    UPKEEP_PARTITIONS = "upkeep.partitions"
    UPKEEP_RETENTION = "upkeep.retention"
    UPKEEP_SEAL = "upkeep.seal"
    UPKEEP_ROLLUP = "upkeep.rollup"
    UPKEEP_SWEEP = "upkeep.sweep"

    @property
    def area(self) -> Area:
        """The area, and so the queue, of this task."""
        return Area(self.value.partition(".")[0])


def called(name: str) -> TaskName | None:
    """Return the task of this name; None while its area has yet to be built."""
    return TaskName(name) if name in set(TaskName) else None


SWEEPS: Final = {name.area: name for name in TaskName if name.value.endswith(".sweep")}
"""Which task takes up whatever is due in an area."""

FAST: Final = (Area.OUTBOUND, Area.WEBHOOKS, Area.MESSAGES, Area.UPKEEP)
"""Queues whose bells must not wait behind a language model or a calendar."""

SLOW: Final = (Area.TRANSCRIPTS, Area.CALENDARS, Area.BILLING, Area.HEALTH, Area.GROWTH)
