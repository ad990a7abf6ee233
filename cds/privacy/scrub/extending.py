"""The rest of places that were found in part: their first word, the kind of house, the number of a street."""

from cds.privacy.scrub.extent import CAPITAL, NAME, low_at, whole
from cds.privacy.scrub.finishing import announcing
from cds.privacy.scrub.lexicon import CLINIC, listed
from cds.privacy.scrub.tokens import LOWER, MIXED, NUMBER, TITLE, UPPER, Tokens
from cds.privacy.scrub.towns import LOCATION
from cds.privacy.scrub.weighing import eponym, never, opens

_LEADING = frozenset({"in", "from", "near", "at", "to", "of", "outside", "visiting"})
_HOUSES = frozenset(
    {"snf", "alf", "ltac", "ltc", "gen", "rehab", "va", "school", "college", "parish", "surgery", "care"}
    | {"mill", "works", "dental", "ems", "yard", "motel", "inn", "diner", "salon", "mall"}
    | {"clinic", "center", "centre", "associates", "hosp"}
)
_KINDS = frozenset({"family", "internal", "primary", "urgent", "sports", "occupational", "general", "adult"})
_PRACTICES = frozenset(
    {
        "ortho",
        "peds",
        "medicine",
        "practice",
        "med",
        "care",
        "physicians",
        "dentistry",
        "pediatrics",
        "orthopedics",
    }
)
"""What follows a place in the name of a practice: one word of the first and one of the second."""
_CARED = frozenset(
    {
        "care",
        "associates",
        "physicians",
        "specialists",
        "surgeons",
        "hosp",
        "partners",
        "institute",
        "friends",
    }
)
"""What stands before "of" and a place in the name of a practice."""
_FIRST = frozenset(
    {
        "greater",
        "first",
        "second",
        "third",
        "new",
        "old",
        "holy",
        "little",
        "big",
        "mount",
        "mt",
        "hot",
        "lower",
        "upper",
    }
)
"""What stands before the name of a church or a town and belongs to it."""
_SEATED = frozenset({"isle", "baptist", "methodist", "presbyterian", "lutheran", "sunrise", "derm", "church"})


def extend_places(made: Tokens) -> None:
    """Take the first word of a place that was found in part, and the kind of house after it."""
    for at in range(len(made.word) - 1, 0, -1):
        if made.taken[at] != LOCATION or made.kind[at] not in (TITLE, UPPER, LOWER):
            continue
        for here in range(at + 1, _houses_end(made, at + 1)):
            made.taken[here] = LOCATION
        if (
            not made.taken[at - 1]
            and made.gap(at) == " "
            and not _joint(made, at - 1)
            and _leads(made, at - 1)
        ):
            made.taken[at - 1] = LOCATION


def _leads(made: Tokens, at: int) -> bool:
    """Tell whether a word directly before a place is its first part: "Holy" in "of Holy Rosary"."""
    low, flags = made.low[at], made.flags[at]
    if made.kind[at] != made.kind[at + 1] or not whole(made, at):
        return False
    if low in _FIRST and made.kind[at] == TITLE:
        return not opens(made, at) or low == "greater"
    if flags >> CLINIC & 2:
        return False
    if made.kind[at] == LOWER and not flags and len(low) > 3:
        return True
    if (
        never(low)
        or eponym(low)
        or any(low in listed(name) for name in ("towards", "prepositions", "generic"))
    ):
        return False
    return low not in announcing() and at > 0 and made.low[at - 1] in _LEADING


def mark_streets(made: Tokens) -> None:
    """Mark the whole of an address of which the name was found: "84 Via Del Sol Road"."""
    for at, kind in enumerate(made.kind):
        if kind not in {NUMBER, MIXED} or made.taken[at] or len(made.word[at]) > 5:
            continue
        if kind == MIXED and not made.figures[made.start[at] : made.end[at]].isdigit():
            continue
        first = at + 2 if low_at(made, at + 1) in listed("sides") else at + 1
        end = first
        while end < len(made.word) and end - first < 6 and _of_a_street(made, end):
            end += 1
            if end - first > 1 and _roads(made, end - 1) and {NAME, LOCATION} & set(made.taken[first:end]):
                for here in range(at, end):
                    made.taken[here] = LOCATION
                break


def _of_a_street(made: Tokens, at: int) -> bool:
    if made.word[at] == ".":
        return made.glued(at) and len(made.low[at - 1]) < 3
    if made.gap(at) != " ":
        return False
    return made.taken[at] in {NAME, LOCATION} or _roads(made, at) or made.kind[at] in CAPITAL


def _roads(made: Tokens, at: int) -> bool:
    sure = made.low[at] in listed("streets")
    return sure or (made.kind[at] != UPPER and made.low[at] in listed("ambiguous_streets"))


def _joint(made: Tokens, at: int) -> bool:
    """Take "of" between two parts of a place, and "Molar &" before "Sons"; tell whether one was there."""
    if made.low[at] == "of" and at and made.gap(at) == " " and _seated(made, at - 1):
        made.taken[at - 1] = made.taken[at] = LOCATION
        _back(made, at - 1)
        return True
    if made.word[at] != "&" or not at or made.kind[at - 1] != TITLE or made.gap(at) not in {" ", ""}:
        return False
    made.taken[at - 1] = made.taken[at] = LOCATION
    return True


def _back(made: Tokens, at: int) -> None:
    """Take the words with capitals before a kind of house: "Women's Care of Tulsa"."""
    if not (made.low[at] in _CARED or made.low[at] in listed("facilities")):
        return
    first = at
    while first and at - first < 3 and made.gap(first) in {" ", "'s "} and made.kind[first - 1] == TITLE:
        if made.taken[first - 1] or (
            never(made.low[first - 1]) and made.low[first - 1] not in listed("generic")
        ):
            break
        first -= 1
    for here in range(first, at):
        made.taken[here] = LOCATION


def _seated(made: Tokens, at: int) -> bool:
    """Tell whether a word before "of" and a place belongs to it: "Sunrise of Montclair", "Isle of Coll"."""
    low = made.low[at]
    if made.taken[at] or made.kind[at] not in CAPITAL:
        return made.taken[at] == LOCATION
    if made.kind[at] == TITLE and (
        low in _CARED or low in {"hospital", "clinic", "center", "hospitals", "group"}
    ):
        return True
    return low in _SEATED or (low in listed("facility_words") and not never(low))


def _houses_end(made: Tokens, at: int) -> int:
    """Return where the kind of house after a place ends: "Rehab", "Family Medicine", or `at` for none."""
    if not _houses(made, at):
        return at
    if made.low[at] not in _HOUSES and made.low[at - 1] in listed("facilities"):
        return at  # "Cancer Center Family Medicine": the place was named already, this is its department
    if made.low[at] not in _KINDS:
        return at + 1
    return at + 2 if _houses(made, at + 1) and made.low[at + 1] in _PRACTICES else at


def _houses(made: Tokens, at: int) -> bool:
    """Tell whether a word directly after a place may be the kind of house."""
    if at >= len(made.word) or made.taken[at] or made.gap(at) != " " or made.kind[at] not in CAPITAL:
        return False
    return made.low[at] in _HOUSES or made.low[at] in _KINDS or made.low[at] in _PRACTICES
