"""Names told by what is done with their bearers: "told Herb to skip", "Beau and Hunter are", "its gus"."""

import re
from bisect import bisect_left

from cds.privacy.scrub.extent import NAME, eponymous, kind_at, low_at, reach, take, whole, word_at
from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, WORD, listed, strength
from cds.privacy.scrub.patterns import pattern
from cds.privacy.scrub.tokens import INITIAL, LOWER, MIXED, NUMBER, TITLE, UPPER, Tokens
from cds.privacy.scrub.weighing import eponym, names, never, opens


def mark_addressed(made: Tokens) -> None:
    """Give the category of names to words that stand where people are spoken to or of."""
    _by_letters(made)
    mark_beside(made)


def mark_beside(made: Tokens) -> None:
    """Give it to words that the names beside them tell to be names too."""
    for at, kind in enumerate(made.kind):
        if made.taken[at]:
            continue
        if kind == TITLE:
            if at and made.low[at - 1] in listed("telling_to"):
                _told(made, at)
            elif low_at(made, at + 1) in {"and", "&"} and made.taken[at + 2 : at + 3] == [NAME]:
                _listed(made, at)
            elif at and made.low[at - 1] == "the":
                _family(made, at)
        elif kind == LOWER:
            _low(made, at)
        elif kind == INITIAL:
            _initial(made, at)


def _person(made: Tokens, at: int) -> bool:
    """Tell whether nothing speaks against a word with a capital being a name."""
    low, flags = made.low[at], made.flags[at]
    if never(low) or eponym(low) or low in listed("generic") or not whole(made, at):
        return False
    if low in listed("departments") or low in listed("countries") or low in listed("facilities"):
        return False
    return (not flags >> CLINIC & 3 or names(made, at) >= 2) and not eponymous(made, at + 1)


def _told(made: Tokens, at: int) -> None:
    if not opens(made, at) and _person(made, at):
        given = made.flags[at] >> GIVEN & 3 or not made.flags[at]
        if given or made.low[at - 1] in {"told", "ask", "asked", "remind", "reminded", "tell"}:
            take(made, at, reach(made, at))


def _listed(made: Tokens, at: int) -> None:
    """As in "Beau and Hunter": what stands before a name in a list of two."""
    if _person(made, at) and names(made, at) >= 1 and made.flags[at] >> WORD & 3 < 3:
        take(made, at, at + 1)


def _family(made: Tokens, at: int) -> None:
    """As in "the Abernathys": a family by its name with an s."""
    low = made.low[at]
    if low.endswith("s") and not made.flags[at] >> WORD & 3 and _person(made, at):
        alone = strength(low[:-1]) or strength(low[:-2])
        if alone >> FAMILY & 3 and not alone >> WORD & 3 and not alone >> CLINIC & 3:
            take(made, at, at + 1)


def _low(made: Tokens, at: int) -> None:
    """As in "hey doc its gus", "this is brandi"."""
    if not at or made.low[at - 1] not in listed("introducing"):
        return
    flags = made.flags[at]
    if flags >> GIVEN & 3 >= 2 and not flags >> WORD & 2 and not flags >> CLINIC & 3 and whole(made, at):
        take(made, at, at + 1)


def _initial(made: Tokens, at: int) -> None:
    """As in "J Ruiz", "T. Blunt": one capital before a name belongs to it."""
    first = at + 1
    dotted = word_at(made, first) == "."
    first += dotted
    if made.taken[first : first + 1] != [NAME] or kind_at(made, first) not in {TITLE, UPPER}:
        return
    if (not dotted and made.low[at] in {"a", "i"}) or made.gap(first).strip(" ") or len(made.gap(first)) > 1:
        return
    if (
        kind_at(made, at - 1) in {NUMBER, MIXED}
        or word_at(made, at - 1) in {"-", "/", "'"}
        or low_at(made, at - 1) in {"vitamin", "hepatitis", "protein"}
    ):
        return
    take(made, at, first)


def _by_letters(made: Tokens) -> None:
    """Mark initials that a word or an age tells: "initials RLM", "JW is a 19yo", "rx. -DM"."""
    text = made.text
    found = [m for name in ("initials_aged", "signature") for m in pattern(f"people.{name}").finditer(text)]
    if not {"transcribed", "dictated", "typed", "entered", "scribed", "signed"}.isdisjoint(made.low):
        found += pattern("people.typed_by").finditer(text)
    if not {"initials", "initial"}.isdisjoint(made.low):
        found += pattern("people.initials").finditer(text)
    if found:
        _take_letters(made, found)


def _take_letters(made: Tokens, found: list[re.Match[str]]) -> None:
    for match in found:
        start, end = match.span("v")
        if match["v"].lower() in listed("no_signatures"):
            continue
        for at in range(bisect_left(made.start, start), bisect_left(made.start, end)):
            made.taken[at] = made.taken[at] or NAME
