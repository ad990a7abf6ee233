"""The rest of places found in part: "Hanley's shop", "Cardinal Ridge", "Sizemore & Sons", "Dock 6"."""

from cds.privacy.scrub.extent import CAPITAL, NAME, kind_at, low_at
from cds.privacy.scrub.lexicon import CLINIC, WORD, listed
from cds.privacy.scrub.tokens import LOWER, MIXED, NUMBER, TITLE, UPPER, Tokens
from cds.privacy.scrub.towns import LOCATION
from cds.privacy.scrub.weighing import eponym, never, opens

_OWNED = frozenset({"'s ", "’s "})
_SONS = frozenset(
    {"sons", "son", "co", "bros", "brothers", "daughters", "assoc", "associates", "company", "partners"}
)
_INNS = frozenset({"hotel", "motel", "chateau", "hacienda", "rancho", "villa", "casa", "pension", "albergue"})
_WILDS = frozenset({"river", "creek", "lake", "bayou", "mountain", "valley", "canyon", "hollow", "island"})
_FIRSTS = frozenset(
    {"little", "big", "great", "upper", "lower", "north", "south", "east", "west", "old", "new"}
)
_LINES = frozenset(
    {"line", "dock", "plant", "store", "hub", "yard", "shed", "hangar", "pier", "gate", "shop", "mill"}
)
"""Parts of a plant that are told by number."""
_LONGEST = 3
"""Words with capitals before a house written low, and figures of the number of a part of a plant."""


def mark_tails(made: Tokens) -> None:
    """Give the category of places to the words beside places that belong to them."""
    _chains(made)
    if LOCATION not in made.taken and NAME not in made.taken:
        return
    tails, lands = listed("low_tails"), listed("lands")
    for at, low in enumerate(made.low):
        if not at:
            continue
        if low in lands and made.kind[at] == TITLE:
            _land(made, at)
        elif low in _WILDS and made.kind[at] == UPPER and not made.taken[at]:
            _wild(made, at)
        elif low in tails and made.kind[at] == LOWER and not made.taken[at]:
            _house(made, at)
        elif low in _INNS and made.kind[at] == TITLE and not made.taken[at]:
            _inn(made, at)
        elif low == "&" and made.taken[at - 1] and low_at(made, at + 1) in _SONS:
            _sons(made, at)
        if low in _LINES and made.taken[at - 1] == LOCATION and not made.taken[at]:
            _line(made, at)


def _land(made: Tokens, at: int) -> None:
    """Take a hill or a wood with the word that it is called by, where one of the two was found."""
    if made.taken[at]:
        if not made.taken[at - 1]:
            _called(made, at - 1)
    elif made.taken[at - 1] == LOCATION and made.kind[at - 1] == TITLE and made.gap(at) == " ":
        made.taken[at] = LOCATION


def _inn(made: Tokens, at: int) -> None:
    """Take "Hotel" before what one is called: "Hotel Marlowe"."""
    if made.taken[at + 1 : at + 2] not in ([NAME], [LOCATION]) or made.gap(at + 1) != " ":
        return
    if made.kind[at + 1] == TITLE:
        made.taken[at] = made.taken[at + 1] = LOCATION


def _house(made: Tokens, at: int) -> None:
    """Take the house written low after its place or its owner."""
    gap, before = made.gap(at), at - 1
    if made.taken[before] == LOCATION and gap == " ":
        made.taken[at] = LOCATION
    elif gap in _OWNED and made.kind[before] == TITLE and made.taken[before] in {NAME, LOCATION}:
        made.taken[before] = made.taken[at] = LOCATION


def _called(made: Tokens, at: int) -> None:
    """Take the word that the land after it is called by: "Cardinal Ridge"."""
    if made.gap(at + 1) != " " or not _calls(made, at) or made.flags[at] >> CLINIC & 2:
        return
    sure = made.taken[at + 1] == LOCATION
    if sure or (made.taken[at + 1] == NAME and not opens(made, at) and made.flags[at] >> WORD & 3 < 3):
        made.taken[at] = made.taken[at + 1] = LOCATION


def _wild(made: Tokens, at: int) -> None:
    """Take a river or a mountain in a text of capitals: "THE LITTLE SANDY RIVER"."""
    first = at
    while first and at - first < _LONGEST and made.kind[first - 1] == UPPER and made.gap(first) == " ":
        low = made.low[first - 1]
        plain = never(low) or eponym(low) or made.flags[first - 1] >> CLINIC & 2
        if plain and low not in _FIRSTS:
            break
        first -= 1
    if first < at and any(made.low[here] not in listed("generic") for here in range(first, at)):
        for here in range(first, at + 1):
            made.taken[here] = LOCATION


def _sons(made: Tokens, at: int) -> None:
    """Take "& Sons" with the name before it."""
    if made.taken[at - 1] in {NAME, LOCATION} and made.kind[at + 1] in CAPITAL:
        for here in (at - 1, at, at + 1):
            made.taken[here] = LOCATION


def _line(made: Tokens, at: int) -> None:
    """Take the number of a part of a plant: "Riverside Poultry Line 2"."""
    if (
        kind_at(made, at + 1) not in {NUMBER, MIXED}
        or len(made.word[at + 1]) > _LONGEST
        or made.gap(at) != " "
    ):
        return
    if made.gap(at + 1) == " " and low_at(made, at + 2) not in listed("units"):
        made.taken[at] = made.taken[at + 1] = LOCATION


def _chains(made: Tokens) -> None:
    """Take what houses written low are called: "Vanadium King mine", "Red Wash trading post"."""
    houses = listed("called_low")
    for at, low in enumerate(made.low):
        if low not in houses or made.kind[at] != LOWER or not at:
            continue
        first = at - (low == "post" and made.low[at - 1] == "trading")
        if low == "post" and first == at:
            continue
        begin = first
        while begin and first - begin < _LONGEST and made.gap(begin) == " " and _calls(made, begin - 1):
            begin -= 1
        alone = first - begin == 1 and (opens(made, begin) or made.flags[begin] >> CLINIC & 3)
        if begin < first and not alone:
            for here in range(begin, at + 1):
                made.taken[here] = LOCATION


def _calls(made: Tokens, at: int) -> bool:
    """Tell whether a word with a capital may be what a house is called."""
    low = made.low[at]
    if made.kind[at] != TITLE or made.taken[at] not in {"", NAME, LOCATION} or never(low) or eponym(low):
        return False
    return not any(
        low in listed(name) for name in ("titles", "kin", "staff", "patients", "generic", "departments")
    )
