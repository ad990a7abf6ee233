"""Places that the words before them announce: "transferred to", "waitress at", "labs from", "works at"."""

from cds.privacy.scrub.extent import CAPITAL, eponymous, kind_at, low_at
from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, PLACE, WORD, listed
from cds.privacy.scrub.tokens import INITIAL, LOWER, TITLE, UPPER, Tokens
from cds.privacy.scrub.towns import LOCATION, fill
from cds.privacy.scrub.weighing import eponym, names, never

_SIDES = frozenset({"north", "south", "east", "west", "northwest", "northeast", "southwest", "southeast"})
"""What tells one of several houses of the same kind: "Regional West"."""
_MOST = 6
"""Words that the name of an organisation has at most."""


def mark_announced(made: Tokens) -> None:
    """Give the category of places to what stands where only places and organisations stand."""
    uppers = made.kind.count(UPPER) > made.kind.count(LOWER)
    for at, kind in enumerate(made.kind):
        if not at or kind not in {TITLE, UPPER, LOWER}:
            continue
        if made.word[at] == "VA" and made.taken[at - 1] in {"NAME", LOCATION} and not made.gap(at).strip():
            fill(made, at, at + 1)
        if made.taken[at]:
            continue
        if kind == LOWER:
            _low(made, at)
        elif kind == TITLE or uppers:
            _capital(made, at)


def _capital(made: Tokens, at: int) -> None:
    before = at - 1
    if made.low[before] == "the" and before:
        before -= 1
    word = made.low[before]
    if word in {"at", "@"} or (made.kind[before] == LOWER and word in listed("announcing")):
        least = 1 if made.kind[at] == TITLE else 2
    elif word in {"to", "from", "for", "by", "with"} and _led(made, before, word):
        least = 1
    elif word == "from" and made.taken[before - 1] == "NAME":
        least = 2
    elif word in {"on", "at"} and made.taken[before - 1] == LOCATION and made.kind[at] == TITLE:
        shop = made.low[before - 1] in listed("shops")
        known = shop or names(made, at) or made.flags[at] >> PLACE & 3 or not eponym(made.low[at])
        if known and not never(made.low[at]) and not made.flags[at] >> CLINIC & 2:
            fill(made, before, at + 1)
        return
    else:
        return
    end = chain(made, at)
    if end - at >= least and may_be_place(made, at, end, single=end - at == 1):
        fill(made, at, end)


def _led(made: Tokens, at: int, word: str) -> bool:
    """Tell whether the word before "to", "from", "for" says that somebody goes, comes or works there."""
    cues = {"to": "sent_to", "from": "come_from"}.get(word, "working")
    return any(low_at(made, at - back) in listed(cues) for back in (1, 2)) or (
        word == "to" and low_at(made, at - 1) == "c" and low_at(made, at - 3) == "d"
    )


def chain(made: Tokens, at: int) -> int:
    """Return where words with capitals end that may be the name of one organisation."""
    end = at + 1
    while end < len(made.word) and end - at < _MOST and not made.taken[end]:
        step = 1
        if made.low[end] in {"of", "and", "the", "for", "&", "-", "+"} or made.word[end] in {"'", "."}:
            step = 2
        after = end + step - 1
        ahead = kind_at(made, after)
        if (
            made.gap(end).strip()
            or len(made.gap(end)) > 1
            or (step == 2 and made.word[end] == "." and not made.glued(end))
        ):
            break
        if made.word[end] == "." and made.kind[end - 1] != INITIAL and made.low[end - 1] not in {"st", "mt"}:
            break
        if (
            ahead not in (*CAPITAL, INITIAL)
            or made.taken[after : after + 1] != [""]
            or made.gap(after).strip()
        ):
            break
        if ahead != made.kind[at] and ahead == UPPER and (len(made.low[after]) < 3 or step == 2):
            break
        end = after + 1
    while end - at > 1 and never(made.low[end - 1]) and not _ends_firm(made.low[end - 1]):
        end -= 1
    return end


def _ends_firm(low: str) -> bool:
    """Tell whether a word of forms or grammar may none the less end what an organisation is called."""
    return low in listed("facilities") or low in listed("firm_ends")


def may_be_place(made: Tokens, at: int, end: int, *, single: bool) -> bool:
    """Tell whether words with capitals may be the name of an organisation where one is announced."""
    low = made.low[at]
    if (
        low in listed("titles")
        or low in listed("states")
        or low in listed("countries")
        or eponymous(made, end)
    ):
        return False
    if single and low in listed("facility_words"):
        return True
    if single and (
        low in listed("workplaces") or low in listed("departments") or low in listed("facilities")
    ):
        return False
    if low in listed("kin") or low in listed("staff") or low in listed("patients"):
        return False
    telling = [
        i
        for i in range(at, end)
        if made.kind[i] in CAPITAL
        and made.low[i] not in listed("generic")
        and made.low[i] not in listed("departments")
        and not never(made.low[i])
        and not eponym(made.low[i])
        and (not made.flags[i] >> CLINIC & 3 or names(made, i) >= 2 or made.flags[i] >> PLACE & 3)
    ]
    if single:
        return low not in listed("generic") and len(telling) == 1
    return bool(telling) or not _SIDES.isdisjoint(made.low[at + 1 : end])


def _low(made: Tokens, at: int) -> None:
    """As in "works nights at amazon", "goes to jefferson middle"."""
    before = made.low[at - 1]
    if before not in {"at", "for", "to", "attends", "@"} or made.low[at] in listed("workplaces"):
        return
    end = at + 1
    while (
        end < len(made.word)
        and end - at < 3
        and made.kind[end] == LOWER
        and made.low[end] not in listed("schools")
    ):
        end += 1
    if low_at(made, end) in listed("schools") and made.kind[end] == LOWER:
        if not any(never(low) or low in listed("generic") for low in made.low[at:end]):
            fill(made, at, end + 1)
        return
    working = any(low_at(made, at - back) in listed("working") for back in (2, 3))
    if before in {"at", "for", "@"} and working and (_own_word(made, at) or made.low[at] in listed("chains")):
        fill(made, at, at + 1)


def _own_word(made: Tokens, at: int) -> bool:
    """Tell whether a word written low is more of a name than a word."""
    flags = made.flags[at]
    named = flags >> GIVEN & 3 or flags >> FAMILY & 3 or flags >> PLACE & 3
    word = flags >> WORD & 3
    return not never(made.low[at]) and not flags >> CLINIC & 3 and (word < 2 or bool(named and word < 3))
