"""Reading transcripts without a model: nothing leaves the building, and nothing is billed."""

from domain.transcripts import reading
from domain.transcripts.ports import Answer, Request


class LocalReader:
    """Reads by rules; the same transcript gives the same answer."""

    vendor = "local"

    def estimate(self, request: Request) -> None:
        """Cost nothing."""
        del request

    def read(self, request: Request) -> Answer:
        """Read. Instructions are for models; there is none here."""
        found = reading.read(request.transcript)
        return Answer(text=found.model_dump_json(), usage=None, finish="stop")
