"""Streets with their numbers, by the words that begin and end them."""

import re
from collections.abc import Iterator

from cds.privacy.scrub.lexicon import listed
from cds.privacy.scrub.patterns import pattern, tried
from cds.privacy.scrub.spans import Found
from cds.privacy.scrub.tokens import Tokens
from cds.privacy.scrub.weighing import never

_CROSSING = re.compile(r"(?:\d{1,3}(?i:st|nd|rd|th)|[A-Z]\w{2,20}) (?i:&|and) [\dA-Z]")
_PEDIGREE = re.compile(r"I-\d")
"""The first generation of a family as well as a road: "I-1 Osgood, II-3"."""
_DATED_IN = re.compile(r"\d{4} (?:in|at|by|for|with|from|near) St\b")
"""A year and a house of a saint, which is no street: "hysterectomy 1981 in St. Ita's"."""
_NAMED_ROADS = frozenset(
    {
        "street",
        "st",
        "mile",
        "heol",
        "ffordd",
        "stryd",
        "lon",
        "rhodfa",
        "clos",
        "maes",
        "bothar",
        "sraid",
        "strada",
    }
    | {"carrer", "avinguda", "rambla", "praca", "largo", "travessa", "rruga", "ulitsa", "prospekt"}
    | {
        "street",
        "avenue",
        "ave",
        "road",
        "rd",
        "lane",
        "ln",
        "boulevard",
        "blvd",
        "parkway",
        "pkwy",
        "highway",
    }
    | {"hwy", "turnpike", "expressway", "terrace", "crescent", "trail", "&", "and"}
    | {"calle", "avenida", "av", "rue", "via", "camino", "paseo", "carrera", "rua", "plaza", "piazza"}
    | {"corso", "viale", "chemin", "impasse", "quai", "jalan", "jl", "ulica", "ul"}
)
"""Words of which one stands in each street that begins with a capital, but for those that end as below."""
_ROAD_ENDS = (
    *("straße", "strasse", "str", "gasse", "platz", "weg", "allee", "damm", "ufer", "chaussee", "laan"),
    *("straat", "gracht", "gade", "vej", "gatan", "vägen", "vagen", "veien", "katu", "utca"),
)
_ROAD_WORDS = frozenset(
    {"highway", "hwy", "route", "rte", "interstate", "county", "co", "rural", "farm", "ranch", "state", "i"}
    | {"rue", "chemin", "ulica", "ul"}
)
"""Words with which a street begins, written low too."""


def streets(made: Tokens) -> Iterator[Found]:
    """Yield streets, with the number of the house and of the flat."""
    for match in tried(pattern("places.street"), made.figures, _street_places(made)):
        if _is_street(match):
            yield match.start("v"), match.end(), "LOCATION"


def _street_places(made: Tokens) -> list[int]:
    """Return where streets may begin: at figures, and at words where some word here tells one."""
    found = {made.start[at] for at in made.numbered}
    words = frozenset(made.low)
    if not words.isdisjoint(_NAMED_ROADS) or any(low.endswith(_ROAD_ENDS) for low in words):
        found.update(made.capital)
    if not words.isdisjoint(_ROAD_WORDS):
        found.update(made.starts_of(_ROAD_WORDS))
    return sorted(found)


def _is_street(match: re.Match[str]) -> bool:
    if not match["v"][0].isdigit() and any(c.isdigit() for c in match["v"]):
        return _PEDIGREE.fullmatch(match["v"]) is None or "II-" not in match.string
    if _DATED_IN.match(match["v"]):
        return False
    words = re.findall(r"[^\W\d_]+", match["v"].lower())
    middle = words[:-1]
    if not words or not match["v"][0].isdigit():
        return not middle or not all(never(w) and w not in listed("states") for w in middle)
    if any(w in listed("no_street_words") for w in middle):
        return _CROSSING.match(match["v"]) is not None
    if match["v"].islower():
        done = words[-1] in {"dr", "st", "ct"} and any(w.endswith(("ed", "ing")) for w in middle)
        free = not done and words[-1] != "way"
        return free and bool(middle) and not any(w in listed("not_streets") for w in middle)
    return True
