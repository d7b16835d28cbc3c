"""Consent in English."""

from typing import Final

from domain.consent.vocabulary import Vocabulary, phrases, words

_SEND = r"(?:text|messag|contact|call|phon|ring|writ|spam|bother|harass|email|e-mail|sms|remind)"
_US = r"(?:me|this (?:number|phone)|my (?:number|phone|cell|mobile))"

ENGLISH: Final = Vocabulary(
    code="en",
    stop=words(
        "stop/stopall/stop all/unsubscribe/optout/opt out/opt-out/revoke/unsub/stopp/st0p/stpo/sotp"
    ),
    stop_alone=words("end/quit/remove/arret/arrêt/stop it/remove me/no more/enough"),
    perhaps=words("cancel/cancel all"),
    start=words("start/unstop/subscribe/resume/optin/opt in/opt-in/resubscribe"),
    help=words("help/info/?/help me/more info"),
    confirm=words(
        "yes/y/yep/yeah/yup/ya/yes i will/confirm/confirmed/i confirm/ok/okay/k/sure/of course\n"
        "will do/see you then/see you there/sounds good/perfect/great/i'll be there/all good\n"
        "correct/that works/works for me/absolutely/definitely/ok see you then"
    ),
    cancel=words("c/cancel it/cancel appointment/cancel appt/cancel booking"),
    decline=words("no/n/nope/nah/decline/declined/not coming/can't/cannot/can't come"),
    polite=words("please/pls/plz/thanks/thank you/thx/ty/hi/hello/hey/now/dear/sir/madam/asap"),
    leave_alone=phrases(
        rf"(?:stop|quit|cease)(?: \w+)?(?: the| all| these| those| your)?(?: \w+)? {_SEND}\w*",
        rf"stop (?:sending|with|it with)(?: \w+){{0,3}} {_SEND}\w*",
        rf"(?:do not|don't|dont|never|please no|not to)(?: \w+)? {_SEND}(?:e|ing|s)? {_US}",
        rf"(?:do not|don't|dont|never)(?: ever)? {_SEND}e? (?:again|any ?more)",
        rf"(?:do not|don't|dont) (?:want|need|wish)(?: to (?:get|receive|hear)| any| more| these|"
        rf" your| anymore| from){{1,4}}(?: \w+){{0,2}} (?:{_SEND}\w*|you|reminders?)",
        r"(?:do not|don't|dont) want to hear from you",
        r"(?:do not|don't|dont) (?:want|wish) to (?:receive|get) (?:this|these|them|those)",
        rf"^(?:please )?(?:do not|don't|dont|no) {_SEND}(?:e|s|ing)?$",
        rf"no more(?: \w+)? (?:{_SEND}\w*|reminders?)",
        r"(?:can|could|will|would) (?:you|u|ya)(?: please| just)* stop(?: it| this| now)?(?: \?)?$",
        r"i (?:want|need|told|asked|said)(?: you| this| it| these)*(?: to)? stop(?: now)?$",
        r"leave me alone|leave me be|get lost|lose (?:my|this) number|forget my number",
        r"(?:remove|delete|erase) (?:me|my (?:number|name|details|data|info)|this number)",
        r"take me off(?: \w+){0,3}|do not contact|don't contact|dnc",
        r"unsubscribe(?: me)?|opt(?: me|ing)?[ -]?out|i (?:withdraw|revoke)(?: \w+){0,2} consent",
    ),
    annoyed=phrases(
        r"wrong (?:number|person|guy)|you have the wrong|not (?:my|the right) number",
        r"(?:this is |that's )?(?:spam|a scam|scam|harassment|harassing)",
        r"(?:fuck|piss|sod|bugger|f\*+k?) (?:off|you)|go away|shut up|screw you|fuck",
        r"not interested|never (?:signed|gave|agreed|asked)(?: \w+){0,5}",
        r"(?:i'll|i will|i'm|going to|gonna)(?: be)? (?:report|block|sue|suing|blocking|reporting)"
        r"(?: \w+){0,2}|my lawyer|blocked",
        r"who (?:is|are) (?:this|you)\W+(?:stop|don't|do not)",
    ),
    everyday=phrases(
        r"stop(?:ping|ped)? (?:by|in|at|over|off|on my)",
        r"(?:don't|do not|never|can't|cannot|won't|wouldn't|didn't|doesn't|not|non) ?stop(?:ping)?",
        r"(?:bus|train|tram|truck|pit|next|last|first|full|a|the|your|my) stop",
        r"stop(?:s|ped)? (?:the|a|my|our) (?!text|messag|call|sms|remind|spam|ad|promo|notif|alert|"
        r"market|offer|news|madness)\w+",
        r"stop(?:s|ped)? (?:work|leak|bleed|drip|run|smok|drink|charg|mak|us|tak)\w*",
        r"(?:to|could|can|will|would|i|we|he|she|it|they|did|you) stop(?:ped)?"
        r"(?! (?:text|messag|call|send|contact|writ|spam|bother)|(?: it| this| now)?(?: \?)?$)",
        r"(?:don't|do not|never|not)(?: want(?: you)? to)? (?:unsubscribe|opt out|cancel|remove)",
        r"(?:start|resume) over",
    ),
    call_off=phrases(
        r"cancel(?:l?ed|l?ing|lation)?(?: \w+){0,6}|call (?:it|this) off|calling off",
        r"(?:can't|cannot|can not|won't|will not|not able to|unable to|not going to)"
        r"(?: be able to)? (?:make|come|attend|be there|keep)(?: \w+){0,3}",
        r"(?:reschedul|postpon)\w*|(?:move|change|push|shift|switch)(?: \w+){0,6}",
        r"(?:another|different|other|later|earlier|new) (?:day|time|date|slot|appointment)",
        r"something(?:'s| has)? c[ao]me up|not coming|no longer need(?: \w+){0,3}",
    ),
    asks=phrases(
        r"^(?:what|when|where|who|whose|why|how|which|can|could|may|might|is|are|will|"
        r"do(?! not)|does|did|would|should|shall|am|was|were|have|has)"
    ),
)
