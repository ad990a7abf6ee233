"""The rest of names that were found in part: what a hyphen joins, "III", user names, first and last parts."""

from functools import cache

from cds.privacy.scrub.extent import CAPITAL, NAME, eponymous, kind_at, whole, word_at
from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, WORD, listed
from cds.privacy.scrub.patterns import pattern
from cds.privacy.scrub.tokens import BREAK, INITIAL, LOWER, MIXED, NUMBER, TITLE, UPPER, Tokens
from cds.privacy.scrub.weighing import eponym, never, opens

_GENERATIONS = frozenset({"ii", "iii", "iv", "jr", "sr"})
_LEAST_ROOT = 4
"""Letters of a name from which on a user name is known by it."""
_TAIL = 2
"""Other letters that a user name may have before or after."""


def finish(made: Tokens) -> None:
    """Give the category of names to what belongs to names that were found."""
    if NAME not in made.taken:
        return
    _sides(made)
    for at, taken in enumerate(made.taken):
        if taken == NAME:
            _after(made, at)
        elif taken or not at:
            continue
        elif made.taken[at - 1] == NAME and made.low[at] in _GENERATIONS:
            _generation(made, at)
    _before(made)
    _users(made)


def _sides(made: Tokens) -> None:
    """Take the given name before a family name, the family name before a comma, the initial after one."""
    for at in range(len(made.word) - 1, 0, -1):
        if made.taken[at] != NAME or made.kind[at] not in (TITLE, UPPER, LOWER):
            continue
        if not made.taken[at - 1] and made.gap(at) == " " and _goes_before(made, at - 1, made.kind[at]):
            made.taken[at - 1] = NAME
        elif made.word[at - 1] == "," and at > 1 and not made.taken[at - 2] and _filed(made, at - 2, at):
            made.taken[at - 2] = NAME
        _initial_after(made, at)


def _initial_after(made: Tokens, at: int) -> None:
    """Take the E of "Quinmore,Halvard E", the J of "Ferris, J"."""
    letter = at + 2 if word_at(made, at + 1) == "," else at + 1
    if kind_at(made, letter) != INITIAL or made.taken[letter] or made.gap(letter) not in {" ", ""}:
        return
    if _lone_letter(made, letter):
        made.taken[letter] = NAME


def _goes_before(made: Tokens, at: int, kind: str) -> bool:
    """Tell whether a word directly before a name is its first part."""
    low, flags = made.low[at], made.flags[at]
    if made.kind[at] != kind or not whole(made, at) or never(low) or eponym(low) or low in announcing():
        return False
    if not flags:
        ended = pattern("words.clinical_ending").search(low) is not None
        shouted = kind == UPPER and len(low) > 4 and low not in listed("abbreviations")
        return (shouted or (kind == TITLE and len(low) > 2)) and not ended and not opens(made, at)
    given = flags >> GIVEN & 3
    return (
        given >= 2
        and not flags >> CLINIC & 3
        and flags >> WORD & 3 <= (3 if kind == TITLE else 2 if kind == UPPER else 0)
    )


@cache
def announcing() -> frozenset[str]:
    """Return words that announce a name and are none."""
    return frozenset().union(
        *map(listed, ("titles", "kin", "staff", "patients", "departments", "states", "countries"))
    )


def _filed(made: Tokens, at: int, second: int) -> bool:
    """Tell whether "HATHERSAGE, Graham" begins at a token: a column or a line begins there too."""
    low, flags = made.low[at], made.flags[at]
    if made.kind[at] not in CAPITAL or never(low) or flags >> CLINIC & 2 or low in announcing():
        return False
    if not (made.flags[second] >> GIVEN & 3 or not made.flags[second]) or (flags and not flags >> FAMILY & 3):
        return False
    return word_at(made, at - 1) in {"\n", "|", ":", "(", ";", ")", "^"} or "  " in made.gap(at)


def _lone_letter(made: Tokens, at: int) -> bool:
    """Tell whether a capital after a comma stands alone: a column, a line, a figure follows."""
    if at + 1 >= len(made.word):
        return True
    return (
        made.kind[at + 1] in {NUMBER, BREAK}
        or made.word[at + 1] in {".", ",", "|", ")", ";"}
        or "  " in made.gap(at + 1)
    )


def _after(made: Tokens, at: int) -> None:
    """Take what a hyphen, or a dot between letters written low, joins to the end of a name."""
    end = at + 2
    if end >= len(made.word) or made.taken[end] or not made.glued(at + 1) or not made.glued(end):
        return
    joint = made.word[at + 1]
    dotted = joint == "." and made.kind[at] == LOWER and made.kind[end] == LOWER
    if (joint in {"-", "‐", "^"} or dotted) and _joins(made, end):
        made.taken[end] = NAME


def _before(made: Tokens) -> None:
    """Take what a hyphen joins to the beginning of a name."""
    for at in range(len(made.word) - 1, 1, -1):
        if made.taken[at] != NAME or made.taken[at - 2] or made.word[at - 1] not in {"-", "‐", "^"}:
            continue
        if made.glued(at) and made.glued(at - 1) and _joins(made, at - 2):
            made.taken[at - 2] = NAME


def _joins(made: Tokens, at: int) -> bool:
    """Tell whether a word may be half of a name with a hyphen."""
    if made.kind[at] not in (TITLE, UPPER, LOWER, INITIAL) or eponymous(made, at + 1):
        return False
    low, flags = made.low[at], made.flags[at]
    if made.kind[at] == LOWER:
        return not flags >> WORD & 2 and not flags >> CLINIC & 2 and len(low) < 9
    return not never(low) or made.kind[at] == INITIAL


def _generation(made: Tokens, at: int) -> None:
    """As in "Marroquín III", but not in "NYHA III"."""
    if made.kind[at - 1] not in (*CAPITAL, INITIAL, LOWER) or made.gap(at) not in {" ", ", ", ""}:
        return
    if made.kind[at] == UPPER and made.kind[at - 1] == UPPER and len(made.low[at - 1]) < 4:
        return
    made.taken[at] = NAME


def _users(made: Tokens) -> None:
    """Take words made of a name that was found: "ofontenot45", "bookc"."""
    roots = {
        made.low[at]
        for at, taken in enumerate(made.taken)
        if taken == NAME and len(made.low[at]) >= _LEAST_ROOT and made.kind[at] != MIXED
    }
    roots |= _joined(made)
    for at, kind in enumerate(made.kind):
        if made.taken[at] or kind not in {LOWER, MIXED} or made.flags[at]:
            continue
        low = made.low[at].rstrip("0123456789_")
        if any(low != root and _made_of(low, root) for root in roots) or (low in roots and kind == MIXED):
            made.taken[at] = NAME


def _joined(made: Tokens) -> set[str]:
    """Return names with a hyphen as one word."""
    return {
        made.low[at - 2] + made.low[at]
        for at in range(2, len(made.word))
        if made.taken[at] == made.taken[at - 2] == NAME and made.word[at - 1] in {"-", "'"}
    }


def _made_of(low: str, root: str) -> bool:
    return root in low and (len(low) - len(root) <= _TAIL or low.startswith(root) or low.endswith(root))
