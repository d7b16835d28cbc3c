"""How English speaks on the phone."""

from domain.transcripts.reading import orders
from domain.transcripts.reading.english_subjects import SUBJECTS
from domain.transcripts.reading.english_words import ASKS, COMMON, INTRODUCES, NO_NAMES
from domain.transcripts.reading.speech import Speech, opening, words

BOOKING = (
    r"book\w*", r"schedul\w*", r"reserv\w*", r"appointments?", r"appts?", r"confirm\w*",
    r"arrang\w*",
    r"visits?", r"viewings?", r"slots?", r"events?", r"tables?", r"meetings?", r"consultations?",
    r"inspections?", r"demos?", r"estimates?", r"set (?:it |that |this |something )?up",
    r"put you (?:down|in)", r"pencil\w*", r"sign you up", r"sessions?", r"tours?",
    r"rent(?:al|ing)?", r"pick ?up", r"showings?", r"check ?up", r"technicians?",
    r"come (?:out|by)",
)  # fmt: skip
DONE = (
    r"booked", r"scheduled", r"reserved", r"confirmed", r"made", r"added", r"set", r"planned",
    r"arranged", r"completed?", r"done", r"finali[sz]ed", r"secured", r"fixed", r"placed",
    r"success\w*", r"in the (?:system|book|books|calendar|diary)", r"locked in", r"penciled in",
    r"rescheduled", r"moved", r"cancell?ed", r"put (?:you|it) (?:down|in)", r"down for",
    r"registered", r"taken care of", r"updated", r"noted", r"enrolled", r"signed up",
    r"on the (?:schedule|books|calendar|list)",
)  # fmt: skip

ENGLISH = Speech(
    code="en",
    common=COMMON,
    yes=opening(
        r"yes", r"yeah", r"yep", r"yup", r"ya", r"sure", r"absolutely", r"definitely", r"correct",
        r"right", r"perfect", r"great", r"sounds? (?:good|great|perfect|fine|lovely|fantastic)",
        r"that(?:'s| is| would be| will be|ll be)? ?(?:all )?(?:works?|good|great|fine|perfect|"
        r"right|correct|ok(?:ay)?|cool|wonderful|awesome|lovely|nice|sounds?|suits?|exactly|"
        r"excellent)", r"it (?:sounds|works|is|s) \w+", r"exactly", r"please do", r"go ahead",
        r"ok(?:ay)?", r"fine", r"alright", r"all right", r"awesome", r"cool", r"excellent",
        r"wonderful", r"works for me", r"of course", r"indeed", r"let'?s (?:do|go)", r"good",
        r"i (?:confirm|agree|would|do|think so)", r"please", r"lovely", r"fantastic", r"amazing",
        r"i'?ll take", r"see you",
        r"that (?:should|could|might|ought to|'d|'ll) (?:work|be|do|suit)",
        r"do (?:it|that|so)", r"get it done", r"thanks?", r"thank you", r"certainly",
        r"very well", r"nice", r"agreed",
    ),
    no=opening(
        r"no", r"nope", r"nah", r"not? (?:really|quite|exactly|that|now|right)", r"never ?mind",
        r"wrong", r"i (?:don'?t|do not|can'?t|cannot|won'?t)", r"incorrect", r"negative",
        r"that (?:doesn'?t|won'?t|does not|will not)", r"that'?s (?:not|wrong|incorrect|too)",
    ),
    corrects=words(
        r"actually", r"on second thoughts?", r"wait", r"hold on", r"make (?:it|that)", r"change",
        r"instead", r"rather", r"i mean", r"i meant", r"correction", r"scratch that", r"no,? it'?s",
        r"for (?:\w+) (?:people|persons?|guests?)", r"prefer", r"i (?:want|need) (?:it|the)",
    ),
    not_now=words(
        r"not (?:now|right now|yet|just yet|at (?:the|this) (?:moment|time)|today|for now|"
        r"at present|currently|immediately|interested|necessary|needed)", r"maybe later",
        r"(?:some other|another|a later) (?:time|day)", r"no need", r"never ?mind",
        r"i'?ll (?:think|call (?:you )?back|pass|let you know)",
        r"call (?:you )?back (?:later|when)", r"don'?t (?:think so|book|schedule|reserve)",
        r"(?:don'?t|do not) (?:want|need|wish)(?: (?:it|to|that|this|one|any))",
        r"forget (?:it|about)", r"scratch the whole",
        r"hold off", r"decide later", r"not (?:to )?(?:book|reserve|schedule)",
    ),
    enough=words(
        r"that(?:'?s| is| will be|'ll be) (?:all|it|everything)",
        r"i(?:'?m| am) (?:good|fine|ok(?:ay)?|"
        r"all set|done)", r"for now", r"thanks?", r"thank you",
        r"at (?:the|this) (?:moment|time)", r"now",
    ),
    wants=words(
        r"(?:can|could|may) (?:i|we) (?:come|stop|drop|bring|get|have|see|do) .{0,40}",
        r"(?:book|schedule|reserve|arrange|make|set up|get|need|want|like|have|add|buy|rent|find|"
        r"fix|plan|organi[sz]e) .{0,60}", r"come (?:out|by|over|to)", r"(?:send|dispatch) .{0,30}",
        r"see (?:the|a|an|dr) .{0,20}",
    ),
    booking=words(*BOOKING),
    done=words(
        rf"(?:(?:i|we)(?:'ve| have)?|is|are|has been|have been|was|were|been|'s|'re|got|gets|"
        rf"successfully|successfuly|now|all|it'?s|that'?s|you'?re)(?: \S+){{0,4}}? "
        rf"(?:{'|'.join(DONE)})",
        r"(?:booking|reservation|appointment|visit|viewing|event|schedule|table|rental|car|it)"
        r"(?: \w+){0,6} (?:success\w*|completed?|confirmed|done|made|booked|reserved|set|"
        r"scheduled)",
        r"all set", r"(?:we(?:'ll| will)|i(?:'ll| will)|shall)? ?(?:see|expect) you (?:on|at|then|"
        r"next|tomorrow|this|today|there|soon|in)", r"look(?:ing)? forward to (?:your|seeing|"
        r"meeting|having|welcoming)", r"(?:is|are) on (?:the|their|his|her) way",
        r"success(?:ful)?(?:ly)? (?:booked|made|reserved|scheduled|added|completed)",
        r"(?:managed|able) to (?:book|schedule|reserve|make|add|get|arrange|confirm|secure|set)",
        r"(?:i|we) did (?:book|schedule|reserve|make|add|arrange|confirm)", r"is a go", r"see you",
        r"consider it done", r"it is(?= ?[.!]|$)", r"done", r"booked", r"got you (?:down|in)",
    ),
    promises=words(
        r"(?:we(?:'ll| will)|i(?:'ll| will)|i'm|we're|i am|we are|let me)(?: \w+){0,2}? (?:send|"
        r"dispatch|put|get|book|schedul|reserv|add|confirm|set|mak|arrang|hav)\w*",
        r"(?:appointment|reservation|booking|visit|viewing|meeting|table|technician|someone)"
        r"(?: \S+){0,3} will", r"will be (?:there|out|with you)",
    ),
    stands=words(
        r"(?:you|there)(?:'ve| have| has|'re| are)?(?: also)? (?:have|got|is|are) (?:an?|one|two|"
        r"three|\d+|another|no|nothing)(?: \S+){0,2} (?:appointments?|events?|meetings?|viewings?|"
        r"visits?|bookings?|reservations?|concert|dinner|lunch|party)",
        r"(?:you have|there(?:'s| is)) (?:an?|one|two|your)(?: \S+){0,6} (?:that|"
        r"which)? ?(?:begins|starts)",
    ),
    objects=words(
        r"(?:that|it|this|which)(?: time| day| date)? (?:doesn'?t|does not|won'?t|will not|"
        r"isn'?t going to)"
        r" (?:work|do|suit|fit)\w*",
        r"that'?s (?:not (?:good|right|what|ok(?:ay)?|going to)|wrong|no good)",
        r"i (?:can'?t|cannot) (?:do|make) (?:that|it|then)",
        r"i (?:didn'?t|did not) (?:ask|say|want|agree)",
    ),
    another=words(r"also", r"another", r"one more", r"second", r"as well", r"too", r"else",
                  r"additional(?:ly)?", r"plus", r"my (?:wife|husband|son|daughter|mother|father)"),
    adds=opening(r"(?:and|also|plus|then|as well as)"),
    drops=words(
        r"scratch the whole", r"forget (?:it|about|the whole)", r"never ?mind", r"cancel that",
        r"i'?ll (?:think about it|call (?:you )?back|pass|let you know|have to call)",
        r"(?:don'?t|do not) (?:book|schedule|reserve)", r"have to call you back",
        r"(?:have|need|got|want) to (?:ask|check with|(?:talk|speak) (?:to|with)) my", r"hold off",
    ),
    resigns=words(
        r"(?:thanks|thank you)(?: \S+){0,6} (?:anyway|all the same|regardless)", r"leave it",
        r"too bad", r"no worries",
        r"(?:try|look|go|find|call|ask)(?: \S+)? (?:somewhere|elsewhere|someone|somebody|around)",
        r"(?:some other|another|next) time", r"what a (?:pity|shame)", r"that'?s a (?:pity|shame)",
    ),
    recalls=words(
        r"(?:when|(?:what|which) (?:time|day))(?: \S+){0,2} (?:my|our)(?: \S+)? (?:appointment|"
        r"booking|reservation|visit|meeting|session|class) (?:is|was)",
        r"(?:when|what (?:time|day))(?: \S+){0,2} (?:is|was|are) (?:my|"
        r"our)(?: \S+)? (?:appointment|"
        r"booking|reservation|visit|meeting)", r"when (?:my|our)(?: \S+)? (?:appointment|booking|"
        r"reservation|visit|meeting) (?:is|was)", r"(?:do|did) (?:i|we) (?:still )?have an? (?:"
        r"appointment|booking|reservation)",
        r"when (?:am i|are we) (?:booked|scheduled|coming|due|available|free)",
    ),
    asked_to_confirm=words(
        r"please (?:confirm|verify|check)",
        r"(?:to|just to) (?:confirm|verify|double ?check|recap)",
        r"confirm(?:ing)?(?: the| these| following| your| that| it|:)", r"do you confirm",
        r"is (?:that|this|it|everything) (?:right|correct|ok(?:ay)?|fine|good|alright)",
        r"(?:shall|should|can|may|could|would|will|do|did|are) (?:i|we|you)",
        r"you(?:'d| would) like",
        r"you (?:want|wish|need|said)", r"(?:am|'m) i right", r"verify", r"let me confirm",
        r"confirm me", r"give (?:me )?confirmation", r"so that'?s", r"verification",
        r"if .{1,40} works",
    ),
    comes=words(
        r"(?:on|is on|are on) (?:the|their|his|her|my|our) way",
        r"(?:send|dispatch)\w*(?: \w+){0,3}? (?:technician|plumber|someone|somebody|help|team|"
        r"crew|electrician|locksmith|driver|truck|van)",
        r"be (?:right )?(?:there|over|out|with you) (?:in|within|by|as soon|right|shortly)",
    ),
    at_once=words(r"asap", r"immediately"),
    idle=words(r"now", r"at the moment", r"just now", r"at this", r"this (?:week|month|year)"),
    failed=words(
        r"(?:sorry|unfortunately|regret\w*|afraid|sadly|apolog\w+|regrettably)(?: \S+){0,14} "
        r"(?:book\w*|reserv\w*|schedul\w*|appointments?|available|availab\w+|ma[dk]e|complete\w*|"
        r"slots?|openings?|full|taken|confirm\w*|go through|went through|possible|busy|"
        r"visits?|occupied|process\w*|unavailable|event|add\w*|closed|fail\w*|success\w*|"
        r"arrange\w*)",
        r"(?:could(?: not|n't)|can(?:not|'t| not)|unable to|not able to|wasn't able to|failed to|"
        r"was not|were not|wasn't|weren't|didn't|did not|has not|hasn't|have not|haven't|won't)"
        r"(?: \S+){0,6} (?:book\w*|reserv\w*|schedul\w*|appointment|ma[dk]e|complete\w*|"
        r"confirm\w*|go through|success\w*|possible|arrange\w*|add\w*|accommodate|available|"
        r"create\w*)",
        r"(?:do not|don't|doesn't|does not) have (?:an?|any)(?: \S+){0,3} (?:table|opening|slot|"
        r"availability|appointment|space|room|time)s?",
        r"(?:no|not|isn't|aren't|n't) (?:\S+ ){0,4}(?:available|openings?|availability|free)",
        r"(?:booking|reservation|appointment|request|attempt|scheduling)(?: \S+){0,5} (?:fail\w*|"
        r"unsuccessful|declined|rejected)", r"fully booked",
        r"we(?:'re| are) (?:all |fully |completely )?booked(?= ?[.!,]|$)",
        r"booked (?:out|up|solid)",
        r"booked (?:at|for|on|during) (?:that|this|those|your) (?:time|day|date|hour|slot)",
        r"(?:someone|somebody|another \w+|they)(?: \S+){0,2} (?:took|grabbed|snapped|taken)",
        r"nothing (?:else|left|free|available|open)",
        r"(?:time|slot|date|day|hour)s?(?: \S+){0,3} (?:unavailable|taken|gone|full|"
        r"booked|busy|occupied)", r"(?:unsuccessful|not successful)", r"failed", r"too small",
        r"(?:sorry|unfortunately|apolog\w+)(?: \S+){0,6} (?:couldn't|could not|can't|cannot|unable|"
        r"not able|wasn't able|was not able|failed|issue|problem|error)",
    ),
    declines=words(
        r"(?:i(?:'m| am)|we(?:'re| are)) (?:not (?:able|allowed|permitted)|unable) to(?: do)?",
        r"(?:i|we) (?:can'?t|cannot|won'?t|don'?t) (?:do|help with|offer) (?:that|this|those)",
        r"that(?:'s| is) not (?:something|possible|a service)",
    ),
    rest_stands=words(
        r"(?:rest|everything else|other\w*)(?: of it)?(?: is|'s| sounds|"
        r" looks) (?:all )?(?:right|fine|"
        r"good|correct|perfect|ok(?:ay)?|the same)",
    ),
    orders=orders.ENGLISH,
    first=words(r"(?:the )?(?:first|former|earlier|earliest|sooner)(?: one| option| slot| time)?"),
    second=words(r"(?:the )?second(?: one| option| slot| time)"),
    last=words(r"(?:the )?(?:latter|later|last|latest)(?: one| option| slot| time)",
               r"the (?:latter|later)"),
    several=words(r"both", r"two (?:appointments|bookings|visits|things|sessions)",
                  r"a couple of (?:appointments|things)", r"each of (?:us|them)"),
    opening_hours=words(
        r"(?:what time|when|how (?:late|early|long)|till when|until when)(?: \S+){0,3} (?:open|"
        r"clos\w+|shut)", r"(?:opening|business|office|opening) hours", r"are you open",
        r"your hours", r"hours (?:on|for|of)", r"walk[ -]?ins?",
    ),
    courtesies=words(
        r"(?:that(?:'?s| is| was|'?ll be| will be) )?(?:all|it|everything)(?: i need(?:ed)?)?"
        r"(?: for)? (?:today|tonight|now|this (?:morning|afternoon|evening))",
        r"good (?:morning|afternoon|evening|night|day)",
        r"(?:anything|something|what) else(?: \S+){0,6}?(?: (?:today|tonight|this \w+))?",
        r"have (?:an?|yourself a)(?: \w+){0,3} (?:day|morning|afternoon|evening|night|weekend|"
        r"week)", r"(?:help|assist|serve|do for) you (?:with )?(?:today|tonight|this \w+)",
        r"(?:are you|you) (?:doing )?(?:today|tonight|this \w+)(?=\?)", r"calling (?:us )?today",
    ),
    queries=opening(r"(?:and )?(?:what|which|when|where|who|how|whom)"),
    asks_facts=words(
        r"(?:like|want|wanted|need|love|wondering|calling)(?: to)? (?:know|check|verify|ask|"
        r"find out|"
        r"hear|look at|see (?:what|when|if|my|the)|enquire|inquire)",
        r"(?:can|could) you (?:tell|show)",
    ),
    proposes=words(
        r"(?:would you like|do you want|should i|shall i|want) (?:me )?(?:to )?(?:get|take|go|buy|"
        r"proceed|continue|have|do|try|this|that|it|one)",
    ),
    offers=words(
        r"how about", r"what about", r"would", r"will", r"does", r"do you", r"can i", r"could i",
        r"shall", r"should", r"available", r"i (?:have|can|could)", r"we (?:have|can|could)",
        r"earliest", r"next opening", r"instead", r"works?", r"try", r"alternatively",
        r"there (?:is|are)", r"is .{1,30} (?:ok(?:ay)?|good|fine|possible|convenient)", r"happy to",
    ),
    hours=words(
        r"free", r"empty", r"availability", r"you(?:'re| are) (?:available|open)",
        r"(?:spot|window|opening|block|period|space)(?: \S+){0,3} (?:from|starting|between|"
        r"begin\w*|starts|ending|ends)", r"open(?:ing)? hours?", r"we(?:'re| are) open", r"busy",
        r"(?:slot|slots|available|open) (?:from|starting|between|that starts|beginning)",
        r"you have (?:an? )?(?:\w+ )?(?:slots?|events?|nothing|availability|time)", r"calendar is",
        r"starts? at", r"available (?:from|between)", r"hours are", r"closes?",
    ),
    negated=words(
        r"not", r"\w+n't", r"cannot", r"other than", r"except", r"instead of", r"rather than",
        r"unavailable", r"any(?:thing|time)? but", r"never", r"no longer", r"busy", r"away",
        r"out of town", r"different (?:day|time) (?:than|from)", r"without", r"besides", r"unable",
        r"cant", r"wont", r"dont", r"isnt", r"used to", r"conflicts?", r"impossible",
        r"too (?:late|early)",
    ),
    unsuited=words(
        r"(?:won'?t|doesn'?t|isn'?t|is not|does not|will not|can'?t|not|is (?:too|no)|never)"
        r"(?: \S+){0,3}? ?(?:works?|good|possible|free|available|suit|be|do|convenient|early|"
        r"late|an option|make)", r"is out", r"is no good", r"won'?t do", r"not available",
    ),
    gone=words(
        r"(?:is|are|was|'s|has been|just got|got)(?: \S+){0,2} (?:gone|taken|full|booked|filled|"
        r"closed|out|unavailable|busy|packed)", r"(?:isn'?t|is not|won'?t|aren'?t) \w+",
    ),
    positive=words(r"why don'?t (?:we|i|you)", r"why not", r"don'?t mind", r"if not", r"not sure",
                   r"isn'?t there", r"can'?t (?:we|i|you)", r"can'?t wait",
                   r"couldn'?t (?:we|i|you)"),
    elsewhere=words(
        r"i (?:already |also |just )?have (?:a|an|to|another|my)",
        r"i(?:'ve| have) got (?:a|an|to)",
        r"that(?:'?s| is| was| will be|'ll be) (?:all|it|everything)", r"forgot", r"since",
        r"has been", r"have been", r"happened", r"started", r"last time",
        r"i (?:was (?:in|there|at|seen|with)|came|went|visited|saw)", r"graduates?", r"born",
        r"birth\w*", r"old appointment", r"originally", r"was (?:scheduled|booked)",
        r"currently (?:scheduled|booked)", r"my (?:flight|shift|interview|class)", r"ago",
        r"scheduled for", r"(?:my|our) (?:existing |current )?(?:appointment|booking|reservation|"
        r"visit) (?:on|for|at|is)", r"i(?:'m| am) (?:free|available) (?:until|till)",
    ),
    until=words(
        r"until", r"till", r"til", r"return\w*(?: (?:it|date|the car|on|is|by|will be|of|the))*",
        r"drop(?:ping)?(?: it| the car)?[ -]?off?(?: on| at| by| is| date)*", r"through",
        r"ends?(?: at| on)?",
        r"ending", r"finish\w*", r"be back", r"deadline", r"up to", r"bring(?:ing)? it back",
        r"untill", r"expires?", r"check(?:ing)? ?out", r"leaving",
    ),
    clause=words(
        r"but", r"so", r"can (?:i|we|you)", r"could (?:i|we|you)", r"let'?s", r"maybe",
        r"how about",
        r"what about", r"make it", r"change it to", r"rather", r"would", r"i'?d (?:like|prefer)",
        r"try", r"do you have", r"instead", r"actually", r"i(?:'ll| will) take", r"move it to",
        r"i (?:want|need|prefer|would)", r"then",
    ),
    cancels=words(
        r"cancel(?!l?ation)\w*(?: (?:it|that|this|my|the|our|all))?", r"call (?:it )?off",
        r"won'?t be (?:able to )?(?:make|com)\w*", r"can'?t make it", r"get rid of my",
    ),
    moves=words(
        r"reschedul\w*", r"instead", r"(?:move|push|change|switch|shift|postpone|bring forward)"
        r"(?: \S+){0,4} (?:appointment|booking|reservation|visit|meeting|it)", r"rebook",
    ),
    asks=ASKS,
    introduces=INTRODUCES,
    no_names=NO_NAMES,
    subjects=SUBJECTS,
)  # fmt: skip
