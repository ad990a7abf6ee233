"""Numbers that identify because of the name or place beside them: ages over 89, record and pager numbers, beds."""

import re
from collections.abc import Iterator

from cds.privacy.scrub.lexicon import listed
from cds.privacy.scrub.spans import Found
from cds.privacy.scrub.tokens import NUMBER, Tokens

_OLD = re.compile(r"9\d|1[0-2]\d")


def beside(made: Tokens) -> Iterator[Found]:
    """Yield numbers that stand beside a name or a place and tell more of it."""
    for at, kind in enumerate(made.kind):
        if kind == NUMBER and not made.taken[at]:
            category = _told(made, at)
            if category:
                yield made.start[at], made.end[at], category


def _told(made: Tokens, at: int) -> str:
    word = made.word[at]
    if _OLD.fullmatch(word):
        return "AGE" if _aged(made, at) else ""
    back = at - 1
    while back >= 0 and made.word[back] in {",", "|", "#", "(", ":", "^"} and at - back < 4:
        back -= 1
    if back < 0 or (
        at + 1 < len(made)
        and made.glued(at + 1)
        and made.word[at + 1] in {"/", ".", ":", "-", "%", ","}
        and made.kind[at + 1 : at + 3][-1:] == [NUMBER]
        and made.glued(min(at + 2, len(made) - 1))
    ):
        return ""
    if made.taken[back] == "LOCATION" and len(word) == 5 and after_of(made, at) not in listed("units"):
        return "LOCATION"
    named = made.taken[back] == "NAME"
    after = after_of(made, at)
    if named and 5 <= len(word) <= 9 and after not in listed("units"):
        return "MRN"
    if (
        named
        and back == at - 1
        and len(word) == 4
        and word[:2] not in {"19", "20"}
        and after not in listed("units")
    ):
        return "PHONE"
    if made.low[back] in listed("beds") and len(word) < 5:
        return "LOCATION" if _by_place(made, back, at) else ""
    return ""


def after_of(made: Tokens, at: int) -> str:
    """Return the word after a token, or nothing."""
    return made.low[at + 1] if at + 1 < len(made) else ""


def _aged(made: Tokens, at: int) -> bool:
    """As in "Rao, 94, at", "my mom is 101", "died at 92"."""
    after = made.low[at + 1] if at + 1 < len(made) else "."
    if (
        after in listed("units")
        or after in {"/", "-", "%"}
        or (after == "." and made.kind[at + 2 : at + 3] == [NUMBER] and made.glued(at + 2))
    ):
        return False
    before = made.low[max(0, at - 2) : at]
    if len(before) < 2:
        return False
    if made.taken[at - 2] == "NAME":
        return before[1] in {",", "is", "was", "turned", "(", "|"}
    if before == [".", ","] and at > 2:
        return made.taken[at - 3] == "NAME"
    if made.taken[at - 1] == "NAME":
        return len(made.gap(at)) > 1 or after in {",", ".", ";", ")", "m", "f", "male", "female", "\n"}
    if before[1] in {"is", "was", "turned", "turns"}:
        return before[0] in listed("elders") or before[0] in listed("kin")
    return before in (["died", "at"], ["passed", "at"], ["death", "at"])


def _by_place(made: Tokens, start: int, end: int) -> bool:
    """Tell whether a place stands within a few words of a room or bed."""
    return "LOCATION" in made.taken[max(0, start - 3) : start] or "LOCATION" in made.taken[end + 1 : end + 5]
