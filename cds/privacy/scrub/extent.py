"""How far a name reaches once it has begun, and what after it says that it is none."""

from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, WORD, listed
from cds.privacy.scrub.tokens import BREAK, INITIAL, LOWER, NUMBER, TITLE, UPPER, Tokens
from cds.privacy.scrub.weighing import eponym, names, never, weight

CAPITAL = (TITLE, UPPER)
NAME = "NAME"
_KEPT = "KEPT"
_CLOSING = frozenset({'"', "”", "'", "’", ")"})
_DEGREES = frozenset({"pharmd", "psyd", "phd", "edd", "mbbs", "mbchb", "engr", "const"})


def take(made: Tokens, start: int, end: int) -> int:
    """Mark tokens as parts of a name, but phrases that only sound like one, and return where they end."""
    titled = _KEPT in made.taken[start:end] and _after_a_title(made, start)
    for at in range(start, end):
        if titled or made.taken[at] != _KEPT:
            made.taken[at] = NAME
    return end


def _after_a_title(made: Tokens, start: int) -> bool:
    """Tell whether a title stands before a token, so that even "Dr. Robert Jones" is somebody; not "6 Fr"."""
    at = start - 1 - (word_at(made, start - 1) == ".")
    return at >= 0 and made.low[at] in listed("titles") and kind_at(made, at - 1) != NUMBER


def word_at(made: Tokens, at: int) -> str:
    """Return the word of a token, or a line end where there is none."""
    return made.word[at] if 0 <= at < len(made.word) else "\n"


def low_at(made: Tokens, at: int) -> str:
    """Return the low form of a token, or a line end where there is none."""
    return made.low[at] if 0 <= at < len(made.word) else "\n"


def kind_at(made: Tokens, at: int) -> str:
    """Return the kind of a token, or a break where there is none."""
    return made.kind[at] if 0 <= at < len(made.word) else BREAK


def whole(made: Tokens, at: int) -> bool:
    """Tell whether a token is a word not glued to digits or underscores."""
    return made.kind[at] in "TUIl" and not (made.glued(at) and made.word[at - 1] in "_@#/\\" + "0123456789")


def eponymous(made: Tokens, end: int) -> bool:
    """Tell whether the noun after a chain of names makes it a disease, a sign, a device."""
    at = end
    if word_at(made, at) in {"'", "’"}:
        at += 1
    if word_at(made, at) in {"-", "–", "/"}:
        at += 1
        if kind_at(made, at) in CAPITAL and low_at(made, at) not in listed("eponymous"):
            return eponymous(made, at + 1) if at + 1 < end + 6 else False
    return low_at(made, at) in listed("eponymous") or (
        low_at(made, at + 1) in listed("strong_nouns")
        and kind_at(made, at) in {LOWER, TITLE}
        and low_at(made, at) not in {"has", "had", "with", "and", "for", "is", "was", "no"}
    )


def pronoun(made: Tokens, at: int) -> bool:
    """Tell whether a capital is the I of somebody who speaks: "So, I had surgery"."""
    return low_at(made, at) == "i" and kind_at(made, at + 1) == LOWER and made.gap(at + 1) == " "


def nameable(made: Tokens, at: int, *, least: float = -2.0, upper: bool = False) -> bool:
    """Tell whether a token may go on a name that has begun."""
    kind = kind_at(made, at)
    if made.taken[at : at + 1] == [_KEPT] != made.taken[at - 1 : at]:
        return False
    if kind == INITIAL:
        return not pronoun(made, at)
    if kind not in CAPITAL or (kind == UPPER and not upper) or not whole(made, at):
        return False
    low = made.low[at]
    if never(low) or low in _DEGREES or (eponym(low) and eponymous(made, at + 1)):
        return False
    if made.flags[at] >> CLINIC & 3 and not names(made, at):
        return False
    total = weight(made, at, paired=True)
    if kind == UPPER:
        total += 4.0 if not made.flags[at] else 1.5
    return total > least


def reach(made: Tokens, at: int, *, least: float = -2.0, most: int = 4) -> int:
    """Return where a name that begins at a token ends; the first token is taken as it is."""
    upper = made.kind[at] == UPPER
    end, taken = at + 1, 1
    while end < len(made.word) and taken < most:
        following = _goes_on(made, end, least=least, upper=upper)
        if following == end:
            break
        end = following
        taken += 1
    return _with_suffix(made, end)


def _goes_on(made: Tokens, end: int, *, least: float, upper: bool) -> int:
    """Return where the next part of a name ends, or the same place where it has none."""
    mark = made.word[end]
    if mark == "." and made.kind[end - 1] == INITIAL and made.glued(end):
        return end + 1
    if mark in {"-", "‐", "–"}:
        return end + 2 if _double(made, end) else end
    if mark in {'"', "“", "'", "‘", "("}:
        return _nickname(made, end) or end
    if made.gap(end).strip(" \t") or "  " in made.gap(end):
        return end
    ahead = _after_particles(made, end)
    if ahead > end:
        return ahead
    return end + nameable(made, end, least=least, upper=upper)


def _double(made: Tokens, end: int) -> bool:
    """Tell whether a hyphen joins two parts of a name."""
    if end + 1 >= len(made.word) or not made.glued(end) or not made.glued(end + 1):
        return False
    low = made.kind[end + 1] == LOWER and names(made, end + 1) > 0
    return made.kind[end + 1] in CAPITAL or low


def _nickname(made: Tokens, end: int) -> int:
    """Return where a nickname in signs ends, William "Bill" Smith, Thaddeus "T-Boy" Fontenot, or 0."""
    for closing in (end + 2, end + 4):
        if word_at(made, closing) in _CLOSING:
            joined = closing == end + 2 or (word_at(made, end + 2) == "-" and made.glued(end + 3))
            capital = all(kind_at(made, i) in (*CAPITAL, INITIAL) for i in range(end + 1, closing, 2))
            return closing + 1 if joined and capital and not never(low_at(made, end + 1)) else 0
    return 0


def _after_particles(made: Tokens, end: int) -> int:
    """Return where a name goes on after "de la", "van der", or the same place where it does not."""
    ahead = end
    while ahead < len(made.word) and made.low[ahead] in listed("particles") and made.kind[ahead] != INITIAL:
        ahead += 1
    if ahead in {end, len(made.word)} or made.kind[ahead] != TITLE or never(made.low[ahead]):
        return end
    worded = made.kind[end] == LOWER and made.low[end] in listed("worded_particles")
    return end if worded else ahead + 1


def _with_suffix(made: Tokens, end: int) -> int:
    """Return the end with "Jr." and the like, which tell who it is."""
    at = end + 1 if word_at(made, end) == "," else end
    if low_at(made, at) in listed("suffixes") and kind_at(made, at) in {TITLE, UPPER}:
        return at + 1
    return end


def _spoken(made: Tokens, at: int) -> bool:
    """Tell whether somebody speaks: "Oh, I am", "So, I had"."""
    return made.low[at] in listed("interjections") or pronoun(made, at + 2)


def last_first(made: Tokens, at: int) -> int:
    """Return the end of "Smith, John M.", or 0."""
    if at + 2 >= len(made.word) or made.word[at + 1] != "," or made.kind[at] not in CAPITAL:
        return 0
    second = at + 2
    if (
        made.kind[second] == INITIAL
        and not _spoken(made, at)
        and made.flags[at] >> FAMILY & 3 >= (1 if word_at(made, second + 1) == "." else 2)
    ):
        return reach(made, second)
    if (
        made.kind[second] not in CAPITAL
        or made.taken[second] == _KEPT
        or never(made.low[second])
        or never(made.low[at])
        or made.kind[at] != made.kind[second]
    ):
        return 0
    both = eponym(made.low[at]) and eponym(made.low[second])
    if both or made.low[second] in listed("states") or (made.flags[at] >> CLINIC & 3 and names(made, at) < 2):
        return 0
    given = made.flags[second] >> GIVEN & 3
    family = made.flags[at] >> FAMILY & 3
    word = made.flags[second] >> WORD & 3
    if (given >= 2 and family and (word < 2 or (family >= 2 and not made.flags[at] >> WORD & 3))) or (
        given and family and not word and not made.flags[at] >> WORD & 3
    ):
        return reach(made, second, most=2)
    return 0


def family_low(made: Tokens, at: int) -> bool:
    """Tell whether a word written low is a family name and nothing else."""
    flags = made.flags[at]
    return (
        not flags >> WORD & 3
        and not flags >> CLINIC & 3
        and bool(flags >> FAMILY & 3)
        and not never(made.low[at])
        and whole(made, at)
        and made.gap(at) == " "
    )


def rest_of_list(made: Tokens, end: int) -> int:
    """Take the names that a list goes on with: "Mike, Dave and Luis"."""
    at = end
    for _ in range(12):
        ahead = at
        while low_at(made, ahead) in {",", "and", "&", "/", "or"} and ahead - at < 2:
            ahead += 1
        if ahead == at or ahead >= len(made.word) or made.kind[ahead] != TITLE or not whole(made, ahead):
            return end
        if weight(made, ahead) < -0.3 and not (
            names(made, ahead) >= 3 and not never(made.low[ahead]) and not eponym(made.low[ahead])
        ):
            return end
        if eponymous(made, ahead + 1) or (made.flags[ahead] >> CLINIC & 3 and not names(made, ahead)):
            return end
        if made.low[ahead] in listed("states") or made.low[ahead] in listed("state_codes"):
            return end
        at = end = take(made, ahead, reach(made, ahead))
    return end
