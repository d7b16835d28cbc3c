"""What reached the vendors: every effect in order, and how much was in flight at once.

A call's line says when it began to use a line of its account and when it gave it back, as times
and as `began_n` and `ended_n`: numbers of one sequence, so that whoever judges can say for every
instant how many calls an account, a caller or a recipient had, however many fell into one tick.
"""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any


class Ledger:
    """Effects, not requests: a repeat that a vendor recognised is not in it."""

    def __init__(self) -> None:
        self._effects: list[dict[str, Any]] = []
        self._notices: list[dict[str, Any]] = []
        self._requests: Counter[str] = Counter()
        self._flying: Counter[str] = Counter()
        self._peaks: Counter[str] = Counter()
        self._live: Counter[str] = Counter()
        self._live_peaks: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._moments = 0

    def write(self, vendor: str, kind: str, at: datetime, **facts: Any) -> dict[str, Any]:  # noqa: ANN401  # facts of any kind
        """Write down an effect; return its line, which may be added to."""
        number = len(self._effects) + 1
        line = {"n": number, "vendor": vendor, "kind": kind, "at": at.isoformat(), **facts}
        self._effects.append(line)
        return line

    def rise(self, line: dict[str, Any], at: datetime) -> None:
        """Write down that a call uses a line of its account from now on."""
        self._moments += 1
        line["began_at"], line["began_n"] = at.isoformat(), self._moments
        for name in _holders(line):
            self._live[name] += 1
            self._live_peaks[name] = max(self._live_peaks[name], self._live[name])

    def fall(self, line: dict[str, Any], at: datetime) -> None:
        """Write down that a call has given its line back."""
        self._moments += 1
        line["ended_at"], line["ended_n"] = at.isoformat(), self._moments
        self._live.subtract(_holders(line))

    def refuse(self, account: str) -> None:
        """Count a call that an account had no line for."""
        self._refused[account] += 1

    def calls(self) -> dict[str, dict[str, int]]:
        """Return how many calls are live now, how many were at most, and how many were refused.

        By account ("vapi 3fc9b689459d"), caller ("from +1...") and recipient ("to +1...").
        """
        return {
            "live": {name: n for name, n in self._live.items() if n},
            "peaks": dict(self._live_peaks),
            "refused": dict(self._refused),
        }

    def note(self, vendor: str, **facts: Any) -> None:  # noqa: ANN401  # facts of any kind
        """Write down what became of a notice to us."""
        self._notices.append({"vendor": vendor, **facts})

    @contextmanager
    def flight(self, vendor: str, route: str) -> Generator[None]:
        """Count a request as in flight."""
        names = (vendor, f"{vendor} {route}")
        for name in names:
            self._requests[name] += 1
            self._flying[name] += 1
            self._peaks[name] = max(self._peaks[name], self._flying[name])
        try:
            yield
        finally:
            self._flying.subtract(names)

    def show(self, vendor: str = "", *, after: int = 0) -> dict[str, Any]:
        """Return everything behind a line, or one vendor's part, and its bill in dollars."""
        of_vendor = [line for line in self._effects[after:] if vendor in {"", line["vendor"]}]
        return {
            "vendor": vendor or None,
            "effects": of_vendor,
            "notices": [line for line in self._notices if vendor in {"", line["vendor"]}],
            "requests": _part(self._requests, vendor),
            "peaks": _part(self._peaks, vendor),
            "bill": str(sum(Decimal(line["cost"]) for line in of_vendor if "cost" in line)),
        }

    def reset(self) -> None:
        """Forget everything; what is in flight still is."""
        self._effects.clear()
        self._notices.clear()
        self._requests.clear()
        self._peaks.clear()
        self._live.clear()
        self._live_peaks.clear()
        self._refused.clear()


def _holders(line: dict[str, Any]) -> list[str]:
    return [f"{line['vendor']} {line['account']}", f"from {line['from']}", f"to {line['to']}"]


def _part(counts: Counter[str], vendor: str) -> dict[str, int]:
    return {name: n for name, n in counts.items() if vendor in {"", name.split(" ")[0]}}
