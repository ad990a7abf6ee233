"""Places below a state and organisations: hospitals, schools, employers, streets, towns, counties, rooms."""

import re
from collections.abc import Iterator

from cds.privacy.scrub.lexicon import CLINIC, PLACE, WORD, cues, listed, towns
from cds.privacy.scrub.people import eponymous
from cds.privacy.scrub.spans import Found
from cds.privacy.scrub.tokens import BREAK, INITIAL, LOWER, TITLE, UPPER, Tokens
from cds.privacy.scrub.weighing import eponym, names, never, opens, weight

LOCATION = "LOCATION"
_CAPITAL = (TITLE, UPPER)
_JOINS = frozenset("of the and at & - ' ’ . de del la las los for y san".split())
_TOWARDS = frozenset("in from near at to of around outside toward towards lives living resides residing relocated moved visiting visited via between leaving left hometown town city village".split())

_STREET_WORDS = "|".join(sorted((s for s in listed("streets") if s not in {"dr", "st", "way", "run", "path", "view", "pass", "point", "rise", "close", "walk", "hill", "bend", "row", "loop", "place", "court", "drive", "ridge", "cove", "mall", "via", "rue", "landing", "crossing"}), key=len, reverse=True))
_AMBIGUOUS = "dr|st|way|run|path|view|pass|point|rise|close|walk|hill|bend|row|loop|place|court|drive|ridge|cove|landing|crossing"
_STREET = re.compile(
    rf"""
    (?<![\w./-])(?P<v>
        \d{{1,6}}[ ](?i:county[ ](?:road|rd|highway|hwy)|cr|rural[ ]route|rr|state[ ](?:road|route))[ ]\d{{1,4}}
      | \d{{1,6}}[A-Za-z]?(?:-\d{{1,5}})?[ ](?:(?:[NSEWnsew]|[NSns][EWew]|North|South|East|West|north|south|east|west)\.?[ ])?
        (?:(?:[A-Z][\w.'’-]{{0,24}}|\d{{1,3}}(?:st|nd|rd|th)|of|the|de|la|del)[ ]){{1,4}}
        (?i:(?:{_STREET_WORDS}|{_AMBIGUOUS})\b)\.?
        (?:[ ](?:[NSEW]|[NS][EW])\b\.?)?
      | \d{{1,6}}[ ](?i:(?:[nsew]|[ns][ew])\.?[ ])?(?:[A-Za-z][\w'’-]{{1,20}}[ ]|\d{{1,3}}(?:st|nd|rd|th)[ ]){{1,3}}(?i:street|st|avenue|ave|road|rd|lane|ln|boulevard|blvd|drive|dr|court|ct|highway|hwy|parkway|pkwy|terrace|circle|trail|way)\b(?![ ](?:pain|elevation|depression|segment|of|to|for|visit|as|the|a|up|down|said|ordered|appt))\.?
      | I-(?!1(?:2[345]|31)\b)\d{{1,3}}\b
      | (?i:(?:highway|hwy|route|rte|interstate|county[ ]road|rural[ ]route)[ -]\d{{1,4}}\b)(?<=[ -]\d|\d\d)
      | (?:[A-Z][\w'’-]{{1,24}}[ ]){{1,3}}(?:Street|Avenue|Ave|Road|Rd|Lane|Ln|Boulevard|Blvd|Parkway|Pkwy|Highway|Hwy|Turnpike|Expressway|Terrace|Crescent|Trail)\b\.?
      | (?:\d{{1,5}}[ ])?(?:Calle|Avenida|Rue|Via|Camino|Paseo)[ ](?:(?:de|la|las|los|del|el|du|des)[ ]){{0,2}}[A-Z]\w{{2,20}}(?:[ ][A-Z]\w{{2,20}})?(?:,?[ ]\d{{1,5}})?
      | [A-Z]\w{{2,20}}(?:straße|strasse|gasse|platz|weg)[ ]\d{{1,4}}
    )
    (?P<unit>,?[ ](?i:(?:apt|apartment|unit|suite|ste|floor|fl|rm|room|bldg|building|lot|trailer|space|spc)\b\.?[ ]?\#?|\#)[ ]?[\w-]{{1,6}})?
    """,
    re.VERBOSE,
)
_UNIT = re.compile(r"(?i:(?<![\w-])(?:apt|apartment|suite|ste)\b\.?\s?#?\s?)(?P<v>\d{1,5}[A-Za-z]?|[A-Za-z]-?\d{1,4})(?![\w-])")
_STATES = "|".join(sorted((re.escape(s).replace(r"\ ", r"\s") for s in listed("states")), key=len, reverse=True))
_CODES = "|".join(s.upper() for s in sorted(listed("state_codes")))
_CODES_LOW = "|".join(sorted(listed("state_codes") - set("in or me hi ok la pa ma md co de id al ct ms mi oh mo ca ar".split())))
_CITY_STATE = re.compile(
    rf"(?<![\w-])(?P<v>(?:(?:St|Ft|Mt|Ste)\.\s)?[A-Z][a-zé'’-]{{1,20}}(?:[ -](?:(?:of|the|de|la|del|los|las|du|on)[ -])?[A-Z][a-zé'’-]{{1,20}}){{0,3}}),?\s(?P<s>(?:{_CODES})\b(?!\s?\d{{1,4}}(?:\D|$))|(?i:(?:{_STATES})\b))(?P<z>,?\s{{1,2}}\d{{5}}(?:-\d{{4}})?(?!\d))?"
)
_CITY_STATE_LOW = re.compile(rf"(?i:\b(?:in|from|near|of|to|at|around|visiting|lives|outside)\s)(?P<v>[a-z'’-]{{3,20}}(?:\s[a-z'’-]{{2,20}}){{0,2}}),\s?(?P<s>(?i:{_CODES})\b|(?i:{_STATES})\b)(?P<z>,?\s{{1,2}}\d{{5}}(?:-\d{{4}})?(?!\d))?")
_UPPER_CITY = re.compile(rf"(?<![\w-])(?P<v>[A-Z]{{3,20}}(?: [A-Z]{{3,20}}){{0,2}}), (?P<s>(?:{_CODES})\b)(?P<z>,?\s{{1,2}}\d{{5}}(?:-\d{{4}})?(?!\d))?")
_ZIP = re.compile(rf"(?:(?i:\bzip(?:\s?code)?s?|postal\s?code|postcode)(?:\s(?:is|of|code))?[\s:#=]{{0,3}}(?P<a>\d{{5}}(?:-\d{{4}})?|\d{{3}}(?!\d)|[A-Z]\d[A-Z]\s?\d[A-Z]\d|[A-Z]{{1,2}}\d[\dA-Z]?\s?\d[A-Z]{{2}})(?!\w)|\b(?:(?:{_CODES})(?:,?\s{{1,2}}|\^)|(?:{_CODES_LOW})\s|(?<=,\s)(?i:{_CODES})\s)(?P<b>\d{{5}}(?:-\d{{4}})?)(?![\w]|\s?(?:mg|units|mcg|ml))|(?<![\w-])(?P<c>\d{{5}}-\d{{4}})(?![\w-])|(?<![\w-])(?P<d>[A-CEGHJ-NPR-TVXY]\d[A-CEGHJ-NPR-TV-Z]\s\d[A-CEGHJ-NPR-TV-Z]\d|(?:[A-PR-UWYZ][A-HK-Y]?\d[\dA-HJKPSTUW]?)\s\d[ABD-HJLNP-UW-Z]{{2}})(?![\w-]))")
_COUNTY = re.compile(r"(?<![\w-])(?P<v>(?:[A-Z][a-z'’.-]{1,20}\s){1,3}(?:County|Parish|Borough|Township|Twp|Municipality|Province|Prefecture|Shire|District|Barangay)|County\s(?!Hospital|Health|Jail|Clinic|General|Medical)[A-Z][a-z]{2,20})\b")
_SAINT = re.compile(r"(?<![\w-])(?P<v>(?:St|Saint|Ste|Sta|Santa|San|Our\sLady\sof|Sisters\sof|Sacred|Mt|Mount|st|saint|mt|mount)\b\.?\s(?:[A-Za-z][a-z]{2,14}(?:['’]s?|s)?)(?:[- ](?:the\s)?[A-Z][a-z]{2,15}(?:['’]s)?){0,4}|st\.?\s[a-z]{3,12}(?:['’]?s)\b)")
_SAINT_WORDS = frozenset("elevation depression segment changes elevations depressions wave waves john's wort".split())
_EMPLOYED = re.compile(
    r"(?:\b(?:at|for|by|with|from|to|At|For|From|AT)\s(?:the\s)?|\b(?i:employer|school|facility|hospital|location|pharmacy|daycare|church|mosque|temple|gym|shelter|camp|dialysis(?:\sunit)?|nursing\shome|snf|rehab|place\sof\s(?:employment|birth|work)|birthplace|hometown|workplace|site|clinic)(?:(?:\sis|:)\s{1,2}|:\s?))"
    r"(?P<v>[A-Z][\w'’&.-]{0,24}(?:\s(?:(?:of|the|and|&|de|for)\s)?[A-Z&][\w'’&-]{0,24}){0,5})"
)
_DOING = re.compile(
    r"(?i:\b(?:works?|worked|working|employed|job|employee|hired|laid\soff|retired|fired|intern|internship|career|shifts?|manager|cashier|driver|nurse|teacher|engineer|cook|clerk|mechanic|welder|guard|supervisor|student|studies|studying|freshman|sophomore|junior|senior|enrolled|attends|attending|attended|teaches|taught|graduated|graduate|professor|athlete|plays|coach(?:es)?|grader?|stays?|staying|stayed|resides?|residing|living|lives|housed|incarcerated|admitted|transferred|transfer|seen|evaluated|treated|referred|followed|delivered|born|discharged|care|surgery|hospitali[sz]ed|presented|scan|imaging|done|performed|operated|dialysis|appointment|visit|er|ed|icu|records)(?:\s[a-z]{1,12}){0,3}\s?)$"
)
_NOT_EMPLOYER = re.compile(r"(?i:(?:the\s)?(?:ED|ER|ICU|PCP|CT|MRI|IV|US|EMS|PT|OT|OB|GI|ENT|CCU|NICU|PICU|MICU|SICU|PACU|OR|SNF|LTAC|Dr|Mr|Mrs|Ms|Nurse|VA|DC|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June|July|August|September|October|November|December|Emergency|Cardiology|Neurology|Internal|Primary|Physical|Home|Room|Acute|Urgent|Chest|COVID|HIV|A\d|T\d)\b)")
_LIVES_LOW = re.compile(r"(?i:\b(?:lives?|living|resid(?:es|ing)|from|born|raised|grew\sup|moved|relocated|travel(?:l?ed|s)?|trip|flew|returned|visit(?:ed|ing)?|hometown|native)\s(?:in|to|from|of|near|is)?\s?)(?P<v>[a-z'’-]{3,20}(?:\s[a-z'’-]{3,20})?)\b")
_AREA = re.compile(r"(?<![\w-])(?P<v>[A-Z][a-z]{2,20}(?:\s[A-Z][a-z]{2,20}){0,2})\s(?:area|neighbou?rhood|suburbs?|metro|region|vicinity|township|island|reservation|beach|nursing home|high school|elementary|middle school|assisted living|homeless shelter|women's shelter|farm|plant|warehouse|factory)\b")
_STRONG_HEADS = listed("strong_facilities")


def patterned(text: str) -> Iterator[Found]:
    """Yield places that a pattern of letters and figures tells."""
    for match in _STREET.finditer(text):
        if _is_street(match):
            yield match.start("v"), match.end(), LOCATION
    for pattern in (_CITY_STATE, _CITY_STATE_LOW, _UPPER_CITY):
        for match in pattern.finditer(text):
            yield from _city(match)
    for match in _ZIP.finditer(text):
        group = next(g for g in "abcd" if match[g] is not None)
        yield *match.span(group), LOCATION
    yield from ((*m.span("v"), LOCATION) for m in _UNIT.finditer(text) if any(c.isdigit() for c in m["v"]))
    for match in _COUNTY.finditer(text):
        yield from _county(match)
    for match in _SAINT.finditer(text):
        if not any(w in match["v"].lower().split() for w in _SAINT_WORDS) and _is_saint(match["v"]):
            yield *match.span("v"), LOCATION
    yield from _employers(text)


def _is_street(match: re.Match[str]) -> bool:
    words = re.findall(r"[^\W\d_]+", match["v"].lower())
    middle = words[:-1]
    if not words or not match["v"][0].isdigit():
        return not middle or not all(never(w) for w in middle)
    if any(w in _MONTHS_AND_MORE for w in middle):
        return False
    if match["v"].islower():
        return bool(middle) and words[-1] not in {"way"} and not any(w in {"mg", "ml", "mcg", "days", "day", "hours", "weeks", "months", "years", "year", "yo", "units", "yr", "old", "tabs", "min", "mins", "the", "and", "to", "of", "with", "minutes", "times", "for", "cm", "mm", "in", "by", "on", "at"} for w in middle)
    return True


_MONTHS_AND_MORE = frozenset("january february march april june july august september october november december at with to days pages neurology cardiology per and for weeks minutes hours".split())


def _city(match: re.Match[str]) -> Iterator[Found]:
    words = [w for w in re.split(r"[\s-]+", match["v"].lower().replace(".", ""))]
    start = match.start("v")
    while words and (never(words[0]) and words[0] not in {"new", "north", "south", "east", "west", "la", "el", "los", "las", "white", "black", "little", "general", "central", "upper", "lower", "grand"} or words[0] in _TOWARDS or words[0] in _JOINS - {"la", "las", "los", "san", "del", "de"}):
        skipped = re.match(r"\S+?(?:[\s-]+|$)", match.string[start : match.end("v")])
        start += skipped.end() if skipped else 1
        words = words[1:]
    low = match["v"].islower()
    code = match["s"].lower() in {"in", "or", "me", "hi", "ok", "oh", "la", "pa", "ma", "md", "co", "de", "id", "al", "ct", "ms", "mi", "ca", "mo", "va", "nc", "nd", "ar"}
    if words and start < match.end("v") and not (code and (not match["z"] and (low or not match["s"].isupper() or not _place_like(words)))):
        yield start, match.end("v"), LOCATION
    if match["z"]:
        yield match.start("z") + len(match["z"]) - len(match["z"].lstrip(", \t\n")), match.end("z"), LOCATION


def _place_like(words: list[str]) -> bool:
    from cds.privacy.scrub.lexicon import flags

    if words[0] in towns() and any(tuple(words[1:]) == rest for rest in towns()[words[0]]):
        return True
    flag = flags().get(words[-1], 0)
    return len(words) <= 3 and (bool(flag >> PLACE & 3) or not flag >> WORD & 3 and not flag >> CLINIC & 3)


def _county(match: re.Match[str]) -> Iterator[Found]:
    words = match["v"].split()
    start = match.start("v")
    while len(words) > 1 and never(words[0].lower()) and words[0].lower() not in {"new", "north", "south", "east", "west"}:
        start += len(words[0]) + 1
        words = words[1:]
    if len(words) > 1 and words[0].lower() not in {"the", "this", "our"}:
        yield start, match.end("v"), LOCATION


def _is_saint(found: str) -> bool:
    words = found.lower().replace(".", "").split()
    if words[0] in {"san", "santa", "sta", "ste"}:
        return found[0].isupper() and found.split()[1][:1].isupper()
    if found[0].islower():
        return words[1].rstrip("s").rstrip("'’") in _SAINTS
    return words[1][:1].isalpha() and (found.split()[1][:1].isupper())


_SAINTS = frozenset("john luke joseph mary mark vincent anthony francis elizabeth thoma thomas jude michael peter paul james agnes catherine clare david barnaba barnabas bernard bonaventure charle charles george helen jame johns lukes martin matthew nicholas patrick raphael rita rose sinai vernon auburn carmel pleasant zion olive hood".split())


def _employers(text: str) -> Iterator[Found]:
    for match in _EMPLOYED.finditer(text):
        words = match["v"].split()
        end = match.end("v")
        if _NOT_EMPLOYER.match(match["v"]) or all(never(w.lower().strip(".,'’")) or w.isupper() and len(w) < 5 for w in words):
            continue
        low = match[0].lower()
        labelled = low[:3] not in {"at ", "for", "by ", "wit", "fro", "to "}
        if not labelled and low[:3] in {"at ", "for", "by ", "wit", "fro", "to "}:
            doing = _DOING.search(text, max(0, match.start() - 50), match.start())
            if doing is None:
                continue
            low = doing[0].lower()
        told = labelled or re.search(r"\b(?:work|employ|job|student|grade|attend|enrolled|school|teache|graduat|hometown|birthplace|employer|facility|hospital:|location|incarcerat|housed|place of|shift|cashier|athlete)", low)
        placed = any(w.lower().strip(".,") in listed("facilities") for w in words)
        if told or placed or _towards_place(words):
            while words and (never(words[-1].lower().strip(".,'’")) and words[-1].lower() not in listed("facilities") and not (told and words[-1].lower() in {"lines", "air", "line", "state", "united", "national", "american"})):
                end -= len(words[-1]) + 1
                words = words[:-1]
            end -= len(match["v"][: end - match.start("v")]) - len(match["v"][: end - match.start("v")].rstrip(" .,"))
            if words and any(w.lower().strip(".,'’") not in listed("generic") for w in words):
                yield match.start("v"), end, LOCATION


def _towards_place(words: list[str]) -> bool:
    from cds.privacy.scrub.lexicon import flags

    flag = flags().get(words[0].lower().strip(".,'’").removesuffix("'s"), 0)
    return len(words) <= 3 and flag >> PLACE & 3 >= 2 and not flag >> CLINIC & 3


def mark_places(made: Tokens) -> None:
    """Give the category of places to tokens: facilities by their last noun, towns by the list."""
    for at in range(len(made)):
        if made.kind[at] in _CAPITAL + (LOWER,) and made.low[at] in listed("facilities"):
            _facility(made, at)
        elif made.kind[at] == TITLE and made.low[at] in _SHORT_FOR:
            _shortened(made, at)
    for at in range(len(made)):
        if made.kind[at] in _CAPITAL + (LOWER,) and not made.taken[at]:
            _town(made, at)


_SHORT_FOR = frozenset("regional general children methodist presbyterian lutheran deaconess baptist adventist community".split())


def _shortened(made: Tokens, at: int) -> None:
    """ "Texas Children's", "Tri-County Regional": a hospital without the word."""
    start = at
    while start > 0 and at - start < 4 and made.gap(start).strip(" ") == "" and (made.kind[start - 1] == TITLE or made.word[start - 1] == "-"):
        start -= 1
    named = [i for i in range(start, at) if made.kind[i] == TITLE and (made.low[i] not in listed("generic") or made.low[i] == "county")]
    if named and not any(never(made.low[i]) and made.low[i] not in listed("states") for i in named) and not eponymous(made, at + 1):
        if made.low[at] not in {"general", "community"} or weight(made, named[-1]) > -2.6:
            _fill(made, start, at + 1)


def _facility(made: Tokens, head: int) -> None:
    """Take the capitalised words before the noun of a facility, where one of them is not generic."""
    if made.taken[head]:
        return
    if made.kind[head] == LOWER:
        _facility_low(made, head)
        return
    start = _chain_start(made, head)
    words = [i for i in range(start, head) if made.kind[i] in _CAPITAL + (INITIAL,)]
    telling = [i for i in words if made.low[i] not in listed("generic") and made.low[i] not in listed("facilities") and not (never(made.low[i]) and made.low[i] not in listed("states"))]
    end = _chain_end(made, head)
    if not telling:
        after = [i for i in range(head + 1, end) if made.kind[i] in _CAPITAL and made.low[i] not in listed("generic")]
        if after and made.low[head] in {"university", "hospital", "college", "bank", "church", "school", "institute", "academy"} and (made.flags[after[0]] >> PLACE & 3 or made.low[after[0]] in listed("states") or not made.flags[after[0]]):
            _fill(made, start, end)
        return
    if made.low[head] not in _STRONG_HEADS and not _tells(made, telling, head):
        return
    if all(made.flags[i] >> CLINIC & 3 == 3 and not names(made, i) >= 2 and not made.flags[i] >> PLACE & 3 for i in telling):
        return
    if eponym(made.low[telling[-1]]) and made.low[head] in {"institute", "group", "health", "associates"} and False:
        return
    _fill(made, start, end)


def _tells(made: Tokens, telling: list[int], head: int) -> bool:
    """Tell whether a weak noun ("Center", "Group", "House") ends the name of a facility."""
    low = made.low[head]
    if low in {"center", "centre", "medical", "home", "homes", "institution", "nursing", "living", "rehab", "rehabilitation", "lodge", "villa", "village", "residence", "plaza", "towers", "tower", "house", "hall", "elementary", "middle", "high", "foundation", "farm", "farms", "ranch", "orchard", "market", "store", "stores", "bank", "camp", "club", "park", "company", "steel", "tire", "auto", "plant", "mill", "mills", "factory", "warehouse", "restaurant", "cafe", "grill", "union", "station", "base", "fort", "trust", "partners", "imaging", "oncology", "cardiology", "pediatrics", "orthopedics", "dermatology", "surgery", "surgical", "wellness", "ems", "ambulance", "building", "pavilion", "campus", "wing", "gardens", "terrace", "heights", "commons", "insurance", "systems", "services", "solutions", "technologies", "consulting", "salon", "studio", "theater", "theatre", "stadium", "arena", "society", "tribe", "nation", "cemetery", "nursery", "mall", "court", "ward", "mission", "inn", "processing", "packing", "dairy", "electric", "mine", "mines", "quarry", "firm", "labs", "library", "practice", "convent", "monastery"}:
        return any(weight(made, i) > -2.6 or made.flags[i] >> PLACE & 3 >= 2 or names(made, i) >= 2 for i in telling) and not (low in {"nursing", "cardiology", "oncology", "pediatrics", "surgery", "orthopedics", "dermatology", "surgical", "imaging", "ward", "court", "middle", "high", "union", "nation", "society", "market"} and opens(made, telling[0]) and weight(made, telling[0]) < 0)
    return False


def _chain_start(made: Tokens, head: int) -> int:
    start = head
    while start > 0 and head - start < 9:
        before = start - 1
        if made.text[made.end[before] : made.start[start]].strip(" ") not in {"", "'s", "’s"} or made.taken[before]:
            break
        if made.kind[before] in _CAPITAL or made.kind[before] == INITIAL:
            if never(made.low[before]) and made.kind[before] == TITLE and opens(made, before) and made.low[before] not in listed("generic"):
                break
            start = before
        elif (made.word[before] in {"-", "'", "’", "&", "."} or made.low[before] in {"of", "and", "the", "de", "la", "for", "at"}) and before > 0 and made.kind[before - 1] in _CAPITAL + (INITIAL,) and _joins(made, before):
            start = before
        else:
            break
    while start < head and (made.kind[start] not in _CAPITAL or never(made.low[start]) and made.low[start] not in listed("generic") and made.low[start] not in listed("states") or made.low[start] in {"seen", "for", "from", "to", "at", "by", "on", "in", "the", "is", "was", "with", "patient", "admitted", "discharged", "transferred", "our", "a", "an", "former"}):
        start += 1
    return start


def _joins(made: Tokens, at: int) -> bool:
    if made.word[at] == ".":
        return made.low[at - 1] in {"st", "mt", "ft", "ste", "dr", "mr", "mrs"} or made.kind[at - 1] == INITIAL
    if made.low[at] in {"and", "for", "at", "of"}:
        return made.low[at - 1] in listed("facilities") or made.low[at - 1] in {"sisters", "daughters", "brothers", "lady", "sons", "women", "brigham", "johns", "children", "lakes", "college", "bell", "hospital"} or made.low[at] == "and" and names(made, at - 1) >= 1
    return True


def _chain_end(made: Tokens, head: int) -> int:
    """Return where the name of a facility ends: "Medical Center", "Hospital of Springfield", "University of Ohio"."""
    end = head + 1
    while end < len(made) and made.gap(end) in {" ", ""}:
        low = made.low[end]
        if made.kind[end] in _CAPITAL and low in listed("facilities"):
            end += 1
        elif low in {"of", "at", "for", "-", "–"} and end + 1 < len(made) and made.kind[end + 1] in _CAPITAL and not never_but_state(made, end + 1) and made.gap(end + 1) in {" ", ""}:
            end += 2
            while end < len(made) and made.kind[end] in _CAPITAL and made.gap(end) == " " and not never_but_state(made, end):
                end += 1
        else:
            break
    return end


def never_but_state(made: Tokens, at: int) -> bool:
    """Tell whether a word is one of grammar or forms and no state, as in "University of Iowa"."""
    low = made.low[at]
    return never(low) and low not in listed("states") and low not in {"north", "south", "east", "west", "new", "medicine", "nursing", "america"}


def _facility_low(made: Tokens, head: int) -> None:
    """ "at mercy general hospital", "lincoln high school", "oakwood nursing home"."""
    low = made.low[head]
    if low not in {"hospital", "clinic", "center", "medical", "health", "university", "college", "elementary", "high", "shelter", "academy", "memorial", "general", "nursing", "prison", "jail", "church", "pharmacy", "hospice", "healthcare", "manor"}:
        return
    start = head
    while start > 0 and head - start < 4 and made.gap(start) == " " and _low_part(made, start - 1):
        start -= 1
    while start < head and (made.low[start] in listed("generic") and made.low[start] not in {"memorial"}):
        if made.low[start] in {"general", "memorial", "regional", "county", "community"} and start > 0:
            pass
        start += 1
    if start == head or made.low[start - 1 : start] and made.low[start - 1] not in _TOWARDS | {"the", "by", "with", "for", ",", "\n", "attends", "@", "and", "hx", "past", "via", "stays", "called", "labs", "sent"} and made.kind[start] == LOWER:
        return
    telling = [i for i in range(start, head) if made.low[i] not in listed("generic") and not made.flags[i] >> CLINIC & 3 == 3]
    strong = [i for i in telling if made.kind[i] == TITLE and not opens(made, i) and not eponym(made.low[i]) and not never(made.low[i]) or made.kind[i] == LOWER and (names(made, i) >= 2 or made.flags[i] >> PLACE & 3 >= 2 or made.low[i] in _FACILITY_WORDS) and made.flags[i] >> WORD & 3 < 3 or made.low[i] in _FACILITY_WORDS]
    if strong:
        end = head + 1
        while end < len(made) and made.low[end] in {"hospital", "center", "clinic", "medical", "school", "home", "general"} and made.gap(end) == " ":
            end += 1
        _fill(made, start, end)


_FACILITY_WORDS = frozenset("mercy providence grace trinity holy sacred good samaritan baptist methodist presbyterian lutheran adventist sinai cedars cleveland hopkins mayo kaiser sutter banner baylor ascension geisinger riverside lakeside sunrise oakwood maplewood evergreen brookside hillcrest lincoln washington jefferson roosevelt kennedy madison monroe franklin memorial unity bellevue stanford duke emory vanderbilt harborview swedish legacy valley st mount".split())


def _low_part(made: Tokens, at: int) -> bool:
    return made.kind[at] in {LOWER, TITLE} and made.low[at] not in _TOWARDS and (not never(made.low[at]) or made.low[at] in listed("generic"))


def _fill(made: Tokens, start: int, end: int) -> None:
    for at in range(start, end):
        if not made.taken[at]:
            made.taken[at] = LOCATION


def _town(made: Tokens, at: int) -> None:
    rest = _longer(made, at)
    if rest:
        _fill(made, at, at + rest)
        return
    place = made.flags[at] >> PLACE & 3
    if not place or made.kind[at] != TITLE and made.kind[at] != LOWER:
        return
    if made.low[at] in listed("states") or never(made.low[at]):
        return
    if _stands(made, at, place):
        _fill(made, at, at + 1)


def _stands(made: Tokens, at: int, place: int) -> bool:
    """Tell whether the name of a town means the town here."""
    if eponymous(made, at + 1) or made.word[at + 1 : at + 2] in (["-"], ["®"]) or made.word[at - 1 : at] == ["-"]:
        return False
    before = made.low[at - 1] if at else "\n"
    word = made.flags[at] >> WORD & 3
    clinic = made.flags[at] >> CLINIC & 3
    towards = before in _TOWARDS - {"of", "to", "at", "left", "via"} or (before in {"of", "to", "at"} and place >= 2)
    if made.kind[at] == LOWER:
        return towards and before in {"in", "from", "near", "outside", "lives", "visiting"} and not word and not clinic and not eponym(made.low[at]) and len(made.low[at]) > 3
    if eponym(made.low[at]):
        return towards and before in {"in", "from", "near", "outside", "visiting", "lives"} and not clinic == 2
    if towards:
        return word < 3 or place >= 2 and word < 3
    return place >= 2 and not word and not opens(made, at) and (not clinic or place == 3)


def _longer(made: Tokens, at: int) -> int:
    """Return how many tokens the longest town of several words takes that begins here."""
    found = towns().get(made.low[at])
    if not found:
        return 0
    capital = made.kind[at] in _CAPITAL
    for rest in found:
        end = at + len(rest) + 1
        if tuple(made.low[at + 1 : end]) != rest or any(k in "BNM" for k in made.kind[at + 1 : end]):
            continue
        if capital and made.kind[end - 1] in _CAPITAL and made.kind[at] == made.kind[end - 1]:
            whole = " ".join((made.low[at], *rest))
            if whole in listed("states") or (eponym(made.low[at]) and eponym(rest[-1])) or all(made.flags[i] >> WORD & 3 == 3 or never(made.low[i]) for i in range(at, end)) and not (at and made.low[at - 1] in _TOWARDS):
                return 0
            return len(rest) + 1
        if not capital and at and made.low[at - 1] in {"in", "from", "near", "to", "at", "visiting", "outside"} and not all(made.flags[i] >> WORD & 3 for i in range(at, end)):
            return len(rest) + 1
    return 0
