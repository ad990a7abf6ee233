"""Names after words that announce them: labels, kin, patients, staff."""

from functools import cache

from cds.privacy.scrub.extent import (
    eponymous,
    family_low,
    last_first,
    low_at,
    reach,
    rest_of_list,
    take,
    whole,
    word_at,
)
from cds.privacy.scrub.lexicon import CLINIC, GIVEN, WORD, listed, strength
from cds.privacy.scrub.tokens import INITIAL, LOWER, UPPER, Tokens
from cds.privacy.scrub.weighing import eponym, names, never, weight


def labelled(made: Tokens, at: int) -> int:
    """As in "Name: John Smith", "pt Okafor", "daughter Maria", "signed by A. Lee"."""
    low, kind = made.low[at], made.kind[at]
    group = _cue(low)
    if not group or kind == INITIAL:
        return at
    first, colon = at + 1, False
    if low in {"baby", "infant", "newborn"} and low_at(made, first) in {"boy", "girl"}:
        first += 1
    if word_at(made, first) in {"(", ")"} and word_at(made, first + 1) == "s":
        first += 2
    while (
        first < len(made.word)
        and first - at < 5
        and (
            made.word[first] in {":", ".", ",", "(", '"', "“", "-", "–", "=", "'", "‘", "/", "#", "*"}
            or made.low[first] in {"is", "was", "name", "named", "called", "signed", "by", "s"}
        )
    ):
        if made.word[first] == "." and not made.glued(first):
            return at
        if made.word[first] == "." and low not in {"pt", "pts", "cc", "attn", "interp", "anes", "asst"}:
            return at
        colon |= made.word[first] in {":", "=", '"', "“"} or made.low[first] in {"named", "called", "name"}
        if made.low[first] in {"is", "was"} and group != "patients" and low != "name":
            return at
        first += 1
    if first >= len(made.word) or not whole(made, first) or made.taken[first]:
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
    if made.low[at] in listed("loose_cues") and not colon:
        bonus -= 0.4
    if kind == INITIAL:
        return _initials(made, at, first, group)
    if kind == LOWER:
        return _label_low(made, at, first, group, colon=colon)
    if (eponymous(made, first + 1) and not colon) or _says(made, first, colon=colon):
        return at
    if kind == UPPER:
        bonus += 0.8 if colon or group == "patients" else 0.0
    end = reach(made, first)
    pair = end - first > 1
    comma = last_first(made, first)
    if comma:
        end, pair = comma, True
    total = weight(made, first) + bonus + (1.5 if pair else 0.0)
    if pair and not never(made.low[first]):
        total = max(total, weight(made, end - 1) + bonus)
    if total > 0.5:
        return (
            rest_of_list(made, take(made, first, end)) if group != "staff" or pair else take(made, first, end)
        )
    return at


def _says(made: Tokens, first: int, *, colon: bool) -> bool:
    """Tell whether what somebody says begins: "Patient: Oh, no", "Patient: Whenever I walk"."""
    if made.low[first] in _openings():
        return True
    worded = not names(made, first) and bool(made.flags[first] >> WORD & 3)
    return colon and worded and last_first(made, first) == 0 and reach(made, first) - first == 1


@cache
def _openings() -> frozenset[str]:
    """Return the interjections that nobody is called: "Patient: Oh, no"."""
    return frozenset(low for low in listed("interjections") if not strength(low) >> GIVEN & 2)


def _initials(made: Tokens, at: int, first: int, group: str) -> int:
    """Return the end of initials: "J.S.", "A. B. Lee", "J Smith"."""
    end = reach(made, first)
    if end - first < 2 or (end - first == 2 and made.word[end - 1] == "." and group == "staff"):
        return at
    letters = "".join(made.low[i] for i in range(first, end) if made.kind[i] == INITIAL)
    if letters in listed("no_initials"):
        return at
    return take(made, first, end)


def _label_low(made: Tokens, at: int, first: int, group: str, *, colon: bool) -> int:
    if (
        (made.word[first - 1] in {".", "-", "–", "/"} and made.word[first - 1] != ".")
        or (group == "staff" and not (colon and names(made, first) >= 2))
    ) and not (
        names(made, first) >= 2
        and not made.flags[first] >> WORD & 3
        and not made.flags[first] >> CLINIC & 3
        and family_low(made, first + 1 if first + 1 < len(made.word) else first)
    ):
        return at
    flags = made.flags[first]
    if never(made.low[first]) or eponym(made.low[first]) or flags >> CLINIC & 3:
        return at
    strong = names(made, first) >= (2 if group == "kin" else 1)
    if (strong and not flags >> WORD & 3) or (
        colon
        and strong
        and flags >> WORD & 3 <= 2
        and group == "patients"
        and made.low[at] in {"name", "named", "nickname", "aka", "called", "alias"}
    ):
        end = first + 1
        if end < len(made.word) and (
            family_low(made, end)
            or (
                names(made, end) >= 3
                and made.gap(end) == " "
                and made.kind[end] == LOWER
                and made.flags[end] >> WORD & 3 < 3
            )
        ):
            end += 1
        return take(made, first, end)
    return at
