"""A vendor in this process: a ledger, and faults for the calls to come."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from domain.errors import OutcomeUnknown, Rejected, Retryable
from domain.work.attempts import Job
from domain.work.effects import Effect, Receipt
from domain.work.kinds import Kind
from tests.support.parcels import Parcel, parcel_kind


class Desk:
    """Takes parcels; `meanwhile` happens while a call is on its way."""

    def __init__(self, *faults: Exception | str) -> None:
        self.ledger: list[str] = []
        self.faults: deque[Exception | str] = deque(faults)
        self.meanwhile: Callable[[], object] = lambda: None
        self.calls = 0
        self.deaf: Exception | None = None
        self._by_key: dict[str, str] = {}
        self._lock = threading.Lock()

    def send(self, ref: str, key: str, *, is_keyed: bool = False) -> Receipt:
        self.meanwhile()
        with self._lock:
            self.calls += 1
            fault = self.faults.popleft() if self.faults else ""
            if isinstance(fault, Exception):
                raise fault
            if fault == "refuse":
                raise Rejected("the vendor refused the parcel")
            if fault == "busy":
                raise Retryable("the vendor is busy")
            if fault == "lose_before":
                raise OutcomeUnknown("the vendor did not say")
            if not (is_keyed and key in self._by_key):
                self.ledger.append(ref)
                self._by_key[key] = ref
            if fault == "lose_after":
                raise OutcomeUnknown("the vendor did not say")
            return Receipt(f"P:{ref}")

    def find(self, ref: str) -> Receipt | None:
        if self.deaf is not None:
            raise self.deaf
        return Receipt(f"P:{ref}") if ref in self.ledger else None

    def job(
        self,
        kind: Kind[Parcel] | None = None,
        *,
        is_keyed: bool = False,
        can_be_asked: bool = True,
        **more: Any,
    ) -> Job[Parcel]:
        def describe(parcel: Parcel) -> Effect:
            return Effect(
                key=f"parcel:{parcel.ref}",
                vendor="desk",
                act=lambda key: self.send(parcel.ref, key, is_keyed=is_keyed),
                look_up=(lambda _key: self.find(parcel.ref)) if can_be_asked else None,
                is_keyed=is_keyed,
            )

        return replace(Job(kind=kind or parcel_kind(), describe=describe), **more)
