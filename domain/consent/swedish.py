"""Consent in Swedish."""

from typing import Final

from domain.consent.vocabulary import Vocabulary, phrases, words

_SEND = r"(?:sms|skick|skriv|ring|kontakt|meddel|spam|mejl|mail|stör|trakasser|påminn)"

SWEDISH: Final = Vocabulary(
    code="sv",
    stop=words("stopp/stoppa/avregistrera/avprenumerera/avanmäl/avanmälan/stop"),
    stop_alone=words("sluta/avsluta/slut/upphör/nog/bort/ta bort mig/inga fler/inga mer"),
    perhaps=words("avbryt/annullera/avbeställ"),
    start=words("starta/återuppta/prenumerera/anmäl/anmäl mig/start"),
    help=words("hjälp/info/information/hjälp mig"),
    confirm=words(
        "ja/j/japp/jepp/jajamän/jajamensan/absolut/självklart/bekräfta/bekräftar/bekräftat\n"
        "jag bekräftar/jag kommer/vi kommer/det går bra/det blir bra/det passar/passar bra\n"
        "okej/ok/visst/javisst/perfekt/toppen/bra/vi ses/ses då/stämmer/det stämmer/då ses vi"
    ),
    cancel=words("avboka/avbokar/avbokning/ställ in/c/avboka tiden/avboka min tid"),
    decline=words("nej/nä/nej tack/kan inte/passar inte/jag kan inte/kommer inte"),
    polite=words("tack/snälla/hej/vänligen/nu/tusen tack/hälsningar/mvh"),
    leave_alone=phrases(
        rf"(?:sluta|upphör)(?: \w+){{0,3}} {_SEND}\w*|sluta upp med {_SEND}\w*",
        r"(?:skicka|skriv|ring|kontakta|sms:?a|messa|stör|mejla|maila)(?: \w+){0,3} (?:inte|ej)"
        r"(?: \w+){0,2}(?: mer| längre| igen)",
        r"(?:ring|kontakta|sms:?a|messa|stör|skriv till) (?:mig )?(?:inte|aldrig)(?: mig)?",
        rf"(?:vill )?(?:inte|aldrig) (?:ha|få|vill ha)(?: \w+){{0,3}} {_SEND}\w*",
        rf"inga (?:fler|mer|flera)(?: \w+)? {_SEND}\w*|vill inte bli {_SEND}\w*",
        r"lämna mig i(?: fred| ro)|låt mig vara(?: i fred)?",
        r"(?:ta bort|radera|stryk|plocka bort)(?: \w+){0,2}(?: mig| mitt nummer| mina uppgifter)",
        r"avregistrera(?: mig)?|avprenumerera|jag återkallar(?: \w+){0,2} samtycke",
    ),
    annoyed=phrases(
        r"fel (?:nummer|person)|du har fel nummer",
        r"(?:det här är |detta är )?(?:spam|skräp|bedrägeri|trakasserier)",
        r"dra åt (?:helvete|skogen)|stick|håll käften|försvinn",
        r"inte intresserad|har aldrig (?:anmält|godkänt|bett)(?: \w+){0,4}",
        r"polisanmäl\w*|blockera\w*",
    ),
    everyday=phrases(
        r"(?:inte|aldrig|kan|att|vill|ska|har|den|det|han|hon) (?:sluta|slutar|stoppa|stoppar)",
        r"(?:slutar|slutat|slutade)|(?:stoppa|stoppar) (?:läckan|vattnet|in|om)|slut på(?: \w+)?",
        r"(?:är|tagit|på) slut|stopp i(?: \w+)?|(?:ett|totalt|helt) stopp|stoppet",
        r"inte (?:avregistrera|avboka|avsluta)",
    ),
    call_off=phrases(
        r"avbok\w*(?: \w+){0,4}|(?:ställa|ställ|ställer) in(?: \w+){0,3}|lämna återbud|återbud",
        r"avbeställ\w*(?: \w+){0,3}|kan (?:tyvärr )?inte (?:komma|vara med|passa)(?: \w+){0,3}",
        r"boka om(?: \w+){0,3}|ombok\w*|(?:ändra|flytta|byta|byt)(?: \w+){0,5}|skjuta upp",
        r"(?:annan|ny|senare|tidigare) (?:dag|tid)|fått förhinder|förhinder|kommer inte",
    ),
    asks=phrases(
        r"^(?:vad|när|var|vem|vilka|vilken|vilket|varför|hur|får|är|har|går|"
        r"kan(?! (?:tyvärr )?inte)|finns|ska|skulle|kommer ni|behöver)"
    ),
)
