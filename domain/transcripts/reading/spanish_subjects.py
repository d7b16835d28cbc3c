"""What Spanish calls are about, folded."""

from domain.transcripts.reading.speech import Subjects, words

SUBJECTS = Subjects(
    urgent=words(
        r"urgente\w*", r"urgencia", r"lo antes posible", r"cuanto antes", r"ahora mismo",
        r"hoy mismo",
        r"ya mismo", r"inmediat\w+", r"mucho dolor",
    ),
    emergency=words(
        r"emergencia\w*", r"inund\w+", r"reventa?d?o", r"revento", r"fuga de gas",
        r"huele(?: \S+){0,2} a (?:gas|quemado|humo)",
        r"olor a gas", r"fuego", r"incendio", r"humo", r"sangr\w+", r"chispas?", r"saliendo agua",
        r"sale agua", r"dolor en el pecho", r"no (?:puedo|puede) respirar", r"atrapad\w+",
        r"sin calefaccion",
    ),
    voicemail=words(
        r"deje (?:su|un) mensaje", r"despues de la senal", r"buzon de voz", r"despues del tono",
        r"no podemos atender\w*", r"dejo (?:este|un) mensaje", r"contestador",
    ),
    spam=words(
        r"(?:ha|has) (?:ganado|sido seleccionad\w+)", r"pulse (?:uno|1|nueve)",
        r"oferta (?:especial|"
        r"exclusiva|limitada)", r"cambiar de compania", r"tarifa de (?:luz|gas|internet)",
        r"paneles solares", r"posicionamiento (?:web|en google)",
        r"prestamo\w* (?:preaprobado|para)",
        r"reducir su factura", r"promocion",
    ),
    wrong_number=words(r"numero equivocado", r"me (?:he )?equivo(?:que|cado)",
    r"no es (?:el|la) (?:casa|"
                       r"numero) de"),
    happy=words(r"genial", r"perfecto", r"estupendo", r"maravilloso", r"muchas gracias",
    r"excelente",
                r"encanta\w*", r"fenomenal"),
    unhappy=words(r"terrible", r"horrible", r"inaceptable", r"queja\w*", r"enfadad\w+",
    r"enojad\w+",
                  r"furios\w+", r"decepcion\w+", r"vergonzoso", r"pesimo", r"reembolso",
                  r"molest\w+"),
)  # fmt: skip
