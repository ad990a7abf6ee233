"""Shops by name in small letters, and what they are told by: "the walmart on isaacs", "cvs by the school"."""

from collections.abc import Iterator

from cds.privacy.scrub.extent import kind_at, low_at
from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, PLACE, WORD, listed
from cds.privacy.scrub.patterns import pattern
from cds.privacy.scrub.tokens import INITIAL, LOWER, MIXED, NUMBER, TITLE, UPPER, Tokens
from cds.privacy.scrub.towns import LOCATION
from cds.privacy.scrub.weighing import eponym, never

Span = tuple[int, int]
_CUES = frozenset(
    {"the", "at", "to", "from", "via", "by", "@", "near", "behind", "outside", "my", "our", "is", "a"}
)
_BY = frozenset({"on", "by", "off", "near", "behind", "across", "inside", "at", "beside"})
_STORES = frozenset(
    {"pharmacy", "pharm", "store", "parking", "drugstore", "gas", "station", "deli", "bakery", "supercenter"}
)
_STREETED = frozenset(
    {"industrial", "extension", "ext", "bypass", "frontage", "plaza", "mall", "pkwy", "pike"}
)
_ROUTES = frozenset({"route", "rte", "rt", "hwy", "highway", "us", "cr", "sr"})
_SEATS = frozenset(
    {"state", "college", "university", "high", "mall", "school", "church", "airport", "library"}
)
_MOST = 3
_TIMES = frozenset(
    {"day", "days", "time", "hold", "file", "backorder", "order", "call", "duty", "sale", "friday"}
)
_HOSTS = frozenset(
    {"pharmacy", "store", "plant", "market", "mart", "lantern", "bar", "grill", "diner", "cafe"}
)
"""Houses after which a street written low may tell which one it is."""


def shops(made: Tokens) -> Iterator[Span]:
    """Yield where shops stand written low."""
    known = listed("shops")
    for at, low in enumerate(made.low):
        if low in known and made.kind[at] == LOWER and _meant(made, at):
            after = low_at(made, at + 1) in _STORES and made.kind[at + 1] == LOWER
            yield at, at + 1 + after


def _meant(made: Tokens, at: int) -> bool:
    """Tell whether a shop is meant, and not what it sells or the letters of a system of the body."""
    after = low_at(made, at + 1)
    if after in listed("shop_goods") or made.word[at + 1 : at + 2] in (["-"], ["/"]):
        return False
    long = len(made.low[at]) > _MOST
    return long or low_at(made, at - 1) in _CUES or after in _BY or after in _STORES


def mark_landmarks(made: Tokens) -> None:
    """Take the street, the shop or the school by which one of several houses is told."""
    if _BY.isdisjoint(made.low) or LOCATION not in made.taken:
        return
    for at, low in enumerate(made.low):
        if low not in _BY or not at or at + 1 >= len(made.word) or made.gap(at) not in {" ", "'s "}:
            continue
        if made.taken[at - 1] != LOCATION or not _shop(made, at - 1):
            continue
        first = at + 1 + (low == "across") + (low_at(made, at + 1) == "the")
        if first < len(made.word) and made.gap(first) == " " and (end := _told_by(made, first)) > first:
            for here in range(at, end):
                made.taken[here] = LOCATION


def _shop(made: Tokens, at: int) -> bool:
    """Tell whether a place is a shop, a plant, a restaurant: what a street may tell."""
    low = made.low[at]
    return low in _HOSTS or any(
        low in listed(name) for name in ("shops", "chains", "called_houses", "firm_ends")
    )


def _told_by(made: Tokens, first: int) -> int:
    """Return where a landmark ends, or where it would begin if there is none."""
    end, kind = first, made.kind[first]
    if made.taken[first] == LOCATION:
        while end < len(made.word) and made.taken[end] == LOCATION:
            end += 1
        return end
    if made.low[first] in _ROUTES and kind_at(made, first + 1) in {NUMBER, INITIAL, MIXED}:
        return first + 2
    if kind == LOWER:
        return _low_end(made, first)
    capital = UPPER if made.kind[first - 1] == made.kind[first - 2] == UPPER else TITLE
    while (
        kind_at(made, end) == capital and made.gap(end) == " " and end - first < _MOST and _street(made, end)
    ):
        end += 1
    return end + (end > first and low_at(made, end) in _STREETED)


def _low_end(made: Tokens, first: int) -> int:
    """Return where a street or a school written low ends: "isaacs", "peachtree industrial"."""
    for end in range(first + 1, first + _MOST + 1):
        if low_at(made, end) in _SEATS and all(_free(made, here) for here in range(first, end)):
            return end + 1
    if not _street_low(made, first):
        return first
    after = low_at(made, first + 1)
    return first + 1 + (after in _STREETED or after in listed("streets"))


def _free(made: Tokens, at: int) -> bool:
    """Tell whether a word written low may be of what a school or a mall is called."""
    low = made.low[at]
    plain = never(low) and low not in listed("states") and low not in listed("first_towns")
    return made.kind[at] == LOWER and made.gap(at) == " " and not plain and not made.flags[at] >> CLINIC & 2


def _street(made: Tokens, at: int) -> bool:
    low, flags = made.low[at], made.flags[at]
    called = flags >> FAMILY & 3 or flags >> GIVEN & 3 or flags >> PLACE & 3
    if (
        made.taken[at] not in {"", "NAME"}
        or never(low)
        or (eponym(low) and not called)
        or low.endswith("day")
    ):
        return False
    if flags >> CLINIC & 3 or low in listed("departments") or low in listed("month_words"):
        return False
    return bool(flags) or pattern("words.clinical_ending").search(low) is None


def _street_low(made: Tokens, at: int) -> bool:
    """Tell whether a word written low may be a street: a common one, or a name and no word."""
    low, flags = made.low[at], made.flags[at]
    if (
        made.taken[at] not in {"", "NAME"}
        or never(low)
        or eponym(low)
        or flags >> CLINIC & 3
        or low in _TIMES
    ):
        return False
    if low in listed("common_streets"):
        return True
    named = flags >> FAMILY & 3 or flags >> GIVEN & 3 or flags >> PLACE & 3
    return bool(named) and flags >> WORD & 3 < 2 and len(low) > _MOST
