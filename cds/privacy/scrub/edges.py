"""The edges of what was found: a weekday before its date, a state after its town, "the" before a place.

A weekday beside a date that goes tells of it modulo seven, and "Kroger in Chillicothe" is one place: what
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
_JOINTS = frozenset({" (", " in ", " on ", " at ", " near ", " off ", " of ", " by "})
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
    r"\s(?:on|off)\s(?:(?P<n>\d{1,3}(?:st|nd|rd|th)(?:\s(?i:st|street|ave|avenue)\b)?)|(?P<v>[A-Za-z][a-z]{2,15}))"
    r"(?=[.,;)\n]|$|\s(?:and|for|with|by|to|at|last|this|said|has|is|was|please|pls|w/))"
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
_BEFORE_PLACE = re.compile(r"(?<=[a-z,;:(@] )[Tt]he $")


def edged(text: str, found: list[Found]) -> list[Found]:
    """Return what was found, settled, with what at its edges belongs to it."""
    if not found:
        return found
    widened: list[Found] = []
    last = 0
    for one, following in zip(found, [start for start, _, _ in found[1:]] + [len(text)], strict=True):
        widened.append((*_ends(text, one, last, following), one[2]))
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
    if category == "NAME" and text[end : end + 1] in {"'", "’"}:
        return start, min(_owned(text, start, end), following)
    return start, end


def _dated(text: str, start: int, end: int, last: int, following: int) -> tuple[int, int]:
    joined = text[start - 1 : start] in {" ", "-"}
    before = _BEFORE_DATE.search(text, max(last, start - _BACK), start) if joined else None
    after = _AFTER_DATE.match(text, end, min(following, end + _AHEAD))
    return before.start() if before else start, after.end() if after else end


def _placed(text: str, start: int, end: int, last: int, following: int) -> tuple[int, int]:
    the = text[start - 4 : start] in {"the ", "The "}
    before = _BEFORE_PLACE.search(text, max(last, start - _BACK), start) if the else None
    after = _state().match(text, end, min(following, end + _AHEAD)) if text[end - 1].isalpha() else None
    after = after or _FIRM.match(text, end, following)
    after = after or _on_a_street(text, start, end, following)
    if after is not None and after[0].strip(", \n") in _DEGREES and not _town(text[start:end]):
        after = None
    return before.start() if before else start, after.end() if after else end


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
    plain = codes - {code.upper() for code in listed("worded_codes")} - {"VA", "MS", "MT", "PR", "CT"}
    names = "|".join(sorted(listed("states"), key=len, reverse=True))
    any_code, sure = "|".join(sorted(codes)), "|".join(sorted(plain))
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
