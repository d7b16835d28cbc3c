"""How a call goes: what was asked for, offered, taken, refused, changed and arranged."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.transcripts.reading.mentions import SMALL, Mention, Spoken
from domain.transcripts.reading.plan import Outcome, Plan, Slots
from domain.transcripts.reading.speech import Speech
from domain.transcripts.reading.turns import Speaker
from domain.transcripts.schema import Intent
from domain.transcripts.when import PhraseKind
from domain.transcripts.when.lexemes import fold

STEM = 4
CURT = 6
"""A no of more words than this says something else too."""


@dataclass(slots=True)
class Talk:
    """The plans of a call, the present one last."""

    speech: Speech
    plans: list[Plan] = field(default_factory=lambda: [Plan()])

    @property
    def plan(self) -> Plan:
        """Return the plan that is spoken of."""
        return self.plans[-1]

    def hear(self, said: Sequence[Spoken]) -> None:
        """Take one turn in."""
        if not said:
            return
        if said[0].speaker is Speaker.AGENT:
            self._agent(said)
        else:
            self._caller(said)

    def _agent(self, said: Sequence[Spoken]) -> None:
        self.plan.options = _options([one for each in said for one in each.meant])
        for each in said:
            self._agent_says(each)

    def _agent_says(self, each: Spoken) -> None:
        speech, plan = self.speech, self.plan
        asks_to_confirm = bool(speech.asked_to_confirm.search(each.folded))
        asks = each.sentence.is_question or asks_to_confirm
        is_ours = speech.booking.search(each.folded) or speech.asks.time.search(each.folded)
        if is_ours and speech.failed.search(each.folded) and not each.sentence.is_question:
            self._failed(each)
            return
        if speech.done.search(each.folded) and not asks_to_confirm:
            self._arranged(each)
            return
        if speech.stands.search(each.folded):
            return
        if speech.promises.search(each.folded) and not asks:
            plan.is_promised = plan.is_wanted
        if speech.comes.search(each.folded) and not asks:
            plan.is_promised = plan.is_wanted = True
        if each.meant:
            self._offered(each)
        if asks and (speech.booking.search(each.folded) or speech.proposes.search(each.folded)):
            plan.is_asked = True

    def _failed(self, each: Spoken) -> None:
        plan = self.plan
        if plan.outcome is Outcome.ARRANGED:
            return
        plan.settle(Outcome.FAILED)
        plan.is_promised = False
        plan.offered = plan.offered.of(each.turn)
        plan.is_accepted = False
        plan.turns.append(each.turn)

    def _arranged(self, each: Spoken) -> None:
        plan = self.plan
        slots = _with(plan.slots, plan.offered)
        slots = _with_all(slots, _one_each(each.meant))
        if slots.is_empty and not self.speech.comes.search(each.folded):
            return
        if plan.outcome is Outcome.REFUSED and not plan.is_accepted:
            return
        plan.slots, plan.offered = slots, Slots()
        plan.settle(Outcome.ARRANGED)
        plan.is_accepted = True
        plan.turns.append(each.turn)

    def _offered(self, each: Spoken) -> None:
        plan = self.plan
        chosen = _one_each(each.meant)
        if plan.outcome is Outcome.ARRANGED:
            if each.turn in plan.turns:
                plan.slots = _with_all(plan.slots, chosen)
            return
        if self.speech.hours.search(each.folded):
            plan.slots = _with_all(plan.slots, [one for one in chosen if one.is_date])
            return
        plan.offered = _with_all(plan.offered, chosen)
        plan.turns.append(each.turn)

    def _caller(self, said: Sequence[Spoken]) -> None:
        speech, plan = self.speech, self.plan
        whole = " ".join(each.folded for each in said)
        meant = [mention for each in said for mention in each.meant]
        refuses = any(speech.no.match(each.folded) for each in said[:2])
        agrees = bool(speech.yes.match(said[0].folded)) and not refuses
        was_asked, plan.is_asked = plan.is_asked, False
        if self._turns_down(
            whole, refuses=refuses and was_asked, is_asked=was_asked, agrees=agrees, meant=meant
        ):
            return
        is_news = plan.outcome is Outcome.ARRANGED and said[0].turn - 1 in plan.turns[-1:]
        if is_news and speech.objects.search(whole):
            plan.outcome, plan.is_accepted = Outcome.FAILED, False
        if agrees and not plan.offered.is_empty and plan.outcome is Outcome.REFUSED:
            plan.outcome = Outcome.OPEN
        self._intent(whole, meant)
        plan = self.plan
        is_answer = was_asked or not plan.offered.is_empty
        if is_answer and (agrees or (meant and not refuses)):
            plan.is_wanted = True
        if not refuses or meant:
            plan.slots = _with(plan.slots, plan.offered)
            plan.is_accepted = plan.is_accepted or (agrees and not plan.offered.is_empty)
        plan.offered = Slots()
        self._take(said)

    def _turns_down(
        self, whole: str, *, refuses: bool, is_asked: bool, agrees: bool, meant: Sequence[Mention]
    ) -> bool:
        """Write down a refusal of the whole, rather than of a detail."""
        speech, plan = self.speech, self.plan
        later = is_asked and speech.not_now.search(whole) is not None
        later = later or (refuses and speech.enough.search(whole) is not None)
        later = later or (not plan.is_accepted and speech.drops.search(whole) is not None)
        if plan.outcome is Outcome.ARRANGED or meant or agrees:
            return False
        if not (refuses or later) or speech.corrects.search(whole):
            return False
        if not later and len(whole.split()) > CURT:
            return False
        plan.settle(Outcome.REFUSED)
        plan.offered, plan.is_accepted = Slots(), False
        return True

    def _intent(self, whole: str, meant: Sequence[Mention]) -> None:
        speech, plan = self.speech, self.plan
        wants = bool((meant or speech.booking.search(whole)) and speech.wants.search(whole))
        changes = speech.moves.search(whole) or (meant and speech.corrects.search(whole))
        if plan.outcome is Outcome.ARRANGED and (wants or changes):
            self._after_arranging(whole, meant)
        elif plan.outcome in {Outcome.REFUSED, Outcome.FAILED} and (wants or meant):
            plan.outcome = Outcome.OPEN
        plan = self.plan
        plan.is_wanted = plan.is_wanted or wants
        if speech.moves.search(whole) and plan.slots.is_empty:
            plan.intent = Intent.MOVE
        elif speech.cancels.search(whole) and plan.outcome is not Outcome.ARRANGED:
            plan.intent = Intent.CANCEL

    def _after_arranging(self, whole: str, meant: Sequence[Mention]) -> None:
        """Open the plan again for a change, or a second one for another wish."""
        if self.speech.moves.search(whole) or (meant and self.speech.corrects.search(whole)):
            self.plan.outcome = Outcome.OPEN
        elif self._is_another(whole, meant):
            self.plans.append(Plan(is_wanted=True))

    def _is_another(self, whole: str, meant: Sequence[Mention]) -> bool:
        hints = (meant, self.speech.another.search(whole), self.speech.booking.search(whole))
        return sum(map(bool, hints)) > 1

    def _take(self, said: Sequence[Spoken]) -> None:
        plan = self.plan
        if plan.outcome is Outcome.ARRANGED:
            return
        is_known = plan.intent is Intent.CANCEL and plan.slots.is_empty
        for each in said:
            told = [*each.aside, *each.meant] if is_known else each.meant
            chosen = _one_each(told, last=True)
            for mention in [*_clock_of(chosen, plan.options), *chosen]:
                plan.slots = plan.slots.put(mention)
                plan.turns.append(each.turn)


def _with(slots: Slots, other: Slots) -> Slots:
    return _with_all(slots, [mention for mention in (other.day, other.clock) if mention])


def _with_all(slots: Slots, mentions: Sequence[Mention]) -> Slots:
    for mention in mentions:
        slots = slots.put(mention)
    return slots


def _options(mentions: Sequence[Mention]) -> list[Slots]:
    """Return the pairs of a date and a time, where there are several."""
    pairs = [
        Slots(day=one, clock=other) if one.is_date else Slots(day=other, clock=one)
        for one, other in zip(mentions[::2], mentions[1::2], strict=False)
        if one.is_date != other.is_date
    ]
    return pairs if len(pairs) > 1 else []


def _clock_of(chosen: Sequence[Mention], options: Sequence[Slots]) -> list[Mention]:
    """Return the time that goes with the date that was chosen among several."""
    if len(chosen) != 1 or not chosen[0].is_date:
        return []
    stems = _stems(chosen[0])
    return [each.clock for each in options if each.day and each.clock and stems & _stems(each.day)]


def _stems(mention: Mention) -> set[str]:
    """Return how the words of a date begin: Tuesday, tisdagen, 24th."""
    return {word[:STEM] for word in re.findall(r"\w+", fold(mention.text)) if word not in SMALL}


def _one_each(mentions: Sequence[Mention], *, last: bool = False) -> list[Mention]:
    """Return the date and the time of a sentence; of a list of times to choose from, none."""
    dates = [mention for mention in mentions if mention.is_date]
    times = [mention for mention in mentions if mention.kind is PhraseKind.TIME]
    parts = [mention for mention in mentions if mention.kind is PhraseKind.PART]
    place = -1 if last else 0
    chosen: list[Mention] = []
    if dates:
        chosen.append(dates[place])
    if times and (last or len(times) == 1 or len({each.text for each in times}) == 1):
        chosen.append(times[place])
    elif parts and not times:
        chosen.append(parts[place])
    return chosen
