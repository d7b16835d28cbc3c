"""In which words an owner is told each kind of thing, in every language that we speak."""

from collections.abc import Mapping
from typing import Any, Final

from domain.messages import templates

SAYINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "booking": "New booking: {title}, {when}.",
        "moved": "Moved: {title}, now {when}.",
        "cancelled": "Cancelled: {title}, {when}.",
        "usage": "{percent} % of this period's {what} is used.",
        "calendar_needs_reconnect": "A calendar of yours needs to be connected again.",
        "review": "A new review came in.",
        "reply": "A customer wrote, and it needs you: {title}.",
        "questions_waiting": "Questions from calls that wait for your answer: {questions}.",
        "leads_wait": "Leads that nobody has written to: {leads}.",
        "strangers": "Many {what} at once are for new numbers of one range: the rest wait. If they"
        " are your customers, ask us to raise the limit; if not, somebody may be using you.",
        "other": "Something needs you: {what}.",
    },
    "sv": {
        "booking": "Ny bokning: {title}, {when}.",
        "moved": "Flyttad: {title}, nu {when}.",
        "cancelled": "Avbokad: {title}, {when}.",
        "usage": "{percent} % av periodens {what} är använt.",
        "calendar_needs_reconnect": "En av dina kalendrar behöver anslutas igen.",
        "review": "Ett nytt omdöme har kommit.",
        "reply": "En kund har skrivit och behöver dig: {title}.",
        "questions_waiting": "Frågor från samtal som väntar på ditt svar: {questions}.",
        "leads_wait": "Intressenter som ingen har skrivit till: {leads}.",
        "strangers": "Många {what} på en gång går till nya nummer i samma serie: resten väntar. Är"
        " de dina kunder, be oss höja gränsen; annars kan någon utnyttja dig.",
        "other": "Något behöver dig: {what}.",
    },
    "es": {
        "booking": "Nueva cita: {title}, {when}.",
        "moved": "Cambiada: {title}, ahora {when}.",
        "cancelled": "Cancelada: {title}, {when}.",
        "usage": "Se ha usado el {percent} % de {what} de este periodo.",
        "calendar_needs_reconnect": "Hay que conectar de nuevo uno de sus calendarios.",
        "review": "Ha llegado una nueva reseña.",
        "reply": "Un cliente ha escrito y le necesita: {title}.",
        "questions_waiting": "Preguntas de llamadas que esperan su respuesta: {questions}.",
        "leads_wait": "Interesados a los que nadie ha escrito: {leads}.",
        "strangers": "Demasiado de una vez a números nuevos de una misma serie ({what}): el"
        " resto espera. Si son sus clientes, pídanos subir el límite; si no, alguien abusa de"
        " usted.",
        "other": "Algo le necesita: {what}.",
    },
}

THINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "call": {"en": "call time", "sv": "samtalstid", "es": "tiempo de llamadas"},
    "calls": {"en": "calls", "sv": "samtal", "es": "llamadas"},
    "text": {"en": "texts", "sv": "sms", "es": "mensajes"},
}
"""What is used up, as people there call it."""

GAPS: Final = ("title", "when", "percent", "what", "questions", "leads")
"""All that a saying may have filled in."""


def line(kind: str, facts: Mapping[str, Any], tongue: str) -> str:
    """Say one thing; a kind of a newer release is told by its name."""
    words = dict.fromkeys(GAPS, "") | {"what": kind.replace("_", " ")}
    words |= {
        name: templates.plain(str(value), most=80) for name, value in facts.items() if name in words
    }
    words["what"] = THINGS.get(words["what"], {}).get(tongue, words["what"])
    return SAYINGS[tongue].get(kind, SAYINGS[tongue]["other"]).format_map(words)
