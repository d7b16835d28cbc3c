"""Consent in Spanish."""

from typing import Final

from domain.consent.vocabulary import Vocabulary, phrases, words

_SEND = r"(?:mensaj|mand|envi|enví|escrib|llam|contact|molest|sms|text|correo|spam|acos|recordator)"

SPANISH: Final = Vocabulary(
    code="es",
    stop=words("alto/baja/darme de baja/dar de baja/desuscribir/desuscribirme/stop/dame de baja"),
    stop_alone=words("parar/pare/paren/para/detener/fin/terminar/salir/basta/no más/no mas"),
    perhaps=words("cancelar/cancela/cancele/anular"),
    start=words("iniciar/empezar/comenzar/suscribir/suscribirme/reanudar/alta"),
    help=words("ayuda/info/información/informacion/ayúdame"),
    confirm=words(
        "sí/si/s/claro/confirmo/confirmado/confirmada/confirmar/vale/ok/okey/de acuerdo/perfecto\n"
        "por supuesto/ahí estaré/allí estaré/sí voy/si voy/correcto/está bien/esta bien\n"
        "genial/nos vemos/asistiré/iré/sí confirmo/si confirmo/muy bien/bueno"
    ),
    cancel=words("c/cancelar cita/cancelar la cita/anular cita/anular la cita/cancelar mi cita"),
    decline=words("no/no puedo/no voy/no podré/no asistiré/no iré"),
    polite=words("por favor/gracias/hola/ya/ahora/porfa/buenos días/buenas/muchas gracias"),
    leave_alone=phrases(
        rf"(?:deje|dejen|deja|dejad|pare|paren|para|basta)(?: ya)? de(?: \w+){{0,2}} {_SEND}\w*",
        r"no (?:me |quiero que me )?(?:mande|manden|mandes|envíe|envíen|envíes|envie|envien|"
        r"escriba|"
        r"escriban|escribas|llame|llamen|llames|contacte|contacten|contactes|moleste|molesten|"
        r"molestes)(?: \w+){0,3}",
        rf"no (?:quiero|deseo)(?: \w+){{0,3}} {_SEND}\w*|no (?:más|mas) {_SEND}\w*",
        r"(?:déjame|dejame|déjeme|dejeme|déjenme|dejenme|dejadme) (?:en paz|tranquil[oa])",
        r"(?:borr|quit|elimin|saqu|sáqu|quít|bórr|elimín)\w*(?: \w+){0,2} (?:mi número|mi numero|"
        r"mis datos|de (?:la|su|tu) lista)",
        r"(?:quítenme|sáquenme|bórrenme|quítame|bórrame)(?: \w+){0,3}",
        r"(?:darme|dar|deme|denme|dame) de baja|retiro mi consentimiento|desuscrib\w*",
    ),
    annoyed=phrases(
        r"(?:número|numero|persona) equivocad[oa]|se equivoc\w+(?: \w+){0,3}",
        r"(?:esto es |es )?(?:spam|una estafa|estafa|acoso)|váyanse|vete a la(?: \w+)?",
        r"no (?:me interesa|estoy interesad[oa])",
        r"nunca (?:me )?(?:suscribí|autoricé|pedí)(?: \w+){0,3}",
        r"(?:los|las|les|te|lo) voy a (?:denunciar|bloquear|demandar)|bloquead[oa]s?",
    ),
    everyday=phrases(
        r"no (?:para|paren|pare)(?! de)|para (?:el|la|los|las|mi|mí|que|cuando|cuándo|qué|hoy|"
        r"mañana|confirmar|cancelar|las|un|una)(?: \w+)?",
        r"(?:más|mas|muy|en voz) alt[oa]|presión alta|baja (?:médica|presión|por)|más baja|en alto",
        r"no (?:quiero )?(?:cancelar|darme de baja)",
    ),
    call_off=phrases(
        r"(?:cancel|anul)\w*(?: \w+){0,5}|no (?:puedo|podré|podre|voy a poder|voy a)(?: \w+){0,4}",
        r"(?:cambi|mover|muev|reprogram|aplaz|pospon|reagend)\w*(?: \w+){0,5}",
        r"(?:otro|otra) (?:día|dia|hora|fecha)|más (?:tarde|temprano)|me surgió(?: \w+){0,3}",
    ),
    asks=phrases(
        r"^(?:qué|que hora|cuándo|cuando|dónde|donde|quién|quien|por qué|cómo|como|cuál|cuánto|"
        r"cuanto|puedo|pueden|puede|podría|hay|tienen|está|es posible)"
    ),
)
