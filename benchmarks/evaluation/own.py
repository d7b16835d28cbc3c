"""The harder calls in our own words: how many come out right."""

import re
from collections import defaultdict

from domain.transcripts.reading import read
from providers.local.reader import LocalReader
from tests.support.calls import Call, calls
from workers.predictions import Judge


def own() -> dict[str, tuple[int, int, int]]:
    """Return for each set: how many calls, how many with the right moments, and all right."""
    found: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for call in calls():
        found[call.name.split(":")[0]].append(_is_right(call))
    return {
        name: (len(told), sum(one for one, _ in told), sum(all(each) for each in told))
        for name, told in found.items()
    }


def _is_right(call: Call) -> tuple[bool, bool]:
    """Say whether the moments are right, and whether the names and numbers are."""
    events = Judge(reader=LocalReader()).predict(call.row)["events"]
    wanted = [one for one in call.wanted if one.get("intent") != "cancel"]
    starts = [str(event["start"] or event["date"] or "-")[:16] for event in events]
    are_right = starts == [one["start"] for one in wanted]
    for event, facts in zip(read(call.row["transcript"]).events, call.wanted, strict=False):
        phone, name = event.customer_phone, event.customer_name
        heard = {
            "name": name.value if name else "",
            "phone": re.sub(r"\D", "", phone.value) if phone else "",
            "agreed": "yes" if event.is_agreed else "no",
        }
        if any(heard[key] != value for key, value in facts.items() if key in heard):
            return are_right, False
    return are_right, True
