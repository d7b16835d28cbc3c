"""What goes wrong at the vendors, by rules that anybody may set; seeded, so that it repeats."""

from collections import Counter
from enum import StrEnum
from fnmatch import fnmatchcase
from random import Random

from pydantic import BaseModel, ConfigDict, Field


class Fault(StrEnum):
    """What can go wrong."""

    STATUS = "status"
    """An error is answered: `status`, `code`, `retry_after`; with `after` the effect took place."""

    DELAY = "delay"
    """The answer comes `seconds` late."""

    DROP_REPLY = "drop_reply"
    """The effect takes place, and the connection is closed without an answer."""

    CUT_REPLY = "cut_reply"
    """The effect takes place, and the connection is closed in mid-answer."""

    RESET = "reset"
    """The connection is reset before anything has taken place."""

    HTML = "html"
    """A gate in between answers with a page and `status`; with `after` the effect is there."""

    CUT_JSON = "cut_json"
    """The effect takes place, and half of the answer's JSON comes as if it were all."""

    ERROR_BODY = "error_body"
    """The effect takes place, and 200 is answered with an error inside."""

    FINISH = "finish"
    """A language model ends with `word`: length, content_filter, refusal or nonsense."""

    OUTCOME = "outcome"
    """A message ends as `word`, with `code`: undelivered, failed; bounced, complained.

    A call: answered, voicemail, busy, no_answer, failed, invalid_number, by a word of the vendor's
    own, or never: stuck.
    """

    DUPLICATE_WEBHOOK = "duplicate_webhook"
    LOSE_WEBHOOK = "lose_webhook"
    REORDER_WEBHOOKS = "reorder_webhooks"
    WEBHOOK_BEFORE_REPLY = "webhook_before_reply"
    FORGE_WEBHOOK = "forge_webhook"
    """A notice comes with a wrong signature."""

    LATE_WEBHOOK = "late_webhook"
    """A notice comes `seconds` late; what came about later overtakes it."""

    CONTRADICT_WEBHOOK = "contradict_webhook"
    """After a call's end it is told once more that somebody speaks."""

    CLOCK_SKEW = "clock_skew"
    """The vendor's clock is off by `seconds` in what its notices say and sign."""

    LIST_LAG = "list_lag"
    """What was made is not in lists for `seconds`."""

    FORGET = "forget"
    """A call that has ended is in no list, and nobody knows it."""

    OVER_LIMIT = "over_limit"
    """How a vendor refuses a call for which an account has no line: `word`."""


class Rule(BaseModel):
    """One thing that goes wrong, where, and how often."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Fault
    vendor: str = "*"
    route: str = "*"
    rate: float = Field(default=1.0, ge=0, le=1)
    times: int | None = Field(default=None, ge=0)
    """After so many it is over."""

    seconds: float = 0.0
    status: int = 500
    code: str | None = None
    after: bool = False
    retry_after: str | None = None
    word: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """Where it stands: a later rule of the same kind there takes its place."""
        return (self.vendor, self.route, self.kind.value)


class Faults:
    """The rules that stand."""

    def __init__(self) -> None:
        self._rules: dict[tuple[str, str, str], Rule] = {}
        self._chances: dict[tuple[str, str, str], Random] = {}
        self._struck: Counter[tuple[str, str, str]] = Counter()
        self.seed = 1

    def set(self, rule: Rule) -> None:
        """Let a rule stand; one with rate 0 ends it."""
        self._rules[rule.place] = rule
        self._chances[rule.place] = Random(f"{self.seed} {rule.place}")  # noqa: S311  # has to repeat
        self._struck[rule.place] = 0

    def strikes(self, kind: Fault, vendor: str, route: str) -> Rule | None:
        """Return the rule that strikes now, or None; each question is one throw of the dice."""
        for place, rule in self._rules.items():
            if rule.kind is not kind or not _meets(rule, vendor, route):
                continue
            if rule.times is not None and self._struck[place] >= rule.times:
                continue
            if self._chances[place].random() < rule.rate:
                self._struck[place] += 1
                return rule
        return None

    def show(self) -> list[dict[str, object]]:
        """Return the rules, and how often each has struck."""
        return [
            {**rule.model_dump(mode="json"), "struck": self._struck[place]}
            for place, rule in self._rules.items()
        ]

    def reset(self, *, seed: int = 1) -> None:
        """Let nothing go wrong; later rules throw dice of this seed."""
        self._rules.clear()
        self._chances.clear()
        self._struck.clear()
        self.seed = seed


def _meets(rule: Rule, vendor: str, route: str) -> bool:
    return fnmatchcase(vendor, rule.vendor) and fnmatchcase(route, rule.route)
