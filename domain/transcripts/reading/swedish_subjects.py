"""What Swedish calls are about, folded."""

from domain.transcripts.reading.speech import Subjects, words

SUBJECTS = Subjects(
    urgent=words(r"akut", r"brattom", r"sa (?:snart|fort) som mojligt", r"genast",
    r"omedelbart", r"idag",
                 r"snarast", r"jatteont", r"skyndsam\w*"),
    emergency=words(
        r"nodsituation", r"oversvamn\w+", r"rinner (?:ner|over|vatten|ut)",
        r"lacker(?: \S+)? vatten", r"vattenlack\w*", r"lacker gas", r"gaslukt",
        r"luktar gas",
        r"brand", r"brinner", r"rok\w*", r"ryker", r"luktar (?:brant|rok|gas)", r"bloder",
        r"gnist\w+", r"sprungit", r"sprungen", r"brustit",
        r"utelast", r"(?:sitter|sitta|ar)(?: \S+){0,2} fast i", r"instangd\w*",
        r"sprutar vatten", r"vatten sprutar", r"inget varmvatten och",
        r"kan inte andas",
        r"ont i brostet", r"akutfall",
    ),
    voicemail=words(r"lamna (?:ett|ert|ditt) meddelande", r"efter (?:tonen|pipet|signalen)",
    r"rostbrevlada\w*",
                    r"telefonsvarar\w*", r"kan inte (?:svara|ta ditt samtal)",
                    r"lamnar ett meddelande"),
    spam=words(
        r"(?:du|ni) har (?:vunnit|blivit utvald)", r"tryck (?:ett|1|nio)",
        r"(?:special|kampanj)erbjudande\w*",
        r"elavtal", r"sank(?:a|er) (?:din|era) (?:kostnader|rantor|elkostnad)", r"solceller",
        r"sokmotoroptimering", r"foretagslan", r"lan utan",
    ),
    wrong_number=words(r"fel nummer", r"ringt fel", r"slagit fel", r"kommit fel"),
    happy=words(r"toppen", r"perfekt", r"jattebra", r"underbart", r"tack sa (?:mycket|jattemycket)",
                r"super", r"kanon", r"fantastiskt", r"utmarkt"),
    unhappy=words(r"hemskt", r"oacceptabelt", r"klag\w+", r"arg", r"besviken", r"frustrer\w+",
    r"skandal",
                  r"vardelos\w*", r"forbannad", r"missnojd", r"aterbetalning"),
)  # fmt: skip
