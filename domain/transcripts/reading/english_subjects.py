"""What English calls are about, folded."""

from domain.transcripts.reading.speech import Subjects, words

SUBJECTS = Subjects(
    urgent=words(
        r"urgent\w*", r"asap", r"as soon as possible", r"right away", r"immediately", r"today",
        r"hurry", r"quickly", r"(?:severe|bad|terrible|a lot of) pain", r"getting worse",
    ),
    emergency=words(
        r"emergenc\w+", r"flood\w*", r"burst", r"gas leak",
        r"smell\w*(?: \S+){0,2} (?:gas|burning|smoke)", r"fire", r"smoke",
        r"bleeding",
        r"no heat\w*", r"sparks?|sparking", r"locked out", r"baby (?:is )?(?:inside|locked)",
        r"(?:trapped|stuck) in (?:the|an|our)", r"can'?t breathe", r"unconscious",
        r"water (?:is )?(?:pouring|everywhere|coming)", r"carbon monoxide", r"sewage",
        r"chest pain",
    ),
    voicemail=words(
        r"leave (?:a|your|me a) message", r"after the (?:tone|beep)", r"voice ?mail",
        r"at the tone",
        r"not available (?:right now|to take)", r"can'?t (?:come|get) to the phone", r"mailbox",
        r"record your message", r"you(?:'ve| have) reached",
    ),
    spam=words(
        r"(?:extended|car|vehicle'?s?) warranty",
        r"you(?:'ve| have) (?:won|been selected|qualified)",
        r"press (?:one|1|nine|9)", r"(?:business|search engine|google) (?:loan|listing|ranking|"
        r"funding|optimi[sz]ation)", r"special (?:offer|promotion)", r"credit card debt",
        r"lower your (?:interest|rates?|bills?)", r"solar (?:panels?|savings)", r"limited[- ]time",
        r"merchant (?:services|account)", r"we (?:help|work with) businesses like yours",
        r"gift card", r"free (?:cruise|vacation)", r"student loan",
        r"seo (?:services?|company|agency)",
    ),
    wrong_number=words(r"wrong number", r"dialed the wrong", r"isn'?t this", r"misdial\w*"),
    happy=words(
        r"great", r"perfect", r"wonderful", r"awesome", r"excellent", r"amazing", r"love\w*",
        r"fantastic", r"thank you so much", r"thanks a lot", r"appreciate\w*", r"excited",
        r"lovely",
    ),
    unhappy=words(
        r"terrible", r"awful", r"unacceptable", r"complain\w*", r"angry", r"furious",
        r"frustrat\w+",
        r"disappoint\w+", r"ridiculous", r"worst", r"upset", r"useless", r"refund", r"horrible",
        r"rude", r"lawyer",
    ),
)  # fmt: skip
