"""What the caller says in one turn, taken as an answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.transcripts.reading.choices import (
    chosen_by_order,
    clock_of,
    day_of,
    filled,
    filled_from,
    one_each,
)
from domain.transcripts.reading.mentions import Mention, Spoken
from domain.transcripts.reading.plan import Plan, Slots
from domain.transcripts.reading.speech import Speech
from domain.transcripts.reading.turns import Speaker
from domain.transcripts.schema import Intent
from domain.transcripts.when import PhraseKind

CURT = 6
"""A no of more words than this says something else too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One turn of the caller's."""

    said: Sequence[Spoken]
    meant: Sequence[Mention]
    chosen: Slots | None
    """What "the first one" means, of what was offered."""

    options: Sequence[Slots]
    agrees: bool
    refuses: bool
    """It begins with a no."""

    objects: bool
    """What was said before does not suit."""

    is_pleased: bool
    not_now: bool
    is_enough: bool
    drops: bool
    resigns: bool
    recalls: bool
    corrects: bool
    wants: bool
    moves: bool
    cancels: bool
    is_another: bool
    wants_several: bool
    asks_hours: bool
    is_curt: bool

    @property
    def turn(self) -> int:
        """Return which turn it was."""
        return self.said[0].turn

    def wishes(self, speech: Speech) -> tuple[Sequence[Spoken], Sequence[Spoken]]:
        """Return the sentences of one wish, and those of a second that is added to it."""
        known = Slots()
        for place, each in enumerate(self.said):
            told = filled_from(Slots(), one_each(each.meant))
            is_added = speech.adds.match(each.folded) and not speech.corrects.search(each.folded)
            if is_added and known.is_whole and told.is_whole and told.says_more_than(known):
                return self.said[:place], self.said[place:]
            known = filled_from(known, one_each(each.meant))
        return self.said, ()

    def take(self, plan: Plan, said: Sequence[Spoken]) -> None:
        """Put the times that the caller names into the plan."""
        if self.chosen:
            plan.name(filled(plan.slots, self.chosen), Speaker.AGENT)
            plan.accept(Speaker.CALLER)
        is_known = plan.intent is Intent.CANCEL and plan.slots.is_empty
        offered = plan.slots if plan.said_by is Speaker.AGENT else Slots()
        for each in said:
            told = [*each.aside, *each.meant] if is_known else each.meant
            chosen = one_each(told, last=True)
            taken = [*clock_of(chosen, self.options), *day_of(chosen, self.options), *chosen]
            plan.turns += [each.turn] * bool(taken)
            plan.name(filled_from(plan.slots, taken), Speaker.CALLER)
            told = filled_from(Slots(), taken)
            if any(told.repeats(one) for one in (*self.options, offered)):
                plan.is_accepted = True
        if plan.intent is Intent.MOVE and plan.slots.day is None:
            days = [one for each in said for one in each.aside if one.is_date]
            plan.slots = filled_from(plan.slots, days[-1:])  # the hour is moved, the day stays

    @property
    def wants_another_part(self) -> bool:
        """Say whether another part of the day is asked for than was offered."""
        kinds = {mention.kind for mention in self.meant}
        return not self.agrees and PhraseKind.PART in kinds and PhraseKind.TIME not in kinds


def listen(said: Sequence[Spoken], options: Sequence[Slots], speech: Speech) -> Reply:
    """Return what a turn says as an answer to what was offered last."""
    whole = " ".join(each.folded for each in said)
    meant = [mention for each in said for mention in each.meant]
    chosen = None if meant else chosen_by_order(whole, options, speech)
    refuses = any(speech.no.match(each.folded) for each in said[:2])
    is_booking = bool(speech.booking.search(whole))
    another = bool(speech.another.search(whole))
    is_wish = is_booking or (bool(meant) and not speech.asks_facts.search(whole))
    asks_hours = bool(speech.opening_hours.search(whole))
    recalls = bool(speech.recalls.search(whole))
    names_all = filled_from(Slots(), meant).is_whole and not (asks_hours or recalls)
    wants = (
        is_wish
        and not recalls
        and bool(speech.wants.search(whole) or (another and meant) or names_all)
    )
    agrees = bool(speech.yes.match(said[0].folded)) and not refuses
    agrees = agrees or bool(speech.rest_stands.search(whole))
    objects = bool(speech.objects.search(whole))
    return Reply(
        said=said,
        meant=meant,
        chosen=chosen,
        options=options,
        agrees=(agrees or chosen is not None) and not (objects and not meant),
        refuses=refuses,
        objects=objects,
        is_pleased=not (objects or refuses)
        and bool(speech.subjects.happy.search(whole) or speech.enough.search(whole)),
        not_now=bool(speech.not_now.search(whole)),
        is_enough=bool(speech.enough.search(whole)),
        drops=bool(speech.drops.search(whole)),
        resigns=bool(speech.resigns.search(whole)),
        recalls=recalls,
        corrects=bool(speech.corrects.search(whole)),
        wants=wants,
        moves=bool(speech.moves.search(whole)),
        cancels=bool(speech.cancels.search(whole)),
        is_another=sum((bool(meant), another, is_booking)) > 1,
        wants_several=bool(speech.several.search(whole)),
        asks_hours=asks_hours,
        is_curt=len(whole.split()) <= CURT,
    )
