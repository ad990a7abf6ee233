"""Houses that head a page: "TALLGRASS REGIONAL MEDICAL CTR   HISTORY AND PHYSICAL"."""

from collections.abc import Iterator

from cds.privacy.scrub.extent import CAPITAL, kind_at, low_at
from cds.privacy.scrub.lexicon import CLINIC, PLACE, WORD, listed
from cds.privacy.scrub.tokens import BREAK, INITIAL, UPPER, Tokens
from cds.privacy.scrub.weighing import eponym, names, never

Span = tuple[int, int]
"""The first token of a place and the one after its last."""
_LINES = 4
"""Lines at the top of a page among which one names the house."""
_MOST = 9
_JOINTS = frozenset({"of", "and", "the", "at", "for", "&", "'", "’", ".", "-", ","})
_SEATS = frozenset({"of", "at", "-"})
_SIDES = frozenset({"northern", "southern", "eastern", "western", "great", "upper", "lower"})
_ON = frozenset(
    {
        "hospital",
        "hosp",
        "center",
        "centre",
        "ctr",
        "cntr",
        "clinic",
        "clinics",
        "medical",
        "health",
        "system",
    }
    | {"associates", "assoc", "group", "school", "elementary", "trust", "pavilion", "campus", "institute"}
)
"""What goes on with the word for a house: "REGIONAL MEDICAL CTR"."""
_APART = frozenset({"|", "-", "–", "—", "*", "/", "(", "•", "·", "~"})
"""What stands between the house and the rest of its line."""
_NO_HEADS = frozenset(
    {"gp", "department", "dept", "home", "group", "practice", "ward", "law", "union", "base"}
)
_WEAK_HEADS = frozenset({"service", "services", "surgery", "practice", "lab", "labs", "imaging", "tx"})
"""Words for a house that are words for what is done there too: two words must say what it is called."""
_HEADS = frozenset(
    {"ctr", "cntr", "hosp", "regional", "lab", "labs", "imaging", "assoc", "assocs", "tx", "clinics", "reg"}
    | {"service", "services", "surgery", "practice", "klinik", "klinikum", "hopital", "ospedale", "szpital"}
    | {"associates", "laboratory", "laboratories", "infirmary", "trust", "physicians", "specialists"}
)
_FORMS = frozenset(
    {"log", "note", "notes", "record", "records", "report", "form", "summary", "sheet", "flowsheet", "list"}
    | {"certificate", "consent", "request", "order", "orders", "evaluation", "assessment", "visit", "plan"}
    | {"encounter", "referral", "screening", "intake", "handoff", "census", "schedule", "checklist"}
)
"""What a page is, after the house and its department."""
_KINDS = frozenset(
    {"snf", "alf", "ltc", "ltac", "ltach", "hha", "ed", "er", "irf", "cah", "llc", "inc", "pllc"}
)


def headed(made: Tokens) -> Iterator[Span]:
    """Yield where the house stands in the first lines of a page."""
    at, line = 0, 0
    while at < len(made.word) and line < _LINES:
        if made.kind[at] == BREAK:
            at, line = at + 1, line + (kind_at(made, at + 1) != BREAK)
            continue
        end = _segment(made, at)
        if end > at + 1 and (last := _house(made, at, end)) > at:
            yield at, last
        while at < len(made.word) and made.kind[at] != BREAK:
            at += 1


def _segment(made: Tokens, at: int) -> int:
    """Return where the words with capitals end that begin a line, or `at` where a sentence goes on."""
    end = at
    while end < len(made.word) and end - at < _MOST and (end == at or made.gap(end) in {" ", "", ". "}):
        if made.kind[end] not in (*CAPITAL, INITIAL) and made.low[end] not in _JOINTS:
            break
        end += 1
    while end > at and made.kind[end - 1] not in (*CAPITAL, INITIAL):
        end -= 1
    apart = kind_at(made, end) == BREAK or low_at(made, end) in _APART or len(made.gap(end)) > 1
    return end if apart or end == len(made.word) else at


def _house(made: Tokens, first: int, end: int) -> int:
    """Return where the last word for the house ends in a segment, or `first` where it is called nothing."""
    telling = [at for at in range(first, end) if _tells(made, at)]
    if not telling:
        return first
    form = next((at for at in range(first, end) if made.low[at] in _FORMS), end)
    heads = [at for at in range(telling[0] + 1, form) if _heads(made.low[at])]
    if not heads:
        return end if len(telling) > 1 and _sided(made, first, end) else first
    if made.low[heads[0]] in _WEAK_HEADS and len(telling) < 2 and not _placed(made, telling[0]):
        return first
    last = heads[0] + 1
    while form == end and last < end and (made.low[last] in _ON or made.low[last] in _JOINTS):
        last += 1
    if form == end and last < end and made.low[last - 1] in _SEATS and _tells(made, last):
        last = end
    if not _named(made, [at for at in telling if at < last]):
        return first
    return last - (made.low[last - 1] in _JOINTS)


def _heads(low: str) -> bool:
    if low in _HEADS:
        return True
    return low in listed("facilities") and low not in _NO_HEADS


def _sided(made: Tokens, first: int, end: int) -> bool:
    """Tell whether a segment is a house by where it is or by its kind: "GOLDEN YEARS AT BIXBY   SNF"."""
    if low_at(made, end) in _KINDS and kind_at(made, end) in CAPITAL:
        return True
    return low_at(made, end - 1) in _KINDS and end - first > 2


def _named(made: Tokens, telling: list[int]) -> bool:
    """Tell whether words are more than a title: one that is hardly a word, or a place; of two one is rare."""
    rare = 3 if len(telling) > 1 else 2
    return any(
        made.flags[at] >> WORD & 3 < rare or _placed(made, at) or made.low[at] in _SIDES for at in telling
    )


def _placed(made: Tokens, at: int) -> bool:
    return bool(made.flags[at] >> PLACE & 3) or names(made, at) >= 2


def _tells(made: Tokens, at: int) -> bool:
    """Tell whether a word is of what a house is called: no word of medicine, of forms, for a house."""
    low, flags = made.low[at], made.flags[at]
    if made.kind[at] == UPPER and low in _SIDES:
        return True
    if (
        made.kind[at] not in CAPITAL
        or never(low)
        or low in listed("interjections")
        or low in _FORMS
        or _heads(low)
        or len(low) < 3
    ):
        return False
    if any(
        low in listed(name)
        for name in ("generic", "departments", "abbreviations", "titles", "staff", "states")
    ):
        return False
    if low in listed("short_kinds") or low in listed("patients") or low in listed("countries"):
        return False
    return not eponym(low) and (not flags >> CLINIC & 3 or names(made, at) >= 2 or flags >> PLACE & 3 >= 2)
