"""Where somebody lives by figures: boxes, buildings, slips, bare numbers, mile posts, towns by their code."""

import re
from collections.abc import Iterator

from cds.privacy.scrub.lexicon import CLINIC, PLACE, WORD, listed, strength
from cds.privacy.scrub.patterns import pattern, tried
from cds.privacy.scrub.spans import Found
from cds.privacy.scrub.tokens import Tokens
from cds.privacy.scrub.weighing import eponym, never

LOCATION = "LOCATION"
_BOXED = frozenset(
    {
        "rr",
        "hc",
        "sr",
        "r",
        "rural",
        "star",
        "highway",
        "p",
        "po",
        "post",
        "lock",
        "lockbox",
        "pmb",
        "apartado",
    }
    | {"bldg", "building", "apt", "apartment", "unit", "flat", "sp", "spc", "space", "lot"}
    | {"cottage", "villa", "cabin", "casita", "bungalow", "yurt", "chalet", "caravan"}
)
_MOORED = frozenset({"slip", "berth", "dock", "mooring", "gangway"})
_AFLOAT = frozenset(
    {"boat", "houseboat", "sailboat", "liveaboard", "yacht", "trawler", "marina", "pier", "harbor", "harbour"}
    | {"tug", "barge", "narrowboat", "catamaran", "skipper", "deckhand", "basin", "vessel"}
)
_SHORT = frozenset(
    {
        "brgy",
        "bgy",
        "mdl",
        "distt",
        "taluk",
        "vill",
        "opp",
        "kel",
        "kec",
        "kab",
        "urb",
        "fracc",
        "purok",
        "sitio",
    }
    | {"co", "km"}
)
"""Words cut short before a village, a ward, a county."""
_GERMAN = frozenset({"am", "im", "zum", "zur"})
"""Words with which a German street may begin."""
_GARRISONS = frozenset({"co", "trp", "btry", "hhc", "hhb", "hht", "fsc"})
"""Companies, troops and batteries of an army."""
_MILES = frozenset({"mile", "milepost", "mm", "mp"})
_HEADERS = frozenset({"msh", "bhs", "fhs"})
_COUNTIES = frozenset({"co", "cty", "cnty"})
_FIELD = re.compile(r"(?<=\|)[A-Z][A-Za-z_ ]{4,30}(?=\|)")
_SYSTEMS = frozenset(
    {
        "epic",
        "epicadt",
        "epiccare",
        "cerner",
        "meditech",
        "mirth",
        "rhapsody",
        "cloverleaf",
        "lab",
        "labs",
        "lis",
    }
    | {"ris", "pacs", "adt", "orm", "oru", "siu", "ehr", "emr", "hie", "his", "system", "interface", "engine"}
    | {
        "sending",
        "receiving",
        "facility",
        "application",
        "allscripts",
        "athena",
        "sunquest",
        "softlab",
        "beaker",
    }
    | {
        "radiant",
        "powerscribe",
        "medhost",
        "registration",
        "billing",
        "test",
        "prod",
        "production",
        "hospital",
    }
)
"""Systems that send messages, which are nobody's."""
_CELLS = 3
"""Strokes that a row with an address in it has at least."""
_FLOORS = re.compile(r"\d{1,3}(?:st|nd|rd|th)")
_RECORDED = frozenset(
    {
        "accession",
        "pager",
        "ext",
        "extension",
        "case",
        "order",
        "claim",
        "invoice",
        "receipt",
        "badge",
        "unit",
    }
    | {
        "chart",
        "file",
        "serial",
        "model",
        "ref",
        "procedure",
        "procedures",
        "code",
        "codes",
        "cpt",
        "employee",
    }
    | {
        "member",
        "group",
        "policy",
        "rx",
        "batch",
        "kit",
        "protocol",
        "trial",
        "registry",
        "visit",
        "lot",
        "box",
    }
    | {
        "encounter",
        "account",
        "room",
        "count",
        "platelets",
        "cells",
        "copies",
        "units",
        "total",
        "sum",
        "bill",
    }
)
"""Words with a number of five figures after them that is no town's."""


def numbered_homes(made: Tokens) -> Iterator[Found]:
    """Yield what says by its figures where somebody lives or something happened."""
    words = frozenset(made.low)
    for match in _matches(made, words):
        yield *match.span("v"), LOCATION
    for match in tried(pattern("places.bare"), made.figures, made.figured):
        if _street(match["w"] or match["x"] or match["y"]):
            yield *match.span("v"), LOCATION
    if not words.isdisjoint(_COUNTIES):
        for match in tried(pattern("places.shortcounty"), made.figures, made.capital):
            if _street(match["v"].split()[0]):
                yield *match.span("v"), LOCATION
    if not words.isdisjoint(_HEADERS):
        yield from _messages(made.figures)
    if made.text.count("|") > _CELLS:
        for match in pattern("places.celled").finditer(made.text):
            yield from ((*match.span(part), LOCATION) for part in "atz")
    yield from _zipped(made)


def _matches(made: Tokens, words: frozenset[str]) -> Iterator[re.Match[str]]:
    """Yield what an expression alone tells, tried where one of its first words stands."""
    text = made.figures
    starts = made.starts_of(_BOXED) if not words.isdisjoint(_BOXED) else []
    if not words.isdisjoint({"fl", "floor"}):
        starts = sorted({*starts, *(made.start[at] for at in range(len(made)) if _storey(made, at))})
    yield from tried(pattern("places.boxed"), text, starts)
    afloat = not words.isdisjoint(_AFLOAT)
    told = (("moored", _MOORED if afloat else frozenset()), ("milestone", _MILES), ("abbreviated", _SHORT))
    for name, firsts in told:
        if not words.isdisjoint(firsts):
            yield from tried(pattern(f"places.{name}"), text, made.starts_of(firsts))
    yield from tried(pattern("places.german"), text, made.starts_of(_GERMAN))
    if not words.isdisjoint(_GARRISONS):
        yield from pattern("places.garrison").finditer(text)
    if "eircode" in words or "eir" in words:
        yield from pattern("places.eircode").finditer(text)


def _messages(text: str) -> Iterator[Found]:
    """Yield the houses in the head of a message between systems: "MSH|LAB|SAGUARO_GEN|"."""
    for head in pattern("places.message").finditer(text):
        for field in _FIELD.finditer(text, head.start(), head.end()):
            words = field[0].replace("_", " ").lower().split()
            if not any(word in _SYSTEMS or word in listed("departments") for word in words):
                yield *field.span(), LOCATION


def _storey(made: Tokens, at: int) -> bool:
    """Tell whether a token is "4th" before "Fl": where an address may begin."""
    if made.low[at + 1 : at + 2] not in (["fl"], ["floor"]):
        return False
    return _FLOORS.fullmatch(made.low[at]) is not None


def _street(name: str) -> bool:
    """Tell whether a word may be what a street is called: nothing of medicine or of forms, no brand."""
    low = name.lower()
    return not never(low) and not eponym(low) and not strength(low) >> CLINIC & 3


def _zipped(made: Tokens) -> Iterator[Found]:
    """Yield towns with their postal code, with or without their state between the two."""
    if not any(made.kind[at] == "N" and len(made.word[at]) == 5 for at in made.numbered):
        return
    for match in tried(pattern("places.zipped"), made.figures, made.capital):
        state = match["s"]
        if (state is None or state.lower() in listed("state_codes")) and _town(match["t"], sure=bool(state)):
            yield *match.span("v"), LOCATION


def _town(name: str, *, sure: bool) -> bool:
    words = name.lower().split()
    if words[-1] in _RECORDED or any(never(low) and low not in listed("first_towns") for low in words):
        return False
    flags = strength(words[-1])
    worded = flags >> WORD & 3 > 1 and not flags >> PLACE & 3 and len(words) == 1
    return sure or not (flags >> CLINIC & 3 or worded)
