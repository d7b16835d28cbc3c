"""Asking a model for money: held before, written down after, whatever becomes of the answer.

The one way to ask for every area. A request that may have been billed has a line in
`ai_usage_logs`, also one that failed, was refused, cut off, corrupt, or never heard of again.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError

from domain.database import SYSTEM, Begin, within
from domain.errors import OutcomeUnknown, ProviderError, Retryable
from domain.ids import new_id
from domain.metering import budgets, prices, rules
from domain.metering.prices import Line
from domain.metering.usage import UNHEARD, Account, Billed, Hold, Refused, Usage
from domain.tables.ops import Severity
from domain.work import alerts

log = structlog.get_logger("metering")

PAUSES: Final = (0.05, 0.25, 1.0)
"""Seconds between tries to write a cost down. A failover takes longer, and costs the answer."""

Answer = TypeVar("Answer", bound=Billed)


def ask(
    begin: Begin,
    account: Account,
    estimate: Usage,
    act: Callable[[str], Answer],
    judge: Callable[[Answer], str],
) -> Answer | Refused:
    """Make a request within the budget, under a name of its own, and write down what it cost.

    `judge` says in a word what the answer came to; the line is written even if it fails.
    """
    key = new_id().hex
    hold = reserve(begin, account.user_id, key, estimate) if account.has_budget else None
    if isinstance(hold, Refused):
        return hold
    began = time.monotonic()
    try:
        answer = act(key)
    except ProviderError as error:
        if may_have_cost(error):
            took = timedelta(seconds=time.monotonic() - began)
            record(begin, account, estimate.untold(key, latency=took), UNHEARD, hold=hold)
        elif hold is not None:
            release(begin, hold)
        raise
    took = timedelta(seconds=time.monotonic() - began)
    usage = answer.usage or estimate.untold(key, latency=took)
    outcome = "unread"
    try:
        outcome = judge(answer)
    finally:
        record(begin, account, usage, outcome, hold=hold)
    return answer


def may_have_cost(error: ProviderError) -> bool:
    """Tell whether a request that brought nothing may be on the vendor's bill all the same."""
    return isinstance(error, OutcomeUnknown) or (isinstance(error, Retryable) and error.may_cost)


def reserve(
    begin: Begin,
    user_id: UUID,
    key: str,
    estimate: Usage,
) -> Hold | Refused | None:
    """Hold what a request will cost by experience; None where the tenant has no budget."""
    with begin(SYSTEM) as session:
        found = budgets.reserve(session, user_id, key, prices.estimate(session, estimate))
        if found is None:
            return None
        answer, month = found
        if isinstance(answer, Refused) and not answer.may_pass:
            alerts.tell(
                session,
                "ai_budget_hard",
                subject=month.words,
                message=f"No model is asked for this tenant: {answer.why}.",
                severity=Severity.WARNING,
            )
        return answer


def release(begin: Begin, hold: Hold) -> None:
    """Let go of what is held for a request that cost nothing; unwritten, it lapses."""
    try:
        with begin(SYSTEM) as session:
            budgets.release(session, hold)
    except DBAPIError as error:
        log.warning("metering.not_released", error=type(error).__name__)


def release_lapsed(begin: Begin) -> None:
    """Let go of what the dead hold."""
    with begin(SYSTEM) as session:
        budgets.release_lapsed(session)


def record(
    begin: Begin, account: Account, usage: Usage, outcome: str, *, hold: Hold | None = None
) -> None:
    """Write a request down on its own, whatever becomes of its answer, and settle its hold.

    Tried again where the database broke off: else the paid answer would be thrown away with its
    bill. Only who dies here leaves a line that the vendor's bill has and ours has not.
    """
    for pause in (*PAUSES, None):
        try:
            line = _write(begin, account, usage, outcome, hold)
        except DBAPIError as error:
            if pause is None:
                raise
            log.warning("metering.cost_not_written", error=type(error).__name__)
            time.sleep(pause)
        else:
            if line is not None:
                _tell(begin, usage, line)
            return


def _write(
    begin: Begin, account: Account, usage: Usage, outcome: str, hold: Hold | None
) -> Line | None:
    """Write the line, and the budget's with it: both or neither."""
    if hold is None:
        with begin(account.user_id) as session:
            return prices.write(session, usage, account, outcome=outcome)
    with begin(SYSTEM) as session:
        with within(session, account.user_id):
            line = prices.write(session, usage, account, outcome=outcome)
        if line is None:  # its transaction settled the hold, too
            return None
        passed = budgets.spend(session, hold, line.cost)
        if passed is not None:
            alerts.tell(
                session,
                "ai_budget_soft",
                subject=passed.words,
                message="The month's soft limit for models is passed; requests go on.",
                severity=Severity.INFO,
            )
        return line


def _tell(begin: Begin, usage: Usage, line: Line) -> None:
    """Alert on what makes a cost unknown or doubtful: one alert for as long as it lasts."""
    model = f"{usage.provider} {usage.model}"
    wrong: tuple[str, str, str] | None = None
    if usage.is_told and line.cost is None:
        wrong = "ai_price_missing", model, f"{model} has no price: what it costs is not known."
    elif line.cost is not None and line.exchange_rate is None:
        words = f"There is no rate from USD to {line.currency}: costs are not told in it."
        wrong = "exchange_rate_missing", line.currency, words
    elif rules.differ(line.ours, usage.reported_cost):
        words = f"{model} is billed at other prices than ours; the vendor's figure was taken."
        wrong = "ai_price_differs", model, words
    if wrong is None:
        return
    kind, subject, message = wrong
    try:
        with begin(SYSTEM) as session:
            severity = Severity.WARNING
            alerts.tell(session, kind, subject=subject, message=message, severity=severity)
    except DBAPIError as error:  # the next request tells it
        log.warning("metering.not_told", error=type(error).__name__)
