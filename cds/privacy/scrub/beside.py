"""Numbers that identify by the name or place beside them: ages over 89, record and pager numbers, beds."""

import re
from collections.abc import Iterator

from cds.privacy.scrub.lexicon import listed
from cds.privacy.scrub.spans import Found
from cds.privacy.scrub.tokens import MIXED, NUMBER, Tokens

_ROOM = re.compile(r"\d{1,4}[A-Za-z]|[A-Za-z]\d{1,4}")
_YEARS = frozenset({"y", "yr", "yrs", "jahre", "jahren", "años", "ans", "anni"})
_PEOPLE = frozenset({"lady", "woman", "man", "gentleman", "female", "male", "patient", "widow", "widower"})
_ELDERLY = frozenset(
    {"she", "he", "mom", "mum", "mother", "dad", "father", "grandma", "grandmother", "grandpa"}
)
_SEXES = frozenset({"female", "male", "f", "m", "woman", "man"})
_TIME = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d|19\d\d")
_OVER = re.compile(r"9\d|1[0-2]\d")


def beside(made: Tokens) -> Iterator[Found]:
    """Yield numbers that stand beside a name or a place and tell more of it."""
    for at, kind in enumerate(made.kind):
        if made.taken[at] or kind not in {NUMBER, MIXED}:
            continue
        if kind == NUMBER and _local_phone(made, at):
            yield made.start[at], made.end[at + 1], "PHONE"
            continue
        category = _told(made, at) if kind == NUMBER else _room(made, at)
        if category:
            yield made.start[at], made.end[at], category


def _told(made: Tokens, at: int) -> str:
    """Return what a number tells of somebody, or nothing."""
    word = made.word[at]
    if _OVER.fullmatch(word):
        return "AGE" if _aged(made, at) else ""
    back = at - 1
    while back >= 0 and made.word[back] in {",", "|", "#", "(", ":", "^"} and at - back < 4:
        back -= 1
    if back < 0 or _goes_on(made, at) or after_of(made, at) in listed("units"):
        return ""
    if made.taken[back] == "NAME":
        return _of_a_name(word, beside=back == at - 1)
    if (
        len(word) == 5
        and back
        and made.low[back] in listed("state_codes")
        and made.taken[back - 1] == "LOCATION"
    ):
        return "LOCATION"
    if made.taken[back] == "LOCATION":
        return "LOCATION" if len(word) == 5 else ""
    placed = made.low[back] in listed("beds") and len(word) < 5 and _by_place(made, back, at)
    return "LOCATION" if placed else ""


def _local_phone(made: Tokens, at: int) -> bool:
    """As in "Wife Halina 555 0128": three and four figures after a name."""
    if (
        not at
        or made.taken[at - 1] != "NAME"
        or len(made.word[at]) != 3
        or made.gap(at) not in {" ", "  ", ": "}
    ):
        return False
    beside = made.kind[at + 1 : at + 2] == [NUMBER] and made.gap(at + 1) in {" ", "."}
    return (
        beside
        and len(made.word[at + 1]) == 4
        and not _goes_on(made, at + 1)
        and after_of(made, at + 1) not in listed("units")
    )


def _room(made: Tokens, at: int) -> str:
    """Return LOCATION for a room or bed such as "412B" with a place beside it."""
    bedded = at > 0 and made.low[at - 1] in listed("beds") and _ROOM.fullmatch(made.word[at])
    return "LOCATION" if bedded and _by_place(made, at - 1, at) else ""


def _of_a_name(word: str, *, beside: bool) -> str:
    """Return what a number after a name is: a record number, or a pager; a year is neither."""
    if 5 <= len(word) <= 9:
        return "MRN"
    return "PHONE" if beside and len(word) == 4 and _TIME.fullmatch(word) is None else ""


def _goes_on(made: Tokens, at: int) -> bool:
    """Tell whether a number is only the first part of one ("120/80", "7.5")."""
    if at + 2 >= len(made.word) or not made.glued(at + 1) or not made.glued(at + 2):
        return False
    return made.word[at + 1] in {"/", ".", ":", "-", "%", ","} and made.kind[at + 2] == NUMBER


def after_of(made: Tokens, at: int) -> str:
    """Return the word after a token, or nothing."""
    return made.low[at + 1] if at + 1 < len(made.word) else ""


def _aged(made: Tokens, at: int) -> bool:
    """As in "Rao, 94, at", "my mom is 101", "died at 92"."""
    after = after_of(made, at)
    if _in_years(made, at, after) or _beside_sex(made, at, after):
        return True
    if not at or _goes_on(made, at) or after in listed("units") or after in {"/", "-", "%"}:
        return False
    if made.low[at - 1] in {"he", "she"} and made.gap(at)[:1] in {"'", "’"}:
        return True
    return at > 1 and _old(made, at, after)


def _in_years(made: Tokens, at: int, after: str) -> bool:
    """As in "101 y", "95-yr", "93 year-oold": the word for years, however what follows it is spelt."""
    unit = made.low[at + 2] if after == "-" and at + 2 < len(made.word) else after
    return unit in _YEARS or (unit.startswith("year") and after == "-")


def _beside_sex(made: Tokens, at: int, after: str) -> bool:
    """As in "(92, female)", "F/95", "lady of 95"."""
    if at < 2:
        return False
    first, last = made.low[at - 2 : at]
    if last == "/" and first in {"f", "m"} and made.glued(at):
        return after not in listed("units")
    if last == "of" and first in _PEOPLE:
        return after not in listed("units")
    if _beside_letter(made, at, after):
        return True
    follows = made.low[at + 2] if after == "," and at + 2 < len(made.word) else ""
    return last == "(" and follows in _SEXES


def _beside_letter(made: Tokens, at: int, after: str) -> bool:
    """As in "F, 93, resident", "My grandmother (94) fell", "96 w/f"."""
    first, last = made.low[at - 2 : at]
    if last == "," and first in {"f", "m"}:
        return after in {",", ")", ".", ";"}
    if last == "(" and (first in listed("elders") or first in listed("kin") or made.taken[at - 2] == "DATE"):
        return after == ")"
    return (
        after == "w" and made.word[at + 2 : at + 3] == ["/"] and made.low[at + 3 : at + 4] in (["f"], ["m"])
    )


def _to_be(made: Tokens, at: int, after: str) -> bool:
    """As in "his mother will be 91 in May", "at 96 she still drives"."""
    first, last = made.low[at - 2 : at]
    if last == "be" and first in {"will", "'ll", "ll", "to"}:
        beside = after in {"next", "in", "this", "soon", "on", ".", ","}
        return beside and not _ELDERLY.isdisjoint(made.low[max(0, at - 6) : at])
    return last == "at" and after in {"she", "he"}


def _listed(made: Tokens, at: int, after: str) -> bool:
    """As in "both 93", "Nonna Rosa (Rosa Ferri), 92"."""
    first, last = made.low[at - 2 : at]
    if after not in {"", ",", ".", ";", ")", "\n"}:
        return False
    return last == "both" or ((first, last) == (")", ",") and made.taken[at - 3] == "NAME")


def _old(made: Tokens, at: int, after: str) -> bool:
    """Tell the same by the two words before."""
    first, last = made.low[at - 2 : at]
    if made.taken[at - 2] == "NAME":
        return last in {",", "is", "was", "turned", "(", "|"}
    if made.taken[at - 1] == "NAME":
        return len(made.gap(at)) > 1 or after in {"", ",", ".", ";", ")", "m", "f", "male", "female", "\n"}
    if last in {"is", "was", "turned", "turns"}:
        return first in listed("elders") or first in listed("kin")
    if _to_be(made, at, after) or _listed(made, at, after):
        return True
    if last == "," and first in listed("elders") and after in {",", "with", ".", ")"}:
        return True
    suffixed = (first, last) == (".", ",") and at > 2 and made.taken[at - 3] == "NAME"
    return suffixed or (last == "at" and first in {"died", "passed", "death"})


def _by_place(made: Tokens, start: int, end: int) -> bool:
    """Tell whether a place stands within a few words of a room or bed."""
    return "LOCATION" in made.taken[max(0, start - 3) : start] or "LOCATION" in made.taken[end + 1 : end + 5]
