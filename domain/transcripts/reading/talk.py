"""How a call goes: what was asked for, offered, taken, refused, changed and arranged."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.transcripts.reading.choices import filled, filled_from, one_each, options_of
from domain.transcripts.reading.mentions import Spoken
from domain.transcripts.reading.plan import Outcome, Plan, Slots
from domain.transcripts.reading.replies import Reply, listen
from domain.transcripts.reading.speech import Speech
from domain.transcripts.reading.turns import Speaker
from domain.transcripts.schema import Intent

THANKS = re.compile(r"\W*(?:thanks?|thank you|gracias|tack)(?![^\W_])")
"""Whoever begins so is through, and says no yes to what was told last."""


@dataclass(slots=True)
class Talk:
    """The plans of a call, the present one last."""

    speech: Speech
    plans: list[Plan] = field(default_factory=lambda: [Plan()])
    is_about_hours: bool = False
    """The caller asks when the house is open, or was booked: what is answered is no offer."""

    wants_several: bool = False
    has_just_named: bool = False
    """The caller named a moment in the turn before: a yes is a yes to that."""

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
        meant = [one for each in said for one in each.meant]
        self.plan.options = options_of(meant)
        if not said[0].sentence.is_question:
            if self.speech.yes.match(said[0].folded) and self.has_just_named:
                self.plan.accept(Speaker.AGENT)
            elif self.speech.no.match(said[0].folded) and not meant and not self.plan.is_accepted:
                self.plan.is_left = True
        for each in said:
            self._agent_says(each)
            self._others(each)

    def _others(self, each: Spoken) -> None:
        """Let an answer reach the other wishes of the same breath."""
        told = filled_from(Slots(), one_each(each.meant))
        is_done = bool(self.speech.done.search(each.folded)) and not each.sentence.is_question
        for plan in self.plans[:-1]:
            if plan.outcome is not Outcome.OPEN or not plan.is_wanted:
                continue
            if told.repeats(plan.slots) and not each.sentence.is_question:
                plan.accept(Speaker.AGENT)
            if is_done and (told.is_empty or told.repeats(plan.slots)):
                plan.accept(Speaker.AGENT)
                plan.settle(Outcome.ARRANGED)

    def _agent_says(self, each: Spoken) -> None:
        speech = self.speech
        asks_to_confirm = bool(speech.asked_to_confirm.search(each.folded))
        asks = each.sentence.is_question or asks_to_confirm
        if self._cannot(each):
            self._failed(each)
            return
        is_query = each.sentence.is_question and bool(speech.queries.match(each.folded))
        if speech.done.search(each.folded) and not asks_to_confirm and not is_query:
            if not self.is_about_hours:
                self._arranged(each)
            return
        if speech.stands.search(each.folded):
            return
        if not asks:
            self._promised(each)
        if each.meant and not self.is_about_hours:
            self._offered(each, asks=asks)
        if asks and (speech.booking.search(each.folded) or speech.proposes.search(each.folded)):
            self.plan.is_asked = True

    def _promised(self, each: Spoken) -> None:
        plan = self.plan
        if self.speech.promises.search(each.folded):
            plan.is_promised = plan.is_wanted
        if self.speech.comes.search(each.folded):
            plan.is_promised = plan.is_wanted = True
            plan.is_left = False
            plan.name(filled_from(plan.slots, one_each(each.meant)), Speaker.AGENT)

    def _cannot(self, each: Spoken) -> bool:
        """Say whether the agent turns the wish down."""
        speech = self.speech
        if each.sentence.is_question:
            return False
        if speech.declines.search(each.folded) and not each.meant and not self.plan.is_accepted:
            return True
        is_ours = speech.booking.search(each.folded) or speech.asks.time.search(each.folded)
        return bool(is_ours and speech.failed.search(each.folded))

    def _failed(self, each: Spoken) -> None:
        plan = self.plan
        if plan.outcome is Outcome.ARRANGED:
            return
        plan.settle(Outcome.FAILED)
        plan.is_promised = False
        plan.has_failed = True
        plan.offered = plan.offered.of(each.turn)
        plan.is_accepted = False
        plan.turns.append(each.turn)

    def _arranged(self, each: Spoken) -> None:
        plan = self.plan
        told = [] if len(options_of(each.meant)) > 1 else one_each(each.meant)
        slots = filled_from(filled(plan.slots, plan.offered), told)
        if slots.is_empty and not self.speech.comes.search(each.folded):
            return
        if plan.outcome is Outcome.REFUSED and not plan.is_accepted:
            return
        plan.name(slots, Speaker.AGENT)
        plan.accept(Speaker.AGENT)
        plan.offered = Slots()
        plan.settle(Outcome.ARRANGED)
        plan.turns.append(each.turn)

    def _offered(self, each: Spoken, *, asks: bool) -> None:
        plan = self.plan
        chosen = one_each(each.meant)
        if plan.outcome is Outcome.ARRANGED:
            if asks and self._is_extra(each):
                plan = Plan()
                self.plans.append(plan)
            else:
                if each.turn in plan.turns:
                    plan.name(filled_from(plan.slots, chosen), Speaker.AGENT)
                return
        if self.speech.hours.search(each.folded):
            plan.slots = filled_from(plan.slots, [one for one in chosen if one.is_date])
            return
        plan.offered = filled_from(plan.offered, chosen)
        plan.turns.append(each.turn)
        if chosen and not asks and not plan.offered.says_more_than(plan.slots):
            plan.accept(Speaker.AGENT)  # said back, as it was named

    def _is_extra(self, each: Spoken) -> bool:
        """Say whether the agent goes on to a second thing that is wanted."""
        days = [one for one in each.meant if one.is_date]
        known = self.plan.slots.day
        is_other = bool(days) and known is not None and days[0].contradicts(known)
        return is_other and (self.wants_several or bool(self.speech.another.search(each.folded)))

    def _caller(self, said: Sequence[Spoken]) -> None:
        plan = self.plan
        reply = listen(said, plan.options, self.speech)
        was_asked, plan.is_asked = plan.is_asked, False
        self.is_about_hours = reply.asks_hours or reply.recalls
        self.has_just_named = bool(reply.meant) or reply.chosen is not None
        self.wants_several = self.wants_several or reply.wants_several
        self._answer_news(reply)
        if self._turns_down(reply, is_asked=was_asked):
            return
        if reply.agrees and not plan.offered.is_empty and plan.outcome is Outcome.REFUSED:
            plan.outcome = Outcome.OPEN
        self._intent(reply)
        plan = self.plan
        is_offer = plan.offered.clock is not None
        if (was_asked or is_offer) and (reply.agrees or (reply.meant and not reply.refuses)):
            plan.is_wanted = True
        plan.is_wanted = plan.is_wanted or reply.chosen is not None
        self._answer_offer(reply)
        if reply.agrees:
            plan.accept(Speaker.CALLER)
        if plan.outcome is not Outcome.ARRANGED:
            self._take(reply)

    def _take(self, reply: Reply) -> None:
        """Take the times that are named; two whole moments of one breath are two wishes."""
        first, second = reply.wishes(self.speech)
        if not second:
            reply.take(self.plan, reply.said)
            return
        reply.take(self.plan, first)
        self.plans.append(Plan(is_wanted=True, turns=list(self.plan.turns)))
        reply.take(self.plan, second)

    def _answer_news(self, reply: Reply) -> None:
        """Take what the caller says to having been booked."""
        plan = self.plan
        is_news = plan.outcome is Outcome.ARRANGED and reply.turn - 1 in plan.turns[-1:]
        if is_news and reply.objects:
            plan.outcome, plan.is_accepted = Outcome.FAILED, False
        elif is_news and reply.is_pleased:
            plan.accept(Speaker.CALLER)

    def _answer_offer(self, reply: Reply) -> None:
        """Take the offer, or let it lie: an hour that was turned down is not named again."""
        plan = self.plan
        is_no = not (reply.agrees or reply.corrects) and (reply.refuses or reply.objects)
        if is_no and not reply.meant:
            plan.is_left = plan.is_left or not (plan.offered.is_empty or plan.is_accepted)
        elif reply.wants_another_part:
            plan.is_left = False
        elif self._goes_by(reply):
            plan.is_left, plan.is_accepted, plan.offered = True, False, Slots()
            return
        elif not plan.offered.is_empty:
            plan.name(filled(plan.slots, plan.offered), Speaker.AGENT)
            plan.is_accepted = plan.is_accepted or reply.agrees
        if reply.agrees or reply.meant:
            plan.is_left = False
        plan.offered = Slots()

    def _goes_by(self, reply: Reply) -> bool:
        """Say whether another moment than the agreed one was offered, and nothing said to it."""
        plan = self.plan
        is_yes = reply.agrees and not THANKS.match(reply.said[0].folded)
        says = is_yes or reply.meant or reply.chosen or reply.wants or reply.corrects
        return (
            not says
            and reply.is_enough
            and plan.is_accepted
            and plan.outcome is not Outcome.ARRANGED
            and plan.offered.says_more_than(plan.slots)
        )

    def _turns_down(self, reply: Reply, *, is_asked: bool) -> bool:
        """Write down a refusal of the whole, rather than of a detail."""
        plan = self.plan
        refuses = reply.refuses and is_asked
        later = (is_asked and reply.not_now) or (refuses and reply.is_enough)
        later = later or reply.drops or (reply.resigns and not plan.is_accepted)
        if plan.outcome is Outcome.ARRANGED or reply.meant or (reply.agrees and not later):
            return False
        if not (refuses or later) or (reply.corrects and not later):
            return False
        if not later and not reply.is_curt:
            return False
        plan.settle(Outcome.REFUSED)
        plan.offered, plan.is_accepted = Slots(), False
        return True

    def _intent(self, reply: Reply) -> None:
        plan = self.plan
        changes = reply.moves or (reply.meant and reply.corrects)
        if plan.outcome is Outcome.ARRANGED and (reply.wants or changes):
            self._after_arranging(reply)
        elif plan.outcome in {Outcome.REFUSED, Outcome.FAILED} and (reply.wants or reply.meant):
            plan.outcome = Outcome.OPEN
        plan = self.plan
        plan.is_wanted = plan.is_wanted or reply.wants
        if reply.moves and plan.slots.is_empty:
            plan.intent = Intent.MOVE
        elif reply.cancels and plan.outcome is not Outcome.ARRANGED:
            plan.intent = Intent.CANCEL

    def _after_arranging(self, reply: Reply) -> None:
        """Open the plan again for a change, or a second one for another wish."""
        if reply.moves or (reply.meant and reply.corrects):
            self.plan.outcome = Outcome.OPEN
        elif reply.is_another:
            self.plans.append(Plan(is_wanted=True))
