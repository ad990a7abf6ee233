"""Houses called after somebody, told by what ends their names: "Halvorsen Unit", "Palmetto Bone & Joint"."""

from collections.abc import Callable, Mapping

from cds.privacy.scrub.extent import NAME, kind_at, low_at
from cds.privacy.scrub.lexicon import CLINIC, FAMILY, PLACE, WORD, listed
from cds.privacy.scrub.tokens import LOWER, TITLE, Tokens
from cds.privacy.scrub.towns import LOCATION, fill
from cds.privacy.scrub.weighing import never

_HALLS = frozenset({"unit", "lounge", "wing", "pavilion", "atrium", "ward", "chapel", "auditorium", "suite"})
_CLERGY = frozenset(
    {"father", "mother", "sister", "brother", "bishop", "saint", "st", "monsignor", "cardinal"}
)
_PARTS = frozenset(
    {"bone", "foot", "eye", "ear", "heart", "hand", "head", "skin", "kidney", "lung", "allergy", "arthritis"}
    | {"spine", "brain", "vein", "sports", "hip", "family", "pain"}
)
_PARTNERS = frozenset(
    {
        "joint",
        "ankle",
        "ear",
        "vascular",
        "wrist",
        "neck",
        "laser",
        "hypertension",
        "sleep",
        "asthma",
        "throat",
    }
    | {"spine", "rehab", "rheumatology", "cosmetic", "knee", "wellness", "hearing"}
)
"""What a practice cares for, as the first and the second of two."""


def _hall(made: Tokens, at: int) -> None:
    """As in "admit to Halvorsen Unit", "in the Gallagher Family Lounge": a house called after a family."""
    if made.kind[at] != TITLE or made.taken[at] not in {"", NAME}:
        return
    before = at - 1 - (low_at(made, at - 1) == "family")
    if before < 0 or made.taken[before] not in {NAME, LOCATION} or made.kind[before] != TITLE:
        return
    if made.gap(at) != " " or made.gap(before + 1) != " ":
        return
    first = before
    while first and made.taken[first - 1] in {NAME, LOCATION} and made.gap(first) == " ":
        first -= 1
    told = low_at(made, first - 1)
    if told in listed("titles") or (told == "." and low_at(made, first - 2) in listed("titles")):
        return
    fill(made, first, at + 1)


def _wing(made: Tokens, at: int) -> None:
    """As in "in the parker wing hallway": a wing called after somebody, written low."""
    name = at - 1
    if made.kind[at] != LOWER or kind_at(made, name) != LOWER or low_at(made, name - 1) != "the":
        return
    flags = made.flags[name]
    plain = flags >> WORD & 3 or flags >> CLINIC & 3 or never(made.low[name])
    if flags >> FAMILY & 3 >= 2 and not plain and made.gap(at) == " ":
        fill(made, name, at + 1)


def _halls(made: Tokens, at: int) -> None:
    _hall(made, at)
    if made.low[at] == "wing":
        _wing(made, at)


def _head(made: Tokens, at: int) -> None:
    """As in "Father Sobieski Rehabilitation Pavilion": the title of who a house is called after."""
    if made.kind[at] != TITLE or made.taken[at] not in {"", NAME} or made.gap(at + 1) != " ":
        return
    end = at + 1
    while end < len(made.word) and made.taken[end] in {NAME, LOCATION} and made.kind[end] == TITLE:
        end += 1
    house = end - at > 2 and made.taken[end - 1] == LOCATION and low_at(made, end - 1) in listed("facilities")
    if house:
        made.taken[at:end] = [LOCATION] * (end - at)


def _scan(made: Tokens, at: int) -> None:
    """As in "from Tri-Cities Open MRI"."""
    if made.word[at] != "MRI" or at < 2 or made.word[at - 1] != "Open":
        return
    first = at - 1
    while first > 1 and (made.taken[first - 1] in {NAME, LOCATION} or made.word[first - 1] == "-"):
        first -= 1
    if first < at - 1:
        fill(made, first, at + 1)


def _joint(made: Tokens, at: int) -> None:
    """As in "Palmetto Bone & Joint", "Reyes Foot and Ankle": what a practice cares for, and who or where."""
    if low_at(made, at - 1) not in {"&", "and"} or low_at(made, at - 2) not in _PARTS or at < 3:
        return
    own = at - 3
    if not made.kind[at] == made.kind[at - 2] == made.kind[own] == TITLE or made.gap(at - 2) != " ":
        return
    flags, low = made.flags[own], made.low[own]
    called = flags >> FAMILY & 3 >= 2 or flags >> PLACE & 3 >= 2 or not flags
    if called and not never(low) and low not in listed("departments"):
        fill(made, own, at + 1)


HOUSES: Mapping[str, Callable[[Tokens, int], None]] = (
    dict.fromkeys(_HALLS, _halls)
    | dict.fromkeys(_CLERGY, _head)
    | dict.fromkeys(_PARTNERS, _joint)
    | {"mri": _scan}
)
"""What is looked at where a word stands that may end, or begin, what a house is called."""
