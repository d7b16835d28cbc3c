"""How Swedish speaks of time."""

import re

from domain.transcripts.when.lexemes import Language
from domain.transcripts.when.vocabulary import (
    counted,
    each,
    ending,
    following,
    gather,
    holidays,
)

SWEDISH = Language(
    code="sv",
    month_first=False,
    half_is_before=True,
    mistakable=re.compile(r"\b[äÄ]r\b"),
    before_hour=ending(
        r"(?:ta|tar|sager|kor)(?: vi)?(?: pa)?", r"till", r"hellre", r"helst", r"kanske", r"eller",
        r"blir det", r"har(?: jag| vi)?", r"vad sags om", r"ledigt",
        openings=r"ja(?:ha|visst)?|jo|nej|okej|ok|bra|da|men|och|absolut|visst|hm+|eh|tack|forlat",
    ),
    after_hour=following(
        "i ?stallet", "tack", "gar", "blir", "passar", "funkar", "fungerar", "da", "pa", "i morgon",
        "imorgon", "idag", "i dag", r"\w+dag(?:en)?", "ar", "eller", "om", "vore", "later", "prick",
        "hade", "skulle", "kanske",
    ),
    words=gather(
        W=counted(
            "mandag/man/mandagen/mandags/mandagens/mandagar tisdag/tis/tisdagen/tisdags/tisdagar "
            "onsdag/ons/onsdagen/onsdags/onsdagar torsdag/tors/torsdagen/torsdags/tor/torsdagar "
            "fredag/fre/fredagen/fredags/fredagar lordag/lor/lordagen/lordags/lordagar "
            "son/sondag/sondagen/sondags/sondagar"
        ),
        M=counted(
            "januari/jan februari/feb mars april/apr maj juni/jun juli/jul augusti/aug "
            "september/sep/sept oktober/okt november/nov december/dec",
            first=1,
        ),
        n=counted(
            "noll ett tva tre fyra fem sex sju atta nio tio elva tolv tretton fjorton femton "
            "sexton sjutton arton nitton tjugo tjugoett/tjugoen/tjuett tjugotva/tjutva "
            "tjugotre/tjutre tjugofyra/tjufyra tjugofem/tjufem tjugosex/tjusex tjugosju/tjusju "
            "tjugoatta/tjuatta tjugonio/tjunio trettio trettioett/trettioen"
        )
        | {"en": 1, "fyrtio": 40, "fyrtifem": 45, "fyrtiofem": 45, "femtio": 50, "femtiofem": 55,
           "sextio": 60, "sjuttio": 70, "attio": 80, "nittio": 90, "hundra": 100, "tusen": 1000,
           "trettiofem": 35, "ett par": 2, "par": 2, "nagra": 3},
        o=counted(
            "forsta andra tredje fjarde femte sjatte sjunde attonde nionde tionde elfte tolfte "
            "trettonde fjortonde femtonde sextonde sjuttonde artonde nittonde tjugonde "
            "tjugoforsta tjugoandra tjugotredje tjugofjarde tjugofemte tjugosjatte tjugosjunde "
            "tjugoattonde tjugonionde trettionde trettioforsta",
            first=1,
        )
        | {"sista": -1},
        U=each("sekund/sekunder", "second") | each("minut/minuter/min", "minute")
        | each("timme/timmar/tim/t/timma", "hour") | each("dag/dagar/dagen/dygn", "day")
        | each("vecka/veckor/veckan/veckas/veckans", "week")
        | each("manad/manader/manaden/manads", "month") | each("kvartal/kvartalet", "quarter")
        | each("ar/aret", "year") | each("arbetsdagar/vardagar", "workday"),
        u={"en halvtimme": 30, "halvtimme": 30, "en halv timme": 30, "en och en halv timme": 90,
           "anderhalv timme": 90, "en kvart": 15, "en timme och en kvart": 75, "tre kvart": 45,
           "tva och en halv timme": 150},
        P=each("bitti/morgon/pa morgonen/morgonen/formiddag/formiddagen/pa formiddagen/fm/"
               "under formiddagen", "morning")
        | each("eftermiddag/eftermiddagen/pa eftermiddagen/em/under eftermiddagen", "afternoon")
        | each("kvall/kvallen/pa kvallen/under kvallen", "evening")
        | each("till middag/middag/kvallsmat", "evening") | each("frukost/till frukost", "morning")
        | each("natt/natten/pa natten", "night") | each("lunch/vid lunch/lunchtid/vid lunchtid",
                                                        "lunch"),
        D={"idag": 0, "i dag": 0, "imorgon": 1, "i morgon": 1, "imorron": 1, "i morron": 1,
           "i overmorgon": 2, "overmorgon": 2, "iovermorgon": 2, "igar": -1, "i gar": -1,
           "i forrgar": -2, "forrgar": -2, "samma dag": 0},
        d={"ikvall": (0, "evening"), "i kvall": (0, "evening"), "inatt": (0, "night"),
           "i natt": (0, "night"), "i eftermiddag": (0, "afternoon"),
           "i formiddag": (0, "morning"), "i morse": (0, "morning"),
           "imorse": (0, "morning"), "igar kvall": (-1, "evening")},
        X=each("nasta/kommande/nastkommande", "next"),
        L=each("forra/senaste/i forra", "last"),
        T=each("denna/den har/detta/nu pa", "this"),
        K=each("klockan/kl/vid/klockslaget", "at"),
        H=each("halv", "half"), Q=each("kvart", "quarter"),
        R=each("over/efter", "past"), F=each("fran nu/mer", "now"),
        G=each("sedan/sen", "ago"), E=each("om/inom", "in"),
        N={"midnatt": 24, "mitt pa dagen": 12, "klockan tolv pa dagen": 12},
        J=each("prick", "clock"),
        t=each("till/tills/fram till", "to"), f=each("fran/mellan/from", "from"),
        k=each("helg/helgen/veckoslut", "weekend"),
        b=each("borjan/tidigt", "begin"), e=each("slutet/slut/sent", "end"),
        c=each("i/av", "of"), a=each("och", "and"), w=each("i ungefar", "for"),
        j=each("eller", "or"), Z=each("fore/innan", "before"),
        q=each("senast", "by"), z={"cet": 60, "gmt": 0, "utc": 0},
        s={"varen": "spring", "var": "spring", "sommaren": "summer", "sommar": "summer",
           "hosten": "autumn", "host": "autumn", "vintern": "winter", "vinter": "winter"},
        r=each("forresten/istallet/i stallet/jag menar/nej vanta/snarare", "rather"),
        V=holidays(
            christmas="juldagen/i jul", christmas_eve="julafton", boxing="annandag jul/annandagen",
            new_year="nyarsdagen/nyarsdag/nyar", new_year_eve="nyarsafton",
            epiphany="trettondagen/trettondag jul", epiphany_eve="trettondagsafton",
            holy_thursday="skartorsdagen", good_friday="langfredagen/langfredag",
            easter="paskdagen/pask", easter_eve="paskafton", easter_monday="annandag pask",
            may_day="forsta maj", walpurgis="valborg/valborgsmassoafton/sista april",
            ascension="kristi himmelsfardsdag/kristi himmelsfards dag", pentecost="pingstdagen",
            sweden="nationaldagen/sveriges nationaldag", midsummer_eve="midsommarafton/midsommar",
            midsummer="midsommardagen", all_saints_se="alla helgons dag", lucia="lucia",
            fathers_se="fars dag", mothers_se="mors dag", valentine="alla hjartans dag",
            halloween="halloween", black_friday="black friday",
        ),
        _={"den": "article"} | each("pa/runt/ungefar/cirka/"
        "ca/typ/det/vid ungefar/kring/nu/ju/da/gar/tack/garna",
        ""),
        y=each("genast/omedelbart/just nu/pa en gang", "now"),
        l={"dagens slut": "day", "manadens slut": "month", "arets slut": "year"},
    ),
)  # fmt: skip
