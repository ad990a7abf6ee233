"""How far the rules, and what a word is by itself, outweigh the learned opinion of it."""

from functools import cache

from cds.privacy.scrub.extent import eponymous, low_at, word_at
from cds.privacy.scrub.instruments import shown
from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, PLACE, WORD, eponyms, listed
from cds.privacy.scrub.patterns import pattern
from cds.privacy.scrub.things import remedy, sold, thing
from cds.privacy.scrub.tokens import INITIAL, LOWER, TITLE, UPPER, Tokens
from cds.privacy.scrub.weighing import names, never, opens

BOLD = 60.0
"""Tenths of a vote that a name may lack: what stays identifies, what goes is a word less."""
TRUST = 80.0
"""Tenths of a vote against the rules without which their opinion holds."""
_UNKNOWN, _WORDED, _CAPITAL = 80.0, 20.0, 60.0
_DOUBT, _LOWLY, _NEVER = 0.0, 25.0, 40.0
CERTAIN = 1e9
_GRADES = frozenset(
    {"0", "1", "2", "3", "4", "5", "6", "I", "II", "III", "IV", "V", "VI", "grade", "stage", "class"}
)
"""What follows a name that gives a scale: "Wagner 2", "Paris II"."""
_OF_PEOPLE = frozenset({"y", "yo", "year", "yr", "-", ",", "m", "f", "/"})
"""What follows a figure after somebody's name: no score is given so."""
_SHOWN = frozenset(
    {"ii", "iii", "iv", "grade", "stage", "score", "scale", "negative", "positive", "neg", "pos"}
)
_BRANDED = 180.0
_REMEDY = 400.0
"""What is taken from an unknown word where a drug, a dressing or a test stands."""
_PREFIXES = (
    "Mc",
    "Mac",
    "De",
    "Di",
    "La",
    "Le",
    "Van",
    "Fitz",
    "O'",
    "O’",
    "D'",
    "D’",
    "Du",
    "St",
    "Al",
    "El",
    "Ab",
    "Jo",
    "Lu",
    "Ke",
    "Da",
    "Ty",
    "Sha",
    "Mary",
    "Ann",
)
"""Beginnings of family names after which a capital follows."""
_WITHIN, _ALL_LOW = 80.0, 60.0
"""What is added to a well-known name within a sentence with a capital, and in a text without capitals."""


def leaning(made: Tokens, at: int, rules: list[str], how: str) -> float:
    """Return what a word is given towards being a name: much where the rules say so, less where they warn."""
    if _measure(made, at) or _credential(made, at) or _scale(made, at, rules) or _compound(made, at):
        return -CERTAIN
    if made.kind[at] in "TU" and (
        _office(made, at, rules)
        or sold(made, at)
        or shown(made, at, rules)
        or (not rules[at] and thing(made, at))
    ):
        return -CERTAIN
    if not rules[at] and made.kind[at] == INITIAL and _itemised(made, at):
        return -CERTAIN
    if not rules[at] and made.kind[at] == TITLE and (_entitles(made, at) or _graded(made, at)):
        return -CERTAIN
    if rules[at]:
        return CERTAIN if _sure(made, at, rules) else TRUST
    return _unruled(made, at, how)


def _office(made: Tokens, at: int, rules: list[str]) -> bool:
    """Tell whether a word is a role, an office or a field cut short: "Neurosurg", "Dear Reviewer"."""
    return made.low[at] in listed("no_persons") and rules[at] != "LOCATION"


def _itemised(made: Tokens, at: int) -> bool:
    """Tell whether a capital with a dot numbers what a line is of: "B. Endocervix, curettage"."""
    if (
        word_at(made, at - 1) != "\n"
        or made.low[at] > "h"
        or word_at(made, at + 1) != "."
        or made.kind[at + 2 : at + 3] != [TITLE]
    ):
        return False
    flags = made.flags[at + 2]
    return bool(flags >> WORD & 2 or flags >> CLINIC & 3) and names(made, at + 2) < 2


def _sure(made: Tokens, at: int, rules: list[str]) -> bool:
    """Tell whether the rules' opinion of a word holds whatever the model says."""
    if made.kind[at] == INITIAL or made.low[at] in listed("joining") or _titled(made, at):
        return True
    if rules[at] == "LOCATION" and made.kind[at] == TITLE:
        return "LOCATION" in {*rules[at - 1 : at], *rules[at + 1 : at + 2]}
    return names(made, at) >= 1 and made.flags[at] >> WORD & 3 <= 1


def _titled(made: Tokens, at: int) -> bool:
    """Tell whether a word with a capital follows a title."""
    if made.kind[at] != TITLE or not at:
        return False
    dotted = made.word[at - 1] == "." and at > 1 and made.low[at - 2] in listed("strong_titles")
    return dotted or (made.low[at - 1] in listed("titles") and made.kind[at - 1] == TITLE)


def _unruled(made: Tokens, at: int, how: str) -> float:
    """Return the same for a word of which the rules say nothing."""
    low, kind, flags = made.low[at], made.kind[at], made.flags[at]
    if _short_capitals(made, at, how):
        return _of_capitals(made, at)
    if _plain(made, at) or (kind == LOWER and low in eponyms() and eponymous(made, at + 1)):
        return -CERTAIN
    named = names(made, at)
    shouted = kind == UPPER and (flags >> WORD & 2 or flags >> CLINIC & 3) and named < 2
    lowly = kind == LOWER and flags >> WORD & 3 and not flags >> GIVEN & 2
    clinical = flags >> CLINIC & 2 and not named and not flags >> PLACE & 3
    warned = low in eponyms() or low in listed("facilities")
    if low in listed("never") or lowly:
        return -_LOWLY if lowly and low not in listed("never") else -_NEVER
    if warned or shouted or clinical:
        return -_DOUBT
    return _known(made, at, how) if named >= 2 or flags >> PLACE & 3 >= 2 else _sounding(made, at)


def _known(made: Tokens, at: int, how: str) -> float:
    """Return the same for a well-known name: more where its capital, or its text, says that it is one."""
    kind = made.kind[at]
    if kind == TITLE and not opens(made, at):
        return BOLD + _WITHIN
    return BOLD + _ALL_LOW if kind == LOWER and how == "l" else BOLD


def _sounding(made: Tokens, at: int) -> float:
    """Return the same for a word that is no well-known name: less where it is a word or ends like one."""
    low, kind, flags = made.low[at], made.kind[at], made.flags[at]
    if flags >> WORD & 2:
        return _CAPITAL if kind == TITLE and not opens(made, at) else _WORDED
    if not flags and (pattern("words.clinical_ending").search(low) is not None or _humped(made.word[at])):
        return -_DOUBT if not _humped(made.word[at]) else -_BRANDED
    if kind != TITLE or opens(made, at):
        return _WORDED
    return -_REMEDY if remedy(made, at) else _UNKNOWN


def _humped(word: str) -> bool:
    """Tell whether a word has a capital within, as brands and tests have ("TrueBeam") and few names do."""
    return word[1:] != word[1:].lower() and not word.isupper() and not word.startswith(_PREFIXES)


def _of_capitals(made: Tokens, at: int) -> float:
    """Return the same for a few capitals in a text that has small letters too: a name if nothing else."""
    low, flags = made.low[at], made.flags[at]
    if at and made.low[at - 1] in listed("signing") and (len(low) < 4 or low not in listed("abbreviations")):
        return 0.0
    if low in listed("abbreviations") or low in listed("never") or low in eponyms() or flags >> CLINIC & 3:
        return -CERTAIN
    known = names(made, at) >= 2 and len(low) > 2
    return 0.0 if known or (len(low) > 3 and not flags) else -CERTAIN


def _short_capitals(made: Tokens, at: int, how: str) -> bool:
    return made.kind[at] == UPPER and how != "U" and len(made.low[at]) < 6


@cache
def _larger() -> frozenset[str]:
    """Return countries, states and what is spoken there."""
    return listed("languages") | listed("countries") | listed("states")


def _plain(made: Tokens, at: int) -> bool:
    """Tell whether a word is a country, a state, a degree, or one of grammar: never a name unless ruled."""
    low, kind = made.low[at], made.kind[at]
    if low in _larger() or ("'" in low and never(low)):
        return True
    if kind != LOWER and at and made.low[at - 1] == "," and low in listed("credentials"):
        return True
    if opens(made, at):
        common = low in listed("interjections") or (never(low) and names(made, at) < 2)
        if common or _common_opening(low, made.flags[at]):
            return True
    per_unit = made.word[at + 1 : at + 2] == ["/"] and low_at(made, at + 2) in listed("signing_units")
    return (kind != TITLE and low in listed("prepositions")) or (kind == LOWER and per_unit)


def _common_opening(low: str, flags: int) -> bool:
    """Tell whether a word that opens a sentence is an ordinary or clinical one."""
    named = max(flags >> GIVEN & 3, flags >> FAMILY & 3)
    if not flags:
        return pattern("words.clinical_ending").search(low) is not None
    return named < 2 and bool(flags >> WORD & 2 or flags >> CLINIC & 3)


def _measure(made: Tokens, at: int) -> bool:
    """Tell whether a short word is a laboratory value with its number ("Na 138", "Hgb is 7.9")."""
    if made.low[at] not in listed("measures"):
        return False
    reach = 2 if made.kind[at] == INITIAL else 3
    return any(kind == "N" for kind in made.kind[at + 1 : at + reach])


def _scale(made: Tokens, at: int, rules: list[str]) -> bool:
    """Tell whether an eponym gives a score, a grade or a size: "Morse 75", "Ashworth 2", "APACHE II"."""
    low, before = made.low[at], low_at(made, at - 1 - (word_at(made, at - 1) == "."))
    if at and made.kind[at - 1] == TITLE and made.flags[at - 1] >> GIVEN & 2 and made.gap(at) == " ":
        return False
    if made.kind[at] not in {TITLE, UPPER} or made.taken[at + 1 : at + 2] == ["DATE"]:
        return False
    alone = before not in listed("titles") and before not in listed("patients")
    if low in listed("scales") and word_at(made, at + 1) in _GRADES:
        return alone and "NAME" not in rules[at - 1 : at]
    known = low in eponyms() or (low in listed("scales") and alone and "NAME" not in rules[at - 1 : at])
    if not known or (rules[at] and low in eponyms()):
        return False
    after, later = low_at(made, at + 1), low_at(made, at + 2)
    figure = made.kind[at + 1 : at + 2] == ["N"] and later not in _OF_PEOPLE
    return figure or after in _SHOWN


def _compound(made: Tokens, at: int) -> bool:
    """Tell whether a hyphen joins a word to an eponym that nobody is called: "Burch-Wartofsky"."""
    if "-" not in made.word[max(0, at - 1) : at + 2]:
        return False
    for joint, other in ((at + 1, at + 2), (at - 1, at - 2)):
        if (
            word_at(made, joint) != "-"
            or not 0 <= other < len(made)
            or not (made.glued(joint) and made.glued(joint + 1))
        ):
            continue
        if low_at(made, other) in eponyms() and not names(made, other) and made.kind[other] == TITLE:
            return made.kind[at] == TITLE and low_at(made, min(at, other) - 1) not in listed("titles")
    return False


def _entitles(made: Tokens, at: int) -> bool:
    """Tell whether a word with a capital is the title or the kin of who is named after it: "Uncle Pete"."""
    low, after = made.low[at], at + 1
    told = low in listed("kin") or (low in listed("titles") and not made.flags[at] >> GIVEN & 2)
    return told and made.kind[after : after + 1] == [TITLE] and made.gap(after) in {" ", ". "}


def _graded(made: Tokens, at: int) -> bool:
    """Tell whether an unknown word gives its name to a stage, a triad, a score: "Tubiana stage"."""
    return not names(made, at) and low_at(made, at + 1) in listed("graded_nouns") and made.gap(at + 1) == " "


def _credential(made: Tokens, at: int) -> bool:
    """Tell whether letters with dots are a degree ("M.D.") or a way of taking or giving ("P.O.", "O.D.")."""
    if "." not in made.word[max(0, at - 1) : at + 2]:
        return False
    for first in (at, at - 2):
        dotted = first >= 0 and made.word[first + 1 : first + 2] == ["."] and made.glued(first + 1)
        letters = "".join(made.low[first : first + 3]) if dotted else ""
        if letters in listed("degrees"):
            return first == 0 or made.word[first - 1] == ","
        if letters and letters.replace(".", "") in listed("no_initials") and made.kind[first] == INITIAL:
            return True
    return False
