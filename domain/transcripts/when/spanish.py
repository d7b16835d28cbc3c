"""How Spanish speaks of time."""

from domain.transcripts.when.lexemes import Language
from domain.transcripts.when.vocabulary import (
    counted,
    each,
    ending,
    following,
    gather,
    holidays,
)

SPANISH = Language(
    code="es",
    month_first=False,
    half_is_before=False,
    tens_join="y",
    before_hour=ending(
        r"que sea a", r"mejor a", r"sobre", r"tipo", r"hacia",
        openings=r"si|no|vale|bueno|bien|claro|perfecto|pues|entonces|ay|eh|mejor|perdon",
    ),
    after_hour=following("mejor", "por favor", "gracias", "esta", "estaria", "me va", "me viene",
                         "en punto", "o", "entonces", "si"),
    words=gather(
        W=counted(
            "lunes/lu/lun martes/mar miercoles/mx/mie jueves/jue viernes/vie sabado/sab/sabados "
            "domingo/dom/domingos"
        ),
        M=counted(
            "enero/ene febrero/feb marzo abril/abr mayo junio/jun julio/jul agosto/ago "
            "septiembre/setiembre/sep/sept octubre/oct noviembre/nov diciembre/dic",
            first=1,
        ),
        n=counted(
            "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce "
            "quince dieciseis diecisiete dieciocho diecinueve veinte veintiuno/veintiun/veintiuna "
            "veintidos veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho "
            "veintinueve treinta"
        )
        | {"un": 1, "una": 1, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70,
        "ochenta": 80,
           "noventa": 90, "cien": 100, "mil": 1000, "un par de": 2, "par de": 2, "unos": 3,
           "unas": 3},
        o=counted(
            "primero/primer/primera segundo/segunda tercero/tercer/tercera cuarta "
            "quinto/quinta sexto/sexta septimo/septima octavo/octava noveno/novena decimo/decima",
            first=1,
        ),
        U=each("segundos", "second") | each("minuto/minutos/min", "minute")
        | each("hora/horas/hrs", "hour") | each("dia/dias", "day")
        | each("semana/semanas", "week") | each("mes/meses", "month")
        | each("trimestre/trimestres", "quarter") | each("ano/anos", "year")
        | each("dias habiles/dias laborables", "workday")
        | each("quincena/quincenas", "fortnight"),
        u={"media hora": 30, "hora y media": 90, "una hora y media": 90, "cuarto de hora": 15,
           "un cuarto de hora": 15, "tres cuartos de hora": 45, "dos horas y media": 150},
        P=each("de la manana/por la manana/en la manana/de la madrugada/a la manana/"
               "a primera hora/temprano", "morning")
        | each("de la tarde/por la tarde/en la tarde/a la tarde/tarde", "afternoon")
        | each("de la noche/por la noche/en la noche/a la noche/noche", "evening")
        | each("a la hora de comer/a la hora del almuerzo/para comer/para almorzar", "lunch")
        | each("para cenar/cenar/cena/la cena/de noche", "evening")
        | each("del mediodia", "afternoon"),
        D={"hoy": 0, "hoy mismo": 0, "manana": 1, "manana mismo": 1, "pasado manana": 2,
           "ayer": -1, "anteayer": -2, "antes de ayer": -2, "el mismo dia": 0},
        d={"esta noche": (0, "evening"), "anoche": (-1, "evening"),
           "esta tarde": (0, "afternoon"), "esta manana": (0, "morning")},
        X=each("proximo/proxima/proximos/proximas/que viene/que vienen/siguiente/siguientes/"
               "que entra/entrante", "next"),
        L=each("pasado/pasada/pasados/pasadas/ultimo/ultima/ultimos/ultimas", "last"),
        T=each("este/esta/estos/estas/actual/de esta/de este", "this"),
        K=each("a las/a la/las/para las/sobre las/a eso de las/hacia las/tipo", "at"),
        H=each("media", "half"), Q=each("cuarto/un cuarto", "quarter"),
        R=each("despues de/despues del", "past"), F=each("desde ahora/a partir de ahora", "now"),
        G=each("hace", "ago") | each("atras", "ago back"),
        E=each("en/dentro de/de aqui a", "in"),
        N={"mediodia": 12, "medio dia": 12, "al mediodia": 12, "a mediodia": 12,
           "medianoche": 24, "media noche": 24},
        J=each("en punto", "clock"),
        t=each("hasta/a/al", "to"), f=each("desde/entre/de las/desde las/entre las", "from"),
        k=each("fin de semana/finde", "weekend"),
        b=each("principios/comienzos/inicios/primeros", "begin"), e=each("fines/finales", "end"),
        c=each("de/del", "of"), a=each("y", "and"), m=each("menos", "minus"),
        w=each("durante/por", "for"), j=each("o/u", "or"),
        p=each("para", "for"), Z=each("antes de/antes del", "before"),
        q=each("antes de las/a mas tardar", "by"), z={"cet": 60, "gmt": 0, "utc": 0},
        s={"primavera": "spring", "verano": "summer", "otono": "autumn", "invierno": "winter"},
        r=each("mejor/en realidad/mas bien/perdon/mejor dicho", "rather"),
        V=holidays(
            christmas="navidad/dia de navidad", christmas_eve="nochebuena",
            new_year="ano nuevo/dia de ano nuevo", new_year_eve="nochevieja/fin de ano",
            epiphany="reyes/dia de reyes", good_friday="viernes santo",
            easter="domingo de pascua/pascua/domingo de resurreccion",
            easter_monday="lunes de pascua", holy_thursday="jueves santo",
            may_day="dia del trabajo/dia del trabajador", all_saints="todos los santos",
            constitution_es="dia de la constitucion", assumption="la asuncion",
            hispanic="dia de la hispanidad", dead="dia de muertos/dia de los muertos",
            valentine="san valentin", john="san juan", immaculate="la inmaculada",
            zero_discrimination="dia de la cero discriminacion",
            arabic="dia mundial de la lengua arabe",
            cooperatives="dia internacional de las cooperativas",
        ),
        _={"el": "article"} | each("la/los/las de/para el/para la/"
        "mas tarde/un poco mas tarde/mas temprano/sobre/como/mas o menos/aproximadamente/"
               "por favor/alrededor de/lo/que/dia de la semana/eso/mismo", ""),
        y=each("ahora/ahora mismo/ya/ya mismo", "now"),
    ),
)  # fmt: skip
