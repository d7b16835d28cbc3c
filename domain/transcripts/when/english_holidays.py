"""What English calls the days that have a name."""

from domain.transcripts.when.vocabulary import holidays

HOLIDAYS = holidays(
    christmas="christmas/christmas day/xmas/xmas day", christmas_eve="christmas eve",
    new_year="new year's day/new years day/new year's/new years",
    new_year_eve="new year's eve/new years eve", easter="easter/easter sunday",
    good_friday="good friday", easter_monday="easter monday",
    thanksgiving="thanksgiving/thanksgiving day", black_friday="black friday",
    halloween="halloween", valentine="valentine's day/valentines day/valentine's",
    independence="independence day/4th of july/fourth of july/july fourth",
    labor="labor day/labour day", memorial="memorial day", mlk="mlk day",
    presidents="presidents day/president's day/presidents' day",
    veterans="veterans day", columbus="columbus day", juneteenth="juneteenth",
    mothers="mother's day/mothers day", fathers="father's day/fathers day",
    patrick="st patrick's day/st patricks day/saint patrick's day/saint patricks day/"
    "st paddy's day/saint paddy's day/st. patrick's day/patrick's day/paddy's day",
    boss="boss's day/boss day/bosses day/boss's", ides_of_march="ides of march",
    mardi_gras="mardi gras", earth="earth day", groundhog="groundhog day",
    pentecost="pentecost/whit sunday", ascension="ascension day",
    orthodox_easter="orthodox easter",
    orthodox_good_friday="orthodox good friday/orthodox great friday",
    vegan="world vegan day", kings="king's day/koningsdag", epiphany="epiphany",
    ash_wednesday="ash wednesday", palm_sunday="palm sunday", holy_thursday="maundy thursday/"
    "holy thursday/covenant thursday", easter_eve="holy saturday/easter saturday/easter eve",
    whit_monday="whit monday/pentecost monday/monday of the holy spirit",
    trinity="trinity sunday", corpus_christi="corpus christi", clean_monday="clean monday/"
    "shrove monday", mothering_sunday="mothering sunday",
    orthodox_palm_sunday="orthodox palm sunday", orthodox_easter_monday="orthodox easter monday",
    burns="burns night", australia="australia day", lohri="lohri",
    women="women's day/international women's day/womens day", pi="pi day",
    earth_hour="earth hour", april_fools="april fools/april fool's day/april fools day/"
    "april fool's", siblings="siblings day/national siblings day", tax="tax day",
    george="st george's day/saint george's day/feast of saint george", anzac="anzac day",
    vaisakhi="vaisakhi/baisakhi", arbor="arbor day",
    administrative="administrative professionals' day/administrative professionals day/"
    "secretaries day/secretaries' day/admins day", cinco_de_mayo="cinco de mayo",
    rabindra="rabindra jayanti/rabindranath jayanti", armed_forces="armed forces day",
    loving="loving day", flag="flag day", canada="canada day", bastille="bastille day",
    parents="parents' day/parents day/national parents day",
    grandparents="grandparents day/grandparents' day/national grandparents day",
    gandhi="gandhi jayanti", sweetest="sweetest day", may_day="may day/labour day in may/"
    "international workers' day", walpurgis="walpurgis night",
    guy_fawkes="guy fawkes night/guy fawkes/bonfire night", election="election day",
    cyber_monday="cyber monday", giving_tuesday="giving tuesday",
    andrew="st andrew's day/saint andrew's day", aids="world aids day",
    human_rights="human rights day", festivus="festivus", kwanzaa="kwanzaa",
    all_saints="all saints' day/all saints day/all hallows", dead="all souls' day/all souls day/"
    "day of the dead", lucia="st lucia's day/saint lucy's day",
    assumption="assumption day/assumption of mary", immaculate="immaculate conception",
    john="st john's day", boxing="boxing day/st stephen's day",
     ugadi="ugadi/yugadi/gudi padwa",
    ram_navami="ram navami/rama navami",



     govardhan="govardhan puja", chhath="chhath/chhath puja",
    guru_nanak="guru nanak jayanti/gurpurab/guru nanak gurpurab",
    rosh_hashanah="rosh hashanah/rosh hashana/rosh ha shanah/jewish new year",
    yom_kippur="yom kippur", sukkot="sukkot/sukkoth/succot", shemini_atzeret="shemini atzeret",
    simchat_torah="simchat torah", hanukkah="hanukkah/chanukah/hanukah/hannukah", purim="purim",
    passover="passover/pesach", lag_baomer="lag baomer/lag b'omer", shavuot="shavuot/shavuoth",
    islamic_new_year="islamic new year/muharram/hijri new year", ashura="ashura/day of ashura",
    mawlid="mawlid/mawlid al nabi/milad un nabi/the prophet's birthday/prophet's birthday",
    miraj="isra and mi'raj/isra and miraj/the prophet's ascension/prophet's ascension/shab e miraj",
    ramadan="ramadan/ramazan/ramzan", qadr="laylat al qadr/night of power/laylat al kadr",
    jumuah_wida="jumu'atul wida/jumuatul wida/jamat ul vida/jumat ul wida",
    eid_fitr="eid al fitr/eid ul fitr/eid/eid el fitr/id ul fitr",
    arafah="day of arafah/arafah/arafat day",
    eid_adha="eid al adha/eid ul adha/id ul adha/bakr id/bakra eid/bakrid/sacrifice feast/"
    "feast of sacrifice/eid el adha",
    pongal="pongal/thai pongal/makar sankranti", bhogi="bhogi/bogi pandigai/bhogi pandigai",
    mattu_pongal="mattu pongal/maattu pongal",
    kaanum_pongal="kaanum pongal/kanum pongal/kanni pongal",
    ravidas="guru ravidas jayanti/guru ravidass jayanti/ravidas jayanti",
    shivaratri="maha shivaratri/mahashivratri/shivaratri/shivratri", holi="holi/dhulandi",
    vesak="vesak/buddha purnima/buddha day/buddha's birthday",
    raksha_bandhan="raksha bandhan/rakhi", ganesh_chaturthi="ganesh chaturthi/vinayaka chaturthi",
    navaratri="navaratri/navratri", dussehra="dussehra/vijayadashami/dasara",
    valmiki="maharishi valmiki jayanti/valmiki jayanti/pargat diwas", dhanteras="dhanteras",
    choti_diwali="choti diwali/chhoti diwali/naraka chaturdashi", bhai_dooj="bhai dooj/bhai duj",
    diwali="diwali/deepavali/divali/festival of lights",
    chinese_new_year="chinese new year/lunar new year/chinese new year's day/tet",
    mid_autumn="mid autumn festival/moon festival", nowruz="nowruz/norooz/persian new year",
    parsi_new_year="parsi new year/jamshedi navroz/shahenshahi navroz",
)  # fmt: skip
