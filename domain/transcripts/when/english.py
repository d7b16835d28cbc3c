"""How English speaks of time."""

from domain.transcripts.when.english_holidays import HOLIDAYS
from domain.transcripts.when.lexemes import Language
from domain.transcripts.when.vocabulary import (
    counted,
    each,
    ending,
    following,
    gather,
)

ENGLISH = Language(
    code="en",
    month_first=True,
    half_is_before=False,
    forgiving=True,
    before_hour=ending(
        r"make (?:it|that|this)", r"let'?s (?:say|do|try|make it|go (?:with|for))",
        r"(?:how|what) about", r"say", r"prefer", r"rather(?: do| have)?",
        r"(?:change|move|push|switch|bump|keep)(?: it| that)? (?:to|at)", r"(?:'ll| will) take",
        r"(?:can|could) (?:do|make|offer|manage)", r"(?:we|i)(?:'ve| have)(?: got)?",
        r"come (?:in )?at", r"or", r"maybe", r"between", r"only", r"there(?:'s| is)",
        openings=r"ok(?:ay)?|yes|yeah|sure|well|great|perfect|no|hmm+|um+|uh|oh|ah|then|alright|"
        r"all right|and|but|actually|sorry|wait",
    ),
    after_hour=following(
        "instead", "please", "then", "works?", "would", "will", "is", "sounds?", "suits?", "should",
        "thanks?", "thank you", "if", "on", "in the", "tomorrow", "today", "tonight", "this",
        "next", r"\w+day", "or", "it is", "sharp", "better", "might", "could", "could work",
    ),
    words=gather(
        W=counted(
            "monday/mon/mondays tuesday/tue/tues/tuesdays wednesday/wed/weds/wednesdays "
            "thursday/thu/thur/thurs/thursdays friday/fri/fridays saturday/sat/saturdays "
            "sunday/sundays"
        ),
        M=counted(
            "january/jan february/feb march/mar april/apr may june/jun july/jul august/aug "
            "september/sep/sept october/oct november/nov december/dec",
            first=1,
        ),
        n=counted(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen "
            "fourteen fifteen sixteen seventeen eighteen nineteen twenty"
        )
        | {
            "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
            "ninety": 90, "hundred": 100, "thousand": 1000, "couple": 2, "a couple": 2,
            "couple of": 2, "a couple of": 2, "few": 3, "a few": 3, "oh five": 5, "dozen": 12,
        },
        o=counted(
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
            "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth "
            "twentieth",
            first=1,
        )
        | {"thirtieth": 30, "twenty first": 21, "twenty second": 22, "twenty third": 23,
           "twenty fourth": 24, "twenty fifth": 25, "twenty sixth": 26, "twenty seventh": 27,
           "twenty eighth": 28, "twenty ninth": 29, "thirty first": 31},
        U=each("seconds/sec/secs", "second") | each("minute/minutes/min/mins", "minute")
        | each("hour/hours/hr/hrs", "hour") | each("day/days", "day")
        | each("week/weeks/wk/wks", "week") | each("month/months", "month")
        | each("quarters/qtr/qtrs", "quarter") | each("year/years/yr/yrs", "year")
        | each("fortnight/fortnights", "fortnight") | each("business days/working days", "workday"),
        u={"half an hour": 30, "half hour": 30, "an hour and a half": 90, "hour and a half": 90,
           "one and a half hours": 90, "two and a half hours": 150, "quarter of an hour": 15,
           "a quarter of an hour": 15, "three quarters of an hour": 45},
        P=each("morning/in the morning/in morning/early morning/in the am", "morning")
        | each("afternoon/in the afternoon/in afternoon/in the pm", "afternoon")
        | each("evening/in the evening/in evening", "evening")
        | each("night/at night/in the night", "night")
        | each("lunch time/lunchtime",
        "lunch") | each("dinner/for dinner/dinner time/dinnertime/supper", "evening")
        | each("breakfast/for breakfast/brunch", "morning") | each("lunch/for lunch", "lunch")
        | {"after school": "school", "after work": "work"},
        D={"today": 0, "tomorrow": 1, "tmrw": 1, "tomorrow's": 1, "yesterday": -1,
           "day after tomorrow": 2, "day before yesterday": -2},
        d={"tonight": (0, "evening"), "last night": (-1, "evening"),
           "late last night": (-1, "late"), "late tonight": (0, "late")},
        X=each("next/coming/upcoming/following/next week's/upcoming/the coming", "next"),
        L=each("last/previous/this past/prior", "last"),
        T=each("this/current/this coming/this upcoming/this very", "this"),
        K=each("at", "at"),
        H=each("half past/half", "half"), Q=each("quarter/a quarter", "quarter"),
        R=each("past/after", "past"), F=each("from now/hence", "now"),
        G=each("ago/back", "ago"), E=each("in/within", "in"),
        N={"noon": 12, "midday": 12, "noonish": 12, "midnight": 24, "noon ish": 12},
        J=each("o'clock/o\"clock/o clock/oclock", "clock"),
        t=each("to/until/till/til/thru/through", "to"), f=each("from/between/starting", "from"),
        k=each("weekend/wkend/week end", "weekend"), b=each("beginning/start/early", "begin"),
        e=each("end/late", "end"), c=each("of", "of"), a=each("and/but", "and"),
        w=each("for", "for"), x=each("after next", "after next"), j=each("or", "or"),
        i=each("a/an", "a"), Z=each("before", "before"),
        q=each("by/no later than", "by"), z={"cst": -360, "cet": 60, "gmt": 0, "utc": 0,
        "est": -300,
                                      "pst": -480, "mst": -420},
        s={"spring": "spring", "summer": "summer", "autumn": "autumn", "fall": "autumn",
           "winter": "winter"},
        r=each("actually/instead/no wait/rather/i mean/scratch that/sorry", "rather"),
        V=HOLIDAYS,
        _=each("the/on/around/about/approximately/roughly/like/say/please/sometime/maybe/during/"
               "sharp/exactly/just/st/hi/well/at about/at around/later", ""),
            y=each("now/right now/just now/atm/at the moment/immediately/right away/asap", "now"),
        l={"eod": "day", "eom": "month", "eoy": "year"},
    ),
)  # fmt: skip
