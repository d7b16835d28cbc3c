"""What is tried at every point with texts that wait at Twilio before they leave.

Time passes here and there alike, by a clock that the trial sets on both sides: what the carrier
refuses to take, because its moment is too near, is refused by its own clock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

import psycopg

from domain.messages import recalling
from domain.messages import service as messages
from domain.messages.service import Post
from domain.work.attempts import Job
from providers.twilio.sms import TwilioTexts
from tests.support import vendors, virtual_clock
from tests.support.enumeration import Case
from tests.support.ground import Ground
from tests.support.points import Fault
from tests.support.slice import KEYS, FakeMails
from tests.support.slice_trials import StoppedTexts, Texts
from tests.support.stand_ins import StandIns

STEP = 180
"""Seconds that pass at once: less than a text waits, more than a lease lives."""


class _There:
    """The trial's database, as the clock's fixture knows databases."""

    def __init__(self, ground: Ground) -> None:
        self._admin = ground.place.admin

    @contextmanager
    def connect(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self._admin, autocommit=True) as connection:
            yield connection


@cache
def kept_texts_of(url: str, *, spare: bool) -> TwilioTexts:
    """Return an adapter for a messaging service; the spare one comes clean over a fork."""
    made = vendors.texts(StandIns(url), sender=vendors.SERVICE)
    if not spare:
        made.find(to=vendors.TO, body=vendors.BODY, since=datetime.now(virtual_clock.NEW_YORK))
    return made


class KeptTexts(Texts):
    """Texts that Twilio keeps for eight minutes: nobody's answer, and so in no hurry."""

    def __init__(self, ground: Ground, *, many: bool) -> None:
        if ground.connection.execute("SELECT to_regclass('frontdesk.test_clock')").fetchone() == (
            None,
        ):
            virtual_clock.at_noon(_There(ground))  # pyright: ignore[reportArgumentType]  # all it needs
            ground.engine.dispose()
        super().__init__(ground, many=many)
        kept_texts_of(self.stand_ins.url, spare=True)
        kept_texts_of(self.stand_ins.url, spare=False)

    @property
    def post(self) -> Post:
        texts = kept_texts_of(self.stand_ins.url, spare=self.is_child)
        return Post(begin=self.ground.begin, keyring=KEYS, texts=texts, mails=FakeMails())

    @property
    def job(self) -> Job[Any]:
        return messages.job(self.post)

    def reset(self) -> None:
        super().reset()
        noon = virtual_clock.noon()
        virtual_clock.put(self.ground.connection, noon)
        self.ground.connection.execute(
            "UPDATE messages SET answers_at = NULL, due_at = %s, created_at = %s", [noon, noon]
        )
        self.stand_ins.reset(still=False, at=noon.isoformat())
        self.stand_ins.fault("list_lag", "twilio", seconds=60)

    def resolve(self) -> None:
        recalling.recall(self.post)
        super().resolve()
        recalling.recall(self.post)

    def hurry(self) -> None:
        self.ground.connection.execute(
            "UPDATE test_clock SET ahead = ahead + %s * '1 s'::interval", [STEP]
        )
        self.stand_ins.advance(STEP)

    def judge(self, case: Case, names: list[str]) -> list[str]:
        self.stand_ins.advance(15 * 60)
        return super().judge(case, names)

    def _may_be(self, status: str, case: Case) -> bool:
        return status == "sent" or (status == "void" and case.first.fault is Fault.MEDDLE)


class StoppedKeptTexts(KeptTexts, StoppedTexts):
    """The person says stop, at any moment until the text leaves: none does."""

    is_off = True


def kept_text_by_a_bell(ground: Ground) -> KeptTexts:
    return KeptTexts(ground, many=False)


def kept_text_to_who_says_stop(ground: Ground) -> StoppedKeptTexts:
    return StoppedKeptTexts(ground, many=False)
