"""Places by a few letters or a first word: airports, radio stations, ships, churches."""

import re
from collections.abc import Iterator

from cds.privacy.scrub.extent import kind_at, low_at
from cds.privacy.scrub.lexicon import CLINIC, listed
from cds.privacy.scrub.tokens import TITLE, UPPER, Tokens
from cds.privacy.scrub.weighing import never

Span = tuple[int, int]
_NEAR = 5
"""Tokens between a word of flying or hearing and the letters of an airport or a station."""
_LETTERS = 3
_SHIPS = frozenset({"uss", "usns", "usav", "uscgc", "hms", "hmcs", "hmas", "hmnzs", "rfa", "usrc"})
_VESSELS = frozenset({"m", "f", "s", "r", "t"})
"""Letters before "/V" that begin what a ship is called."""
_CALLED = re.compile(r"[KW][A-Z]{2,3}")
_FREQUENT = frozenset({"fm", "am", "tv", "lp", "hd"})
_THERE = frozenset({"of", "at", "from", "@", "to", "by", "via", "with", "attends", "and", "pastors", "the"})
_SEATS = frozenset({"baptist", "methodist", "church", "ame", "cogic", "lutheran", "umc", "mb", "apostolic"})


def lettered(made: Tokens) -> Iterator[Span]:
    """Yield where airports, stations, ships and churches stand by what they are called."""
    words = set(made.low)
    if not words.isdisjoint(listed("flying_words")):
        yield from _airports(made)
    if not words.isdisjoint(_SHIPS) or "/V " in made.text or "/Y " in made.text:
        yield from _ships(made)
    if not words.isdisjoint(listed("broadcast_words")):
        yield from _stations(made)
    if not words.isdisjoint(listed("church_firsts")):
        yield from _churches(made)


def _beside(made: Tokens, at: int, words: frozenset[str]) -> bool:
    """Tell whether one of certain words stands near a token on its line."""
    first, last = max(0, at - _NEAR), at + _NEAR + 1
    return not words.isdisjoint(made.low[first:last])


def _airports(made: Tokens) -> Iterator[Span]:
    """As in "flies EWR-CLE", "flying into SJC"."""
    airports = listed("airports")
    for at, kind in enumerate(made.kind):
        known = kind == UPPER and len(made.low[at]) == _LETTERS and made.low[at] in airports
        if known and not made.taken[at] and _beside(made, at, listed("flying_words")):
            yield at, at + 1


def _stations(made: Tokens) -> Iterator[Span]:
    """As in "heard her radio (KTNN)", "a DJ at WQXR-FM"."""
    for at, kind in enumerate(made.kind):
        if kind != UPPER or made.taken[at] or not _CALLED.fullmatch(made.word[at]):
            continue
        plain = made.flags[at] >> CLINIC & 3 or made.low[at] in listed("abbreviations")
        if not plain and _beside(made, at, listed("broadcast_words")):
            banded = low_at(made, at + 1) == "-" and low_at(made, at + 2) in _FREQUENT
            yield at, at + (3 if banded else 1)


def _ships(made: Tokens) -> Iterator[Span]:
    """As in "deployed USS Boxer", "cook on the M/V Tustumena"."""
    for at, low in enumerate(made.low):
        if low in _SHIPS and made.kind[at] == UPPER:
            first = at + 1
        elif low in _VESSELS and made.word[at + 1 : at + 3] in (["/", "V"], ["/", "Y"]):
            first = at + 3
        else:
            continue
        end, kind = first, kind_at(made, first)
        if kind not in {TITLE, UPPER} or (kind == UPPER and len(made.low[first]) <= _LETTERS):
            continue
        while kind_at(made, end) == kind and made.gap(end) == " " and end - first < _LETTERS:
            end += 1
        if end > first and not never(made.low[first]):
            yield at, end


def _churches(made: Tokens) -> Iterator[Span]:
    """As in "Pastor Early of Greater Zion", "at New Bethel": two words, with their faith after them."""
    firsts, called = listed("church_firsts"), listed("church_names")
    for at, low in enumerate(made.low):
        if low not in firsts or made.kind[at] != TITLE or low_at(made, at - 1) not in _THERE:
            continue
        second = at + 1 + (low_at(made, at + 1) == ".")
        if kind_at(made, second) != TITLE or made.low[second] not in called or made.gap(at + 1).strip():
            continue
        end = second + 1
        while kind_at(made, end) in {TITLE, UPPER} and made.low[end] in _SEATS and made.gap(end) == " ":
            end += 1
        if end < len(made.word) and kind_at(made, end) == TITLE and never(made.low[end]):
            continue
        yield at, end
