"""Names that a rank, a role, a dash before a signature or a cell of a row tells, whatever else they mean."""

from collections.abc import Callable
from functools import cache

from cds.privacy.scrub.extent import NAME, kind_at, low_at, take, whole, word_at
from cds.privacy.scrub.housed import HOUSES
from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, PLACE, WORD, listed
from cds.privacy.scrub.tokens import INITIAL, TITLE, UPPER, Tokens
from cds.privacy.scrub.towns import LOCATION
from cds.privacy.scrub.weighing import names, never

_RANKS = frozenset(
    {
        "1sg",
        "sgt",
        "ssg",
        "sfc",
        "msg",
        "csm",
        "sgm",
        "cpl",
        "pfc",
        "pvt",
        "spc",
        "ltjg",
        "ens",
        "cwo",
        "tsgt",
    }
    | {"ssgt", "msgt", "smsgt", "cmsgt", "lcpl", "gysgt", "sra", "capt", "maj", "ltc", "ltcol", "lt", "cpt"}
    | {"dep", "ofc", "ofcr", "tpr", "trooper", "deputy", "officer", "det", "detective", "warden", "ranger"}
)
_ROLES = frozenset(
    {"surgeon", "crna", "anesthesiologist", "anes", "allergist", "cardiologist", "oncologist", "hospitalist"}
    | {"radiologist", "pathologist", "perfusionist", "circulator", "scrub", "attending", "resident", "asst"}
    | {"assistant", "interpreter", "proctor", "intensivist", "nephrologist", "neurologist", "preceptor"}
    | {"assessor", "examiner", "hygienist", "sonographer", "optometrist", "scribe", "midwife", "doula"}
)
"""Who does something, before a colon and the name of who did."""
_SHORT = frozenset(
    {
        "wm",
        "chas",
        "geo",
        "jas",
        "thos",
        "robt",
        "jos",
        "jno",
        "saml",
        "edw",
        "benj",
        "danl",
        "fredk",
        "richd",
    }
)
"""Given names cut short as they are signed: "Wm. Pickwick"."""
_DASHES = frozenset({"-", "—", "–"})
_CLOSED = frozenset({".", ",", ";", "\n", ")", "/"})
_INFANTS = frozenset({"baby", "bb", "babygirl", "babyboy", "infant", "newborn"})
_SEXES = frozenset({"girl", "boy", "twin"})
_LANDS = frozenset(
    {"georgia", "virginia", "kenya", "carolina", "dakota", "montana", "india", "chad", "jordan", "israel"}
)
"""Lands and states that many people are called by."""
_WHERE = frozenset(
    {"in", "from", "to", "of", "at", "near", "north", "south", "west", "new", "visiting", "via"}
)
_LABELS = frozenset({"contact", "name", "pt", "patient", "caller", "rn", "cna", "guarantor", "spouse"})
_AFTER_LABEL = frozenset({"@", ",", "(", "\n", ";", "."})
_DEGREES = frozenset({"md", "do", "np", "fnp", "rn", "pa", "phd", "crna", "dds", "dmd", "rph", "lcsw", "dpm"})
_ROWED = 4
"""Tokens that a name filling a cell has at most."""


def mark_ranked(made: Tokens) -> None:
    """Mark names after ranks, roles and dashes, in cells, and houses called after somebody."""
    rules = _rules()
    for at, low in enumerate(made.low):
        rule = rules.get(low)
        if rule is not None and at + 1 < len(made.word):
            rule(made, at)


def _word(made: Tokens, at: int) -> bool:
    """Tell whether a word with a capital may be a family name where one is told."""
    if kind_at(made, at) != TITLE or made.taken[at] == NAME or not whole(made, at):
        return False
    low, flags = made.low[at], made.flags[at]
    called = not flags or flags >> FAMILY & 3 or flags >> GIVEN & 3 >= 2
    office = low in listed("titles") or low in listed("departments") or low in listed("staff")
    return bool(called) and not office and low not in _RANKS and (not never(low) or flags >> FAMILY & 3 == 3)


def _rank(made: Tokens, at: int) -> None:
    """As in "Command POC 1SG Church", "HCSO dep. Munk"."""
    first = at + 1 + (word_at(made, at + 1) == ".")
    beside = first < len(made.word) and made.gap(first) in {" ", ""}
    if not beside or not _word(made, first) or made.kind[at] == TITLE == made.kind[at - 1]:
        return
    if never(made.low[first]) or low_at(made, first + 1) in {"department", "dept", "office", "station"}:
        return
    take(made, first, first + 1)


def _role(made: Tokens, at: int) -> None:
    """As in "Surgeon: Post.", "Allergist: Fish"."""
    if word_at(made, at + 1) != ":" or not _word(made, at + 2) or made.taken[at + 2] == LOCATION:
        return
    if word_at(made, at + 3) in _CLOSED and made.flags[at + 2] >> FAMILY & 3 >= 2:
        take(made, at + 2, at + 3)


def _cut(made: Tokens, at: int) -> None:
    """As in "Dr Wm. Pickwick-Sato"."""
    dotted = word_at(made, at + 1) == "." and made.kind[at] == TITLE
    last = at + 2
    if dotted and kind_at(made, last) in {TITLE, INITIAL} and made.gap(last) == " ":
        if kind_at(made, last) == INITIAL:
            last += 2
        if kind_at(made, last) == TITLE and not never(low_at(made, last)):
            joined = word_at(made, last + 1) == "-" and kind_at(made, last + 2) == TITLE
            take(made, at, last + 3 if joined else last + 1)


def _dash(made: Tokens, at: int) -> None:
    """As in "-- Pru FNP", "-D Faircloth RN": who signs, with a degree that ends the line."""
    if word_at(made, at - 1) not in {"\n", ".", "-", "–", "—", ")"} and at:
        return
    first, end = at + 1, at + 1
    while end - first < _ROWED and kind_at(made, end) in {TITLE, INITIAL} and made.taken[end] in {"", NAME}:
        end += 1 + (word_at(made, end + 1) == "." and made.kind[end] == INITIAL)
        if word_at(made, end) == "-" and made.glued(end):
            end += 1
    degree = end + (word_at(made, end) == ",")
    low = low_at(made, degree)
    if end == first or low not in listed("credentials") or kind_at(made, degree) != UPPER:
        return
    if word_at(made, degree + 1) not in {"\n", ".", ",", "", "-"} or never(made.low[end - 1]):
        return
    flags = made.flags[end - 1]
    if (not flags or names(made, end - 1)) and not flags >> CLINIC & 2:
        take(made, first, end)


def _infant(made: Tokens, at: int) -> None:
    """As in "Baby Girl Okafor-Reyes", "Bb Boy Stannard": how a newborn is called."""
    end = at + 1 + (low_at(made, at + 1) in _SEXES)
    short = made.low[at] in {"babygirl", "babyboy"}
    if end == at + 1 and not short:
        return
    if made.kind[at] == made.kind[end - 1] == TITLE and made.taken[end : end + 1] == [NAME]:
        take(made, at, end)


def _cell(made: Tokens, at: int) -> None:
    """As in "|MCILROY JUNE A|", "|MARCH L|": capitals alone in a cell, a family name and what goes before."""
    first, end = at + 1, at + 1
    while end - first < _ROWED and kind_at(made, end) in {UPPER, INITIAL} and made.gap(end).strip(" ") == "":
        end += 1
    if end - first < 2 or word_at(made, end) != "|" or made.kind[first] != UPPER:
        return
    if not {"", "KEPT", NAME}.issuperset(made.taken[first:end]) or len(made.low[first]) < 3:
        return
    family = made.flags[first] >> FAMILY & 3
    second = made.flags[first + 1] >> GIVEN & 3 >= 2 and len(made.low[first + 1]) > 2
    initial = end - first == 2 and made.kind[first + 1] == INITIAL and family >= 2
    if (second and family) or initial:
        take(made, first, end)


def _kin(made: Tokens, at: int) -> None:
    """As in "bring daughter Georgia.": a given name that is a state's too."""
    first = at + 1
    if kind_at(made, first) != TITLE or made.taken[first] or made.gap(first) != " ":
        return
    state = made.flags[first] >> GIVEN & 3 == 3 and made.low[first] in listed("states")
    if state and word_at(made, first + 1) in _CLOSED:
        take(made, first, first + 1)


def _stately(made: Tokens, at: int) -> None:
    """As in "its Kenya Stroud", "Contact: Kenya @": a given name that is a land's or a state's too."""
    if made.kind[at] != TITLE or made.taken[at] == LOCATION or low_at(made, at - 1) in _WHERE:
        return
    labelled = word_at(made, at - 1) == ":" and low_at(made, at - 2) in _LABELS
    if labelled and word_at(made, at + 1) in _AFTER_LABEL:
        take(made, at, at + 1)
        return
    flags = made.flags[at + 1]
    family = flags >> FAMILY & 3 >= 2 and not flags >> WORD & 3 and not flags >> PLACE & 3
    ends = kind_at(made, at + 2) != TITLE or made.gap(at + 2).strip() != ""
    told = made.taken[at + 1 : at + 2] == [NAME] and flags >> FAMILY & 3
    plain = told or (family and not flags >> CLINIC & 3 and not never(made.low[at + 1]))
    if plain and ends and made.kind[at + 1] == TITLE and made.gap(at + 1) == " ":
        take(made, at, at + 2)


def _degree(made: Tokens, at: int) -> None:
    """As in "addendum by L. Frankfurter MD": an initial, a word of any kind, a degree."""
    if made.kind[at] != UPPER or at < 3 or made.taken[at - 1] or made.kind[at - 1] != TITLE:
        return
    dotted = made.word[at - 2] == "." and made.kind[at - 3] == INITIAL and made.glued(at - 2)
    low, flags = made.low[at - 1], made.flags[at - 1]
    if dotted and made.gap(at) == " " and not never(low) and not flags >> CLINIC & 2:
        take(made, at - 3, at)


def _van(made: Tokens, at: int) -> None:
    """As in "Dr v/d Merwe", "C. v/d Merwe": what is written short before a family name."""
    if [*made.word[at + 1 : at + 3]] == ["/", "d"] and kind_at(made, at + 3) == TITLE:
        take(made, at, at + 4)


@cache
def _rules() -> dict[str, Callable[[Tokens, int], None]]:
    """Return what is looked at where a word stands."""
    found: dict[str, Callable[[Tokens, int], None]] = dict.fromkeys(listed("kin"), _kin)
    return {**found, **HOUSES, **_RULES}


_RULES = (
    dict.fromkeys(_RANKS, _rank)
    | dict.fromkeys(_DEGREES, _degree)
    | dict.fromkeys(_LANDS, _stately)
    | dict.fromkeys(_ROLES, _role)
    | dict.fromkeys(_SHORT, _cut)
    | dict.fromkeys(_DASHES, _dash)
    | dict.fromkeys(_INFANTS, _infant)
    | {"|": _cell, "v": _van}
)
