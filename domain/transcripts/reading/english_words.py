"""The commonest English words, and those that follow "I'm" and are no name."""

from domain.transcripts.reading.speech import listed

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
    "having guess suppose let's lets book go party sir madam "
    "are do does did have has had will may much some any more their his her its"
)
