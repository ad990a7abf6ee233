"""Practices and firms by the word that ends what they are called: "Gulfport Derm", "Halsted Masonry"."""

from collections.abc import Iterator

from cds.privacy.scrub.announced import may_be_place
from cds.privacy.scrub.extent import CAPITAL, eponymous, kind_at, low_at, word_at
from cds.privacy.scrub.lexicon import CLINIC, PLACE, WORD, listed
from cds.privacy.scrub.patterns import pattern
from cds.privacy.scrub.tokens import LOWER, TITLE, UPPER, Tokens
from cds.privacy.scrub.towns import LOCATION
from cds.privacy.scrub.weighing import eponym, names, never, opens

Span = tuple[int, int]
_MOST = 4
"""Words that a practice or firm is called by before the word for its kind."""
_JOINTS = frozenset({"&", "of", "'", "’", "-"})
_CUES = frozenset(
    {"at", "@", "from", "to", "via", "by", "called", "for", "w", "the", "see", ",", "(", "with"}
)
_SURE_CUES = frozenset({"at", "@", "from", "to", "via", "agency", "supplier", "practice", "clinic"})
_LABELS = frozenset(
    {"stamp", "pcp", "clinic", "practice", "office", "provider", "facility", "from", "location"}
)
_LOOSE = frozenset({"ed", "er", "uc", "ch", "gi", "ent", "cc", "ob", "mc", "mh", "gh", "pd", "fd", "hs"})
"""Letters that are other things too."""
_CARES = frozenset({"medicine", "med", "care", "practice", "health", "physicians", "therapy", "living"})
_CARED_FOR = frozenset(
    {"family", "internal", "primary", "memory", "urgent", "sports", "home", "senior", "women's", "womens"}
    | {"assisted", "occupational", "behavioral", "mental", "physical", "adult", "express", "immediate"}
)
"""What ends what a practice is called in two words: "Notch Family Medicine", "Maple Terrace Memory Care"."""
_AFTER = frozenset(
    {"mg", "mcg", "xl", "xr", "sr", "dr", "tab", "tabs", "negative", "positive", "score", "scale", "exam"}
    | {"test", "sign", "disease", "syndrome", "toxicity", "consult", "consulted", "aware", "paged", "checks"}
)
"""What follows a department that was asked, a drug that acts for long, a sign: no practice."""
_WARDS = frozenset({"ed", "er"})
"""What a house has rather than what it is called."""
_DOING = ("ed", "ing", "ize", "ise")
_PLURALS = frozenset({"center", "centre", "group", "clinic", "office"})


def practices(made: Tokens) -> Iterator[Span]:
    """Yield where names stand with the kind of practice or firm after them."""
    short, worded, trades = listed("short_kinds"), listed("worded_kinds"), listed("trade_kinds")
    letters, cues = listed("lettered_kinds_after"), listed("firm_cues")
    for at, low in enumerate(made.low):
        if low in short or low in worded or low in trades:
            if made.kind[at] in CAPITAL:
                yield from _kind(made, at, strict=low not in short)
        elif low in _CARES and at and made.low[at - 1] in _CARED_FOR and made.kind[at] in CAPITAL:
            yield from _kind(made, at - 1, strict=True)
        elif low in letters:
            if made.kind[at] == UPPER:
                yield from _kind(made, at, strict=low in _LOOSE)
        elif low in {"offices", "office"} and low_at(made, at - 1) == "law" and made.kind[at] == TITLE:
            yield at - 1, _partners(made, at + 1)
        elif low in cues and made.kind[at] == LOWER:
            yield from _firm(made, at + 1)
        elif low == "c" and made.word[at + 1 : at + 2] == ["/"] and low_at(made, at + 2) == "o":
            yield from _firm(made, at + 3)


def _kind(made: Tokens, at: int, *, strict: bool) -> Iterator[Span]:
    """Yield the words with capitals before a kind, where they name a practice and say nothing else."""
    first = _first(made, at)
    if first == at or low_at(made, at + 1) in _AFTER or eponymous(made, at + 1) or _titled(made, first):
        return
    words = [here for here in range(first, at) if made.kind[here] in CAPITAL]
    trade = made.low[at] in listed("trade_kinds")
    telling = [here for here in words if _tells(made, here, trade=trade)]
    if not telling or (strict and not _whole(made, words, telling)):
        return
    if len(words) == 1 and not _alone(made, words[0], strict=strict):
        return
    end = at + (made.low[at] not in _WARDS)
    if word_at(made, end) == "." and low_at(made, end + 1) in {"hosp", "hospital", "med", "ctr"}:
        end += 2
    while end > at and end < len(made.word) and end - at < 3 and made.gap(end) == " " and _more(made, end):
        end += 1
    yield first, end


def _partners(made: Tokens, at: int) -> int:
    """Return where the partners of a law office end: "Law Offices of Crump-Ashby"."""
    end = at + (low_at(made, at) == "of")
    while end < len(made.word) and made.gap(end) in {" ", "", ", "}:
        if made.kind[end] != TITLE and made.word[end] not in {"&", "-", "'", "’"}:
            break
        end += 1
    return end if kind_at(made, end - 1) == TITLE else at


def _titled(made: Tokens, at: int) -> bool:
    """Tell whether a title stands before a word: "Dr. Patel Neuro" is who and not where."""
    before = at - 1 - (low_at(made, at - 1) == ".")
    return low_at(made, before) in listed("titles")


def _first(made: Tokens, at: int) -> int:
    """Return where the words begin that a kind ends: capitals as the kind has, or with small letters."""
    first = at
    while first and at - first < _MOST + 1 and made.gap(first) in {" ", "", "'s ", "’s "}:
        before = first - 1
        if made.word[before] in _JOINTS and before:
            if kind_at(made, before - 1) not in CAPITAL or (
                made.low[before] == "-" and not made.glued(first)
            ):
                break
        elif not _belongs(made, before):
            break
        first = before
    while first < at and made.kind[first] not in CAPITAL:
        first += 1
    return first


def _belongs(made: Tokens, at: int) -> bool:
    low = made.low[at]
    if made.kind[at] not in CAPITAL or made.taken[at] not in {"", "NAME", LOCATION}:
        return False
    if made.kind[at] == UPPER and (len(low) < 3 or low in listed("abbreviations")):
        return low == "st"
    if low in listed("titles") or low in listed("credentials") or low in listed("patients"):
        return False
    if (
        opens(made, at)
        and low not in listed("colours")
        and (low.endswith(_DOING) or low in listed("announcing"))
    ):
        return False
    return not never(low) or low in listed("states") or low in listed("colours") or _common(low)


def _tells(made: Tokens, at: int, *, trade: bool = False) -> bool:
    """Tell whether a word is of what a practice is called: not clinical, not the kind of one."""
    low, flags = made.low[at], made.flags[at]
    if never(low) and low not in listed("states"):
        return False
    if any(
        low in listed(name)
        for name in ("generic", "departments", "short_kinds", "no_persons", "kin", "staff")
    ):
        return False
    if eponym(low) and not flags >> PLACE & 3 and not (trade and names(made, at)):
        return False
    return not flags >> CLINIC & 3 or flags >> PLACE & 3 >= 2 or names(made, at) >= 2


def _whole(made: Tokens, words: list[int], telling: list[int]) -> bool:
    """Tell whether all words before a kind are one name: "Golden Vein Plasma", not "Fresh Frozen Plasma"."""
    first = words[0] in telling or made.low[words[0]] in listed("colours") or len(telling) > 1
    if not first or not all(
        at in telling or _common(made.low[at]) or made.low[at] in listed("colours") for at in words
    ):
        return False
    cued = _cued(made, words[0])
    return cued or any(made.flags[at] >> WORD & 3 < 2 or _placed(made, at) for at in telling)


def _cued(made: Tokens, at: int) -> bool:
    """Tell whether a word or a label before a practice says that one follows."""
    before = low_at(made, at - 1)
    return before in _SURE_CUES or (before == ":" and low_at(made, at - 2) in _LABELS)


def _common(low: str) -> bool:
    return any(low in listed(name) for name in ("generic", "streets", "lands", "first_towns"))


def _placed(made: Tokens, at: int) -> bool:
    return bool(made.flags[at] >> PLACE & 3) or names(made, at) >= 2


def _alone(made: Tokens, at: int, *, strict: bool) -> bool:
    """Tell whether one word before a kind is what a practice is called: a town, a name, an unknown word."""
    flags, word = made.flags[at], made.flags[at] >> WORD & 3
    if _cued(made, at):
        return word <= 2
    if opens(made, at) and (strict or word > 1):
        return False
    before = low_at(made, at - 1)
    cued = before in _CUES or (before == "/" and low_at(made, at - 2) == "w")
    if not strict:
        return word <= 1 or cued or _placed(made, at)
    unknown = not flags and pattern("words.clinical_ending").search(made.low[at]) is None
    if word == 2 and made.flags[at] >> PLACE & 3 > 1:
        return True
    return word <= 1 and (cued or ((unknown or _placed(made, at)) and not flags >> CLINIC & 3))


def _more(made: Tokens, at: int) -> bool:
    """Tell whether another word for the kind follows: "Notch Family Medicine", "Tidal Spine Center"."""
    low = made.low[at]
    known = low in listed("facilities") or low in listed("worded_kinds") or low in _PLURALS
    if low in _CARES and made.low[at - 1] in _CARED_FOR:
        return made.kind[at] in CAPITAL and not made.taken[at]
    return made.kind[at] in CAPITAL and known and low not in listed("departments") and not made.taken[at]


def _firm(made: Tokens, first: int) -> Iterator[Span]:
    """Yield what follows "supplier", "trucking firm", "c/o": "Five Rivers Haul", "Salty's Bait"."""
    if low_at(made, first) == "the":
        first += 1
    if kind_at(made, first) != TITLE or made.gap(first) not in {" ", ""} or word_at(made, first - 1) == ":":
        return
    end = first
    while (
        end < len(made.word)
        and end - first < 5
        and made.kind[end] == TITLE
        and (end == first or made.gap(end) in {" ", "'s ", "’s "})
    ):
        end += 1
    if made.taken[first] == "NAME" and end - first < 3:
        return
    if any(_tells(made, at) for at in range(first, end)) and (
        end - first > 1 or made.taken[first] or may_be_place(made, first, end, single=True)
    ):
        yield first, end
