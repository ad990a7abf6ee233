"""Towns by the list: where the name of one means the town."""

from cds.privacy.scrub.extent import CAPITAL, eponymous
from cds.privacy.scrub.lexicon import CLINIC, PLACE, WORD, listed, towns
from cds.privacy.scrub.tokens import LOWER, TITLE, Tokens
from cds.privacy.scrub.weighing import eponym, never, opens

LOCATION = "LOCATION"


def fill(made: Tokens, start: int, end: int) -> None:
    """Mark tokens as parts of a place."""
    for at in range(start, end):
        if not made.taken[at]:
            made.taken[at] = LOCATION


def town(made: Tokens, at: int) -> None:
    """Mark the town that begins at a token, if one does."""
    rest = _longer(made, at)
    if rest:
        fill(made, at, at + rest)
        return
    if _known_by_at(made, at):
        fill(made, at, at + 1)
        return
    if (dwelt := _dwelt_in(made, at)) > at:
        fill(made, at, dwelt)
        return
    if _after_street(made, at):
        fill(made, at, at + 1)
        return
    place = made.flags[at] >> PLACE & 3
    if not place or (made.kind[at] != TITLE and made.kind[at] != LOWER):
        return
    if made.low[at] in listed("states") or never(made.low[at]):
        return
    follows = at > 1 and made.word[at - 1] == "," and made.taken[at - 2] == LOCATION
    if (follows and made.kind[at] == TITLE) or _stands(made, at, place):
        fill(made, at, _further(made, at))


def _further(made: Tokens, at: int) -> int:
    """Return the end of a town of two words after "in", such as "Ann Arbor", where the list has the first."""
    end = at + 1
    if made.kind[at] != TITLE or not at or made.low[at - 1] not in {"in", "from", "near"}:
        return end
    if end >= len(made.word) or made.kind[end] != TITLE or made.gap(end) != " " or made.taken[end]:
        return end
    plainly = never(made.low[end]) or made.flags[end] >> CLINIC & 2 or eponym(made.low[end])
    return end if plainly else end + 1


def _after_street(made: Tokens, at: int) -> bool:
    """Tell whether a word with a capital that is no other word follows a street: "Storgatan 5, Umeå"."""
    if at < 2 or made.word[at - 1] != "," or made.taken[at - 2] != LOCATION or made.kind[at] != TITLE:
        return False
    low, flags = made.low[at], made.flags[at]
    if never(low) or eponym(low) or flags >> CLINIC & 3 or flags >> WORD & 2 or low in listed("titles"):
        return False
    numbered = made.low[at - 2] in listed("streets") or any(c.isdigit() for c in made.word[at - 2])
    return numbered and made.word[at + 1 : at + 2] in ([], ["."], [","], [";"], [")"], ["\n"])


def _dwelt_in(made: Tokens, at: int) -> int:
    """Return the end of the place that somebody lives in or was born in, whatever its words are."""
    if at < 2 or made.low[at - 1] != "in" or made.low[at - 2] not in listed("living"):
        return at
    end = at
    while end < len(made.word) and made.kind[end] == TITLE and made.gap(end) == " " and end - at < 3:
        end += 1
    larger = made.low[at] in listed("countries") or made.low[at] in listed("states")
    alone = end - at == 1 and never(made.low[at])
    return at if larger or alone or opens(made, at) else end


def _known_by_at(made: Tokens, at: int) -> bool:
    """Tell whether an unknown word with a capital stands where somebody is: "RN Pruitt at Rikers"."""
    if made.kind[at] != TITLE or not at or made.flags[at] >> WORD & 3 or made.flags[at] >> CLINIC & 3:
        return False
    low = made.low[at]
    if eponym(low) or never(low) or eponymous(made, at + 1):
        return False
    lived = made.low[at - 1] == "in" and at > 1 and made.low[at - 2] in listed("dwelling")
    return lived or made.low[at - 1] == "at" or made.word[at - 1] == "à"


def _stands(made: Tokens, at: int, place: int) -> bool:
    """Tell whether the name of a town means the town here."""
    if (
        eponymous(made, at + 1)
        or made.word[at + 1 : at + 2] in (["-"], ["®"])
        or made.word[at - 1 : at] == ["-"]
    ):
        return False
    before = made.low[at - 1] if at else "\n"
    word = made.flags[at] >> WORD & 3
    clinic = made.flags[at] >> CLINIC & 3
    towards = before in listed("towards") - {"of", "to", "at", "left", "via"} or (
        before in {"of", "to", "at"} and place >= 2
    )
    if made.kind[at] == LOWER:
        return (
            towards
            and before in {"in", "from", "near", "outside", "lives", "visiting"}
            and not word
            and not clinic
            and not eponym(made.low[at])
            and len(made.low[at]) > 3
        )
    if eponym(made.low[at]):
        return towards and before in {"in", "from", "near", "outside", "visiting", "lives"} and clinic != 2
    if towards:
        return word < 3 or (place >= 2 and word < 3)
    return place >= 2 and not word and not opens(made, at) and (not clinic or place == 3)


def _longer(made: Tokens, at: int) -> int:
    """Return how many tokens the longest town of several words takes that begins here."""
    found = towns().get(made.low[at])
    if not found:
        return 0
    capital = made.kind[at] in CAPITAL
    for rest in found:
        end = at + len(rest) + 1
        if tuple(made.low[at + 1 : end]) != rest or any(k in "BNM" for k in made.kind[at + 1 : end]):
            continue
        if capital and made.kind[end - 1] in CAPITAL and made.kind[at] == made.kind[end - 1]:
            whole = " ".join((made.low[at], *rest))
            if (
                whole in listed("states")
                or (
                    eponym(made.low[at])
                    and eponym(rest[-1])
                    and not (at and made.low[at - 1] in {"in", "from", "near"})
                )
                or (
                    all(made.flags[i] >> WORD & 3 == 3 or never(made.low[i]) for i in range(at, end))
                    and not (at and made.low[at - 1] in listed("towards"))
                )
            ):
                return 0
            return len(rest) + 1
        if (
            not capital
            and at
            and made.low[at - 1] in {"in", "from", "near", "to", "at", "visiting", "outside"}
            and not all(made.flags[i] >> WORD & 3 for i in range(at, end))
        ):
            return len(rest) + 1
    return 0
