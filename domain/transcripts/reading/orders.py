"""Words for the machine that listens, not for the business: they are taken out before anything.

A caller may say what they like; an order to change rules, prices, records or other people's
bookings is nobody's to give on the phone, so the sentence that gives it says nothing at all.
"""

import re
from dataclasses import replace
from typing import Final

from domain.transcripts.reading.speech import Pattern, words
from domain.transcripts.reading.turns import Speaker, Turn

OTHER_SIDE: Final = (
    r"^\W*(?:agente?|assistant|asistente|assistent(?:en)?|system|sistema|ai|bot|robot)\s*:"
)
"""A caller who speaks for the other side."""

MARKS: Final = (r"[{}<>]", r"is_\w+", OTHER_SIDE)

ENGLISH: Final = words(
    r"(?:ignore|disregard|forget|override|bypass|skip) (?:\S+ ){0,4}(?:instructions?|rules?|"
    r"prompts?|guidelines|programming|restrictions|checks)",
    r"system (?:prompt|override|message|note|:)", r"^system", r"you are now", r"as an ai",
    r"(?:admin\w*|developer|debug|god|root) (?:mode|access)", r"(?:override|cancellation) code",
    r"(?:mark|flag|log|record|set|classify|treat|handle|file) (?:this|the) (?:call|booking|event|"
    r"transcript|price|status|field)",
    r"(?:every|all|other|another) (?:other )?(?:customer|tenant|client|user|account)s?(?:'s?)?",
    r"(?:output|return|print) \w*json", r"new rule", r"from now on,? (?:\S+ ){1,3}(?:do|does|must|"
    r"need|have|has)", r"set (?:\S+ ){1,3}to (?:true|false|zero|null)",
    r"use the (?:quote|field|value)",
    r"(?:cancel|delete|remove|move|change) (?:all|every|everybody's|everyone's)"
    r"(?! (?:of )?(?:my|our|mine|it|that|this)\b)",
    r"add (?:a|an|one) (?:second|new|other|another|admin) (?:customer|user|admin|account)",
    r"(?:note|write down|record|log) that (?:both|the two) (?:sides|parties)",
    r"(?:send|text|forward) (?:\S+ ){1,4}to (?:my|a|his|her|some) (?:\S+ ){1,12}instead of me",
    r"end of (?:the )?(?:transcript\w*|call|conversation)",
    r"(?:in|put|write) (?:\S+ ){0,3}the title",
    *MARKS,
)  # fmt: skip
SPANISH: Final = words(
    r"(?:ignora|ignore|olvida|olvide|omite|salta\w*) (?:\S+ ){0,4}(?:instrucciones|reglas|"
    r"normas|ordenes|indicaciones|comprobaciones)",
    r"(?:modo|acceso) (?:de )?(?:administrador|desarrollador)", r"codigo de anulacion",
    r"(?:mensaje|orden) del sistema", r"^sistema", r"ahora eres", r"nueva regla",
    r"(?:marca|registra|pon|trata) (?:esta|la|el) (?:llamada|reserva|precio)",
    r"(?:todos|todas) l[oa]s (?:clientes|cuentas|usuarios)", r"otros clientes",
    r"(?:anul|cancel|borr|elimin|cambi|muev)\w+ tod[oa]s l[oa]s(?! mi[oa]s)",
    r"a partir de ahora,? (?:\S+ ){1,4}(?:no |hay |tienen? )", r"us[ae] la cita",
    r"presupuesto de (?:los )?modelos",
    r"(?:apunt|anot|escrib|registr)\w+ que (?:las|los|ambas|ambos) (?:dos )?(?:partes|lados)",
    r"(?:envi|mand)\w+ (?:\S+ ){1,12}(?:en (?:vez|lugar) de|y no) a mi",
    r"fin de (?:la )?(?:transcripcion|llamada|conversacion)", r"escrib\w+ como mi nombre", *MARKS,
)  # fmt: skip
SWEDISH: Final = words(
    r"(?:ignorera|glom|strunta i|bortse fran|hoppa over) (?:\S+ ){0,4}(?:instruktion\w*|regl\w+|"
    r"regel\w*|direktiv\w*|kontroll\w*)",
    r"(?:admin\w*|utvecklar)lage\w*", r"systemmeddelande", r"^system", r"du ar nu", r"ny regel",
    r"(?:markera|registrera|satt|behandla) (?:det har samtalet|samtalet|priset|bokningen)",
    r"(?:alla|andra) (?:kunder|konton)\w*", r"fran och med nu (?:\S+ ){1,4}inte",
    r"(?:avboka|ta bort|radera|flytta|andra) alla (?:tider|bokningar|besok)(?! (?:jag|som jag|vi))",
    r"(?:skriv|anteckna|notera) att (?:bada|de tva) (?:sidor|parter)\w*",
    r"(?:skicka|sand) (?:\S+ ){1,12}i ?stallet for (?:till )?mig",
    r"slut pa (?:utskriften|transkriptionen|samtalet)", r"skriv som mitt namn", *MARKS,
)  # fmt: skip


def without(turn: Turn, orders: Pattern) -> Turn:
    """Return a caller's turn in which the orders are blank; all else keeps its place."""
    if turn.speaker is not Speaker.CALLER:
        return turn
    text = turn.text
    for each in turn.sentences:
        if orders.search(turn.folded[(at := each.start - turn.start) : at + len(each.text)]):
            text = text[:at] + re.sub(r"[^\n]", "\n", each.text) + text[at + len(each.text) :]
    return turn if text is turn.text else replace(turn, text=text)
