"""Calendar dates and parts of them finer than a year, holidays, and ages over 89.

The year may stand, and so may durations, weekdays and times of day. Values that only look like dates stand too:
fractions, scales, pressures, levels of the spine.
"""

import re
from collections.abc import Iterator

from cds.privacy.scrub.spans import Found
from cds.privacy.scrub.tokens import Tokens

_LONG = r"january|february|march|april|may|june|july|august|september|october|november|december"
_SHORT = r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
_FOREIGN = (
    r"januar|februar|märz|juni|juli|oktober|dezember|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre"
    r"|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
)
_MONTH = rf"(?:{_LONG}|(?:{_SHORT})(?![a-zé])\.?|{_FOREIGN})"
_YEAR = r"(?:19|20)\d\d"
_ORDINAL = r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|twenty[- ](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|thirtieth|thirty[- ]first)"
_DAY = rf"(?:(?:0?[1-9]|[12]\d|3[01])(?:\s?(?:st|nd|rd|th))?|{_ORDINAL})"
_TIME = r"(?:T\d{1,2}:?\d\d(?::?\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)"

_WRITTEN = re.compile(
    rf"""
    \b(?:
        {_DAY}(?:\s?(?:-|–|to|and|&|or|/)\s?{_DAY})?(?:|\s|-|/|\.|\s?de\s|\s?of\s|\sday\sof\s|\sof\sthe\smonth\sof\s){{1,2}}{_MONTH}(?![a-zé])(?:[\s,./'’-]{{0,3}}(?:de\s)?(?:{_YEAR}|(?<=['’/.-])\d\d|(?<=\s)\d\d(?![\d:/%]|\.\d|\s?(?:mg|yo|y/o|year|[MF]\b|days?|weeks?|hours?|units?))))?
      | {_MONTH}(?![a-zé])[\s./-]{{0,2}}(?:the\s)?{_DAY}(?!\d|:\d|\s?%|\s?(?:mg|mcg|ml|g|kg|units?|tabs?|times|weeks?|days?|hours?|hrs?|cm|mm|years?)(?![a-z])|/)(?:\s?(?:-|–|to|through|thru|until|and|&|/)\s?(?:{_MONTH}\s?)?{_DAY}(?!\d))*(?:[\s,./'’-]{{1,3}}(?:(?:of|in)\s)?(?:{_YEAR}|(?<=['’/.-])\d\d))?\b{_TIME}?
      | {_MONTH}(?![a-zé])(?:[\s,./-]|\sof\s|\s?de\s){{1,2}}{_YEAR}\b
      | {_MONTH}(?![a-zé])\s?(?:/|-)?\s?['’]\d\d\b
      | {_MONTH}(?![a-zé])[-/]\d\d\b
      | (?:spring|summer|fall|autumn|winter)\s(?:of\s)?(?:{_YEAR}|['’]\d\d)\b
      | (?:Q[1-4]|[1-4]Q|(?:first|second|third|fourth|1st|2nd|3rd|4th)\squarter)[\s/-]?(?:of\s)?(?:{_YEAR}|['’]\d\d)\b
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MONTHISH = frozenset(
    "jan feb fév fev mär mar apr avr abr may mai jun jul jui aug aoû aou sep oct okt nov dec dez déc dic ene ago spr sum fal aut win q1 q2 q3 q4 1q 2q 3q 4q qua".split()
)
_IN_FIGURES = re.compile(r"\d(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE)
_REACH = 40
_MONTH_ALONE = re.compile(
    rf"(?<![\w-])(?P<v>(?:{_LONG.replace('may|', '').replace('march|', '')}|{_FOREIGN.replace('mars|', '').replace('mayo|', '').replace('juin|', '')}))(?![\w-]|'?s?\s(?:sign|phenomenon))|"
    rf"\b(?:in|since|during|until|till|by|from|of|last|next|this|early|late|mid|through|thru|before|after|around|between|and|to|every|each|start|due|beginning|end\sof|for)[\s-](?P<w>may|march|(?:{_SHORT})\b\.?)(?![\w-]|\s(?:have|be|need|also|not|cause|require|help|increase|occur|include|benefit|or|lead|result|present|indicate|develop|use|take|fracture|hematuria|hgb|fx))",
    re.IGNORECASE,
)
_MARCH = re.compile(r"(?<=[a-z,:;] )(?P<v>March)(?![\w-]|\s(?:fracture|hemoglobinuria|haemoglobinuria|gait))|(?<=[a-z] )(?P<w>May)(?=[.,;:)]|$|\s(?:and|for|to|with|when|after|visit|labs?|appointment|admission)\b)")
_NUMERIC = re.compile(
    rf"""
    (?<![\w./$-])(?<!\d,)(?:
        (?P<iso>{_YEAR}(?P<s1>[-/.])(?:0?[1-9]|1[0-2])(?P=s1)(?:3[01]|[12]\d|0?[1-9])(?!\d){_TIME}?)
      | (?P<full>(?:3[01]|[12]\d|0?[1-9])(?P<s2>\s?[-/.\\–]\s?)(?:3[01]|[12]\d|0?[1-9])(?P=s2)(?:{_YEAR}|'?\d\d)(?!\d){_TIME}?)
      | (?P<packed>{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:T?\d{{4,6}})?(?!\d))
      | (?P<monthyear>(?:0?[1-9]|1[0-2])\s?[-/.]\s?{_YEAR}(?!\d)|{_YEAR}[-/](?:0[1-9]|1[0-2])(?!\d|[-/]))
      | (?P<dayless>(?:0?[1-9]|1[0-2])[-/](?:__|xx|XX|\?\?|--)[-/](?:{_YEAR}|\d\d))
    )(?![\w%]|[/-]\d|\.\d)
    """,
    re.VERBOSE,
)
_SHORT_DATE = re.compile(r"(?<![\w./$%+<>=≥≤~])(?<!\d,)(?<!\d-)(?<!\w-)(?P<a>0?[1-9]|[12]\d|3[01])(?P<sep>[/-])(?P<b>3[01]|[12]\d|0?[1-9])(?![\w%/°+]|[-–]\d{1,3}(?![\d/])|\.\d|['’])")
_RANGE_AFTER = re.compile(r"\s?(?:-|–|to|through|thru)\s?\d{1,2}/(\d{1,2})(?![\d/])")
_RANGE_BEFORE = re.compile(r"(?<![\d/])\d{1,2}/(\d{1,2})\s?(?:-|–|to|through|thru)\s?$")
_DATED_BEFORE = re.compile(
    r"(?:\b(?:between|from)\s\d{1,2}/\d{1,2}(?:/\d{2,4})?\s(?:and|to|through)\s$|\b(?:on|since|from|until|till|through|thru|by|before|after|between|dated?|dob|d\.o\.b\.|doa|dos|dod|d/c(?:'?e?d)?|dc'?e?d|admit(?:ted)?|adm|discharged?|seen|visit(?:ed)?|last|next|"
    r"as\sof|starting|started|start|begun|began|began\son|stopped|ended|ending|effective|appt|appointment|f/u|follow-?up|surgery|given|"
    r"labs?|drawn|collected|received|signed|scheduled|sched|born|birthday|bday|lmp|edd|edc|due|done|performed|cxr|ct|mri|ekg|ecg|echo|eeg|us|xray|x-ray|colonoscopy|biopsy|bx|"
    r"update|updated|note|tues?|mon|wed|thurs?|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday|intubated|extubated|pod|expires?|exp|filled|refill|refilled|hospitali[sz]ed|transferred|fell|injured|week\sof|cultures?|cx|ucx|bcx|dx|dx'?d|diagnosed|rx'?d|called|repeat|prior|previous|tested|vaccinated|vaccine|shot|dose|lkw|log|eval(?:uation)?|sx|onset|rtc|no-show|monitor|hsg|cycle|center|clinic|hospital|county|lmp|index|notified|reviewed|read|hx)|to|and|&|@)[\s:,=(]{0,3}(?:the\s)?$",
    re.IGNORECASE,
)
_WEAK_BEFORE = re.compile(r"(?<![/\d] and)(?<!between)\b(?:to|and|&|given|dose|after|ct|us|prior|last|repeat|from|by|between|@|labs?|f/u|exp|due|pod|cx|bx|done|note|start|started|before|next|surgery|mri|echo|shot|vaccine)[\s:,=(]{0,3}(?:the\s)?$|[&@][\s]?$", re.IGNORECASE)
_SCORED = re.compile(
    r"[\s-]{0,2}(?:strength|power|motor|pain|murmur|sem|systolic|diastolic|reflex|dtrs?|bilat|pulses?|edema|tab(?:let)?s?|pill|cup|dose|teaspoon|tsp|inch|in\b|mile|pack|ppd|of\s(?:a|the)|severity|intensity|scale|points?|out\sof|on\s(?:a|the)\s(?:pain|vas)|positive|nodes?|lymph|lns?\b|cores?|criteria|sirs|correct|recall|items?|throughout|symmetric|left|right|lue|rue|lle|rle|in\s(?:all|both|the)|mg|mcg|ml|hz|weeks?|wks?|months?|mos?\b|days?|d\b|years?|hours?|hrs?|h\b|x\b|mm|cm|lb|mmhg|bilaterally|muscle|grip|dorsi|plantar|quad|deltoid|biceps|triceps|hip|knee|ankle|wrist|elbow|finger|ns\b|d5|normal\ssaline|ni?ghts?|drops?|bottles?|sets?|bottle|vision|gcs|apgar|vessel|segments?|patients|subjects|of\s\d|stage|grade|wound|burn)",
    re.IGNORECASE,
)
_SCORE_BEFORE = re.compile(
    r"(?:\b(?:bp|b/p|pressures?|hr|rr|strength|power|motor|murmur|pain|score[ds]?|scale|gcs|mmse|moca|apgars?|nihss|phq-?\d?|gad-?\d?|vas|rated?|grade|reflex(?:es)?|dtrs?|vision|va|od|os|ou|acuity|ratio|fio2|map|rass|mrs|ecog|kps|braden|borg|nyha|stage|nodes?|station|dilated|cm|pulses?|edema|rom|positive|sensitivity|peep|set(?:tings?)?|ppd|"
    r"levels?|disc|disk|spine|[ctls]|il|th|hla|bmi|ef|i:e|i/e|size|french|gauge|needle|suture|vicryl|prolene|monocryl|silk|nylon|#|type|titer|dilution|bishop|mallampati|asa|balance|cognition|orientation|oriented|criteria|alvarado|centor|wells|curb-?65|qsofa|sirs|abcd2?|stop-bang|epworth|ess|audit|cage|ranson|glasgow|blatchford|rockall|epds|phq9|biopsy\scores|cores|lns?|meets|met|takes?|taking|take|gave|give|half|every|q|about|approximately|only|least|all|times|per|g\d?p?\d?|gravida|para|x|tube|foley|fr|bpp|biophysical|profile|"
    r"strengths?|lue|rue|lle|rle|ue|le|ext|extremit(?:y|ies)|grip|deltoids?|biceps|triceps|quads?|flexors?|extensors?|flexion|extension|dorsiflexion|bilaterally|throughout)|[~<>=≥≤+])[\s:,=(]{0,3}(?:is\s|was\s|of\s|at\s|a\s|are\s)?$",
    re.IGNORECASE,
)
_NTH = re.compile(
    rf"\b(?:on|since|until|till|by|from|through|before|after|dated?)\sthe\s(?P<v>(?:[12]?\d|3[01])(?:st|nd|rd|th)|{_ORDINAL}(?=\sof\s(?:the|this|last|next)\smonth|[.,;]|$))(?!\s?(?:rib|cranial|nerve|percentile|week|day|month|year|visit|floor|toe|finger|metatarsal|metacarpal|digit|decade|dose|cycle|time|attempt|trimester|intercostal|ics|ventricle|grade|of\s(?:a|these|five|six|seven|ten)|[a-z]+(?:al|ic|le)\b|[a-km-z]\w+\s))",
    re.IGNORECASE,
)
_HOLIDAYS = re.compile(
    r"""
    \b(?:
        christmas(?:\s?(?:eve|day|time|week(?:end)?|morning|night|break|holidays?))?(?!\s(?:disease|factor|tree))|x-?mas(?:\s(?:eve|day))?|thanksgiving(?:\s(?:day|week(?:end)?|dinner|weekend|eve))?
      | new\syear['’]?s?(?:['’]s)?(?:\s(?:eve|day))?(?=\W|$)(?!\s(?:resolution|old))|nye\b|easter(?:\s(?:sunday|monday|week(?:end)?|day))?(?=\W|$)|halloween|hallowe['’]en|(?:valentine|mother|father|president|veteran|saint\spatrick|st\.?\spatrick|new\syear|all\ssaint|all\ssoul|patriot|indigenous\speople|grandparent|april\sfool|boxing|labou?r|memorial|columbus|independence|bastille|canada|anzac|groundhog|earth|flag|mlk|martin\sluther\sking(?:\s?,?\sjr\.?)?|australia|remembrance|armistice|victoria|guy\sfawkes|bank\sholiday|family|juneteenth)(?:['’]?s)?['’]?\s(?:day|night)(?:\s(?:weekend|week))?(?!\s(?:program|care|hospital|surgery|case|of\slife))
      | juneteenth|(?:fourth|4th)\sof\sjuly|july\s(?:fourth|4th?)\b|cinco\sde\smayo|mardi\sgras|ash\swednesday|good\sfriday|palm\ssunday|holy\sthursday|maundy\sthursday|pentecost|black\sfriday|cyber\smonday|super\s?bowl(?:\ssunday)?|oktoberfest
      | hanukkah|chanukah|passover|pesach|yom\skippur|rosh\shashanah?|purim|sukkot|shavuot|ramad[ah]a?n|eid(?:\s(?:al|ul)[-\s](?:fitr|adha))?(?!\w)|diwali|deepavali|holi\b|navratri|durga\spuja|kwanzaa|(?:lunar|chinese)\snew\syear|t[eế]t\b(?=\s(?:holiday|festival))|nowruz|songkran|vesak|mid-autumn\sfestival|obon|día\sde\slos\smuertos|day\sof\sthe\sdead|three\skings['’]?\sday|epiphany\s(?:day|sunday)|midsummer(?:['’]s\s(?:day|eve))?|(?:winter|summer)\ssolstice|lent\b(?=\s(?:fast|season|started|began)|[.,;]|$)(?<=\w\wnt)
    )(?!\w)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FEASTS = frozenset(
    "christmas xmas mas thanksgiving new nye easter halloween hallowe'en day eve night juneteenth fourth 4th july cinco mardi ash good palm holy maundy pentecost black cyber super superbowl oktoberfest "
    "hanukkah chanukah passover pesach yom rosh purim sukkot shavuot ramadan ramadhan eid diwali deepavali holi navratri durga kwanzaa lunar chinese tet nowruz songkran vesak mid obon dia día three epiphany midsummer winter summer lent".split()
)
_OVER = r"(?:9\d|1[0-2]\d)"
_SPELLED = r"(?:ninety(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|(?:one|a)[- ]hundred(?:[- ](?:and[- ])?(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve))?)"
_AGES = re.compile(
    rf"""
    (?<![\w.,/-])(?P<a>{_OVER}|{_SPELLED})(?:\.\d)?[\s-]{{0,2}}(?:years?|yrs?|y)?[\s./-]{{0,2}}(?:old\b|of\sage\b|o\b|aged\b)
  | (?<![\w.,/-])(?P<b>{_OVER})\s?(?:yo|y\.o\.|y/o|yof|yom|yr\s?old)(?![a-z])
  | (?<![\w.,/-])(?P<c>{_OVER})\s?-?\s?(?:yr|y|year)?s?[-\s]?(?:[MF]|male|female|man|woman|lady|gentleman|wm|wf|bm|bf)\b(?!\s?[:=])
  | \b(?:age[ds]?|aging|turn(?:s|ed|ing)|aet|ætat|(?:his|her|their)\s(?={_OVER}(?:st|nd|rd|th)\sbirthday))(?:\s(?:is|was|of|at|about|now|approximately|approx))?[\s:=~(]{{1,3}}(?P<d>{_OVER}|{_SPELLED})(?!\w|[.,]\d|\s?(?:%|mg|ml|days?|months?|weeks?|hours?))
  | (?P<e>\b{_OVER}(?:st|nd|rd|th)\sbirthday|\b(?:nona|cente)narian|\bsupercentenarian|\b(?:in\s)?(?:his|her|their)\s(?:mid[- ]|early[- ]|late[- ])?(?:90s|nineties|9[0-9]th\syear))
    """,
    re.VERBOSE,
)
_AGEISH = re.compile(r"(?<![\w.,/])(?:9\d|1[0-2]\d)(?!\d|[.,/]\d)|[Nn]inet|[Hh]undred|enarian")
_BORN = re.compile(rf"(?i:\b(?:born|dob|birth\s?(?:date|year)?|b\.|yob|year\sof\sbirth|bday))(?:\s(?:in|on|year|is|was|back|of))*[\s:,=(]{{0,3}}(?P<v>{_YEAR})(?!\d|[-/])")
_BIRTH_BEFORE = re.compile(r"(?i:\b(?:of|years?)\s)$")
_YEARS = re.compile(rf"(?<![\w.,/$-]){_YEAR}(?![\w%]|[.,/-]\d)")


def dated(made: Tokens, *, this_year: int, keep_years: bool = True) -> Iterator[Found]:
    """Yield dates, parts of dates, holidays, and ages over 89 with years of birth that tell one."""
    text = made.figures
    hints = _hints(made)
    for match in _around(_WRITTEN, text, hints):
        if _is_date(match[0], text, match.start(), match.end()):
            yield match.start(), match.end(), "DATE"
    for match in _NUMERIC.finditer(text):
        if _is_numeric(match, text):
            yield match.start(), match.end(), "DATE"
    for pattern in (_MONTH_ALONE, _MARCH):
        for match in _around(pattern, text, hints):
            yield *match.span("v" if match["v"] is not None else "w"), "DATE"
    for match in _SHORT_DATE.finditer(text):
        if _is_short(match, text):
            yield *match.span(), "DATE"
    yield from ((*m.span("v"), "DATE") for m in _NTH.finditer(text))
    feasts = [s for s, low in zip(made.start, made.low, strict=True) if low in _FEASTS]
    yield from ((*m.span(), "DATE") for m in _around(_HOLIDAYS, text, feasts))
    yield from _aged(text, this_year)
    if not keep_years:
        yield from ((*m.span(), "DATE") for m in _YEARS.finditer(text))


def _hints(made: Tokens) -> list[int]:
    """Return where words begin that may be months, seasons or quarters."""
    found = [s for s, low in zip(made.start, made.low, strict=True) if low[:3] in _MONTHISH or low[:2] in _MONTHISH]
    return sorted({*found, *(m.start() + 1 for m in _IN_FIGURES.finditer(made.text))})


def _around(pattern: re.Pattern[str], text: str, hints: list[int]) -> Iterator[re.Match[str]]:
    """Yield matches of a pattern, looked for only near the hints."""
    done = 0
    for hint in hints:
        if hint < done:
            continue
        begin, end = max(done, hint - _REACH), hint + _REACH
        while 0 < begin < hint and text[begin - 1].isalnum():
            begin += 1
        while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
            end += 1
        for match in pattern.finditer(text, begin, end):
            whole = pattern.match(text, match.start())
            if whole is not None:
                done = whole.end()
                yield whole


def _aged(text: str, this_year: int) -> Iterator[Found]:
    for match in _around(_AGES, text, [m.start() for m in _AGEISH.finditer(text)]):
        group = next(g for g in "abcde" if match[g] is not None)
        yield *match.span(group), "AGE"
    for match in _BORN.finditer(text):
        if this_year - int(match["v"]) > 89:
            yield *match.span("v"), "DATE"


def _is_date(found: str, text: str, start: int, end: int) -> bool:
    """Refuse the verb in "may 2 ..." and "mar 3" written low, where no year or day before tells a month."""
    low = found.lower()
    head = re.split(r"[\s./,'’-]", low, maxsplit=1)[0]
    if head in {"may", "mar", "march", "sep", "dec"} and low[:3] == found[:3]:
        return re.search(r"\d", found) is not None and (head != "may" or not re.match(r"\s(?:of|to|more|or)\b", text[end:]))
    return _SCORED.match(text, end) is None or not found[-1].isdigit() or any(c.isdigit() for c in found[:-3])


def _is_numeric(match: re.Match[str], text: str) -> bool:
    value = match[0]
    if match["full"]:
        first, second = (int(p) for p in re.split(r"\s?[-/.\\–]\s?", value)[:2])
        separator = match["s2"].strip()
        if first > 12 and second > 12:
            return False
        if separator == "." or (separator == "-" and re.match(r"\d{1,2}-\d{1,2}-\d\d$", value) and min(first, second) == 0):
            return not re.search(r"(?i:\bv(?:ersion)?\.?\s?)$", text[: match.start()][-10:])
    return not match["packed"] or text[match.end() : match.end() + 1] != "-"


def _is_short(match: re.Match[str], text: str) -> bool:
    """Tell a date without year ("3/14") from a fraction, a scale or a level."""
    first, second, dash = int(match["a"]), int(match["b"]), match["sep"] == "-"
    if first > 12 and second > 12:
        return False
    begin = max(0, match.start() - 40)
    if _SCORED.match(text, match.end()) or _SCORE_BEFORE.search(text, begin, match.start()):
        return False
    if _DATED_BEFORE.search(text, begin, match.start()):
        weak = _WEAK_BEFORE.search(text, begin, match.start()) is not None
        return not weak or (not dash and (first > second or second not in {2, 3, 4, 5, 6, 8, 10, 12, 15, 30}))
    if not dash and "0" in (match["a"][0], match["b"][0]):
        return True
    if _ranged(match):
        return True
    return not dash and first <= 12 and second > 12 and second not in {15, 20, 24, 30} and (first, second) not in {(1, 16), (1, 32)}


def _ranged(match: re.Match[str]) -> bool:
    """Tell whether a date without year is one end of a range ("7/22-7/25") and no strength ("4/5-5/5")."""
    after = _RANGE_AFTER.match(match.string, match.end())
    before = _RANGE_BEFORE.search(match.string, max(0, match.start() - 12), match.start())
    other = after or before
    return other is not None and match["sep"] == "/" and other[1] != match["b"]
