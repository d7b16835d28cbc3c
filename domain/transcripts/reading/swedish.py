"""How Swedish speaks on the phone, folded: without rings and dots."""

from domain.transcripts.reading import orders
from domain.transcripts.reading.speech import Asks, Speech, listed, opening, words
from domain.transcripts.reading.swedish_subjects import SUBJECTS

BOOKING = (
    r"bok\w*", r"tid(?:en|er)?", r"besok\w*", r"mote\w*", r"bord\w*", r"besiktning\w*",
    r"visning\w*",
    r"konsultation\w*", r"offert\w*", r"reserv\w+", r"bekraft\w+", r"schemal\w+", r"tekniker\w*",
    r"undersokning\w*", r"behandling\w*", r"klippning\w*", r"avtal\w*", r"service", r"boka in",
    r"planer\w+", r"hantverkare\w*", r"rormokare\w*", r"genomgang",
)  # fmt: skip

SWEDISH = Speech(
    code="sv",
    common=listed(
        "jag och det att en ett ar pa som for med till inte av har vi du kan ni min mitt hej tack "
        "om vill den skulle gar bra ja nej ska mig er klockan heter behover"
    ),
    yes=opening(
        r"ja(?:ha|visst|da)?", r"jo(?:da)?", r"absolut", r"visst", r"okej", r"ok", r"perfekt",
        r"bra",
        r"toppen", r"det (?:gar|blir|passar|later|funkar|fungerar|ar|stammer)(?: \S+)? ?(?:bra|"
        r"perfekt|"
        r"fint|utmarkt|jattebra|toppen|ratt|okej|fine|mig)?", r"gar bra",
        r"passar (?:bra|perfekt|fint)",
        r"precis", r"exakt", r"stammer", r"garna", r"utmarkt", r"kanon", r"super", r"fint",
        r"jattebra",
        r"vi (?:kor|sager|tar)(?: pa)? det", r"da (?:sager|kor|tar) vi", r"tack", r"suverant",
        r"harligt",
        r"den tar (?:jag|vi)", r"jag tar den",
    ),
    no=opening(
        r"nej(?:da|tack)?", r"na+", r"nja", r"inte", r"tyvarr",
        r"det (?:gar|passar|funkar|fungerar) inte",
        r"jag kan inte", r"fel",
    ),
    corrects=words(
        r"forresten", r"i ?stallet", r"jag menar", r"menade", r"vanta", r"andra", r"byt\w*",
        r"hellre",
        r"snarare", r"ursakta", r"ratt(?:are|ar)\w*", r"ta(?:r)? vi", r"gor det till",
    ),
    not_now=words(
        r"inte (?:nu|an|idag|just nu)", r"senare", r"en annan gang", r"behovs inte", r"nej tack",
        r"jag (?:aterkommer|tanker pa|far tanka|hor av mig)", r"avvakta\w*", r"strunta i",
        r"vill inte",
        r"skit i", r"glom det",
    ),
    enough=words(r"det (?:var|ar) (?:allt|bra)", r"inget mer", r"tack", r"just nu", r"nu"),
    wants=words(
        r"(?:vill|skulle vilja|behover|onskar|tankte|undrar om|garna|maste|ville) .{0,60}",
        r"(?:boka|fa|ordna|ha|komma|bestalla) .{0,40}", r"kan (?:ni|du|jag|vi) .{0,60}",
        r"soker .{0,40}",
    ),
    booking=words(
        r"fullbok\w*",*BOOKING),
    done=words(
        r"(?:ar|blev|har|blir|da ar|nu ar)(?: \S+){0,4}? (?:bokat|bokad|bokade|inbokat|inbokad|"
        r"klart|klar|"
        r"reserverat|reserverad|bekraftat|bekraftad|fixat|ordnat|inskriven|uppskriven|flyttad|"
        r"flyttat|"
        r"ombokad|ombokat|avbokad|avbokat|noterat)",
        r"(?:inbokad|inbokat|bokat|bokad|noterat|ordnat|ombokad|ombokat|avbokad|andrat)",
        r"(?:vi )?(?:ses|syns|horas)",
        r"valkommen", r"klart", r"fixat", r"ser fram emot",
    ),
    promises=words(
        r"(?:jag|vi) (?:bokar|lagger|skriver|reserverar|ordnar|skickar|fixar|noterar|satter)\w*",
        r"da (?:bokar|skriver|lagger|tar|sager) (?:jag|vi)",
        r"(?:tekniker\w*|rormokare\w*|han|hon|nagon) "
        r"kommer", r"(?:jag|vi) ska (?:boka|skicka|ordna)",
    ),
    stands=words(r"(?:du|ni) har (?:redan )?(?:en|ett|tva|\d+)(?: \S+){0,2} (?:tid\w*|mote\w*|"
    r"bokning\w*)"),
    objects=words(r"(?:det|den tiden|det dar) (?:passar|funkar|fungerar|gar) inte",
                  r"det var inte (?:vad|det)", r"jag sa inte"),
    another=words(r"ocksa", r"till", r"en annan", r"aven", r"dessutom", r"en tid till",
    r"min (?:fru|man|"
                  r"son|dotter|mamma|pappa)"),
    adds=opening(r"(?:och|dessutom|aven|sen|sedan)"),
    drops=words(r"glom det", r"strunta i(?: det)?", r"jag (?:aterkommer|hor av mig|far tanka)",
                r"boka inte", r"vi skippar", r"skippa"),
    resigns=words(
        r"tack(?: \S+){0,4} (?:anda|i alla fall)", r"far (?:det )?vara", r"synd", r"trakigt",
        r"(?:letar|provar|ringer|kollar)(?: jag)?(?: \S+)? (?:vidare|nagon annan|en annan|"
        r"nagot annat)",
        r"en annan gang", r"kanske (?:en annan|senare|nasta|i \w+ari)", r"(?:fundera|tanka) pa det",
    ),
    recalls=words(
        r"(?:nar|vilken (?:tid|dag)) (?:jag|vi) (?:har|hade|ar|var|skulle)",
        r"(?:nar|vilken (?:tid|dag)|hur dags)(?: \S+){0,2} (?:ar|var|har|hade)(?: \S+){0,2} "
        r"(?:min|tid\w*|bokad)", r"har jag (?:nagon|en) (?:tid|bokning)",
    ),
    asked_to_confirm=words(
        r"(?:passar|funkar|gar|fungerar|stammer|blir|later) det",
        r"ar det (?:ratt|korrekt|okej|bra)",
        r"(?:vill|onskar|kan|ska|skulle|behover) (?:du|ni|jag|vi)", r"bekrafta",
        r"for att bekrafta",
        r"var det", r"menar du", r"om jag forstar", r"eller hur",
    ),
    comes=words(
        r"(?:ar|nu) pa vag", r"(?:skickar|sander) .{0,40}",
        r"kommer (?:nu|genast|direkt|sa fort|inom|om)",
    ),
    at_once=words(r"genast", r"omedelbart"),
    idle=words(r"nu", r"just nu", r"denna (?:vecka|manad)"),
    failed=words(
        r"(?:tyvarr|beklagar|ledsen|ursakta)(?: \S+){0,12} (?:fullbok\w*|tid\w*|ledig\w*|bok\w*|"
        r"upptag\w*|mojlig\w*|gick|fullt|stangt|finns|kan)",
        r"(?:gick|gar|kunde|kan|har|finns|fungera\w*)(?: \S+){0,2} (?:inte|inga?|"
        r"inget)(?: \S+){0,4} (?:bok\w*|"
        r"tid\w*|ledig\w*|genomfor\w*|bord|mojlig\w*)", r"fullbokat?",
        r"(?:tiden|dagen) ar (?:upptagen|tagen|"
        r"bokad)", r"misslyckad\w*",
    ),
    declines=words(
        r"det (?:kan|far) (?:jag|vi) (?:tyvarr )?inte(?: gora| hjalpa)?",
        r"(?:jag|vi) kan inte (?:gora|hjalpa) (?:det|dig med det)",
    ),
    rest_stands=words(r"(?:resten|allt annat)(?: \S+)? (?:stammer|bra|ratt)"),
    orders=orders.SWEDISH,
    first=words(r"(?:den|det) forsta", r"(?:den|det) tidigare", r"forsta (?:tiden|alternativet)"),
    second=words(r"(?:den|det) andra", r"andra (?:tiden|alternativet)"),
    last=words(r"(?:den|det) (?:sista|senare)", r"(?:sista|senare) tiden"),
    several=words(r"bada", r"tva (?:tider|bokningar|saker)"),
    opening_hours=words(
        r"(?:nar|hur (?:lange|sent|dags)|vilka tider)(?: \S+){0,3} (?:oppn\w+|stang\w+|oppet|"
        r"oppna)",
        r"oppettid\w*", r"(?:har|ar) ni opp\w+",
    ),
    courtesies=words(
        r"(?:det )?(?:var|ar|blir) (?:det|allt|bra)(?: for)? (?:i ?dag|nu|i ?kvall)",
        r"god ?(?:morgon|middag|kvall|natt|dag)", r"nagot mer(?: \S+){0,4}?(?: (?:idag|i dag))?",
        r"ha en(?: \S+){0,2} (?:dag|kvall|eftermiddag|helg|morgon)",
        r"(?:hjalpa) (?:dig|till)(?: med)?(?: (?:idag|i dag|ikvall))?",
        r"trevlig (?:dag|kvall|helg)",
    ),
    queries=opening(r"(?:och )?(?:vad|vilken|vilket|nar|var|vem|hur)"),
    asks_facts=words(
        r"(?:vill|ville|skulle vilja|undrar|undrade|behover)(?: bara)? (?:veta|fraga|kolla|hora)",
        r"kan du (?:saga|beratta)",
    ),
    proposes=words(r"(?:vill (?:du|ni)|ska (?:jag|vi)|onskar (?:du|ni)) (?:boka|ta|fortsatta|ha|"
    r"att)"),
    offers=words(r"(?:vad sags|har|finns|kan|passar|skulle|ledig\w*)"),
    hours=words(r"oppet", r"oppettider", r"stanger", r"oppnar", r"ledigt (?:mellan|fran)"),
    negated=words(
        r"inte", r"ej", r"aldrig", r"forutom", r"utom", r"i stallet for", r"istallet for",
        r"upptagen",
        r"bortrest", r"inga?", r"omojligt",
    ),
    unsuited=words(
        r"(?:gar|passar|funkar|fungerar|kan|hinner|blir)(?: \S+){0,2}? (?:inte|daligt)",
        r"ar (?:jag )?"
        r"(?:upptagen|bortrest|svart)", r"inte",
    ),
    gone=words(
        r"(?:ar|blev|har blivit)(?: \S+){0,2} (?:full\w*|tag\w+|upptag\w+|bokad|bokat|borta|"
        r"stangt)",
        r"(?:gar|funkar|passar|finns|kan)(?: \S+)? inte",
    ),
    positive=words(r"varfor inte", r"gor inget", r"om inte", r"kan (?:jag|vi|ni) inte",
    r"inget emot"),
    elsewhere=words(
        r"det (?:var|ar|blir) (?:allt|bra)", r"jag har (?:en|ett|redan|min)", r"sedan",
        r"borjade", r"forra gangen", r"fodd", r"var",
        r"(?:min|mitt|den|var) (?:tid|bokning|bokade tid|bokade)(?: som ar)?(?: pa| den)?", r"fran",
    ),
    until=words(r"tills", r"slutar?", r"lamnar tillbaka", r"fram till", r"tillbaka"),
    clause=words(
        r"men", r"sa", r"kan (?:vi|jag|du|ni)", r"kanske", r"vad sags om", r"hellre", r"utan",
        r"da",
        r"skulle", r"jag vill", r"ta(?:r)? vi", r"passar", r"andra (?:det )?till", r"byt\w* till",
        r"flytta(?: den| det)? till", r"i ?stallet", r"gor det till",
    ),
    cancels=words(r"avbok\w+", r"stall(?:a|er) in", r"kan (?:tyvarr )?inte komma", r"avbest\w+"),
    moves=words(r"omboka\w*", r"boka om", r"flytta\w*", r"andra (?:min |den )?(?:tid|bokning)\w*",
                r"byta (?:min )?tid\w*", r"i ?stallet"),
    asks=Asks(
        name=words(r"(?:ditt|ert|vilket) namn", r"vad heter du", r"namnet\?",
        r"vem (?:talar|pratar) jag med",
                   r"vem ar det", r"namn(?:et)? (?:tack|pa|ska)", r"vad var namnet",
                   r"bokstavera\w*",
                   r"vilket namn", r"fa (?:ett|ditt) namn", r"namn(?:et)? och (?:\w+)", r"namn\?",
                   r"efternamn\w*", r"fornamn\w*", r"(?:dina|era) uppgifter"),
        time=words(r"vilken tid", r"vilken dag", r"nar", r"hur dags", r"tid", r"klockan"),
        phone=words(r"(?:telefon\w*|nummer\w*|mobil\w*|na dig)"),
        place=words(r"(?:adress\w*|gata|var (?:bor|ar|ligger|finns)|vart)"),
    ),
    introduces=words(
        r"jag heter", r"mitt namn(?: ar)?", r"det ar", r"heter", r"jag ar", r"namnet ar", r"har ar",
        r"det har ar", r"fraga efter", r"(?:i|pa) namnet",
    ),
    no_names=listed(
        "en ett och men jag du vi ni det den inte bra tack ja nej pa i till for av om hej "
        "hejsan bra "
        "intresserad ny kund ledig sjuk upptagen lite mycket sa dar har ute inne klar "
        "glad ledsen osaker "
        "min mitt mina din ditt er ert som att kan vill ska skulle behover bara okej akut brattom "
        "mandag tisdag onsdag torsdag fredag lordag sondag idag imorgon tandvarden vatten ingen "
        "fel ratt precis exakt stopp nagot nagon manga nastan helt redan alltid"
    ),
    subjects=SUBJECTS,
)  # fmt: skip
