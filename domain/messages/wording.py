"""What we say where nobody has written a template: in English, Swedish and Spanish. Pure.

Times are said as people there say them, in the time of the event's own place.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

LANGUAGES: Final = ("en", "sv", "es")

_DAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "sv": ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
_MONTHS: Final[Mapping[str, str]] = {
    "en": "January February March April May June July August September October November December",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre"
    " diciembre",
}
_NEAR: Final[Mapping[str, tuple[str, str]]] = {
    "en": ("today", "tomorrow"),
    "sv": ("idag", "i morgon"),
    "es": ("hoy", "mañana"),
}

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "confirmation": "{{business_name}}: your {{title}} is booked for {{event_datetime}}."
        " Reply C to cancel, STOP to opt out.",
        "reminder": "{{business_name}}: a reminder of your {{title}}, {{event_datetime}}."
        " Reply C to cancel, STOP to opt out.",
        "post_call": "{{business_name}}: thank you for your call. Just answer this text if"
        " anything is left to ask. STOP to opt out.",
        "review_request": "{{business_name}}: thank you for your visit. How was it? {{review_link}}"
        " STOP to opt out.",
        "on_my_way": "{{business_name}}: we are on our way to you for {{title}}.",
        "no_show": "{{business_name}}: we missed you for {{title}}. Answer this text and we will"
        " find another time. STOP to opt out.",
    },
    "sv": {
        "confirmation": "{{business_name}}: bokat: {{title}}, {{event_datetime}}. Svara C för att"
        " avboka, STOPP för inga fler sms.",
        "reminder": "{{business_name}}: påminnelse: {{title}}, {{event_datetime}}. Svara C för att"
        " avboka, STOPP för inga fler sms.",
        "post_call": "{{business_name}}: tack för ditt samtal. Svara på det här sms:et om du undrar"
        " något. STOPP för inga fler sms.",
        "review_request": "{{business_name}}: tack för besöket. Hur var det? {{review_link}}"
        " STOPP för inga fler sms.",
        "on_my_way": "{{business_name}}: vi är på väg till dig: {{title}}.",
        "no_show": "{{business_name}}: vi saknade dig: {{title}}. Svara på det här sms:et så hittar"
        " vi en ny tid. STOPP för inga fler sms.",
    },
    "es": {
        "confirmation": "{{business_name}}: reservado: {{title}}, {{event_datetime}}. Responda C"
        " para cancelar, BAJA para no recibir más.",
        "reminder": "{{business_name}}: recordatorio: {{title}}, {{event_datetime}}. Responda C"
        " para cancelar, BAJA para no recibir más.",
        "post_call": "{{business_name}}: gracias por su llamada. Responda a este mensaje si tiene"
        " alguna pregunta. BAJA para no recibir más.",
        "review_request": "{{business_name}}: gracias por su visita. ¿Qué tal fue? {{review_link}}"
        " BAJA para no recibir más.",
        "on_my_way": "{{business_name}}: vamos en camino para {{title}}.",
        "no_show": "{{business_name}}: no le vimos en {{title}}. Responda y buscamos otra hora."
        " BAJA para no recibir más.",
    },
}
SUBJECTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "confirmation": "Booked: {{title}}, {{event_datetime}}",
        "reminder": "Reminder: {{title}}, {{event_datetime}}",
        "review_request": "How was your visit to {{business_name}}?",
    },
    "sv": {
        "confirmation": "Bokat: {{title}}, {{event_datetime}}",
        "reminder": "Påminnelse: {{title}}, {{event_datetime}}",
        "review_request": "Hur var besöket hos {{business_name}}?",
    },
    "es": {
        "confirmation": "Reservado: {{title}}, {{event_datetime}}",
        "reminder": "Recordatorio: {{title}}, {{event_datetime}}",
        "review_request": "¿Qué tal su visita a {{business_name}}?",
    },
}
ANSWERS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "stopped": "You will get no more texts from {business}. Reply START to get them again.",
        "started": "You will get texts from {business} again. Reply STOP to end them.",
        "help": "{business}: texts about your bookings. Answer to reach us. Reply STOP to end.",
        "confirmed": "{business}: thank you, we have noted that you are coming.",
        "cancelled": "{business}: your booking is cancelled. Answer if you want another time.",
        "asked": "{business}: shall we cancel your booking {when}? Reply C to cancel.",
        "which": "This number serves several. Reply {choices}.",
        "later": "{business}: we have got your messages, and a person will answer.",
    },
    "sv": {
        "stopped": "Du får inga fler sms från {business}. Svara START för att få dem igen.",
        "started": "Du får sms från {business} igen. Svara STOPP för att sluta.",
        "help": "{business}: sms om dina bokningar. Svara för att nå oss. STOPP för inga fler.",
        "confirmed": "{business}: tack, vi har noterat att du kommer.",
        "cancelled": "{business}: din bokning är avbokad. Svara om du vill ha en ny tid.",
        "asked": "{business}: ska vi avboka din tid {when}? Svara C för att avboka.",
        "which": "Numret används av flera. Svara {choices}.",
        "later": "{business}: vi har fått dina meddelanden, och en person svarar.",
    },
    "es": {
        "stopped": "No recibirá más mensajes de {business}. Responda START para recibirlos.",
        "started": "Recibirá de nuevo mensajes de {business}. Responda BAJA para terminar.",
        "help": "{business}: mensajes sobre sus citas. Responda para hablarnos. BAJA para parar.",
        "confirmed": "{business}: gracias, hemos anotado que viene.",
        "cancelled": "{business}: su cita está cancelada. Responda si quiere otra hora.",
        "asked": "{business}: ¿cancelamos su cita {when}? Responda C para cancelar.",
        "which": "Este número es de varios. Responda {choices}.",
        "later": "{business}: recibimos sus mensajes, y una persona responderá.",
    },
}


def language(*wanted: str | None) -> str:
    """Return the first of the wanted languages that we speak."""
    for each in wanted:
        short = (each or "").strip().lower()[:2]
        if short in LANGUAGES:
            return short
    return "en"


def date_of(moment: datetime, zone: ZoneInfo, tongue: str) -> str:
    """Say a day."""
    local = moment.astimezone(zone)
    day = _DAYS[tongue][local.weekday()]
    month = _MONTHS[tongue].split()[local.month - 1]
    if tongue == "en":
        return f"{day}, {month} {local.day}"
    return f"{day} {local.day} {'de ' if tongue == 'es' else ''}{month}"


def time_of(moment: datetime, zone: ZoneInfo, tongue: str) -> str:
    """Say a time of day."""
    local = moment.astimezone(zone)
    if tongue == "en":
        return f"{local:%I:%M %p}".lstrip("0")
    return f"{local:%H:%M}"


def moment_of(moment: datetime, zone: ZoneInfo, tongue: str, *, said_at: datetime) -> str:
    """Say when, as one says it at `said_at`: tomorrow, else on its day."""
    ahead = (moment.astimezone(zone).date() - said_at.astimezone(zone).date()).days
    near = _NEAR[tongue][ahead] + ", " if ahead in {0, 1} else ""
    joint = {"en": " at ", "sv": " kl. ", "es": " a las "}[tongue]
    return near + date_of(moment, zone, tongue) + joint + time_of(moment, zone, tongue)
