"""Names of people: after titles and labels, before credentials, in pairs, alone where nothing else is meant."""

from collections.abc import Callable
from functools import cache

from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, PLACE, WORD, listed
from cds.privacy.scrub.tokens import BREAK, INITIAL, LOWER, MIXED, NUMBER, TITLE, UPPER, Tokens
from cds.privacy.scrub.weighing import eponym, names, never, opens, weight

NAME = "NAME"
_CAPITAL = (TITLE, UPPER)
_STRONG_NOUNS = frozenset(
    "disease diseases syndrome syndromes sign signs test tests score scores scale criteria criterion maneuver manoeuvre reflex catheter classification "
    "phenomenon triad palsy index equation formula rule rules anomaly malformation body bodies stain virus staging tube procedure".split()
)
_INITIALS_NOT = frozenset("us uk am pm iv im po md do pa rn np ie eg qd hs ac pc sc sq bp hr".split())


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
    _again(made)


@cache
def cueing() -> frozenset[str]:
    """Return the words before or after which names may stand."""
    return frozenset().union(*map(listed, ("titles", "credentials", "patients", "kin", "staff")))


def _take(made: Tokens, start: int, end: int) -> int:
    for at in range(start, end):
        made.taken[at] = NAME
    return end


def _mark(made: Tokens, at: int) -> str:
    return made.word[at] if 0 <= at < len(made) else "\n"


def _low(made: Tokens, at: int) -> str:
    return made.low[at] if 0 <= at < len(made) else "\n"


def _kind(made: Tokens, at: int) -> str:
    return made.kind[at] if 0 <= at < len(made) else BREAK


def _whole(made: Tokens, at: int) -> bool:
    """Tell whether a token is a word not glued to digits or underscores."""
    return made.kind[at] in "TUIl" and not (made.glued(at) and made.word[at - 1] in "_@#/\\" + "0123456789")


def eponymous(made: Tokens, end: int) -> bool:
    """Tell whether the noun after a chain of names makes it a disease, a sign, a device."""
    at = end
    if _mark(made, at) in {"'", "’"}:
        at += 1
    if _mark(made, at) in {"-", "–", "/"}:
        at += 1
        if _kind(made, at) in _CAPITAL and _low(made, at) not in listed("eponymous"):
            return eponymous(made, at + 1) if at + 1 < end + 6 else False
    return _low(made, at) in listed("eponymous") or _low(made, at + 1) in _STRONG_NOUNS and _kind(made, at) in {LOWER, TITLE} and _low(made, at) not in {"has", "had", "with", "and", "for", "is", "was", "no"}


def _nameable(made: Tokens, at: int, *, least: float = -2.0, upper: bool = False) -> bool:
    """Tell whether a token may go on a name that has begun."""
    kind = _kind(made, at)
    if kind == INITIAL:
        return True
    if kind == UPPER and not upper:
        return False
    if kind not in _CAPITAL or not _whole(made, at):
        return False
    low = made.low[at]
    if never(low):
        return False
    if eponym(low) and eponymous(made, at + 1):
        return False
    total = weight(made, at, paired=True)
    if kind == UPPER:
        total += 4.0 if not made.flags[at] else 1.5
    return total > least


def _span(made: Tokens, at: int, *, least: float = -2.0, most: int = 4) -> int:
    """Return where a name that begins at a token ends; the first token is taken as it is."""
    upper = made.kind[at] == UPPER
    end, taken = at + 1, 1
    while end < len(made) and taken < most:
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
    if mark in {"-", "‐", "–"} and made.glued(end) and end + 1 < len(made) and made.glued(end + 1):
        return end + 2 if made.kind[end + 1] in _CAPITAL or (made.kind[end + 1] == LOWER and names(made, end + 1)) else end
    if mark in {'"', "“", "'", "‘", "("} and _kind(made, end + 1) == TITLE and _mark(made, end + 2) in {'"', "”", "'", "’", ")"}:
        return end + 3 if not never(_low(made, end + 1)) else end
    if made.gap(end).strip(" \t") or "  " in made.gap(end):
        return end
    if made.low[end] in listed("particles") and made.kind[end] in {LOWER, TITLE, UPPER}:
        ahead = end + 1
        while ahead < len(made) and made.low[ahead] in listed("particles"):
            ahead += 1
        if ahead < len(made) and made.kind[ahead] == TITLE and not never(made.low[ahead]) and (made.kind[end] != LOWER or made.low[end] not in {"do", "y", "e", "o", "te", "op", "st", "den", "of"}):
            return ahead + 1
    if made.kind[end] in {TITLE, UPPER, INITIAL} and _nameable(made, end, least=least, upper=upper):
        return end + 1
    return end


def _with_suffix(made: Tokens, end: int) -> int:
    """Return the end with "Jr." and the like, which tell who it is."""
    at = end + 1 if _mark(made, end) == "," else end
    if _low(made, at) in listed("suffixes") and _kind(made, at) in {TITLE, UPPER}:
        return at + 1
    return end


def _after_title(made: Tokens, at: int) -> int:
    """ "Dr. Okafor", "mr smith", "Ms J. de la Cruz"."""
    low = made.low[at]
    if low not in listed("titles") or made.kind[at] == INITIAL:
        return at
    first = at + 1
    while _mark(made, first) in {".", ","} and first - at < 3:
        first += 1
    while _low(made, first) in listed("titles") and first - at < 6 and _kind(made, first) != INITIAL:
        first += 1
        if _mark(made, first) == ".":
            first += 1
    if first >= len(made) or not _whole(made, first) or len(made.gap(first)) > 2:
        return at
    dotted = made.word[first - 1] == "."
    if low not in listed("strong_titles") and not dotted and (made.kind[at] == LOWER or low in {"np", "pa", "rn"}) and weight(made, first) < 0.5:
        return at
    return _titled(made, at, first, dotted=dotted)


def _titled(made: Tokens, at: int, first: int, *, dotted: bool) -> int:
    kind, low = made.kind[first], made.low[first]
    strong = made.low[at] in listed("strong_titles")
    after = first
    while _low(made, after) in listed("particles") and after - first < 3:
        after += 1
    if after > first and _kind(made, after) == TITLE and not never(_low(made, after)):
        return _more(made, _take(made, first, _span(made, after)))
    if kind == INITIAL:
        return _take(made, first, _span(made, first)) if strong else at
    if kind == LOWER:
        if not strong or not _lower_name(made, first):
            return at
        end = first + 1
        if _kind(made, end) == LOWER and _surname_low(made, end):
            end += 1
        return _take(made, first, end)
    if never(low) and not (names(made, first) >= 2 and strong):
        return at
    if made.low[at] in {"dr", "doctor", "nurse"} and made.kind[at] == LOWER and not dotted and weight(made, first) < -3:
        return at
    if made.low[at] in listed("kin") and weight(made, first) < -1:
        return at
    if kind == UPPER and not strong:
        return at
    return _more(made, _take(made, first, _span(made, first)))


def _lower_name(made: Tokens, at: int) -> bool:
    """Tell whether a word written low after a title is a name: anything that is no common word."""
    flags = made.flags[at]
    word, named = flags >> WORD & 3, names(made, at)
    if never(made.low[at]) or len(made.low[at]) < 2:
        return False
    return word <= 1 or (named == 3 and made.low[at] not in _VERBS) or (named >= 1 and word == 2)


_VERBS = frozenset("said will may can does did wants ordered called thinks saw states note notes recommends visit office appointment appt on at in for about please order orders prescribed".split())


def _surname_low(made: Tokens, at: int) -> bool:
    flags = made.flags[at]
    return not flags >> WORD & 3 and not flags >> CLINIC & 3 and bool(flags >> FAMILY & 3) and not never(made.low[at]) and _whole(made, at) and made.gap(at) == " "


def _more(made: Tokens, end: int) -> int:
    """Take the names that a list goes on with: "Mike, Dave and Luis"."""
    at = end
    for _ in range(12):
        ahead = at
        while _low(made, ahead) in {",", "and", "&", "/", "or"} and ahead - at < 2:
            ahead += 1
        if ahead == at or ahead >= len(made) or made.kind[ahead] != TITLE or not _whole(made, ahead):
            return end
        if weight(made, ahead) < -0.3 and not (names(made, ahead) >= 3 and not never(made.low[ahead]) and not eponym(made.low[ahead])):
            return end
        if eponymous(made, ahead + 1) or made.flags[ahead] >> CLINIC & 3 and not names(made, ahead):
            return end
        if made.low[ahead] in listed("states") or made.low[ahead] in listed("state_codes"):
            return end
        at = end = _take(made, ahead, _span(made, ahead))
    return end


def _before_credentials(made: Tokens, at: int) -> int:
    """ "Jane Doe, MD", "K. Osei RN"."""
    if made.kind[at] not in {UPPER, TITLE, MIXED} or made.low[at] not in listed("credentials"):
        return at
    if made.kind[at] == TITLE and made.word[at] not in {"PhD", "PharmD", "PsyD", "MBBCh", "Jr", "Sr", "Esq", "Attending", "Resident", "Fellow", "Intern", "Scribe"}:
        return at
    back = at - 1
    comma = _mark(made, back) == ","
    if comma:
        back -= 1
    if made.low[at] in {"pt", "ot", "do", "ma", "pa", "rd", "rt", "attending", "resident", "fellow", "intern", "scribe", "mba", "mph"} and not comma and made.low[at] not in {"do", "pa"}:
        return at
    start = back + 1
    while start > 0 and back + 1 - start < 7 and _back(made, start - 1):
        start -= 1
    while start <= back and (made.word[start] in {".", "-"} or made.low[start] in listed("titles")):
        start += 1
    if start > back or all(made.kind[i] != TITLE and made.kind[i] != UPPER and made.kind[i] != LOWER for i in range(start, back + 1)):
        return at
    best = max(weight(made, i) + (3.0 if made.kind[i] == UPPER else 0.0) for i in range(start, back + 1))
    if best > -1.6 + (1.6 if not comma else 0.0):
        _take(made, start, back + 1)
    return at


def _back(made: Tokens, at: int) -> bool:
    if made.kind[at] == INITIAL:
        return True
    if made.word[at] == ".":
        return made.kind[at - 1] == INITIAL if at else False
    if made.word[at] in {"-", "'"}:
        return made.glued(at) and at + 1 < len(made) and made.glued(at + 1)
    if made.kind[at] not in _CAPITAL or not _whole(made, at):
        return False
    if made.kind[at] == UPPER and (not names(made, at) or made.flags[at] >> CLINIC & 3):
        return False
    return not never(made.low[at]) and made.low[at] not in listed("staff") and not (made.flags[at] >> CLINIC & 3 == 3 and names(made, at) < 2)


def _labelled(made: Tokens, at: int) -> int:
    """ "Name: John Smith", "pt Okafor", "daughter Maria", "signed by A. Lee"."""
    low, kind = made.low[at], made.kind[at]
    group = _cue(low)
    if not group or kind == INITIAL:
        return at
    first, colon = at + 1, False
    if _mark(made, first) in {"(", ")"} and _mark(made, first + 1) == "s":
        first += 2
    while first < len(made) and first - at < 5 and (made.word[first] in {":", ".", ",", "(", '"', "“", "-", "–", "=", "'", "‘", "/", "#", "*"} or made.low[first] in {"is", "was", "name", "named", "called", "signed", "by", "s"}):
        if made.word[first] == "." and not made.glued(first):
            return at
        if made.word[first] == "." and low not in {"pt", "pts", "cc", "attn"}:
            return at
        colon |= made.word[first] in {":", "=", '"', "“"} or made.low[first] in {"named", "called", "name"}
        if made.low[first] in {"is", "was"} and group != "patients" and low != "name":
            return at
        first += 1
    if first >= len(made) or not _whole(made, first) or made.taken[first]:
        return at
    return _label(made, at, first, group, colon=colon)


def _cue(low: str) -> str:
    for group in ("patients", "kin", "staff"):
        if low in listed(group):
            return group
    return ""


def _label(made: Tokens, at: int, first: int, group: str, *, colon: bool) -> int:
    kind = made.kind[first]
    bonus = {"patients": 2.6, "kin": 2.4, "staff": 1.0}[group] + (1.2 if colon else 0.0)
    if made.low[at] in {"and", "for", "with", "to", "from", "via", "per", "re", "by", "called", "known", "goes"} and not colon:
        bonus -= 0.4
    if kind == INITIAL:
        return _initials(made, at, first, group)
    if kind == LOWER:
        return _label_low(made, at, first, group, colon=colon)
    if eponymous(made, first + 1) and not colon:
        return at
    if kind == UPPER:
        bonus += 0.8 if colon or group == "patients" else 0.0
    end = _span(made, first)
    pair = end - first > 1
    comma = _last_first(made, first)
    if comma:
        end, pair = comma, True
    total = weight(made, first) + bonus + (1.5 if pair else 0.0)
    if pair and not never(made.low[first]):
        total = max(total, weight(made, end - 1) + bonus)
    if total > 0.5:
        return _more(made, _take(made, first, end)) if group != "staff" or pair else _take(made, first, end)
    return at


def _initials(made: Tokens, at: int, first: int, group: str) -> int:
    """Return the end of initials: "J.S.", "A. B. Lee", "J Smith"."""
    end = _span(made, first)
    if end - first < 2 or (end - first == 2 and made.word[end - 1] == "." and group == "staff"):
        return at
    letters = "".join(made.low[i] for i in range(first, end) if made.kind[i] == INITIAL)
    if letters in _INITIALS_NOT:
        return at
    return _take(made, first, end)


def _label_low(made: Tokens, at: int, first: int, group: str, *, colon: bool) -> int:
    if made.word[first - 1] in {".", "-", "–", "/"} and made.word[first - 1] != "." or group == "staff" and not (colon and names(made, first) >= 2):
        if not (names(made, first) >= 2 and not made.flags[first] >> WORD & 3 and not made.flags[first] >> CLINIC & 3 and _surname_low(made, first + 1 if first + 1 < len(made) else first)):
            return at
    flags = made.flags[first]
    if never(made.low[first]) or eponym(made.low[first]) or flags >> CLINIC & 3:
        return at
    strong = names(made, first) >= (2 if group == "kin" else 1)
    if (strong and not flags >> WORD & 3) or (colon and strong and flags >> WORD & 3 <= 2 and group == "patients" and made.low[at] in {"name", "named", "nickname", "aka", "called", "alias"}):
        end = first + 1
        if end < len(made) and (_surname_low(made, end) or (names(made, end) >= 3 and made.gap(end) == " " and made.kind[end] == LOWER and made.flags[end] >> WORD & 3 < 3)):
            end += 1
        return _take(made, first, end)
    return at


def _last_first(made: Tokens, at: int) -> int:
    """Return the end of "Smith, John M.", or 0."""
    if at + 2 >= len(made) or made.word[at + 1] != "," or made.kind[at] not in _CAPITAL:
        return 0
    second = at + 2
    if made.kind[second] == INITIAL and _mark(made, second + 1) == "." and made.flags[at] >> FAMILY & 3:
        return _span(made, second)
    if made.kind[second] not in _CAPITAL or never(made.low[second]) or never(made.low[at]) or made.kind[at] != made.kind[second]:
        return 0
    if made.low[second] in listed("states") or (made.flags[at] >> CLINIC & 3 and names(made, at) < 2):
        return 0
    given = made.flags[second] >> GIVEN & 3
    family = made.flags[at] >> FAMILY & 3
    word = made.flags[second] >> WORD & 3
    if given >= 2 and family and (word < 2 or family >= 2 and not made.flags[at] >> WORD & 3) or (given and family and not word and not made.flags[at] >> WORD & 3):
        return _span(made, second, most=2)
    return 0


def _lone(made: Tokens, at: int) -> int:
    """Names without any cue: pairs, initials with a family name, single names that are nothing else."""
    kind = made.kind[at]
    if kind == LOWER:
        return _lone_low(made, at)
    if not _whole(made, at):
        return at
    if kind == INITIAL:
        return _lone_initial(made, at)
    if kind not in _CAPITAL:
        return at
    end = _last_first(made, at)
    if end and not eponymous(made, end):
        return _take(made, at, end)
    end = _span(made, at, least=-2.6)
    while end - at > 1 and (made.word[end - 1] in {".", "-"} or made.taken[end - 1] or (made.kind[end - 1] == INITIAL and end - at > 2)):
        if made.word[end - 1] == "." and made.kind[end - 2] == INITIAL:
            break
        end -= 1
    if end - at > 1:
        return _pair(made, at, end)
    if eponymous(made, at + 1) or eponymous(made, at + 2) and _mark(made, at + 1) in {"-", "and", "&"}:
        return at
    return _take(made, at, at + 1) if kind == TITLE and _alone(made, at) else at


def _alone(made: Tokens, at: int) -> bool:
    flags = made.flags[at]
    total = weight(made, at)
    if flags >> PLACE & 3 >= 2 and names(made, at) < 3:
        total -= 1.0
    before, after = _low(made, at - 1), _low(made, at + 1)
    if _mark(made, at + 1) in {"-", "®", "™", "/"} or _mark(made, at - 1) in {"-", "/"}:
        total -= 1.6
    if after in _SPEAKS:
        total += 1.3
    if made.text[made.end[at] : made.end[at] + 2] in {"'s", "’s"}:
        total += 0.3
    if before in {"the", "a", "an", "of", "of", "no", "any", "using", "on", "these", "positive", "negative"}:
        total -= 1.3
    if before in {"with", "and", "to", "from", "by", "for", "per", "told", "asked", "saw", "contact", "call", "called", "hi", "dear", "thanks", "contacted", "informed", "spoke"}:
        total += 0.4
    return total > (1.0 if names(made, at) else 1.5)


_SPEAKS = frozenset(
    "is was has had reports reported says said states stated denies denied presents presented complains complained called calls asked asks wants told lives "
    "lived came went who whose will would does did endorses notes noted describes admits agrees agreed underwent received takes took feels felt weighs works worked appears seems".split()
)


def _pair(made: Tokens, at: int, end: int) -> int:
    """Return the end where two or more words with capitals are a name."""
    words = [i for i in range(at, end) if made.kind[i] in _CAPITAL and (i == at or made.low[i] not in listed("particles"))]
    if not words:
        return at
    noun = _low(made, end if _mark(made, end) not in {"'", "’"} else end + 1)
    if noun in _STRONG_NOUNS or (eponymous(made, end) and any(eponym(made.low[i]) for i in words)):
        return at
    if len(words) < 2:
        return _take(made, at, end) if weight(made, words[0]) + 0.6 > 0.4 and made.kind[end - 1] in {INITIAL, "M"} else at
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
    return _take(made, at, end) if total > 1.5 else at


def _lone_initial(made: Tokens, at: int) -> int:
    """ "J. Smith", "J.R. Ewing"; "T. Smith" and not "E. coli", "T. pallidum"."""
    if (_mark(made, at - 1) in {"-", "/", "'"} and _low(made, at - 2) != "s") or made.low[at - 1 : at] == ["vitamin"] or made.low[at - 1 : at] == ["hepatitis"]:
        return at
    if _mark(made, at + 1) != ".":
        return at
    end = _span(made, at)
    words = [i for i in range(at, end) if made.kind[i] == TITLE]
    if words and max(weight(made, i) + (2.0 if eponym(made.low[i]) and not eponymous(made, i + 1) else 0) for i in words) > -1.2 and not eponymous(made, end):
        return _take(made, at, end)
    letters = "".join(made.low[i] for i in range(at, end) if made.kind[i] == INITIAL)
    if not words and 2 <= len(letters) <= 4 and letters not in _INITIALS_NOT and (_low(made, end) in _SPEAKS or (_mark(made, end) == "," and _low(made, end + 1) in {"a", "an"})):
        return _take(made, at, end)
    return at


def _lone_low(made: Tokens, at: int) -> int:
    """Names written low: "john smith", "jennifer"."""
    flags = made.flags[at]
    if flags >> GIVEN & 3 < 2 or flags >> WORD & 3 or flags >> CLINIC & 3 or not _whole(made, at):
        return at
    low = made.low[at]
    if eponym(low) or never(low) or eponymous(made, at + 1) or _mark(made, at - 1) in {"-", "@"} or (_mark(made, at - 1) == "/" and _low(made, at - 2) != "w") or len(low) < 3:
        return at
    end = at + 1
    if end < len(made) and made.kind[end] == LOWER and made.gap(end) == " " and names(made, end) and not never(made.low[end]):
        ahead = made.flags[end]
        if not ahead >> WORD & 3 and not ahead >> CLINIC & 3 or (ahead >> FAMILY & 3 >= 2 and ahead >> WORD & 3 <= 2 and flags >> GIVEN & 3 == 3 and not ahead >> CLINIC & 3):
            return _take(made, at, end + 1)
    if flags >> GIVEN & 3 == 3 and len(low) > 3 and not (flags >> PLACE & 3 >= 2 and flags >> GIVEN & 3 < 3):
        return _take(made, at, end)
    return at


def _again(made: Tokens) -> None:
    """Mark the words of names found once wherever they stand again with a capital."""
    found = {
        made.low[i]
        for i in range(len(made))
        if made.taken[i] == NAME and made.kind[i] in _CAPITAL and len(made.low[i]) > 2 and made.low[i] not in listed("particles")
    }
    if not found:
        return
    for at in range(len(made)):
        if made.taken[at] or made.low[at] not in found or made.kind[at] not in _CAPITAL + (LOWER,) or not _whole(made, at):
            continue
        word = made.flags[at] >> WORD & 3
        if made.kind[at] == LOWER and (word or made.flags[at] >> CLINIC & 3 or eponym(made.low[at])):
            continue
        if eponymous(made, at + 1) or (eponym(made.low[at]) or never(made.low[at])) or (word and opens(made, at)):
            continue
        made.taken[at] = NAME


_CUED_RULES: tuple[Callable[[Tokens, int], int], ...] = (_after_title, _before_credentials, _labelled)
