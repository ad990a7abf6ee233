"""Places that a label, a bracket or a comma states: "Hospice: Vitas", "driver (Schneider)", "seen at BWH"."""

from cds.privacy.scrub.announced import chain, may_be_place
from cds.privacy.scrub.extent import kind_at, low_at, word_at
from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, PLACE, WORD, listed
from cds.privacy.scrub.patterns import pattern
from cds.privacy.scrub.places import common
from cds.privacy.scrub.tokens import LOWER, MARK, TITLE, UPPER, Tokens
from cds.privacy.scrub.towns import LOCATION, fill
from cds.privacy.scrub.weighing import eponym, never, opens

_SHORTEST, _LONGEST = 2, 6
"""Letters of the abbreviation of a hospital, a school, a firm."""
_AT = frozenset({"at", "@"})
_CLOSES = frozenset({")", ",", ";", ".", "\n"})
_BESIDE = frozenset({"behind", "outside", "inside", "near", "past"})
_DONE = ("ed", "ing", "ates", "izes", "ises")
"""Endings of what is done rather than named."""
_OPENS = frozenset({":", "="})
_SETS_OFF = frozenset({"(", ","})
_QUIET = frozenset({LOWER, MARK})
_OF_FIRMS = frozenset(
    {"employer", "pharmacy", "pharm", "dme", "hospice", "agency", "daycare", "funeral home", "home health"}
    | {"nursing home", "group home", "workplace", "church"}
)
"""Labels that have the name of a firm even where it is written low."""
_OF_PLACES = frozenset({"resident", "native", "inmate"})
_OF_MAKERS = frozenset({"plant", "warehouse", "factory", "terminal", "refinery", "mill"})
"""Houses that makers of drugs and devices have too: "the Stryker plant"."""
_ALONG = frozenset({"up", "down", "off", "along", "near", "on"})
_DOERS = frozenset({"by", "at", "from"})
_WHERE = _BESIDE | {"in", "from", "to", "at"}


def mark_stated(made: Tokens) -> None:
    """Give the category of places to what a label, a bracket or a comma says to be one."""
    uppers = made.kind.count(UPPER) > made.kind.count(LOWER)
    last = len(made.word) - 1
    for at, (word, kind) in enumerate(zip(made.word, made.kind, strict=True)):
        if kind == MARK and at < last:
            if word in _OPENS:
                _labelled(made, at)
            elif word in _SETS_OFF and at and made.kind[at + 1] == TITLE and not made.taken[at + 1]:
                _set_off(made, at)
        elif word in _DOERS and at < last - 1 and made.taken[at + 2] == "DATE":
            _dated(made, at + 1)
        elif kind == UPPER and at and not uppers and not made.taken[at] and made.kind[at - 1] in _QUIET:
            _lettered(made, at - 1)
    if uppers and "employer" in made.low[:last]:
        _valued(made, made.low.index("employer") + 1)
    _called_by_land(made)


def _dated(made: Tokens, at: int) -> None:
    """Take who or what did something on a day: "declined by Stanford 2/1", "seen at Mercer 3/4"."""
    low, flags = made.low[at], made.flags[at]
    if made.kind[at] != TITLE or made.taken[at] or never(low) or low in listed("departments"):
        return
    known = flags >> PLACE & 3 or flags >> FAMILY & 3 or flags >> GIVEN & 3 or not flags
    if known and not flags >> CLINIC & 2 and not low.endswith("day"):
        fill(made, at, at + 1)


def _labelled(made: Tokens, at: int) -> None:
    """Take the value of a label such as "Employer:", "OSH =", "Funeral home:"."""
    before = low_at(made, at - 1)
    if before in {")", "s"}:
        before = low_at(made, at - 2)
    both = f"{low_at(made, at - 2)} {before}"
    if before in listed("place_labels") or both in listed("place_labels"):
        _valued(made, at + 1)


def _valued(made: Tokens, first: int) -> None:
    if low_at(made, first) == "the":
        first += 1
    if kind_at(made, first) == LOWER and not made.taken[first]:
        _valued_low(made, first)
    if kind_at(made, first) not in {TITLE, UPPER} or low_at(made, first) in listed("departments"):
        return
    if made.taken[first] == "NAME" and word_at(made, first + 1) == "'" and low_at(made, first + 2) == "s":
        return
    if made.taken[first]:
        _go_on(made, first)
        return
    end = chain(made, first)
    if end - first == 1 and common(made.low[first]):
        return
    if may_be_place(made, first, end, single=end - first == 1) and not _person_follows(made, end):
        fill(made, first, end)


def _go_on(made: Tokens, first: int) -> None:
    """Take the rest of what a label has whose first words were found: "Employer: Glendale Unified Pool"."""
    end = first
    while end < len(made.word) and made.taken[end] in {"NAME", LOCATION}:
        end += 1
    last = end
    while last < len(made.word) and last - end < 4 and made.gap(last) == " " and not made.taken[last]:
        if (
            made.kind[last] != made.kind[first]
            or eponym(made.low[last])
            or made.low[last] in listed("titles")
        ):
            break
        last += 1
    while last > end and never(made.low[last - 1]) and made.low[last - 1] not in listed("firm_ends"):
        last -= 1
    fill(made, end, last)


def _valued_low(made: Tokens, first: int) -> None:
    """Take what a label of a firm has, written low: "dme: allegiant medical supply"."""
    if not {low_at(made, first - 2), f"{low_at(made, first - 3)} {low_at(made, first - 2)}"} & _OF_FIRMS:
        return
    end = first
    while end - first < 4 and kind_at(made, end) == LOWER and (end == first or made.gap(end) == " "):
        end += 1
    ends = low_at(made, end - 1) in listed("firm_ends") or low_at(made, end - 1) in listed("place_ends")
    firm = [at for at in range(first, end) if _firm_low(made, at)]
    last = end if ends and end - first > 1 else firm[-1] + 1 if firm else first
    if not any(never(low) and low not in listed("generic") for low in made.low[first : last - ends]):
        fill(made, first, last)


def _firm_low(made: Tokens, at: int) -> bool:
    low, flags = made.low[at], made.flags[at]
    if low in listed("chains"):
        return True
    plain = flags >> WORD & 2 or flags >> CLINIC & 3 or never(low) or eponym(low)
    return not plain and not low.endswith(_DONE) and len(low) > 3 and low not in listed("abbreviations")


def _person_follows(made: Tokens, end: int) -> bool:
    """Tell whether what a label has is not the name of a place but of somebody: "To: Reyes, Ana, MD"."""
    return any(low_at(made, end + back) in listed("credentials") for back in (0, 1))


def _set_off(made: Tokens, at: int) -> None:
    """Take a firm that stands in brackets or between commas after somebody's work: "cook, Olive Garden;"."""
    before = made.low[at - 1]
    if before not in listed("occupations") or made.kind[at - 1] != LOWER:
        return
    end = chain(made, at + 1)
    closed = word_at(made, end) in _CLOSES or low_at(made, end) in {"in", "on", "x", "for", "since"}
    if closed and may_be_place(made, at + 1, end, single=end - at == 2):
        fill(made, at + 1, end)


def _lettered(made: Tokens, at: int) -> None:
    """Take the letters of a hospital, a school, a firm where somebody is: "cath at BWH", "goes to UGA"."""
    word, first = made.low[at], at + 1
    if word == "the" and at:
        word = made.low[at - 1]
    cue = (
        word in _AT
        or (word in {"from", "to", "for"} and _led(made, at, word))
        or word in {"attends", "via", "through"}
    )
    if cue and _is_lettered(made, first) and word_at(made, first + 1) not in {"-", "/", "+", "'"}:
        fill(made, first, first + 1)


def _led(made: Tokens, at: int, word: str) -> bool:
    """Tell whether the words before "from", "to" and "for" say that somebody comes, goes or works there."""
    cues = listed({"from": "come_from", "to": "sent_to", "for": "working"}[word])
    return any(low_at(made, at - back) in cues for back in (1, 2))


def _is_lettered(made: Tokens, at: int) -> bool:
    low, flags = made.low[at], made.flags[at]
    if not _SHORTEST < len(low) <= _LONGEST or not low.isalpha() or never(low) or eponym(low):
        return False
    if low in listed("abbreviations") or low in listed("state_codes") or low in listed("credentials"):
        return False
    return low not in listed("measured_at") and not flags >> CLINIC & 3 and not flags >> WORD & 2


def mark_low(made: Tokens) -> None:
    """Take places written low beside which somebody was: "outside the wawa", "lives in upper darby"."""
    for at, low in enumerate(made.low):
        if low not in _WHERE:
            continue
        first = at + 1 + (low_at(made, at + 1) == "the")
        if kind_at(made, first) != LOWER or made.taken[first]:
            continue
        if low in _BESIDE and _stands_alone(made, first):
            fill(made, first, first + 1)
        elif low_at(made, first + 1) in listed("lands") and kind_at(made, first + 1) == LOWER:
            if not made.flags[first] >> WORD & 3 and _unclinical(made, first):
                fill(made, first, first + 2)
        elif made.low[first] in listed("first_towns") and _second(made, first + 1):
            fill(made, first, first + 2)


def _unclinical(made: Tokens, at: int) -> bool:
    """Tell whether a word that is none of the language may be a place's: "lorrain heights"."""
    if made.flags[at] >> PLACE & 3:
        return True
    plain = made.flags[at] >> CLINIC & 3 or never(made.low[at]) or eponym(made.low[at])
    return not plain and len(made.low[at]) > 4 and not pattern("words.clinical_ending").search(made.low[at])


def _stands_alone(made: Tokens, at: int) -> bool:
    """Tell whether a word written low is a firm's, or a place's, and nothing else."""
    low, flags = made.low[at], made.flags[at]
    if low in listed("chains"):
        return True
    plain = flags >> WORD & 3 or flags >> CLINIC & 3 or never(low) or eponym(low)
    return not plain and len(low) > 3 and (not flags or bool(flags >> PLACE & 3))


def _second(made: Tokens, at: int) -> bool:
    """Tell whether a word written low goes on with the name of a town that "upper" or "cape" begins."""
    if kind_at(made, at) != LOWER or made.taken[at] or made.gap(at) != " " or len(made.low[at]) < 4:
        return False
    low, flags = made.low[at], made.flags[at]
    return not (
        never(low) or eponym(low) or flags >> CLINIC & 3 or flags >> WORD & 2 or low in listed("units")
    )


def _called_by_land(made: Tokens) -> None:
    """Take what a house written low or a word for land follows: "the GM plant", "up Little Sheep Creek"."""
    lands, houses = listed("lands"), listed("called_houses")
    for at, low in enumerate(made.low):
        if (low not in lands and low not in houses) or not at or made.gap(at) not in {" ", "'s ", "’s "}:
            continue
        if low in lands and made.kind[at] == TITLE and not made.taken[at]:
            if low_at(made, at + 1) not in listed("eponymous"):
                _land(made, at)
        elif low in houses and made.kind[at] == LOWER and _calls(made, at - 1):
            if low in _OF_PLACES:
                fill(made, at - 1, at)
                continue
            two = made.low[at] in {"trailer", "mobile"} and low_at(made, at + 1) in {"park", "home"}
            fill(made, at - 1, at + 1 + two + (two and made.low[at] == "mobile"))


def _land(made: Tokens, at: int) -> None:
    first = at
    if low_at(made, at - 2) in _ALONG and made.kind[at - 1] == TITLE and not made.taken[at - 1]:
        first = at - 1
    while first and at - first < 3 and made.gap(first) == " " and _names_land(made, first - 1):
        first -= 1
    if first == at and made.taken[at - 1] in {"NAME", LOCATION} and made.gap(at) in {" ", "'s ", "’s "}:
        fill(made, at, at + 1)
    if first < at and not (opens(made, first) and at - first < 2):
        fill(made, first, at + 1)


def _names_land(made: Tokens, at: int) -> bool:
    low = made.low[at]
    if made.kind[at] != TITLE or made.taken[at] or eponym(low) or low in listed("titles"):
        return False
    plain = never(low) or low in listed("generic") or low in listed("departments")
    return not plain and made.flags[at] >> CLINIC & 3 < 3


def _calls(made: Tokens, at: int) -> bool:
    """Tell whether a word before a house written low is what it is called, and not what kind it is."""
    low, flags = made.low[at], made.flags[at]
    if (
        made.kind[at] not in {TITLE, UPPER}
        or (eponym(low) and made.low[at + 1] not in _OF_MAKERS)
        or made.taken[at]
    ):
        return False
    if made.low[at + 1] in _OF_PLACES:
        return (not flags or flags >> PLACE & 3 >= 2) and not pattern("words.clinical_ending").search(low)
    the = low_at(made, at - 1) == "the" and made.kind[at] == UPPER
    if opens(made, at) or (low in listed("abbreviations") and not the):
        return False
    plain = never(low) or low in listed("generic") or low in listed("departments") or low in listed("states")
    return not plain and not flags >> CLINIC & 3 and made.gap(at + 1) == " "
