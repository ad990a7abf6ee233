"""The edges of what was found: a weekday before its date, a state after its town, a house within it.

A weekday beside a date that goes tells of it modulo seven, and "Bank of Chillicothe" is one place: what
joins two parts of one place goes with them.
"""

import re
from collections.abc import Iterator
from functools import cache

from cds.privacy.scrub.lexicon import CLINIC, FAMILY, PLACE, eponyms, listed, plain, strength
from cds.privacy.scrub.spans import Found
from cds.privacy.scrub.weighing import never

_BACK, _AHEAD = 24, 26
"""Characters before and after something found within which its edge is looked for."""
_JOINTS = frozenset({" (", " of "})
_DEGREES = frozenset({"MD", "PA", "ID", "VA"})
"""States whose letters are also what somebody is, has or sees."""
_WEEKDAY = r"(?:mon|tues?|wed(?:nes|s)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
_BEFORE_DATE = re.compile(
    rf"(?i:\b(?:(?:last|this|next)\s)?{_WEEKDAY}\.?,?\s(?:the\s)?|\b(?:the\s)?(?:week|wk)\sof\s(?:the\s)?"
    r"|\bthe\s|\b(?:mid|late|early)[\s-])$"
)
_AFTER_DATE = re.compile(
    rf"(?i:\s?\({_WEEKDAY}\)|,\s{_WEEKDAY}(?=[.;\n]|$)|(?<=[a-z])\s(?:weekend|week|eve|break)\b)"
)
_OWNS = frozenset({"'s ", "’s "})
_STREET = re.compile(
    r"\s(?:on|off)\s(?:(?P<n>\d{1,3}(?:st|nd|rd|th)(?:\s(?i:st|street|ave|avenue)\b)?(?![\w-]))"
    r"(?!\s(?:floor|fl|of|day|dose|visit|line|week|wk|cycle|attempt|toe|finger|digit|rib|post|hospital)\b)"
    r"|(?P<v>[A-Za-z][a-z]{2,15})"
    r"(?=[.,;)\n]|$|\s(?:and|for|with|by|to|at|last|this|said|has|is|was|please|pls|w/)))"
)
_NUMBERS = frozenset({"PLAN", "ID", "MRN", "LICENSE", "VEHICLE", "ACCOUNT", "DEVICE"})
_HEAD = re.compile(
    r"(?:\b(?i:id|no\.?|nr\.?|number|num|ref|plate|tag|acct|lic|oln|s/n|sn|serial)[\s:]{1,2}|#\s?)"
    r"(?P<v>(?!ID|NO|NR|DL|SN)[A-Z]{1,4}[ -])$"
)
"""Letters before a number that belong to it: "ID DD 5520-81"."""
_TAIL = re.compile(r"[ -][A-Z](?=[,.;)\n]|$)")
_FIRM = re.compile(r",?\s(?:PLLC|P\.?L\.?L\.?C\.|LLC|L\.L\.C\.|LLP|Inc|Corp|Ltd|P\.C\.|PC)\b")
_OWNED = re.compile(r"['’]s(?=[,.;)\n]|$|\s(?:and|on|in|for|x|w/)\b)")
_OWNED_BEFORE = re.compile(r"(?:\b(?:[Aa]t|[Ff]rom|[Tt]o)|@|:)\s(?:the\s)?(?:[A-Z][a-z]{2,12}\s)?$")
_LETTERS = re.compile(
    r"\s(?:SNF|HS|COA|CAH|ALF|LTACH?|ISD|FQHC|CBOC|JHS|VAMC|CI|SCI|FCI|USP|DENTAC|MEDDAC|MEDCEN|AFB|NAS)\b"
)
"""Letters that end what a house is called, whoever it is called after."""
_ON = re.compile(
    r"-[Oo]p\b|,?\s(?i:exit)\s\d{1,3}[A-Z]?\b|\s(?:district|Vet\sCenter|County\sJail|Family\sMed(?:icine)?|Fam\sMed|Open\sMRI|bsmt)\b"
)
_POSTED = re.compile(r"(?:,\s[A-Z][a-z]{2,15}(?:\s[A-Z][a-z]{2,15})?)?\s\d{4}(?=[;.,)\n]|$)")
_NUMBER = re.compile(r"(?i:\bmile\s|\bmm\s|\bmilepost\s)(?:\d{1,3}\s)?$")
_HOUSE = re.compile(r"(?<![\w.])\d{1,5}\s(?:(?:Mt|Mount|St|Ft)\.?\s)?$")
_WITHIN = re.compile(
    r"(?:\b(?:[Aa]t|[Bb]y|[Ff]rom|[Ff]or|[Tt]o|[Vv]ia|[Tt]hrough|leave\)):?\s|[:@]\s?)(?P<v>(?:the\s)?"
    r"(?:(?!ED|ER|ICU|OR|PT|Dr|Mr|Ms|Rehab|Surgery|Clinic|Home|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r"[A-Z][\w'’&.-]{1,20}(?:\s[A-Z][\w'’&.-]{1,20}){0,3}|hub|health\sdep(?:t|artment)|plasma\scenter)"
    r"\sin\s)$|(?P<c>\b(?:Children|Women|Shriner|Veteran)s?['’]?s?(?:,\s|\sin\s))$"
)
"""What is in a town: "by Option Care in Slidell", "Children's in Omaha"."""
_SPELLED = re.compile(
    r"\b(?:(?i:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    r"|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|oh)"
    r"[ -]){1,5}$"
)
"""The number of a house in words: "one nineteen Wyandot Avenue"."""
_NO = re.compile(r"\bNo\.?\s$")
_MOUNTS = frozenset({"Mt ", "Mt.", "Mou"})
_TRAILED = re.compile(r",\s[A-Z]{1,4}(?:MC|MH|GH|CH|UH|NH)(?=\.?(?:\n|$)|\.\s)")


def edged(text: str, found: list[Found]) -> list[Found]:
    """Return what was found, settled, with what at its edges belongs to it."""
    if not found:
        return found
    widened: list[Found] = []
    last = 0
    for one, following in zip(found, [start for start, _, _ in found[1:]] + [len(text)], strict=True):
        widened.append(_lettered_house(text, (*_ends(text, one, last, following), one[2]), following))
        last = widened[-1][1]
    return list(_joined(text, widened))


def _ends(text: str, one: Found, last: int, following: int) -> tuple[int, int]:
    """Return the ends of one thing found, between the one before it and the one after it."""
    start, end, category = one
    if category == "DATE":
        return _dated(text, start, end, last, following)
    if category == "LOCATION":
        return _placed(text, start, end, last, following)
    if category in _NUMBERS:
        return _lettered(text, start, end, last, following)
    if category == "NAME":
        owned = text[end : end + 1] in {"'", "’"}
        return start, min(_owned(text, start, end) if owned else _trailed(text, end), following)
    return start, end


def _trailed(text: str, end: int) -> int:
    """Return where a name ends with the letters of the house after it: "Hyun-woo Baek, ANMC"."""
    match = _TRAILED.match(text, end) if text[end : end + 1] == "," else None
    if match is None:
        return end
    low = match[0][2:].lower()
    known = low in listed("credentials") or low in listed("abbreviations") or never(low) or low in eponyms()
    return end if known or strength(low) >> CLINIC & 3 else match.end()


def _lettered_house(text: str, one: Found, following: int) -> Found:
    """Return a house with the letters that end what it is called: "Villa Esperanza SNF"."""
    start, end, category = one
    if category not in {"NAME", "LOCATION"} or text[end : end + 1] != " ":
        return one
    match = _LETTERS.match(text, end, following + 1)
    return (start, match.end(), "LOCATION") if match and match.end() <= following else one


def _dated(text: str, start: int, end: int, last: int, following: int) -> tuple[int, int]:
    joined = text[start - 1 : start] in {" ", "-"}
    before = _BEFORE_DATE.search(text, max(last, start - _BACK), start) if joined else None
    after = _AFTER_DATE.match(text, end, min(following, end + _AHEAD))
    return before.start() if before else start, after.end() if after else end


def _placed(text: str, start: int, end: int, last: int, following: int) -> tuple[int, int]:
    after = _state().match(text, end, min(following, end + _AHEAD)) if text[end - 1].isalpha() else None
    after = after or _FIRM.match(text, end, following) or _ON.match(text, end, following)
    if after is None and (text[start].isdigit() or text[last:start] == ", "):
        after = _POSTED.match(text, end, following)
    after = after or _on_a_street(text, start, end, following)
    if after is not None and after[0].strip(", \n") in _DEGREES and not _town(text[start:end]):
        after = None
    return _headed(text, start, end, last), after.end() if after else end


def _headed(text: str, start: int, end: int, last: int) -> int:
    """Return where a place begins with the house in it, its number, its mile: "the hub in Farnborough"."""
    begin = max(last, start - 2 * _BACK)
    if text[start - 4 : start] == " in " or text[start - 2 : start] == ", ":
        match = _WITHIN.search(text, begin, start)
        return start if match is None else match.start("v" if match["v"] else "c")
    before = _NUMBER if text[start].isdigit() else _HOUSE if text[start : start + 3] in _MOUNTS else None
    if before in {None, _NUMBER} and text[start - 1 : start] == " ":
        road = plain(text[start:end].rsplit(maxsplit=1)[-1]).rstrip(".") in listed("streets")
        told = _SPELLED if text[start].isalpha() else _NO if text[start - 4 : start - 2] == "No" else before
        before = told if road else before
    match = before.search(text, begin, start) if before else None
    return match.start() if match else start


def _on_a_street(text: str, start: int, end: int, following: int) -> re.Match[str] | None:
    """Return the street that a house is told by: "Walgreens on Elm", "the wawa on chestnut"."""
    match = _STREET.match(text, end, min(len(text), end + _AHEAD)) if following >= end + 4 else None
    if match is None or match["n"] or match.end() > following:
        return match if match is not None and match.end() <= following else None
    low, flags = match["v"].lower(), strength(plain(match["v"]))
    if match["v"].islower():
        return match if low in listed("common_streets") and text[start:end].islower() else None
    known = low in listed("common_streets") or flags >> PLACE & 3 or flags >> FAMILY & 3
    return match if known and not flags >> CLINIC & 3 and low not in eponyms() and not never(low) else None


def _lettered(text: str, start: int, end: int, last: int, following: int) -> tuple[int, int]:
    """Return the ends of a number with the letters before and after it: "DD 5520-81196", "RNB 220184 S"."""
    head = _HEAD.search(text, max(last, start - _BACK), start)
    tail = _TAIL.match(text, end, min(following, end + 3)) if text[end - 1].isdigit() else None
    return head.start("v") if head else start, tail.end() if tail else end


def _owned(text: str, start: int, end: int) -> int:
    """Return where a house called after somebody ends, with its s: "ate at Captain Jack's"."""
    owned = _OWNED.match(text, end)
    return owned.end() if owned and _OWNED_BEFORE.search(text, max(0, start - _BACK), start) else end


def _town(found: str) -> bool:
    """Tell whether the last word of a place is a town's and nobody's name: "Towson, MD", not "Osei, MD"."""
    last = plain(found.rsplit(maxsplit=1)[-1])
    flags = strength(last)
    return bool(flags >> PLACE & 3) and (flags >> PLACE & 3) >= (flags >> FAMILY & 3)


@cache
def _state() -> re.Pattern[str]:
    """Return what matches a state after its town: by its letters, by its name only after a comma."""
    codes = {code.upper() for code in listed("state_codes")}
    unlike_words = codes - {code.upper() for code in listed("worded_codes")} - {"VA", "MS", "MT", "PR", "CT"}
    names = "|".join(sorted(listed("states"), key=len, reverse=True))
    any_code, sure = "|".join(sorted(codes)), "|".join(sorted(unlike_words))
    closed = rf"\s(?:{any_code})(?=[),;]|\s\d{{5}}(?!\d))"
    return re.compile(rf"(?:,\s(?:(?:{any_code})(?![\w-])|(?i:{names})\b)|\s(?:{sure})(?![\w-])|{closed})")


def _joined(text: str, found: list[Found]) -> Iterator[Found]:
    """Yield what was found, two parts of one place with the small word between them as one."""
    start, end, category = found[0]
    for first, last, other in found[1:]:
        if category == other == "LOCATION" and text[end:first].lower() in _JOINTS:
            end = last
            continue
        if category == "NAME" and other == "LOCATION" and text[end:first] in _OWNS:
            end, category = last, other
            continue
        yield start, end, category
        start, end, category = first, last, other
    yield start, end, category
