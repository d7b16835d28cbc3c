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

    TRANSCRIPTS_ANSWER = "transcripts.answer"
    TRANSCRIPTS_EXTRACT = "transcripts.extract"
    TRANSCRIPTS_SWEEP = "transcripts.sweep"
    MESSAGES_COMPARE = "messages.compare"
    MESSAGES_PLAN = "messages.plan"
    MESSAGES_RECEIVE = "messages.receive"
    MESSAGES_SEND = "messages.send"
    MESSAGES_SWEEP = "messages.sweep"
    CALENDARS_COMPARE = "calendars.compare"
    CALENDARS_PULL = "calendars.pull"
    CALENDARS_PUSH = "calendars.push"
    CALENDARS_RENEW = "calendars.renew"
    CALENDARS_SWEEP = "calendars.sweep"
    OUTBOUND_DRAIN = "outbound.drain"
    OUTBOUND_PLACE = "outbound.place"
    OUTBOUND_END = "outbound.end"
    OUTBOUND_RECONCILE = "outbound.reconcile"
    WEBHOOKS_DELIVER = "webhooks.deliver"
    WEBHOOKS_PROCESS = "webhooks.process"
    WEBHOOKS_SWEEP = "webhooks.sweep"
    GROWTH_INSIGHTS = "growth.insights"
    GROWTH_NUDGE = "growth.nudge"
    GROWTH_REVIEW = "growth.review"
    GROWTH_SWEEP = "growth.sweep"
    HEALTH_SCORE = "health.score"
    BILLING_METER = "billing.meter"
    BILLING_RECONCILE = "billing.reconcile"
    BILLING_SWEEP = "billing.sweep"
    UPKEEP_CANARY = "upkeep.canary"
    UPKEEP_INVARIANTS = "upkeep.invariants"
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


SWEEPS: Final = {name.area: name for name in TaskName if name.value.endswith((".sweep", ".drain"))}
"""Which task takes up whatever is due in an area."""

FAST: Final = (Area.OUTBOUND, Area.WEBHOOKS, Area.MESSAGES, Area.UPKEEP)
"""Queues whose bells must not wait behind a language model or a calendar."""

SLOW: Final = (Area.TRANSCRIPTS, Area.CALENDARS, Area.BILLING, Area.HEALTH, Area.GROWTH)
