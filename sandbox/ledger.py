"""What reached the vendors: every effect in order, and how many requests were in flight at once."""

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

    def write(self, vendor: str, kind: str, at: datetime, **facts: Any) -> dict[str, Any]:  # noqa: ANN401  # facts of any kind
        """Write down an effect; return its line, which may be added to."""
        number = len(self._effects) + 1
        line = {"n": number, "vendor": vendor, "kind": kind, "at": at.isoformat(), **facts}
        self._effects.append(line)
        return line

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

    def show(self, vendor: str = "") -> dict[str, Any]:
        """Return everything, or one vendor's part, and what is owed for it in dollars."""
        of_vendor = [line for line in self._effects if vendor in {"", line["vendor"]}]
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


def _part(counts: Counter[str], vendor: str) -> dict[str, int]:
    return {name: n for name, n in counts.items() if vendor in {"", name.split(" ")[0]}}
