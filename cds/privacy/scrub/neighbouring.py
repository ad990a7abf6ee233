"""Days told by the other dates of a text: "a-line 10-26, Foley 10/19", "home 2/3, f/u 2/17", a log of "5.2".

Two numbers are a month and a day where a sure date of the same text stands in that month or the one beside
it, and nothing around says that they are a range, a strength or a value.
"""

import re
from collections.abc import Container, Iterable, Iterator

from cds.privacy.scrub.daily import OPEN, is_examined, is_score, of_weeks
from cds.privacy.scrub.lexicon import listed
from cds.privacy.scrub.patterns import pattern, tried
from cds.privacy.scrub.tokens import Tokens

_MONTHS = {
    name: at
    for at, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_NAMED = re.compile(r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)")
_FIGURES = re.compile(r"(?:(?P<year>(?:19|20)\d\d)[-/.])?(?P<a>\d{1,2})\s?(?P<sep>[-/.])\s?(?P<b>\d{1,2})")
_REACH = 40
_LONG_SCALES = frozenset({15, 20, 24, 30})
_SMALL = frozenset({2, 3, 4, 5, 10})
_WORD = re.compile(r"([A-Za-z][\w-]{0,20})[\s:(=]{1,3}$")


def months(sure: Iterable[str]) -> frozenset[int]:
    """Return the months in which the dates of a text stand, and those beside them."""
    found: set[int] = set()
    for value in sure:
        if (name := _NAMED.search(value)) is not None:
            found.add(_MONTHS[name[0].lower()])
        elif (match := _FIGURES.search(value)) is not None:
            first, second = int(match["a"]), int(match["b"])
            turned = first > 12 or (match["sep"] == "." and not match["year"])
            found |= {second if turned and second <= 12 else first}
    return frozenset({*found, *((m % 12) + 1 for m in found), *((m - 2) % 12 + 1 for m in found)})


def neighbouring(made: Tokens, near: frozenset[int], known: Container[int]) -> Iterator[re.Match[str]]:
    """Yield days without a year that stand in months of other dates.

    `near` is what `months` returns, `known` is where days begin that were found already.
    """
    text = made.figures
    heads = {match.start() for match in pattern("dates.opening").finditer(text)} if "\n" in text else set()
    heads = heads if len(heads) > 1 else set()
    for name, asked in (("dates.short_date", "/-"), ("dates.pointed", ".")):
        if not any(map(text.__contains__, asked)):
            continue
        for match in tried(pattern(name), text, made.figured):
            begin = match.start()
            if (
                begin not in known
                and int(match["a"]) in near
                and _day(match, text, opens_line=begin in heads)
            ):
                yield match


def _day(match: re.Match[str], text: str, *, opens_line: bool) -> bool:
    sign = text[match.end("a")]
    if sign == "-":
        return _dashed(match, text)
    return (
        _slashed(match, text, opens_line=opens_line) if sign == "/" else opens_line or _pointed(match, text)
    )


def _slashed(match: re.Match[str], text: str, *, opens_line: bool) -> bool:
    first, second = int(match["a"]), int(match["b"])
    begin, at = max(0, match.start() - _REACH), match.start()
    if of_weeks(match, text) or is_examined(match, text) or pattern("dates.scored").match(text, match.end()):
        return False
    if second > 12 and second not in _LONG_SCALES:
        return not pattern("dates.unslashed").search(text, begin, at)
    if opens_line or is_score(match, text):
        return opens_line
    if first > second or second not in _SMALL:
        return True
    return pattern("dates.dated_before").search(text, begin, at) is not None or _opens(match, text)


def _opens(match: re.Match[str], text: str) -> bool:
    """Tell whether a clause begins: "rec SNF; 5/5 IM notice given"."""
    before = text[max(0, match.start() - 2) : match.start()]
    after = text[match.end() + 1 : match.end() + 2]
    return before in {"; ", ". "} and match["a"] == match["b"] and after.isupper()


def _dashed(match: re.Match[str], text: str) -> bool:
    first, second = int(match["a"]), int(match["b"])
    begin, at = max(0, match.start() - _REACH), match.start()
    if pattern("dates.spanning").match(text, match.end()) or (second <= 12 and OPEN.search(text, begin, at)):
        return False
    if match["a"][0] == "0" and second > 12:
        return True
    if is_score(match, text):
        return False
    word = _WORD.search(text, begin, at)
    if word is not None and _spans(word[1].lower()):
        return False
    cued = pattern("dates.dated_before").search(text, begin, at) is not None
    if second > 12 or first >= second:
        return cued or word is not None or text[at - 1 : at] == "("
    return cued and pattern("dates.weak_before").search(text, begin, at) is None


def _spans(low: str) -> bool:
    """Tell whether what stands after a word is measured, or from one number to another."""
    return low in listed("measures") or low in listed("spanned_words")


def _pointed(match: re.Match[str], text: str) -> bool:
    """Tell whether a number with a point is a day that is planned: "next visit 10.2"."""
    begin, at = max(0, match.start() - _REACH), match.start()
    word = _WORD.search(text, begin, at)
    if word is None or _spans(word[1].lower()):
        return False
    return pattern("dates.planned").search(text, begin, at) is not None
