"""Windows of a calendar: what they hold, and what changed in them, page by page."""

import re
from datetime import timedelta
from typing import Final

from starlette.responses import Response

from sandbox.door import Visit, reply
from sandbox.graph import times
from sandbox.graph.events import Refused
from sandbox.graph.mailbox import Calendar, Mailbox

PAGE: Final = 50
LONGEST: Final = timedelta(days=1825)


class Views:
    """Answers about windows."""

    async def window(self, visit: Visit, mailbox: Mailbox) -> Response:
        """Show a page of what a window holds."""
        query = visit.request.query_params
        calendar = mailbox.calendar(visit.request.path_params["calendar"])
        try:
            since = times.moment(query["startDateTime"])
            until = times.moment(query["endDateTime"])
        except (KeyError, ValueError):
            raise Refused(400, "ErrorInvalidParameter") from None
        skip, top = int(query.get("$skip", 0)), int(query.get("$top", 10))
        found = mailbox.view(calendar, since, until)
        zone, tags = zone_of(visit), tags_of(visit)
        page = [one.show(zone, tags=tags) for one in found[skip : skip + top]]
        more = visit.request.url.include_query_params(**{"$skip": skip + top})
        rest = {"@odata.nextLink": str(more)} if len(found) > skip + top else {}
        return reply({"value": page, **rest})

    async def delta(self, visit: Visit, mailbox: Mailbox) -> Response:
        """Show a page of what changed since a link, or of everything."""
        query = visit.request.query_params
        calendar = mailbox.calendar(visit.request.path_params["calendar"])
        if "$skiptoken" in query:
            name, _, skipped = query["$skiptoken"].partition(".")
        else:
            name, skipped = self._begin(visit, mailbox, calendar), "0"
        found = calendar.rounds.get(name)
        if found is None:
            raise Refused(410, "syncStateNotFound")
        wanted = re.search(r"odata\.maxpagesize=(\d+)", visit.request.headers.get("prefer", ""))
        size = int(wanted[1]) if wanted else PAGE
        begin = int(skipped)
        here = str(visit.request.url).partition("?")[0]
        if len(found.lines) > begin + size:
            link = {"@odata.nextLink": f"{here}?$skiptoken={name}.{begin + size}"}
        else:
            link = {"@odata.deltaLink": f"{here}?$deltatoken={found.link}"}
        return reply({"value": found.lines[begin : begin + size], **link})

    def _begin(self, visit: Visit, mailbox: Mailbox, calendar: Calendar) -> str:
        query, zone = visit.request.query_params, zone_of(visit)
        link = query.get("$deltatoken")
        if link is not None:
            if link not in calendar.links:
                raise Refused(410, "syncStateNotFound")
            since, until, _ = calendar.links[link]
            return mailbox.begin_round(calendar, since, until, link=link, zone=zone)
        try:
            since = times.moment(query["startDateTime"])
            until = times.moment(query["endDateTime"])
        except (KeyError, ValueError):
            raise Refused(400, "ErrorInvalidParameter") from None
        if until - since > LONGEST:
            raise Refused(400, "ErrorInvalidParameter")
        return mailbox.begin_round(calendar, since, until, link=None, zone=zone)


def zone_of(visit: Visit) -> str:
    """Return the zone in which times are to be shown."""
    found = re.search(r'outlook\.timezone="([^"]+)"', visit.request.headers.get("prefer", ""))
    return found[1] if found else "UTC"


def tags_of(visit: Visit) -> str | None:
    """Return the extended property that is asked for."""
    return expanded(visit.request.query_params.get("$expand", ""))


def expanded(words: str) -> str | None:
    """Return the extended property that an $expand asks for."""
    found = re.fullmatch(r"singleValueExtendedProperties\(\$filter=id eq '([^']+)'\)", words)
    return found[1] if found else None
