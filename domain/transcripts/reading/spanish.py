"""How Spanish speaks on the phone, folded: without accents."""

from domain.transcripts.reading import orders
from domain.transcripts.reading.spanish_subjects import SUBJECTS
from domain.transcripts.reading.speech import Asks, Speech, listed, opening, words

BOOKING = (
    r"cita\w*", r"reserv\w+", r"agend\w+", r"program\w+", r"visita\w*", r"turno", r"confirm\w+",
    r"apunt\w+", r"mesa", r"reunion", r"consulta", r"presupuesto", r"inspeccion", r"concert\w+",
    r"anot\w+", r"hora (?:con|para)", r"tecnico", r"revision", r"hueco", r"sesion", r"evento",
)  # fmt: skip

SPANISH = Speech(
    code="es",
    common=listed(
        "el la los las de que y a en un una es por para con no si mi su me le lo como quiero "
        "gracias buenos dias tardes hola claro puede quisiera necesito esta soy cuando"
    ),
    yes=opening(
        r"si", r"claro", r"vale", r"de acuerdo", r"perfecto", r"correcto", r"exacto", r"muy bien",
        r"estupendo", r"genial", r"esta bien",
        r"me (?:parece|va|viene|queda) (?:bien|perfecto|genial)",
        r"bien", r"bueno", r"por supuesto", r"eso es", r"ok(?:ay)?", r"dale", r"listo",
        r"ahi estare",
        r"asi es", r"excelente", r"desde luego", r"sale", r"gracias", r"muchas gracias",
        r"fenomenal",
    ),
    no=opening(
        r"no", r"nada", r"para nada", r"mejor no", r"imposible", r"ese dia no", r"a esa hora no",
        r"es que no", r"todavia no",
    ),
    corrects=words(
        r"mejor", r"en realidad", r"perdon", r"mejor dicho", r"quise decir", r"cambi\w+",
        r"espere?",
        r"digo", r"mas bien", r"prefiero", r"que sea", r"corrijo", r"pensandolo bien",
    ),
    not_now=words(
        r"ahora no", r"todavia no", r"por ahora no", r"mas tarde", r"en otro momento", r"otro dia",
        r"no hace falta", r"no,? gracias", r"lo pensare", r"dejelo", r"no me interesa",
        r"no quiero",
        r"no es necesario", r"ya (?:le )?llamare",
    ),
    enough=words(r"(?:eso )?es todo", r"nada mas", r"gracias", r"por ahora", r"de momento"),
    wants=words(
        r"quiero .{0,60}", r"quisiera .{0,60}", r"necesito .{0,60}", r"me gustaria .{0,60}",
        r"(?:querria|queria|queremos|queriamos) .{0,60}", r"(?:pon|apunt|anot|d)[ea]me .{0,40}",
        r"(?:puede|podria|puedes|podrian|pueden) .{0,60}", r"reserv\w+ .{0,40}",
        r"(?:pedir|hacer|concertar|agendar|programar|sacar) .{0,40}", r"busco .{0,40}",
    ),
    booking=words(*BOOKING),
    done=words(
        r"(?:esta|queda|quedo|ha quedado|he|hemos|ha sido|fue|estan|quedan|le)(?: \S+){0,4}? "
        r"(?:reservad[oa]s?|confirmad[oa]s?|agendad[oa]s?|programad[oa]s?|apuntad[oa]s?|"
        r"anotad[oa]s?|"
        r"hech[oa]s?|concertad[oa]s?|registrad[oa]s?|list[oa]s?|cambiad[oa]s?|movid[oa]s?|"
        r"cancelad[oa]s?|anulad[oa]s?)",
        r"(?:reservad|confirmad|agendad|apuntad|anotad|cambiad|movid|anulad|cancelad)[oa]s?",
        r"hecho", r"listo",
        r"(?:le|la|lo|te|los|les) (?:esperamos|vemos|veremos|espero)", r"nos vemos",
        r"tiene (?:su|la|una) (?:cita|reserva)",
    ),
    promises=words(
        r"(?:le|lo|la|te) (?:apunto|reservo|confirmo|anoto|agendo|pongo|envio|mando)",
        r"voy a (?:reservar|apuntar|agendar|confirmar|enviar|mandar)", r"(?:reservare|enviaremos|"
        r"mandaremos|agendare|apuntare)", r"(?:ira|llegara|pasara) (?:un|el|nuestro)",
    ),
    stands=words(r"(?:usted )?(?:ya )?tiene (?:una?|dos|\d+)(?: \S+){0,2} (?:citas?|reunion|"
    r"evento)s?"),
    objects=words(
        r"(?:eso|esa hora|ese dia|asi) no (?:me )?(?:va|viene|sirve|puedo|queda)\w*",
        r"no es lo que",
        r"yo no (?:pedi|dije|queria)",
    ),
    another=words(r"tambien", r"otra", r"otro", r"ademas", r"segunda"),
    adds=opening(r"(?:y|tambien|ademas|luego)"),
    drops=words(
        r"olvidelo", r"olvidalo", r"dejelo", r"dejalo", r"no (?:me )?reserve",
        r"ya (?:les? )?llamare",
        r"me lo (?:pienso|pensare)", r"lo (?:pensare|consultare)", r"nada,? dejelo",
        r"(?:ya )?(?:les?|te|os) llamo(?: yo)?", r"lo tengo que (?:hablar|consultar|pensar|mirar)",
        r"tengo que (?:hablarlo|consultarlo|pensarlo|pensarmelo|mirarlo)", r"otro dia llam\w+",
        r"llamare (?:otro|mas|luego|despues)",
    ),
    resigns=words(
        r"pues nada",
        r"gracias(?: \S+){0,5} (?:de todos modos|de todas (?:formas|maneras)|igualmente)",
        r"que (?:pena|lastima)", r"(?:quiza|quizas|tal vez) (?:otro|otra|en|mas)",
        r"otra vez sera", r"(?:buscare|probare|mirare|llamare)(?: en)? (?:otro|otra)",
    ),
    recalls=words(
        r"(?:cuando|a que hora|que dia)(?: \S+){0,2} (?:es|era|tengo|tenia)(?: \S+)? (?:cita|"
        r"reserva|visita)", r"tengo (?:alguna|una) cita\?",
    ),
    asked_to_confirm=words(
        r"(?:le|te) (?:parece|va|viene|queda) (?:bien|mejor)", r"(?:es|esta) (?:correcto|bien)",
        r"(?:quiere|desea|prefiere|confirma|necesita)", r"por favor,? confirme", r"confirme",
        r"para confirmar", r"(?:puedo|podria|podemos)", r"entonces (?:seria|sera)",
    ),
    comes=words(
        r"(?:va|van|voy|vamos) (?:en camino|para alla|de camino)", r"(?:enviamos|mandamos|envio|"
        r"mando|enviaremos|mandaremos|enviando) .{0,40}", r"sale (?:ahora|ya) .{0,20}",
        r"(?:va|sale|llega|ira|llegara|esta yendo) (?:un|una|el|la|nuestro|nuestra|alguien)",
        r"(?:llega|estara|estaran|llegara|llegaran)(?: \S+){0,2} en",
    ),
    at_once=words(r"inmediatamente"),
    idle=words(r"ahora", r"ya", r"este (?:mes|ano)", r"esta semana"),
    failed=words(
        r"(?:lo siento|lamentablemente|desgraciadamente|por desgracia|"
        r"lamento)(?: \S+){0,12} (?:cita|"
        r"reserv\w+|disponib\w+|hueco\w*|completo|lleno|ocupad\w+|posible|agendar|libre|horas?|"
        r"mesas?)",
        r"no (?:he|hemos|ha|se|pude|pudimos|puedo|podemos|fue|es|esta|hay|tenemos|queda|quedan|"
        r"tengo)"
        r"(?: \S+){0,5} (?:reserv\w+|cita|disponib\w+|huecos?|posible|libres?|confirm\w+|agendar|"
        r"horas?|mesas?|nada)",
        r"(?:esta|estamos|tenemos)(?: \S+){0,3} (?:completo|lleno|ocupad\w+)",
    ),
    declines=words(
        r"no (?:puedo|podemos|me es posible)(?: hacer| ayudar\w*)?(?: con)? (?:eso|esto)",
        r"eso no (?:puedo|es posible|lo puedo)(?: hacer\w*)?",
    ),
    rest_stands=words(r"(?:lo demas|el resto|todo lo demas)(?: \S+){0,2} (?:bien|correcto|igual)"),
    orders=orders.SPANISH,
    first=words(r"(?:el|la|lo) primer[oa]", r"primera opcion", r"mas temprano"),
    second=words(r"(?:el|la) segund[oa]", r"segunda opcion"),
    last=words(r"(?:el|la) ultim[oa]", r"(?:la|el) mas tarde", r"mas tarde"),
    several=words(r"(?:los|las) dos", r"ambos", r"ambas", r"dos (?:citas|visitas|reservas|cosas)"),
    opening_hours=words(
        r"(?:a que hora|cuando|hasta que hora|que dias?)(?: \S+){0,3} (?:abr\w+|cierr\w+|"
        r"abiert\w+)",
        r"horarios?",
    ),
    courtesies=words(
        r"(?:eso|es|seria) (?:es |seria )?todo(?: por)? (?:hoy|ahora|esta (?:manana|tarde|noche))",
        r"buen[oa]s? (?:dias?|tardes?|noches?)", r"(?:algo|alguna cosa) mas(?: \S+){0,3}?(?: hoy)?",
        r"(?:que )?(?:tenga|pase)(?: \S+){0,3} (?:dia|tarde|noche|semana)",
        r"(?:ayudar\w*|servir\w*) (?:hoy|esta \w+)", r"feliz (?:dia|tarde|noche)",
    ),
    queries=opening(r"(?:y )?(?:a )?(?:que|cual|cuando|donde|quien|como|cuanto)"),
    asks_facts=words(
        r"(?:quiero|quisiera|queria|necesito|gustaria|llamo para) (?:saber|preguntar|consultar|"
        r"ver si)",
        r"(?:puede|podria) decirme",
    ),
    proposes=words(r"(?:quiere|desea|le gustaria|quieres) (?:que|continuar|reservar|seguir|esta|"
    r"este)"),
    offers=words(r"(?:que tal|tenemos|tengo|hay|podria|puede|le (?:va|viene|parece))"),
    hours=words(
        r"libre (?:de|desde)", r"horario", r"abrimos", r"abiert\w+", r"cerramos",
        r"disponible (?:de|desde)",
    ),
    negated=words(
        r"no", r"excepto", r"salvo", r"menos", r"imposible", r"ocupad\w+", r"nunca", r"en vez de",
        r"en lugar de", r"ni",
    ),
    unsuited=words(
        r"no (?:me )?(?:va|viene|puedo|queda|sirve|es posible|podre|podria)\w*(?: \S+){0,2}?",
        r"imposible", r"estoy ocupad\w+", r"no",
    ),
    gone=words(
        r"(?:esta|estan|lo tengo|ya)(?: \S+){0,2} (?:complet\w+|llen[oa]s?|ocupad\w+|cogid\w+|"
        r"cerrad\w+|"
        r"pillad\w+)", r"no (?:\S+ )?(?:puedo|puede|podemos|queda|tengo|tenemos|hay|es posible)",
    ),
    positive=words(r"por que no", r"no me importa", r"si no"),
    elsewhere=words(
        r"es todo", r"(?:ya )?tengo (?:un|una|otra|que)", r"desde", r"empezo", r"estuve",
        r"vine", r"fui", r"la ultima vez",
        r"naci\w*",
        r"(?:mi|la|una) (?:cita|reserva|hora) (?:del|de|para|que tengo|es)",
        r"tengo (?:la |mi )?(?:cita|hora|reserva|visita)", r"hace", r"estaba",
    ),
    until=words(r"hasta", r"termina\w*", r"acaba\w*", r"vuelvo", r"devolver\w*", r"regreso"),
    clause=words(
        r"pero", r"asi que", r"entonces", r"mejor", r"(?:puede|podria|podemos)", r"que tal",
        r"prefiero",
        r"quiero", r"quisiera", r"cambielo", r"sino", r"que sea", r"me gustaria",
    ),
    cancels=words(r"cancel\w+", r"anul\w+", r"no (?:voy a )?(?:podre|poder) ir"),
    moves=words(
        r"reprogram\w+",
        r"(?:cambiar|mover|pasar|aplazar|adelantar)\w*(?: \S+){0,2} (?:al|para|a)",
        r"(?:cambi|mov|mover|aplaz|adelant|retras)\w* (?:\S+ ){0,3}(?:cita|reserva|hora|"
        r"visita|reunion)", r"cambiarla", r"moverla",
        r"(?:dej|pas)(?:ar|a|e)?(?:mos)?(?:lo|la) (?:para|a|al)", r"en su lugar",
    ),
    asks=Asks(
        name=words(
            r"(?:su|tu) nombre", r"como se llama", r"a nombre de quien", r"con quien hablo",
            r"quien (?:llama|habla)",
            r"nombre (?:completo|y (?:apellido|telefono|numero)|por favor)", r"a que nombre",
            r"nombre\?", r"sus datos",
            r"como te llamas",
            r"apellidos?", r"deletre\w+",
        ),
        time=words(r"a que hora", r"que hora", r"cuando", r"hora", r"que dia"),
        phone=words(r"(?:telefono|numero|movil|celular)"),
        place=words(r"(?:direccion|calle|donde|domicilio)"),
    ),
    introduces=words(
        r"me llamo", r"mi nombre(?: completo)? es", r"soy", r"habla", r"a nombre de", r"le habla",
        r"es", r"mi nombre", r"pregunt[ea]n? por", r"con",
    ),
    no_names=listed(
        "un una el la los las de del para que si no muy bien gracias claro por favor cliente nuevo "
        "nueva yo aqui hoy manana lunes martes miercoles jueves viernes sabado domingo con y en "
        "buenos buenas dias tardes noches hola a mi su urgente posible perfecto paciente alergico "
        "llamo llamaba quiero quisiera necesito correcto exacto me le lo es son esta vecino dueno"
    ),
    subjects=SUBJECTS,
)  # fmt: skip
