"""Names told by what is done with their bearers: "told Herb to skip", "Beau and Hunter are", "its gus"."""

import re
from bisect import bisect_left

from cds.privacy.scrub.extent import NAME, eponymous, kind_at, low_at, reach, take, whole, word_at
from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, WORD, listed, plain, strength
from cds.privacy.scrub.patterns import pattern, tried
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
            elif at and (_of_kin(made, at) or (made.kind[at - 1] == TITLE and _kindred(made, at))):
                take(made, at, at + 1)
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


def _kindred(made: Tokens, at: int) -> bool:
    """As in "Aunt Beauty fetches her", "Pastor Sunday visited": a word that is a name after its title."""
    before, after = made.low[at - 1], low_at(made, at + 1)
    if made.gap(at) != " " or (before not in listed("kin") and before not in _CALLED):
        return False
    told = after in listed("speaking") or after in listed("acting") or after.endswith(("ed", "es", "ls"))
    return told and kind_at(made, at + 1) == LOWER and not made.flags[at] >> CLINIC & 2


def _of_kin(made: Tokens, at: int) -> bool:
    """As in "mother of Tolu": a word with a capital, no word of the language, after somebody's kin."""
    if made.low[at - 1] != "of" or at < 2 or made.low[at - 2] not in listed("kin"):
        return False
    return _person(made, at) and not made.flags[at] >> WORD & 3


_CALLED = frozenset(
    {"pastor", "rev", "reverend", "imam", "rabbi", "deacon", "auntie", "nana", "brother", "sister"}
)


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
    if not at or (made.low[at - 1] not in listed("introducing") and not _housed(made, at)):
        return
    flags = made.flags[at]
    plain = not flags >> WORD & 2 or (flags >> GIVEN & 3 == 3 and _housed(made, at))
    clinical = flags >> CLINIC & 3 and not (flags >> GIVEN & 3 == 3 and _housed(made, at))
    if flags >> GIVEN & 3 >= 2 and plain and not clinical and whole(made, at):
        take(made, at, at + 1)


def _housed(made: Tokens, at: int) -> bool:
    """As in "lives w frank", "here w/ rosa": who somebody lives or came with."""
    before = at - 1 - (made.word[at - 1] == "/")
    return low_at(made, before) in {"w", "with"} and low_at(made, before - 1) in _HOUSED


_DASHES = frozenset({"-", "–", "—", "~", "/"})
_HOUSED = frozenset({"lives", "living", "live", "stays", "staying", "here", "came", "home", "alone"})


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
        or low_at(made, at - 1) in listed("lettered_kinds")
    ):
        return
    take(made, at, first)


def _by_letters(made: Tokens) -> None:
    """Mark initials that a word or an age tells: "initials RLM", "JW is a 19yo", "rx. -DM"."""
    text = made.text
    found = list(tried(pattern("people.initials_aged"), text, made.capital))
    found += tried(pattern("people.signature"), text, _dashed(made))
    if not {"transcribed", "dictated", "typed", "entered", "scribed", "signed"}.isdisjoint(made.low):
        found += pattern("people.typed_by").finditer(text)
    if not {"initials", "initial"}.isdisjoint(made.low):
        found += pattern("people.initials").finditer(text)
    if "," in text:
        found += [m for m in tried(pattern("people.filed_upper"), text, made.capital) if _files(made, m["v"])]
    if found:
        _take_letters(made, found)


def _dashed(made: Tokens) -> list[int]:
    """Return where a dash before a signature may begin, or the blank before it."""
    dashes = [at for at, word in zip(made.start, made.word, strict=True) if word in _DASHES]
    return sorted({place for at in dashes for place in (at - 1, at) if place >= 0})


def mark_initialled(made: Tokens) -> None:
    """Mark small letters that only somebody's initials are: "jmw RN", "by bjt at 05:51", "walker. lp"."""
    text = made.text
    found = list(pattern("people.initials_last").finditer(text, max(0, len(text) - 12)))
    short = [
        at
        for at, kind, low in zip(made.start, made.kind, made.low, strict=True)
        if kind == LOWER and len(low) < 4
    ]
    signed = tried(pattern("people.signed_low"), text, short)
    found += (m for m in signed if m["w"] or _after(m, "people.signing"))
    if not {"by", "initialed", "initialled"}.isdisjoint(made.low):
        found += (m for m in pattern("people.done_by").finditer(text) if _after(m, "people.doing"))
    if found:
        _take_letters(made, found)


def _after(match: re.Match[str], name: str) -> bool:
    """Tell whether what stands before a match ends as an expression says."""
    begin = match.start("v")
    return pattern(name).search(match.string, max(0, begin - 90), begin) is not None


def _files(made: Tokens, value: str) -> bool:
    """Tell whether two words in capitals beside a comma are a name, in a text that is not in capitals."""
    if made.kind.count(UPPER) * 3 > len(made.kind):
        return False
    flags = [strength(plain(word)) for part in value.split(",") for word in part.strip().split("-")]
    doubted = any(flag >> WORD & 3 or flag >> CLINIC & 3 for flag in flags)
    listed_word = any(part.strip().lower() in listed("abbreviations") for part in value.split(","))
    return not doubted and not listed_word and not any(never(w.strip().lower()) for w in value.split(","))


def _take_letters(made: Tokens, found: list[re.Match[str]]) -> None:
    for match in found:
        start, end = match.span(str(match.lastgroup))
        low = match[str(match.lastgroup)].lower()
        if low in listed("no_signatures") or (match.lastgroup == "w" and low in listed("abbreviations")):
            continue
        for at in range(bisect_left(made.start, start), bisect_left(made.start, end)):
            made.taken[at] = made.taken[at] or NAME
