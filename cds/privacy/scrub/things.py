"""Words with capitals that what stands beside them tells to be things: cars, columns, fields, degrees."""

import re

from cds.privacy.scrub.extent import kind_at, low_at, word_at
from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, WORD, listed, strength
from cds.privacy.scrub.tokens import NUMBER, TITLE, Tokens
from cds.privacy.scrub.weighing import names

_SEGMENT = re.compile(r"[IVX]{1,4}[a-d]")
_PLURAL = re.compile(r"[A-Z]{2,5}s")
_ABBREVIATED = re.compile(r"[A-Z]{2,6}[sc]|[a-z]{1,2}[A-Z]{2,5}\d?|[CTUQ](?:max|min)")
_DEGREE = re.compile(r"(?:Pharm|Psy|Ph|Ed|Dr|Sc)D|MBB[Ss]|MBChB|MBBCh|BSc|MSc|BPharm|MPharm|Engr|Const")
_MEASURED = frozenset({"PrEP", "Hg", "IU", "Echo", "Clone", "Stage", "Inc", "GmbH", "Ltd"})
"""Units, tests and endings of firms that are also names somewhere."""
_DRIVEN = frozenset({"drives", "drive", "drove", "driving", "car", "truck", "suv", "van", "taxi", "pickup"})
_ARTICLES = frozenset({"a", "an", "his", "her", "their", "my", "the", "our"})
_TESTED = frozenset(
    {"sign", "signs", "test", "tests", "maneuver", "manoeuvre", "forceps", "fistula", "nails"}
)
_BRANDED = frozenset({"®", "™"})
_OWNS = frozenset({"'s", "’s"})
_EDGES = frozenset({"|", "\n"})
_COLUMNS = 2
"""Signs between columns that make a line the head of a table."""


def abbreviated(made: Tokens, at: int) -> bool:
    """Tell whether a word is written as only abbreviations are: "two TIAs", "QTc", "iNOS", "fMRI"."""
    if _ABBREVIATED.fullmatch(made.word[at]) is None:
        return False
    low = made.low[at][:-1]
    flags = strength(low)  # "MARYs mum" is somebody.
    return low in listed("abbreviations") or not (flags >> GIVEN & 2 or flags >> FAMILY & 2)


def thing(made: Tokens, at: int) -> bool:
    """Tell whether a word of which the rules say nothing is a thing: a car, a field, a column, a degree."""
    word, after = made.word[at], word_at(made, at + 1)
    if (
        word in _MEASURED
        or _PLURAL.fullmatch(word)
        or after in _BRANDED
        or (word[:1] in "IVX" and _SEGMENT.fullmatch(word))
    ):
        return True
    if word in {"Mac", "MAC", "Miller"} and after in {"1", "2", "3", "4"}:
        return True  # the blade of a laryngoscope
    if word[0] in "PEDSMBC" and _DEGREE.fullmatch(word):
        return True
    if after == "=":
        return _field(made, at)
    return _car(made, at) or _tested(made, at) or (after in _EDGES and _column(made, at))


def remedy(made: Tokens, at: int) -> bool:
    """Tell whether a word that nobody is known by stands where a drug, a dressing or a test does."""
    if made.flags[at] or made.low[at] in listed("titles"):
        return False
    before, after = low_at(made, at - 1), low_at(made, at + 1)
    if before in listed("titles") or before in listed("kin") or _beside_name(made, at):
        return False
    if after in listed("remedies") or (before in listed("taking") and not _spoken_of(made, at)):
        return True
    return _figured(made, at) or _listed(made, at)


def _beside_name(made: Tokens, at: int) -> bool:
    """Tell whether a word with a capital that takes nothing stands directly before: "Rosa Ndiaye 55"."""
    return kind_at(made, at - 1) == TITLE and made.low[at - 1] not in listed("taking")


def _spoken_of(made: Tokens, at: int) -> bool:
    """Tell whether what follows a word is what only people do."""
    after = low_at(made, at + 1)
    return after in listed("speaking") or after in listed("acting") or after in {"to", "'", "’"}


def _figured(made: Tokens, at: int) -> bool:
    """Tell whether a figure stands directly beside a word, as with doses and scores ("IPSS 19, Qmax 8")."""
    after, before = kind_at(made, at + 1), kind_at(made, at - 1)
    counted = after == NUMBER and len(made.word[at + 1]) < 4 and made.gap(at + 1) == " "
    return (counted and word_at(made, at + 2) not in {"-", "/"}) or (before == NUMBER and made.gap(at) == " ")


def _listed(made: Tokens, at: int) -> bool:
    """Tell whether a word follows a dose in a list: "Augmentin 1.2 g, Corsodyl rinse"."""
    if made.low[at - 1] != "," or at < 3:
        return False
    back = at - 2
    dosed = made.low[back] in listed("units") or made.low[back] in _DOSED or made.kind[back] == NUMBER
    return dosed and any(made.flags[i] >> CLINIC & 3 >= 2 for i in range(max(0, at - 8), back))


_DOSED = frozenset(
    {
        "g",
        "bd",
        "od",
        "tds",
        "qds",
        "bid",
        "tid",
        "qid",
        "prn",
        "nocte",
        "mane",
        "daily",
        "sos",
        "iu",
        "puffs",
    }
)


def sold(made: Tokens, at: int) -> bool:
    """Tell whether a maker is meant, "eats Campbell's, Goody's powders", and nobody's house."""
    if made.low[at] not in listed("owned_brands") or made.text[made.end[at] : made.end[at] + 2] not in _OWNS:
        return False
    before = low_at(made, at - 1)
    if kind_at(made, at - 1) == TITLE or low_at(made, at + 1) in listed("kin"):
        return False
    return before not in listed("titles") and before not in {"at", "to", "from", "near", "by", "in", "is"}


def _field(made: Tokens, at: int) -> bool:
    """Tell whether a word is the field whose value follows: "Sens=11.2 mV;Hosp=Kurume"."""
    return made.glued(at + 1) and word_at(made, at - 1) in {";", "\n", ",", "|"}


def _car(made: Tokens, at: int) -> bool:
    """Tell whether a word is the make or model of a car: "a white Corolla", "drives a Tacoma"."""
    if made.low[at] not in listed("cars"):
        return False
    before = low_at(made, at - 1)
    if before in listed("colours") or before in listed("cars") or before in _DRIVEN:
        return True
    return before in _ARTICLES and not _DRIVEN.isdisjoint(made.low[max(0, at - 5) : at])


def _tested(made: Tokens, at: int) -> bool:
    """Tell whether a word that is no well-known name gives it to what follows: "Kleiger test"."""
    return low_at(made, at + 1) in _TESTED and made.gap(at + 1) == " " and names(made, at) < 2


def _column(made: Tokens, at: int) -> bool:
    """Tell whether a common word stands alone in a cell of the first line of a table."""
    if word_at(made, at - 1) not in _EDGES or "|" not in made.text:
        return False
    if not (made.flags[at] >> WORD & 3 or made.flags[at] >> CLINIC & 3):
        return False
    first = last = at
    while word_at(made, first - 1) != "\n":
        first -= 1
    while word_at(made, last + 1) != "\n":
        last += 1
    line = range(first, last + 1)
    if sum(made.word[i] == "|" for i in line) < _COLUMNS or any(made.kind[i] in "NX" for i in line):
        return False
    back = first - 2
    while back >= 0 and made.word[back] != "\n":
        if made.word[back] == "|":
            return False
        back -= 1
    return True
