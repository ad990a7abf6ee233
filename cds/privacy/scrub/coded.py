"""Numbers however they are written, after a word that says whose they are: "gate code 0419#".

What follows such a word is read group by group: figures and letters joined by signs, groups after a space
that hold a figure, a letter at the end. A word as general as "case" or "line" asks for more than "plate".
"""

import re
from collections.abc import Iterator
from functools import cache

from cds.privacy.scrub.checks import digits, public
from cds.privacy.scrub.lexicon import CLINIC, WORD, eponyms, listed, strength
from cds.privacy.scrub.patterns import pattern
from cds.privacy.scrub.spans import Found
from cds.privacy.scrub.tokens import Tokens

_CATEGORIES = ("ID", "ACCOUNT", "BIOMETRIC", "DEVICE", "VEHICLE", "LICENSE", "PLAN", "MRN", "SSN")
"""The lists of words, the least telling first: a word in two of them counts for the later one."""
_BETWEEN = frozenset({"#", ":", "(", "[", "=", ".", ")", "'", "-", ",", '"', "“"})
_MOST_BETWEEN = 6
_FAR = 56
"""Characters after a plate or a licence within which its number stands: "plate of car out front 4AL 09R7"."""
_HEAD = re.compile(r"[A-Za-z]+")
_DATED = re.compile(r"\d{1,2}([-/.])\d{1,2}\1(?:(?:19|20)\d\d|\d\d)(?!\d)|(?:19|20)\d\d-\d\d-\d\d(?!\d)")
_DECIMAL = re.compile(r"\d{1,4}\.\d{1,3}(?![\w.-])")
_MINGLED = re.compile(r"(?=[A-Z\d]*[A-Z]\d)(?=[A-Z\d]*\d[A-Z])[A-Z\d]{6,12}")
"""Capitals and figures in turn, as the number of a lot: "HX7R2K"."""
_MORE = re.compile(r"[ ]?(?:,|and|&|/|;|\+|or|not|vs\.?|instead\sof)[ ]?")
_CODE = re.compile(r"[A-Z]\d{4}")
"""A published code of a service or of dental work: "J1745", "D3330"."""
_LETTERS = re.compile(r"(?<=\d-\d\d)[ ](?:[A-Z]{2})(?=[,.;)\n]|$)")
"""Letters at the end of a plate, after a dash and figures: "417-88 AM"."""
_LEAST_GENERAL = 4
_LEAST_HEADED = 5


def coded(made: Tokens) -> Iterator[Found]:
    """Yield numbers after the words of the lists `coded_*`, and those of the same form that follow them."""
    cues, done = _cues(), 0
    for at in [at for at, low in enumerate(made.low) if low in cues]:
        low = made.low[at]
        if made.end[at] < done:
            continue
        span = _after(made, at, cues[low]) or (_far(made, at) if low in listed("coded_far") else None)
        if span is None:
            continue
        done = span[1]
        yield *span, cues[low]
        for start, end in _alike(made.figures, made.figures[span[0] : done], done):
            yield start, end, cues[low]
            done = end


def _after(made: Tokens, at: int, category: str) -> tuple[int, int] | None:
    """Return where the number of a word stands that follows it, or nothing."""
    begin, sure = _value_at(made, at)
    match = pattern("coded.value").match(made.figures, begin) if begin >= 0 else None
    if match is None:
        return None
    bare = _unheaded(match["v"], begin)
    sure = sure or bare > begin
    begin = bare
    value, locked = made.figures[begin : match.end()], _locked(made, at)
    if category == "ID" and not locked and not sure and public(made.figures, begin):
        return None
    if made.low[at] == "plan" and len(digits(value)) < _LEAST_HEADED:
        return None
    if made.low[at] == "tx" and not _MINGLED.fullmatch(value):
        return None
    if category == "DEVICE" and value[:1].isalpha() and " " in value and len(digits(value)) < _LEAST_HEADED:
        return None
    plated = category == "VEHICLE" and sure
    end = match.end()
    if plated and (more := _LETTERS.match(made.figures, end)):
        end, value = more.end(), made.figures[begin : more.end()]
    found = _identifies(value, made.figures, begin, sure=sure or locked, least=1 if plated else 2)
    return (begin, end) if found else None


def _far(made: Tokens, at: int) -> tuple[int, int] | None:
    """Return a plate or a licence some words after its word: "tag from police report HTZ-90K"."""
    match = pattern("coded.far").match(made.figures, made.end[at], made.end[at] + _FAR)
    if match is None or not _headed(match["v"]) or len(digits(match["v"])) < 2:
        return None
    return match.span("v")


def _unheaded(value: str, begin: int) -> int:
    """Return where a value begins without the letters that only say what it is: "TRICARE DBN 11094-00271"."""
    head = _HEAD.match(value)
    if (
        head is None
        or head[0].lower() not in listed("number_heads")
        or value[head.end() : head.end() + 1] not in " #:"
    ):
        return begin
    return begin + head.end() + 1


@cache
def _cues() -> dict[str, str]:
    heads = dict.fromkeys(listed("number_heads") - listed("coded_between") - listed("no_cues"), "ID")
    return heads | {word: c for c in _CATEGORIES for word in listed(f"coded_{c.lower()}")}


def _value_at(made: Tokens, at: int) -> tuple[int, bool]:
    """Return where the number of a word may begin, or -1, and whether it is sure that it is one."""
    sure = made.low[at] in listed("coded_sure")
    for next_at in range(at + 1, min(at + 1 + _MOST_BETWEEN, len(made.word))):
        if made.word[next_at] == "\n" or "\n" in made.gap(next_at):
            break
        low = made.low[next_at]
        if low == "." and made.level(at, WORD) > 1:
            break
        if low in _BETWEEN or (low == "s" and made.glued(next_at)):
            sure = (sure and low != ",") or low == "#"
        elif low in listed("coded_between") and not _begins(made, next_at):
            sure = sure or low in listed("coded_sure")
        else:
            return (made.start[next_at] - (made.word[next_at - 1] == "(" and _grouped(made, next_at))), sure
    return -1, False


def _grouped(made: Tokens, at: int) -> bool:
    """Tell whether a bracket belongs to the number: "(21)0417A88-2"."""
    return made.text[made.end[at] : made.end[at] + 1] == ")" and len(made.word[at]) == 2


def _begins(made: Tokens, at: int) -> bool:
    """Tell whether a word between is the beginning of the number itself: "lic NC 288 104", "REF 00771"."""
    following = at + 1
    if made.kind[at] not in "UI" or following >= len(made.word):
        return False
    gap, word = made.gap(following), made.word[following]
    return (gap == " " and word[0].isdigit()) or (not gap and word in "-/_#")


def _locked(made: Tokens, at: int) -> bool:
    """Tell whether a code opens a gate, a door, a box."""
    low = made.low[at]
    return low in listed("locked_words") or (
        low in {"code", "codes", "pin"} and at > 0 and made.low[at - 1] in listed("locked_words")
    )


def _identifies(value: str, text: str, at: int, *, sure: bool, least: int = 2) -> bool:
    """Tell whether a value is somebody's number: no date, no measure, long enough for its word."""
    number, end = digits(value), at + len(value)
    if (
        len(number) < least
        or _DATED.match(value)
        or pattern("shapes.date").match(value)
        or _DECIMAL.match(value)
    ):
        return False
    if pattern("coded.measured").match(text, end) or not _headed(value):
        return False
    if sure:
        return len(value) > 3 or len(number) > 2 or (len(number) == 2 and value.isdigit() and value[0] == "0")
    if (len(number) < _LEAST_GENERAL and pattern("checks.public").fullmatch(value)) or _CODE.fullmatch(value):
        return False
    if any(c.isalpha() for c in value):
        return len(number) >= _LEAST_GENERAL or _MINGLED.fullmatch(value) is not None
    return len(number) > _LEAST_GENERAL + 1


def _headed(value: str) -> bool:
    """Tell whether the letters a value begins with are nobody's word: "HR 118", "phase 2"."""
    head = _HEAD.match(value)
    if head is None:
        return True
    low, after = head[0].lower(), value[head.end() : head.end() + 1]
    if after.isdigit() or (after and after in "-#:_/."):
        return low not in eponyms() or len(low) < 3
    if head[0].islower() and len(low) > 2:
        return False
    known = low in listed("abbreviations") or low in listed("measures") or low in listed("units")
    clinical = strength(low) >> CLINIC & 3 or (len(low) > 2 and strength(low) >> WORD & 3)
    return len(digits(value)) >= _LEAST_HEADED or not (known or clinical)


def _alike(text: str, value: str, end: int) -> Iterator[tuple[int, int]]:
    """Yield what follows in the same form, as in "acct 55-0-11873 and 55-0-11901"."""
    mask = "".join(r"\d" if c.isdigit() else "[A-Za-z]" if c.isalpha() else re.escape(c) for c in value[:24])
    one = re.compile(rf"{mask}(?!\w)")
    while joint := _MORE.match(text, end):
        match = one.match(text, joint.end())
        if match is None:
            return
        end = match.end()
        yield match.span()
