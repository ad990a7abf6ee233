"""Places and names of several words that were found in part: "Convent of the Holy Cross", "Kia plant 2"."""

from itertools import pairwise

from cds.privacy.scrub.extent import CAPITAL, NAME, kind_at, low_at, whole, word_at
from cds.privacy.scrub.lexicon import CLINIC, FAMILY, PLACE, WORD, listed
from cds.privacy.scrub.things import thing
from cds.privacy.scrub.tokens import INITIAL, LOWER, MIXED, NUMBER, TITLE, UPPER, Tokens
from cds.privacy.scrub.towns import LOCATION
from cds.privacy.scrub.weighing import eponym, never, opens

_FOUND = frozenset({NAME, LOCATION})
_GAPS = frozenset({" ", "'s ", "’s "})
_MOST = 3
"""Small words that may stand between two parts of a place."""
_ROSTER = 2
"""Names before one sign that make a list of people."""
_LETTERS = frozenset("bdefgjklmnpqrtvz")
"""Small letters that after a name written low are an initial: no article, no "w/", no "x3", no "s/p"."""


def widen(made: Tokens) -> None:
    """Take what belongs to places and names that were found in part."""
    if not listed("headed_places").isdisjoint(made.low):
        _headed(made)
    if LOCATION in made.taken or NAME in made.taken:
        _places(made)
        _blocks(made)
    if NAME in made.taken:
        _names(made)
        _roster(made)


def _places(made: Tokens) -> None:
    for at in range(len(made.word) - 1, 0, -1):
        if made.taken[at] in _FOUND and not made.taken[at - 1] and made.kind[at] != NUMBER:
            _before(made, at)
    for at in range(len(made.word) - 1):
        if made.taken[at] in _FOUND and not made.taken[at + 1]:
            _after(made, at)


def _before(made: Tokens, at: int) -> None:
    """Take small words with the part of a place before them, or the kind of house: "Hospital San Javier"."""
    first = at - 1
    while first >= 0 and at - first <= _MOST and made.low[first] in listed("place_joints"):
        if made.gap(first + 1) not in _GAPS or made.taken[first]:
            return
        first -= 1
    if first < 0 or made.gap(first + 1) not in _GAPS:
        return
    joined = first < at - 1
    heads = _heads(made, first) and (joined or made.low[first] not in listed("facility_titles"))
    heads = heads or (joined and made.kind[first] in CAPITAL and made.low[first] in listed("facilities"))
    foreign = joined and made.taken[first] and listed("english_joints").isdisjoint(made.low[first + 1 : at])
    if heads or foreign or made.taken[first] == LOCATION == made.taken[at]:
        _fill(made, first, at)
    elif joined and made.kind[at - 1] == TITLE and not opens(made, at - 1):
        made.taken[at - 1] = made.taken[at]
    while joined and made.taken[first] and first and _unknown(made, first - 1):
        first -= 1
        made.taken[first] = LOCATION


def _headed(made: Tokens) -> None:
    """Take what a house of a faith is called after: "Convent of the Holy Cross infirmary"."""
    for at, low in enumerate(made.low):
        if low not in listed("headed_places") or made.kind[at] != TITLE or low_at(made, at + 1) != "of":
            continue
        first = end = at + 2 + (low_at(made, at + 2) == "the")
        while end < len(made.word) and made.kind[end] == TITLE and made.gap(end) == " " and end - first < 4:
            end += 1
        if end > first:
            _fill(made, at, end + (end < len(made.word) and made.gap(end) == " " and _house(made, end)))


def _blocks(made: Tokens) -> None:
    """Take a line of a few words with capitals that stands between two lines of places: a village."""
    breaks = [at for at, word in enumerate(made.word) if word == "\n"]
    for begin, end in pairwise(breaks):
        words = range(begin + 1, end)
        beside = made.taken[begin - 1] == LOCATION and made.taken[end + 1 : end + 2] == [LOCATION]
        if (
            0 < len(words) < 4
            and beside
            and all(made.kind[at] == TITLE and not made.taken[at] for at in words)
        ):
            _fill(made, begin + 1, end)


def _fill(made: Tokens, start: int, end: int) -> None:
    for at in range(start, end):
        made.taken[at] = made.taken[at] or LOCATION


def _heads(made: Tokens, at: int) -> bool:
    """Tell whether a word with a capital is the kind of house that begins a place: "Convent of the"."""
    if made.taken[at] or made.kind[at] not in CAPITAL:
        return False
    return made.low[at] in listed("heading_places")


def _unknown(made: Tokens, at: int) -> bool:
    """Tell whether a word with a capital before a place is no word of the language."""
    plain = not made.flags[at] >> WORD & 3 and not made.flags[at] >> CLINIC & 3
    known = never(made.low[at]) or made.low[at] in listed("titles")
    return made.kind[at] == TITLE and made.gap(at + 1) == " " and not made.taken[at] and plain and not known


def _after(made: Tokens, at: int) -> None:
    """Take the next word of a place, the kind of house written low, or its number."""
    end = at + 1
    if made.kind[at] in CAPITAL and made.gap(end) == " " and (_goes_on(made, end) or _house(made, end)):
        made.taken[end] = LOCATION
    elif _numbered(made, end):
        last = end + (made.kind[end] not in {NUMBER, MIXED})
        _fill(made, end, last + 1)


def _goes_on(made: Tokens, at: int) -> bool:
    """Tell whether a word with a capital directly after a place belongs to it."""
    low, flags = made.low[at], made.flags[at]
    if made.kind[at - 1] == made.kind[at] == UPPER and low in listed("place_ends"):
        return made.taken[at - 1] == LOCATION and len(low) > 3 and low not in listed("departments")
    if made.kind[at - 1] != TITLE or not whole(made, at):
        return False
    if made.kind[at] != TITLE:
        placed = made.taken[at - 1] == LOCATION or low in {"ame", "umc"}
        return made.kind[at] == UPPER and low in listed("lettered_ends") and placed
    if low in listed("place_ends"):
        return made.taken[at - 1] == LOCATION or low not in listed("departments")
    if (
        made.taken[at - 1] == NAME
        or never(low)
        or eponym(low)
        or low in listed("states")
        or low in listed("departments")
    ):
        return False
    return not flags or (bool(flags >> PLACE & 3) and not flags >> WORD & 3 and not flags >> CLINIC & 3)


def _house(made: Tokens, at: int) -> bool:
    """Tell whether a word written low is the house of the place before it: "Sisualik camp"."""
    return made.kind[at] == LOWER and made.low[at] in listed("low_houses")


def _numbered(made: Tokens, at: int) -> bool:
    """Tell whether the number of a house follows: "Plant 2", "Walgrove #118", "Podstawowa nr 12"."""
    marked = made.word[at] == "#" or made.low[at] in {"nr", "no"}
    figure = at + marked
    if kind_at(made, figure) not in {NUMBER, MIXED} or len(made.word[figure]) > 4 or "\n" in made.gap(figure):
        return False
    if not marked and made.low[at - 1] not in listed("numbered_places"):
        return False
    last = low_at(made, figure + 1)
    return last not in listed("units") and not (
        word_at(made, figure + 1) in {"/", "."}
        and figure + 2 < len(made.word)
        and made.glued(figure + 1)
        and made.kind[figure + 2] == NUMBER
    )


def _names(made: Tokens) -> None:
    for at in range(len(made.word) - 1):
        if made.taken[at] != NAME or made.taken[at + 1]:
            continue
        if made.taken[at + 2 : at + 3] == [NAME] and made.gap(at + 2) == " " and _between(made, at + 1):
            made.taken[at + 1] = NAME
            continue
        if made.kind[at] == INITIAL and made.taken[at + 3 : at + 4] == [NAME] and made.word[at + 1] == ".":
            if made.low[at + 2] in listed("called_words") and made.kind[at + 2] == TITLE:
                made.taken[at + 2] = NAME
        elif made.kind[at] == LOWER and _letter(made, at + 1):
            made.taken[at + 1] = NAME
        elif made.kind[at] == TITLE and made.gap(at + 1) == " " and (end := _worded(made, at + 1)) > at + 1:
            for here in range(at + 1, end):
                made.taken[here] = NAME


def _between(made: Tokens, at: int) -> bool:
    """Tell whether a word between two parts of a name is one too: "Wendell Two Bulls", "M. Yellow Bird"."""
    if _ordinary(made, at):
        return True
    coloured = made.low[at] in listed("called_words") and made.kind[at] == TITLE
    return coloured and made.gap(at) == " "


def _roster(made: Tokens) -> None:
    """Take names that stand where those of a list stand: "Okafor – day 3; Rosenthal – gap 14"."""
    for sign in ("–", "-", "|"):
        signs = [at for at, word in enumerate(made.word) if word == sign and at and not made.glued(at)]
        if sum(made.taken[at - 1] == NAME for at in signs) < _ROSTER:
            continue
        for at in (at - 1 for at in signs):
            if not made.taken[at] and _begins_item(made, at) and _surname(made, at):
                made.taken[at] = NAME


def _begins_item(made: Tokens, at: int) -> bool:
    return (
        not at or made.word[at - 1] in {";", "\n", "|", "•", ")", "*"} or made.kind[at - 1] in {NUMBER, MIXED}
    )


def _surname(made: Tokens, at: int) -> bool:
    """Tell whether a word with a capital is a family name, or no word at all, and nothing clinical."""
    low, flags = made.low[at], made.flags[at]
    if made.kind[at] not in CAPITAL or never(low) or low in listed("abbreviations") or len(low) < 3:
        return False
    if low in listed("devices") or thing(made, at):
        return False
    return flags >> FAMILY & 3 >= 2 or (not flags >> CLINIC & 3 and (not flags or bool(flags >> FAMILY & 3)))


def _letter(made: Tokens, at: int) -> bool:
    """Tell whether a small letter after a name is an initial: "ginny p in obs 4"."""
    if made.word[at] not in _LETTERS or made.gap(at) != " " or made.word[at + 1 : at + 2] in (["/"], ["-"]):
        return False
    after = kind_at(made, at + 1)
    return after in {LOWER, "B"} or word_at(made, at + 1) in {",", ";", ":", ")"}


def _worded(made: Tokens, at: int) -> int:
    """Return where ordinary words with capitals end that go on with a name: "Leland Spotted Elk uses"."""
    end = at
    while end < len(made.word) and end - at < 2 and _ordinary(made, end):
        end += 1
    after = low_at(made, end)
    told = after in listed("speaking") or after in listed("acting") or word_at(made, end) in {",", ")", ";"}
    return end if end > at and told else at


def _ordinary(made: Tokens, at: int) -> bool:
    low, flags = made.low[at], made.flags[at]
    dotted = at > 1 and made.word[at - 1] == "." and made.kind[at - 2] == INITIAL
    if (
        made.kind[at] != TITLE
        or made.gap(at) != " "
        or (opens(made, at) and not dotted)
        or not whole(made, at)
    ):
        return False
    if never(low) or eponym(low) or flags >> CLINIC & 3 or made.taken[at]:
        return False
    return not any(
        low in listed(name)
        for name in (
            "facilities",
            "departments",
            "generic",
            "states",
            "countries",
            "credentials",
            "titles",
            "kin",
            "staff",
            "patients",
        )
    )
