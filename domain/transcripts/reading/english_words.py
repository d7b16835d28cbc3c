"""How English asks for a fact, and which words tell the language or are no name."""

from domain.transcripts.reading.speech import Asks, listed, words

COMMON = listed(
    "the is are you to for and of my i have it this that what would like please can at "
    "on yes no thank thanks with your me we do"
)
NO_NAMES = listed(
    "looking calling interested not so just sorry sure glad happy trying going in at "
    "on a an the "
    "thinking wondering hoping here good fine ok okay great available free booking "
    "having worried "
    "very really excited about afraid also still planning now ready inviting right back from "
    "doing getting able unsure only all open done curious flexible new moving coming running "
    "late busy your my our this that there what when where who how yes no hi hello "
    "thanks thank "
    "please and or but if for to of with it is was be me you we they he she i would can could "
    "unable set positive certain feeling waiting actually confirmed correct perfect fantastic "
    "organizing tomorrow today tonight monday tuesday wednesday thursday friday "
    "saturday sunday "
    "one two three four five six seven eight nine ten urgent important possible big because "
    "absolutely definitely maybe nothing something anything everything asking regarding "
    "currently already always never been gonna pretty super too well wonderful as by out up "
    "january february march april june july august september october november december "
    "having guess suppose let's lets book go party sir madam use put write make call say keep "
    "are do does did have has had will may much some any more their his her its"
)

ASKS = Asks(
    name=words(
        r"(?:your|under what|whose|full|first|last) (?:\w+ ){0,2}names?",
        r"names?(?: and (?:number|phone|address))?\?", r"need (?:\S+ ){0,3}names?",
        r"names? (?:please|under|should|for (?:the|your|this) (?:booking|reservation|"
        r"appointment|visit|order|file))", r"(?:have|get|need|with) (?:a|the) name",
        r"who(?:'s| is| am i| are)? ?(?:this|calling|"
        r"speaking|i|you|am)", r"may i ask who", r"who (?:should|shall|can|may) i",
        r"who .{0,30}(?:speaking|calling|booking)",
        r"spell (?:that|it|your)", r"called\?", r"whom? (?:do|am|are|did|have) (?:i|we)",
        r"(?:first|last|full|family) name", r"surname", r"names? and (?:\w+ )?(?:number|phone|"
        r"address|details)", r"your details",
    ),
    time=words(r"(?:what|which|at what) times?", r"when", r"time", r"what hour",
    r"that (?:day|date)", r"openings?"),
    phone=words(r"(?:phone|number|reach you|callback|contact number|mobile|cell|call you)"),
    place=words(r"(?:address|where (?:are|is|do|should)|location|street|come to)"),
)  # fmt: skip
INTRODUCES = words(
    r"(?:it|this|that)(?:'s| is) (?:for|under)(?: the name(?: of)?)?", r"in the name of", r"name,",
    r"my (?:full |first |last )?name(?:'s| is| would be|:)?", r"name(?:'s| is)", r"this is",
    r"i am", r"i'?m", r"im", r"it(?:'s| is)", r"under(?: the name)?(?: of)?", r"call me",
    r"you'?re speaking (?:to|with)", r"(?:ask|look) for",
    r"you can (?:put|use|write)", r"(?:actually|no),? it'?s", r"the name is", r"for",
    r"speaking with",
)  # fmt: skip
