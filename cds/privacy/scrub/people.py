"""Names of people: after what announces them, in pairs, alone where nothing else is meant."""

from functools import cache

from cds.privacy.scrub.extent import (
    CAPITAL,
    NAME,
    eponymous,
    kind_at,
    last_first,
    low_at,
    reach,
    take,
    whole,
    word_at,
)
from cds.privacy.scrub.labelled import labelled
from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, PLACE, WORD, listed
from cds.privacy.scrub.patterns import pattern
from cds.privacy.scrub.things import thing
from cds.privacy.scrub.titled import after_title, before_credentials
from cds.privacy.scrub.tokens import INITIAL, LOWER, MIXED, NUMBER, TITLE, UPPER, Tokens
from cds.privacy.scrub.weighing import eponym, names, never, opens, weight

_OF_THINGS = frozenset({"the", "a", "an", "that", "not", "to", "no", "when", "in", "on"})
_UNITS = frozenset("lcfgmdhx")
"""Letters that after a number are its unit ("4.5 L.")."""
_SCORES = frozenset(
    {"grace", "curb", "hope", "heart", "faith", "dash", "rose", "timi", "sofa", "charm", "penny"}
)
"""Scores and instruments that are written in capitals and that people are called by, too."""
_CUED_RULES = (after_title, before_credentials, labelled)


def mark_people(made: Tokens) -> None:
    """Give the category of names to the tokens that are names of people."""
    telling = cueing()
    for at, kind in enumerate(made.kind):
        if made.taken[at] or kind in "BNMX":
            continue
        if made.low[at] in telling:
            any(rule(made, at) > at for rule in _CUED_RULES)
        if not made.taken[at] and (kind != LOWER or made.flags[at] >> GIVEN & 3 >= 2):
            _lone(made, at)
    mark_again(made)


@cache
def cueing() -> frozenset[str]:
    """Return the words before or after which names may stand."""
    return frozenset().union(*map(listed, ("titles", "credentials", "patients", "kin", "staff")))


def _lone(made: Tokens, at: int) -> int:
    """Names without any cue: pairs, initials with a family name, single names that are nothing else."""
    kind = made.kind[at]
    if kind == LOWER:
        return _lone_low(made, at)
    if not whole(made, at) or (kind == TITLE and thing(made, at)):
        return at
    return _lone_initial(made, at) if kind == INITIAL else _lone_capital(made, at, kind)


def _lone_capital(made: Tokens, at: int, kind: str) -> int:
    if kind in CAPITAL and (aged := _before_age(made, at)) > at:
        return take(made, at, aged)
    end = last_first(made, at)
    if end and not eponymous(made, end):
        return take(made, at, end)
    end = _pared(made, at, reach(made, at, least=-2.6))
    if end - at > 1:
        return _pair(made, at, end)
    if eponymous(made, at + 1) or (eponymous(made, at + 2) and word_at(made, at + 1) in {"-", "and", "&"}):
        return at
    return take(made, at, at + 1) if kind == TITLE and _alone(made, at) else at


def _before_age(made: Tokens, at: int) -> int:
    """As in "Rutherford, 58M", "Rose Power, 50 yo": one or two words before a comma, an age and a sex."""
    end = at + 1
    while kind_at(made, end) == made.kind[at] and made.gap(end) in {" ", ""} and end - at < 4:
        end += 1
        if word_at(made, end) == "-" and made.glued(end):
            end += 1
    age = kind_at(made, end + 1)
    if word_at(made, end) != "," or age not in {NUMBER, MIXED}:
        return at
    told = pattern("people.age_and_sex").match(made.text, made.start[end + 1])
    if told is None or never(made.low[end - 1]) or not names(made, end - 1):
        return at
    doubtful = made.flags[at] >> WORD & 3 == 3 or made.flags[at] >> CLINIC & 3 == 3
    if end - at >= 2:
        return end if made.flags[at] >> GIVEN & 3 and not never(made.low[at]) else at
    return end if not never(made.low[at]) and (names(made, at) >= 2 or not doubtful) else at


def _pared(made: Tokens, at: int, end: int) -> int:
    """Return the end of a name without the signs and letters that only seem to go on with it."""
    while end - at > 1 and (
        made.word[end - 1] in {".", "-"}
        or made.taken[end - 1]
        or (made.kind[end - 1] == INITIAL and end - at > 2)
    ):
        if made.word[end - 1] == "." and made.kind[end - 2] == INITIAL:
            break
        end -= 1
    return end


def _alone(made: Tokens, at: int) -> bool:
    flags = made.flags[at]
    total = weight(made, at)
    if flags >> PLACE & 3 >= 2 and names(made, at) < 3:
        total -= 1.0
    before, after = low_at(made, at - 1), low_at(made, at + 1)
    if word_at(made, at + 1) in {"-", "®", "™", "/"} or word_at(made, at - 1) in {"-", "/"}:
        total -= 1.6
    if after in listed("speaking"):
        total += 1.3
    if made.text[made.end[at] : made.end[at] + 2] in {"'s", "’s"}:
        total += 0.3
    if before in listed("before_things"):
        total -= 1.3
    if before in listed("before_people"):
        total += 0.4
    if _acts(made, at, after):
        return True
    given = flags >> GIVEN & 3 and not flags >> WORD & 3 and not flags >> CLINIC & 3
    return total > (0.25 if given else 1.0 if names(made, at) else 1.5)


def _acts(made: Tokens, at: int, after: str) -> bool:
    """Tell whether a given name does what only people do: "Hank reports", "Bill got"."""
    flags = made.flags[at]
    if never(made.low[at]) or flags >> CLINIC & 3 == 3:
        return False
    if after == "was" and opens(made, at) and flags >> GIVEN & 3 == 3:
        return low_at(made, at + 2) not in _OF_THINGS
    if flags >> CLINIC & 3:
        return False
    sure = after in listed("acting") and flags >> GIVEN & 3 == 3
    return sure or (after in listed("speaking") and flags >> GIVEN & 3 >= 2 and flags >> WORD & 3 < 3)


def _pair(made: Tokens, at: int, end: int) -> int:
    """Return the end where two or more words with capitals are a name."""
    words = [
        i
        for i in range(at, end)
        if made.kind[i] in CAPITAL and (i == at or made.low[i] not in listed("particles"))
    ]
    if not words:
        return at
    noun = low_at(made, end if word_at(made, end) not in {"'", "’"} else end + 1)
    if noun in listed("strong_nouns") or (eponymous(made, end) and any(eponym(made.low[i]) for i in words)):
        return at
    if len(words) < 2:
        return (
            take(made, at, end)
            if weight(made, words[0]) + 0.6 > 0.4 and made.kind[end - 1] in {INITIAL, "M"}
            else at
        )
    first, last = words[0], words[-1]
    given, family = made.flags[first] >> GIVEN & 3, made.flags[last] >> FAMILY & 3
    weights = [weight(made, i) + (1.5 if made.kind[i] == UPPER and made.flags[i] else 0.0) for i in words]
    total = sum(weights) / len(weights) * 2
    if eponym(made.low[last]) and given >= 2:
        total += 3.0
    if eponym(made.low[first]) and given >= 2 and family >= 2:
        total += 3.0
    total += 0.9 * given + 0.5 * family
    if given >= 2 and family >= 2:
        total += 2.2
    if all(made.flags[i] >> CLINIC & 3 for i in words) and given < 3:
        total -= 2.0
    if any(made.flags[i] == 0 or not names(made, i) for i in words) and given < 2:
        total -= 1.2
    return take(made, at, end) if total > 1.5 else at


def _lone_initial(made: Tokens, at: int) -> int:
    """As in "J. Smith", "J.R. Ewing"; "T. Smith" and not "E. coli", "T. pallidum"."""
    if (word_at(made, at - 1) in {"-", "/", "'"} and low_at(made, at - 2) != "s") or low_at(
        made, at - 1
    ) in listed("lettered_kinds"):
        return at
    if low_at(made, at + 2) in listed("titles") or low_at(made, at + 2) in listed("kin"):
        return at
    if word_at(made, at + 1) != "." or (kind_at(made, at - 1) == NUMBER and made.low[at] in _UNITS):
        return at
    end = reach(made, at)
    words = [i for i in range(at, end) if made.kind[i] == TITLE]
    if (
        words
        and max(
            weight(made, i) + (2.0 if eponym(made.low[i]) and not eponymous(made, i + 1) else 0)
            for i in words
        )
        > -1.2
        and not eponymous(made, end)
    ):
        return take(made, at, end)
    letters = "".join(made.low[i] for i in range(at, end) if made.kind[i] == INITIAL)
    if (
        not words
        and 2 <= len(letters) <= 4
        and letters not in listed("no_initials")
        and (
            low_at(made, end) in listed("speaking")
            or (word_at(made, end) == "," and low_at(made, end + 1) in {"a", "an"})
        )
    ):
        return take(made, at, end)
    return at


def _lone_low(made: Tokens, at: int) -> int:
    """Names written low: "john smith", "jennifer"."""
    flags = made.flags[at]
    if flags >> GIVEN & 3 < 2 or flags >> WORD & 3 or flags >> CLINIC & 3 or not whole(made, at):
        return at
    low = made.low[at]
    if (
        eponym(low)
        or never(low)
        or eponymous(made, at + 1)
        or word_at(made, at - 1) in {"-", "@"}
        or (word_at(made, at - 1) == "/" and low_at(made, at - 2) != "w")
        or len(low) < 3
    ):
        return at
    end = at + 1
    if (
        end < len(made.word)
        and made.kind[end] == LOWER
        and made.gap(end) == " "
        and names(made, end)
        and not never(made.low[end])
    ):
        ahead = made.flags[end]
        if (not ahead >> WORD & 3 and not ahead >> CLINIC & 3) or (
            ahead >> FAMILY & 3 >= 2
            and ahead >> WORD & 3 <= 2
            and flags >> GIVEN & 3 == 3
            and not ahead >> CLINIC & 3
        ):
            return take(made, at, end + 1)
    if low_at(made, end) in listed("speaking") and len(low) > 4:
        return take(made, at, end)
    if flags >> GIVEN & 3 == 3 and len(low) > 3 and not (flags >> PLACE & 3 >= 2 and flags >> GIVEN & 3 < 3):
        return take(made, at, end)
    return at


def mark_again(made: Tokens) -> None:
    """Mark the words of names found once wherever they stand again with a capital."""
    found = {
        made.low[i]
        for i in range(len(made.word))
        if made.taken[i] == NAME
        and (made.kind[i] in CAPITAL or (made.kind[i] == LOWER and not made.flags[i] >> WORD & 3))
        and len(made.low[i]) > 2
        and made.low[i] not in listed("particles")
    }
    if not found:
        return
    for at in range(len(made.word)):
        if (
            made.taken[at]
            or made.low[at] not in found
            or made.kind[at] not in (*CAPITAL, LOWER)
            or not whole(made, at)
        ):
            continue
        word = made.flags[at] >> WORD & 3
        if made.kind[at] == LOWER and (word or made.flags[at] >> CLINIC & 3 or eponym(made.low[at])):
            continue
        other = eponymous(made, at + 1) or never(made.low[at]) or _doubtful(made, at, word=word)
        if not other and not _graded(made, at):
            made.taken[at] = NAME


def _graded(made: Tokens, at: int) -> bool:
    """Tell whether a word of a name found before is a score here, or stands in brackets: "GRACE 142"."""
    if word_at(made, at - 1) == "(" and word_at(made, at + 1) == ")":
        return bool(made.flags[at] >> CLINIC & 3) or eponym(made.low[at])
    scored = made.kind[at] == UPPER and (made.low[at] in listed("scales") or made.low[at] in _SCORES)
    return scored and kind_at(made, at + 1) == NUMBER and UPPER not in made.kind[max(0, at - 1) : at]


def _doubtful(made: Tokens, at: int, *, word: int) -> bool:
    """Tell whether a word of a name found before may mean something else here: eponyms, words that open."""
    if eponym(made.low[at]) and low_at(made, at + 1) not in listed("speaking"):
        return made.flags[at] >> FAMILY & 3 < 3 or made.flags[at] >> CLINIC & 3 == 3
    return bool(word) and opens(made, at) and low_at(made, at + 1) not in listed("speaking")
