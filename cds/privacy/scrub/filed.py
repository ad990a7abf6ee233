"""Names as they are filed: "WASHINGTON, GENEVA" in a cell, "III-5 Jasper" in a pedigree, "Quill, CGC"."""

from cds.privacy.scrub.extent import kind_at, low_at, take, whole, word_at
from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, WORD, listed
from cds.privacy.scrub.tokens import INITIAL, LOWER, MIXED, NUMBER, TITLE, UPPER, Tokens
from cds.privacy.scrub.weighing import eponym, names, never

_WIDE = 2
"""Blanks that part two cells of a row."""
_LABELS = frozenset(
    {"px", "pt", "patient", "name", "client", "member", "re", "subj", "subject", "resident", "as"}
)
_AFTER = frozenset({"\n", "(", "|", "]", "^", "dob", "mrn", "mr", "f", "m", "age", "d.o.b"})
_CLERGY = frozenset(
    {"bishop", "pastor", "deacon", "chaplain", "elder", "sister", "brother", "father", "rabbi"}
)
_HEADS = frozenset(
    {"probie", "preacher", "nana", "nonno", "nonna", "doña", "dona", "don", "señora", "señor", "senora"}
    | {"hosteen", "victim", "att", "attg", "resid", "caller", "driver", "passenger", "suspect", "memere"}
    | {"pepere", "mémère", "pépère", "opa", "oma", "abuela", "abuelo", "tia", "tio", "tía", "tío", "ustad"}
    | {"madame", "monsieur", "herr", "frau", "sra", "hajji", "sheikh", "imam", "rev", "id'd"}
)
"""Further words that stand before a name and are no part of it."""
_HONOURS = frozenset({"Doña", "Señora", "Señor", "Nonno", "Nonna", "Hosteen", "Frau", "Herr", "DOÑA"})
_FOUND = frozenset({"NAME", "LOCATION"})
_ROMAN = frozenset({"i", "ii", "iii", "iv", "v", "vi"})
_MONTHS = frozenset({"march", "april", "may", "june", "july", "august"})
_MOST = 4
"""Tokens that given names take at most: "Mary-Ann J."."""
_SLASHED = frozenset({"/", ",", ".", "\n", ")", ";"})
_ROLES = frozenset(
    {"scrub", "circulator", "monitor", "scribe", "sitter", "tech", "aide", "recorder", "runner"}
)


def mark_filed(made: Tokens) -> None:
    """Mark names that stand as they are filed, whatever else their words mean."""
    _unheaded(made)
    for at, kind in enumerate(made.kind):
        if kind == TITLE and not made.taken[at] and any(rule(made, at) for rule in _RULES):
            take(made, at, at + 1)
        if kind == UPPER and not made.taken[at] and _shouted(made, at):
            take(made, at, at + 1)
    for comma, word in enumerate(made.word):
        if word == "," and comma and made.kind[comma - 1] in {TITLE, UPPER, LOWER}:
            _last_first(made, comma - 1)


def _unheaded(made: Tokens) -> None:
    """Give back titles and kin that begin what was taken for a name: "Bishop Ostler", "Mamaw Opal"."""
    for at in range(len(made.word) - 1):
        if made.taken[at] not in _FOUND or (at and made.taken[at - 1] in _FOUND) or made.kind[at] not in "TU":
            continue
        low, after = made.low[at], at + 1 + (made.word[at + 1] == ".")
        if low not in listed("titles") and low not in listed("kin") and low not in _HEADS:
            continue
        goes_on = made.taken[after : after + 1] == ["NAME"] and made.kind[after] in {TITLE, UPPER}
        if (
            goes_on
            and (not made.flags[at] >> GIVEN & 2 or low in _CLERGY or made.word[at] in _HONOURS)
            and made.kind[at] == made.kind[after]
        ):
            made.taken[at] = ""


def _last_first(made: Tokens, at: int) -> None:
    """As in "NG, WAI-MAN WINNIE   55.20.318", "Px: Gold, Violet M.": a cell that holds a name alone."""
    kind, first = made.kind[at], at + 2
    same = kind_at(made, first) == kind and whole(made, at)
    if not same or not _begins(made, at) or {"", "NAME"}.isdisjoint(made.taken[at : at + 1]):
        return
    end = _given_end(made, first, kind)
    closed = word_at(made, end) in _AFTER or low_at(made, end) in _AFTER or len(made.gap(end)) >= _WIDE
    if end >= len(made.word):
        closed = True
    if closed and _named(made, at, first):
        take(made, at, end)


def _begins(made: Tokens, at: int) -> bool:
    """Tell whether a cell begins at a token."""
    before = word_at(made, at - 1)
    if at == 0 or before in {"\n", "|", "["} or len(made.gap(at)) >= _WIDE:
        return True
    labelled = low_at(made, at - 2) if before == ":" else low_at(made, at - 1)
    return labelled in _LABELS and (before == ":" or made.kind[at] == LOWER or labelled != "as")


def _given_end(made: Tokens, first: int, kind: str) -> int:
    """Return where the given names after a comma end."""
    end = first + 1
    while end < len(made.word) and end - first < _MOST:
        dotted = word_at(made, end + 1) == "."
        goes_on = made.gap(end) == " " and made.kind[end] in {kind, INITIAL}
        goes_on = goes_on and (dotted or low_at(made, end) not in _AFTER)
        joined = made.glued(end) and (made.word[end] in {"-", "."} or made.word[end - 1] == "-")
        if not (goes_on or joined):
            break
        end += 1
    return end


def _named(made: Tokens, at: int, first: int) -> bool:
    """Tell whether the words beside the comma may be a family and a given name."""
    last, given = made.flags[at], made.flags[first]
    low = made.low[at]
    if (
        (never(low) and last >> FAMILY & 3 < 3)
        or never(made.low[first])
        or low in listed("no_persons")
        or {low, made.low[first]} <= _MONTHS
    ):
        return False
    if last >> CLINIC & 3 >= 2 and names(made, at) < 2:
        return False
    least = 2 if made.kind[at] == LOWER else 1
    if given >> GIVEN & 3 < least or (given >> CLINIC & 3 >= 2 and given >> GIVEN & 3 < 3):
        return False
    return bool(last >> FAMILY & 3) or (not last and made.kind[at] != LOWER)


def _shouted(made: Tokens, at: int) -> bool:
    """As in "RE: Mr Fergus GRANT": a family name in capitals after a title and a given name."""
    if made.taken[at - 1 : at] != ["NAME"] or made.kind[at - 1] != TITLE or made.gap(at) != " ":
        return False
    titled = low_at(made, at - 2 - (word_at(made, at - 2) == ".")) in listed("strong_titles")
    family = made.flags[at] >> FAMILY & 3 >= 2 and word_at(made, at + 1) != ":"
    return titled and family and len(made.low[at]) > 2 and made.low[at] not in listed("credentials")


def _alone(made: Tokens, at: int) -> bool:
    """As in "Autumn CCDS, RN", "   Quill, CGC #20417": one word and a degree that fill a line or a cell."""
    degree = at + 1 + (word_at(made, at + 1) == ",")
    if kind_at(made, degree) != UPPER or low_at(made, degree) not in listed("credentials"):
        return False
    if low_at(made, degree) in listed("late_credentials") or made.gap(degree) != " ":
        return False
    if word_at(made, at - 1) != "\n" and len(made.gap(at)) < _WIDE:
        return False
    return names(made, at) >= 1 and not never(made.low[at]) and not made.flags[at] >> CLINIC & 2


def _of_kin(made: Tokens, at: int) -> bool:
    """As in "River (partner) moved out": a given name with the kin it is in brackets."""
    if word_at(made, at + 1) != "(" or low_at(made, at + 2) not in listed("kin"):
        return False
    closed = word_at(made, at + 3) in {")", ","}
    return closed and made.flags[at] >> GIVEN & 3 >= 2 and not never(made.low[at])


def _in_pedigree(made: Tokens, at: int) -> bool:
    """As in "III-5 Jasper alive": what follows a place in a pedigree."""
    if kind_at(made, at - 1) not in {NUMBER, MIXED} or made.gap(at) != " ":
        return False
    sign = word_at(made, at - 2) in {"-", ":", "."} and low_at(made, at - 3) in _ROMAN
    if not sign or not made.glued(at - 1) or kind_at(made, at - 3) not in {UPPER, INITIAL}:
        return False
    flags = made.flags[at]
    named = flags >> GIVEN & 3 >= 1 or not flags
    return named and not flags >> CLINIC & 2 and not never(made.low[at]) and not eponym(made.low[at])


def _in_role(made: Tokens, at: int) -> bool:
    """As in "scrub Christian / monitor Destiny": who did what in a room, parted by strokes."""
    if low_at(made, at - 1) not in _ROLES or word_at(made, at + 1) not in _SLASHED or made.gap(at) != " ":
        return False
    flags = made.flags[at]
    return flags >> GIVEN & 3 >= 2 and flags >> WORD & 3 < 3 and not never(made.low[at])


_RULES = (_alone, _of_kin, _in_pedigree, _in_role)
