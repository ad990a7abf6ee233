"""Names that are words and written low, told by kin, by a title, by what only people do: "wife melody in"."""

from cds.privacy.scrub.extent import NAME, kind_at, low_at, take, whole, word_at
from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, WORD, listed
from cds.privacy.scrub.patterns import pattern
from cds.privacy.scrub.tokens import INITIAL, LOWER, NUMBER, TITLE, UPPER, Tokens
from cds.privacy.scrub.weighing import eponym, names, never

_TITLES = frozenset(
    {"chaplain", "pastor", "sister", "brother", "aunt", "auntie", "uncle", "nurse", "coach", "bro", "sis"}
)
_STRONG = frozenset({"dr", "doctor", "mr", "mrs", "ms", "miss", "mister"})
_SPOKEN = frozenset({"doctor", "mister", "missus"})
_MODAL = frozenset({"will", "may", "can", "mark", "pat", "drew", "art", "bill", "rose", "jan", "sue", "dawn"})
_NOUNS = frozenset(
    {"care", "home", "house", "house's", "age", "doctor", "school", "work", "call", "visit", "note", "teeth"}
    | {"food", "son", "love", "son's", "side", "day", "fell", "case", "case's", "order", "office"}
)
_AFTER = frozenset(
    {"in", "at", "who", "(", ",", ".", "\n", ";", ")", "is", "was", "has", "and", "re", "by", "next"}
)
"""What follows somebody named after a title or a kin, and seldom a word of a sentence."""
_LISTING = frozenset({"and", ",", "&", "kids", "children", "son", "daughter", "sons", "daughters", "with"})
_MONTHS = frozenset({"march", "april", "june", "july", "august"})
_CERTAIN = frozenset({"in", "at", "(", "who", ".", "\n"})
_DOING = frozenset(
    {"lives", "says", "asks", "works", "reports", "denies", "states", "drove", "drives", "brought", "phoned"}
    | {"sleeps", "smokes", "drinks", "wants", "thinks", "worries", "agrees", "refuses", "helps", "cooks"}
)
_TOLD = frozenset(
    {"with", "to", "per", "by", "is", "see", "saw", "=", "copy", "from", "for", "called", "and"}
)
_EDGES = frozenset({"\n", "/", "-", "—", "by", "dr", "doctor", "per", "(", "=", "|"})
_STOPS = frozenset({"\n", ")", ",", ";", ":", "/", "."})
_SIGNED = frozenset(
    {"wit", "witness", "witnessed", "sig", "contact", "dir", "director", "dean", "md", "rn", "by"}
)


def mark_lowly(made: Tokens) -> None:
    """Mark words written low, and words after an initial, that stand where only a name stands."""
    for at, kind in enumerate(made.kind):
        if made.taken[at]:
            continue
        if kind == LOWER or (kind == UPPER and kind_at(made, at - 1) == UPPER):
            if len(made.low[at]) == 1:
                _low_initial(made, at)
            elif at:
                _low(made, at)
        elif kind == INITIAL:
            _initial(made, at)
        elif kind == TITLE and at and made.low[at - 1] in _SPOKEN and _worded(made, at):
            take(made, at, at + 1)


def _low(made: Tokens, at: int) -> None:
    low, flags = made.low[at], made.flags[at]
    before, after = made.low[at - 1], low_at(made, at + 1)
    if before == "." and at > 1:
        before = made.low[at - 2]
    if before == "law" and low_at(made, at - 3) == "in":
        before = low_at(made, at - 5)
    given = flags >> GIVEN & 3 >= 2 or (not flags and before in listed("kin") and _unknown(low, after))
    if not given and before not in _STRONG:
        return
    if ((never(low) or flags >> CLINIC & 2) and low not in _MODAL) or not whole(made, at):
        return
    if given and _aside(made, at):
        take(made, at, at + 1)
    elif given and (before in listed("kin") or before in _TITLES) and made.gap(at) == " ":
        told = after in (_CERTAIN if low in _MODAL else _AFTER) or kind_at(made, at + 1) == NUMBER
        if low not in _NOUNS and (told or _family(made, at + 1)):
            take(made, at, at + 1 + _family(made, at + 1))
    elif given and after in _DOING and made.word[at - 1] in {"\n", "."}:
        take(made, at, at + 1)
    elif before in _STRONG:
        _doctor(made, at)


def _unknown(low: str, after: str) -> bool:
    """Tell whether a word that no list has may be somebody's name: "brother obinna in enugu"."""
    plain = len(low) > 3 and low.isalpha() and low not in listed("abbreviations")
    return plain and after in {"in", "(", "at"} and pattern("words.clinical_ending").search(low) is None


def _worded(made: Tokens, at: int) -> bool:
    """As in "IR = doctor Wire. Door 1012": a word with a capital after a title written out and low."""
    low = made.low[at]
    if made.kind[at - 1] != LOWER or made.gap(at) != " " or never(low) or low in listed("departments"):
        return False
    return names(made, at) >= 1 and not made.flags[at] >> CLINIC & 2 and low not in _NOUNS


def _aside(made: Tokens, at: int) -> bool:
    """As in "hope (niece, HCPOA)", "joy (4)": a name with the kin it is, or its age, in brackets."""
    aged = kind_at(made, at + 2) == NUMBER and len(made.word[at + 2]) < 3 and low_at(made, at - 1) in _LISTING
    if aged and made.low[at] not in _MODAL and made.low[at] not in _MONTHS:
        return word_at(made, at + 1) == "(" and word_at(made, at + 3) == ")"
    return (
        word_at(made, at + 1) == "("
        and low_at(made, at + 2) in listed("kin")
        and word_at(made, at + 3) in {")", ","}
    )


def _family(made: Tokens, at: int) -> bool:
    """Tell whether a family name written low, and no word, goes on with a name."""
    if kind_at(made, at) != LOWER or made.taken[at] or made.gap(at) != " " or len(made.low[at]) < 4:
        return False
    flags = made.flags[at]
    plain = not flags >> WORD & 3 and not flags >> CLINIC & 3 and not eponym(made.low[at])
    return plain and bool(flags >> FAMILY & 3) and not never(made.low[at])


def _doctor(made: Tokens, at: int) -> None:
    """As in "copy to doctor wire.", "this is doctor may field in Spokane"."""
    title = at - 1 - (made.word[at - 1] == ".")
    low, after = made.low[at], low_at(made, at + 1)
    opening = word_at(made, title - 1) in {"\n", "."} and after in {"to", "aware", "notified", "here", "ok"}
    if low_at(made, title - 1) not in _TOLD and not opening:
        return
    if low in listed("speaking") or low in _NOUNS or len(low) < 3:
        return
    if opening and names(made, at) >= 2 and low not in {"will", "can"}:
        take(made, at, at + 1)
        return
    if low in listed("prepositions") or names(made, at) < 2 or made.flags[at] >> CLINIC & 3:
        return
    if after in _CERTAIN or after == ",":
        take(made, at, at + 1)
        return
    goes_on = kind_at(made, at + 1) == LOWER and low_at(made, at + 2) in _CERTAIN | {",", "correction"}
    if goes_on and names(made, at + 1) and not never(after) and after not in listed("speaking"):
        take(made, at, at + 2)


def _initial(made: Tokens, at: int) -> None:
    """As in "witnessed B. Lamb", "(E. Quill)", "Dir: R. Klinefelter MD": an initial, then a word."""
    dotted = word_at(made, at + 1) == "." and made.glued(at + 1)
    first = at + 1 + dotted
    while kind_at(made, first) == INITIAL and first - at < 5:
        first += 1 + (word_at(made, first + 1) == ".")
    if (
        kind_at(made, first) != TITLE
        or made.gap(first) not in {" ", ""}
        or made.taken[first] not in {"", NAME}
    ):
        return
    if low_at(made, at - 1) in listed("lettered_kinds") or word_at(made, at - 1) in {"-", "'"}:
        return
    low, flags = made.low[first], made.flags[first]
    if never(low) or (flags >> CLINIC & 3 and names(made, first) < 2) or low in listed("titles"):
        return
    if not dotted and (made.low[at] in {"a", "i"} or made.word[at - 1] == "."):
        return
    degree = dotted and kind_at(made, first + 1) == UPPER and low_at(made, first + 1) in listed("credentials")
    if (names(made, first) or not flags or degree) and _told(made, at, first, dotted=dotted):
        take(made, at, first + 1)


def _told(made: Tokens, at: int, first: int, *, dotted: bool) -> bool:
    """Tell whether what stands beside an initial and a word says that they are somebody."""
    before = low_at(made, at - 2) if word_at(made, at - 1) in {":", "("} else low_at(made, at - 1)
    after = low_at(made, first + 1)
    degree = low_at(made, first + 2) if after == "," else after
    known = made.kind[first + 1 : first + 2] == [UPPER] or after == ","
    if known and degree in listed("credentials") and kind_at(made, first + 1 + (after == ",")) == UPPER:
        return True
    if before in _STRONG or (before == "." and low_at(made, at - 2) in _STRONG):
        return True
    cued = before in _SIGNED or before in listed("staff") or before in listed("credentials")
    if cued and before not in {"and", "for", "to", "with", "from", "hi"} and after in _STOPS | {"("}:
        return True
    return dotted and word_at(made, at - 1) == "(" and after == ")"


def _office(made: Tokens, at: int) -> bool:
    """Tell whether two or three capitals, as of an office, end a line: "j. winters IP"."""
    return kind_at(made, at) == UPPER and len(made.low[at]) < 4 and word_at(made, at + 1) in {"\n", "", "."}


def _low_initial(made: Tokens, at: int) -> None:
    """As in "l. marchetti lgsw", "// j. winters IP", "(dr. p. st. cyr)"."""
    if word_at(made, at + 1) != "." or not made.glued(at + 1) or kind_at(made, at + 2) not in {LOWER, TITLE}:
        return
    last, before = at + 2, low_at(made, at - 1)
    if before == "." and low_at(made, at - 2) in _STRONG:
        before = "dr"
    if made.low[last] == "st" and word_at(made, last + 1) == ".":
        last += 2
    if word_at(made, last + 1) == "-" and made.glued(last + 1) and kind_at(made, last + 2) == LOWER:
        last += 2
    while made.kind[last] == TITLE and kind_at(made, last + 1) == TITLE and made.gap(last + 1) == " ":
        last += 1
    low, flags = low_at(made, last), made.flags[last] if last < len(made.word) else 0
    after = low_at(made, last + 1)
    edge = before in _EDGES or (before == "." and after in listed("credentials"))
    if not edge or len(low) < 3 or never(low) or flags >> CLINIC & 3 or low in listed("units"):
        return
    if (
        after in listed("credentials")
        or (low_at(made, at - 1) == "/" and names(made, last) >= 2 and _office(made, last + 1))
        or (before in _STRONG and names(made, last))
        or (
            not flags >> WORD & 3
            and (after in _STOPS or after[:1] == "x")
            and (before != "\n" or made.glued(last))
        )
    ):
        take(made, at, last + 1)
