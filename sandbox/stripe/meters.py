"""Meters: what was used, by the names that events were told under."""

from typing import Any, Final

from sandbox.stripe.forms import Wrong
from sandbox.stripe.world import Thing, World, seconds

DAY: Final = 86400
OLDEST: Final = 35 * DAY
AHEAD: Final = 300


class Meters:
    """Adds up what it is told."""

    def __init__(self, world: World) -> None:
        self._world = world

    def create(self, form: dict[str, Any]) -> Thing:
        """Set a meter up."""
        name = form.get("event_name")
        if not name or not form.get("display_name"):
            raise Wrong(400, "Missing required param: event_name.", code="parameter_missing")
        return self._world.make(
            "billing.meter",
            self._world.house.clock.now(),
            event_name=name,
            display_name=form["display_name"],
            default_aggregation={"formula": "sum"},
            customer_mapping={"type": "by_id", "event_payload_key": "stripe_customer_id"},
            value_settings={"event_payload_key": "value"},
            status="active",
        )

    def take(self, form: dict[str, Any]) -> Thing:
        """Take an event; a name that was told within a day is refused."""
        payload = form.get("payload", {})
        customer, value = payload.get("stripe_customer_id"), payload.get("value")
        events = self._world.kind("billing.meter_event")
        clock = self._world.clock_of(customer)
        now = seconds(clock.now())
        at = int(form.get("timestamp", now))
        name = form.get("identifier") or f"auto_{len(events) + 1}"
        self._check(form, customer=customer, value=value, at=at, now=now)
        before = events.get(name)
        if before is not None and before["_told"] > now - DAY:
            words = f"An event already exists with identifier {name}."
            raise Wrong(400, words, code="resource_already_exists")
        if before is not None:  # a name lives a day: after that it is another event
            events[f"{name}#{len(events)}"] = before
        made: Thing = {
            "object": "billing.meter_event",
            "event_name": form["event_name"],
            "identifier": name,
            "created": now,
            "timestamp": at,
            "livemode": False,
            "payload": {"stripe_customer_id": customer, "value": str(value)},
            "_told": now,
        }
        events[name] = made
        self._world.write("meter_event", made, identifier=name, customer=customer, value=value)
        return made

    def _check(self, form: dict[str, Any], **facts: Any) -> None:  # noqa: ANN401  # facts of any kind
        meters = self._world.kind("billing.meter").values()
        if form.get("event_name") not in {meter["event_name"] for meter in meters}:
            raise Wrong(400, "No active meter found for event name", code="resource_missing")
        self._world.find("customer", facts["customer"])
        if not str(facts["value"] or "").isdigit():
            raise Wrong(400, "value has to be a whole number")
        if not facts["now"] - OLDEST <= facts["at"] <= facts["now"] + AHEAD:
            raise Wrong(400, "timestamp is too far in the past or in the future")

    def summaries(self, name: str, query: dict[str, Any]) -> list[Thing]:
        """Add up a customer's events between two moments."""
        meter = self._world.find("billing.meter", name)
        start, end = int(query["start_time"]), int(query["end_time"])
        if start % 60 or end % 60:
            raise Wrong(400, "start_time and end_time have to be whole minutes")
        values = [
            int(event["payload"]["value"])
            for event in self._world.kind("billing.meter_event").values()
            if event["event_name"] == meter["event_name"]
            and event["payload"]["stripe_customer_id"] == query.get("customer")
            and start <= event["timestamp"] < end
        ]
        return [
            {
                "id": f"mtrusg_{start}",
                "object": "billing.meter_event_summary",
                "meter": name,
                "aggregated_value": sum(values),
                "start_time": start,
                "end_time": end,
                "livemode": False,
            }
        ]
