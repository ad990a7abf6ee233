"""Names after titles ("Dr. Okafor") and before credentials ("Jane Doe, MD")."""

from cds.privacy.scrub.extent import (
    CAPITAL,
    family_low,
    kind_at,
    low_at,
    pronoun,
    reach,
    rest_of_list,
    take,
    whole,
    word_at,
)
from cds.privacy.scrub.lexicon import CLINIC, WORD, listed
from cds.privacy.scrub.tokens import INITIAL, LOWER, MIXED, TITLE, UPPER, Tokens
from cds.privacy.scrub.weighing import names, never, weight


def after_title(made: Tokens, at: int) -> int:
    """As in "Dr. Okafor", "mr smith", "Ms J. de la Cruz"."""
    low = made.low[at]
    if low not in listed("titles") or made.kind[at] == INITIAL:
        return at
    if made.word[at] == "MS" and made.taken[at - 1 : at] == ["LOCATION"]:
        return at
    first = at + 1
    while word_at(made, first) in {".", ","} and first - at < 3:
        first += 1
    while low_at(made, first) in listed("titles") and first - at < 6 and kind_at(made, first) != INITIAL:
        first += 1
        if word_at(made, first) == ".":
            first += 1
    if first >= len(made.word) or not whole(made, first) or len(made.gap(first)) > 2:
        return at
    dotted = made.word[first - 1] == "."
    if (
        low not in listed("strong_titles")
        and not dotted
        and (made.kind[at] == LOWER or low in {"np", "pa", "rn"})
        and weight(made, first) < 0.5
    ):
        return at
    return _titled(made, at, first, dotted=dotted)


def _titled(made: Tokens, at: int, first: int, *, dotted: bool) -> int:
    """Take the name after a title."""
    kind = made.kind[first]
    strong = made.low[at] in listed("strong_titles")
    after = first
    while low_at(made, after) in listed("particles") and after - first < 3:
        after += 1
    if after > first and kind_at(made, after) == TITLE and not never(low_at(made, after)):
        return rest_of_list(made, take(made, first, reach(made, after)))
    if kind == INITIAL:
        return take(made, first, reach(made, first)) if strong and not pronoun(made, first) else at
    if kind == LOWER:
        return _titled_low(made, at, first) if strong else at
    if (kind == UPPER and not strong) or _no_name(made, at, first, dotted=dotted):
        return at
    return rest_of_list(made, take(made, first, reach(made, first)))


def _titled_low(made: Tokens, at: int, first: int) -> int:
    """Take a name written low after its title."""
    if not _lower_name(made, first):
        return at
    both = kind_at(made, first + 1) == LOWER and family_low(made, first + 1)
    return take(made, first, first + 2 if both else first + 1)


def _no_name(made: Tokens, at: int, first: int, *, dotted: bool) -> bool:
    """Tell whether a word with a capital after a title is none the less no name."""
    title, low = made.low[at], made.low[first]
    if never(low):
        return names(made, first) < 2 or title not in listed("strong_titles")
    if title in listed("kin"):
        return weight(made, first) < -1
    careless = title in {"dr", "doctor", "nurse"} and made.kind[at] == LOWER and not dotted
    return careless and weight(made, first) < -3


def _lower_name(made: Tokens, at: int) -> bool:
    """Tell whether a word written low after a title is a name: anything that is no common word."""
    flags = made.flags[at]
    word, named = flags >> WORD & 3, names(made, at)
    if never(made.low[at]) or len(made.low[at]) < 2:
        return False
    return (
        word <= 1 or (named == 3 and made.low[at] not in listed("no_low_names")) or (named >= 1 and word == 2)
    )


def before_credentials(made: Tokens, at: int) -> int:
    """As in "Jane Doe, MD", "K. Osei RN"."""
    if made.kind[at] not in {UPPER, TITLE, MIXED} or made.low[at] not in listed("credentials"):
        return at
    if made.kind[at] == TITLE and made.word[at] not in {
        "PhD",
        "PharmD",
        "PsyD",
        "MBBCh",
        "Jr",
        "Sr",
        "Esq",
        "Attending",
        "Resident",
        "Fellow",
        "Intern",
        "Scribe",
    }:
        return at
    back = at - 1
    comma = word_at(made, back) == ","
    if comma:
        back -= 1
    if made.low[at] in listed("late_credentials") and not comma and made.low[at] not in {"do", "pa"}:
        return at
    start = back + 1
    while start > 0 and back + 1 - start < 7 and _back(made, start - 1):
        start -= 1
    while start <= back and (made.word[start] in {".", "-"} or made.low[start] in listed("titles")):
        start += 1
    if start > back or all(
        made.kind[i] != TITLE and made.kind[i] != UPPER and made.kind[i] != LOWER
        for i in range(start, back + 1)
    ):
        return at
    best = max(weight(made, i) + (3.0 if made.kind[i] == UPPER else 0.0) for i in range(start, back + 1))
    if best > -1.6 + (1.6 if not comma else 0.0):
        take(made, start, back + 1)
    return at


def _back(made: Tokens, at: int) -> bool:
    if made.taken[at] or made.kind[at] == INITIAL:
        return not made.taken[at]
    if made.word[at] == ".":
        return made.kind[at - 1] == INITIAL if at else False
    if made.word[at] in {"-", "'"}:
        return made.glued(at) and at + 1 < len(made.word) and made.glued(at + 1)
    if made.kind[at] not in CAPITAL or not whole(made, at):
        return False
    if made.kind[at] == UPPER and (not names(made, at) or made.flags[at] >> CLINIC & 3):
        return False
    return (
        not never(made.low[at])
        and made.low[at] not in listed("staff")
        and not (made.flags[at] >> CLINIC & 3 == 3 and names(made, at) < 2)
    )
