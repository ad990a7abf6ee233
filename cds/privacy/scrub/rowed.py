"""Initials that a table, a log or a key gives: "0900 DH", "6/12 JB: listed", "DH = Dawn Hunter"."""

from collections import Counter
from collections.abc import Iterator

from cds.privacy.scrub.extent import NAME, kind_at, low_at, take, word_at
from cds.privacy.scrub.lexicon import CLINIC, WORD, listed
from cds.privacy.scrub.tokens import LOWER, MIXED, NUMBER, TITLE, UPPER, Tokens

_ENDS = frozenset({"\n", ",", ";", "|"})
_WIDE = 2
"""Blanks that part two cells of a row."""
_TWICE = 2
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_TYPISTS = frozenset(
    {"tt", "typist", "scribe", "transcriptionist", "tr", "init", "initials", "wit", "dd", "dt"}
)
"""Labels of who wrote, after which two or three letters are somebody's initials."""
_UPPER_SIGNS = frozenset({"RN", "MD", "PA", "NP", "RT", "PT", "OT", "DO"})


def mark_rowed(made: Tokens) -> None:
    """Mark letters that stand where a row, a line of a log or a key has the initials of who did it."""
    short = [at for at, low in enumerate(made.low) if 1 < len(low) < 4 and _lettered(made, at)]
    if not short:
        return
    _keyed(made, short)
    cells = [at for at in short if _cell(made, at) and not _means(made, at)]
    often = Counter(made.low[at] for at in cells)
    people = set(_initials(made)) if cells else set()
    for at in cells:
        if often[made.low[at]] >= _TWICE or made.low[at] in people:
            made.taken[at] = NAME
    for at in short:
        known = _means(made, at) and low_at(made, at - 1) != "scribe"
        if not made.taken[at] and not known and (_logged(made, at) or _typed(made, at)):
            made.taken[at] = NAME


def _lettered(made: Tokens, at: int) -> bool:
    """Tell whether a token is two or three letters, large or small, that nothing has taken."""
    return made.kind[at] in {UPPER, LOWER} and not made.taken[at] and made.low[at].isalpha()


def _means(made: Tokens, at: int) -> bool:
    """Tell whether letters are a unit, a word, an abbreviation: anything but initials."""
    low, flags = made.low[at], made.flags[at]
    known = low in listed("abbreviations") or low in listed("units") or low in listed("no_signatures")
    if known or low in listed("never") or low in listed("measures") or low in listed("credentials"):
        return True
    return bool(flags >> CLINIC & 3) or flags >> WORD & 3 >= 2 or low in listed("state_codes")


def _cell(made: Tokens, at: int) -> bool:
    """Tell whether letters fill a cell: wide blanks or an hour before them, a blank or the end after them."""
    before, after = made.gap(at), made.gap(at + 1) if at + 1 < len(made.word) else "  "
    ends = word_at(made, at + 1) in _ENDS or len(after) >= _WIDE
    if word_at(made, at - 1) == "\n" or before.strip(" \t"):
        return False
    timed = _hour(made, at - 1)
    return (ends and (len(before) >= _WIDE or "\t" in before or timed)) or (timed and made.kind[at] == UPPER)


def _hour(made: Tokens, at: int) -> bool:
    """Tell whether an hour of four figures stands at a token: "0900"."""
    word = word_at(made, at)
    return word.isdigit() and len(word) == 4 and word < "2400" and word[2] < "6"


def _initials(made: Tokens) -> Iterator[str]:
    """Yield the initials of each name that stands in a text, with and without its middle."""
    at = 0
    while at < len(made.word):
        end = at + 1
        if made.taken[at] == NAME and made.kind[at] in {TITLE, UPPER}:
            while end < len(made.word) and made.taken[end] == NAME:
                end += 1
            letters = [made.low[i][0] for i in range(at, end) if made.word[i][0].isalpha()]
            if len(letters) > 1:
                yield letters[0] + letters[-1]
                yield "".join(letters[:3])
                yield letters[-1] + letters[0]
        at = end


def _keyed(made: Tokens, short: list[int]) -> None:
    """Mark what a key explains, "DH = Dashawn Hunter", and the same letters wherever they fill a cell."""
    told = set()
    for at in short:
        if word_at(made, at + 1) != "=" or kind_at(made, at + 2) != TITLE:
            continue
        first, second = low_at(made, at + 2), low_at(made, at + 3)
        named = made.taken[at + 2] == NAME and (second[:1] == made.low[at][-1] or second == ".")
        if named and first[0] == made.low[at][0]:
            made.taken[at] = NAME
            told.add(made.word[at])
    for at in short:
        if told and made.word[at] in told and _cell_or_aside(made, at):
            made.taken[at] = NAME


def _cell_or_aside(made: Tokens, at: int) -> bool:
    return _cell(made, at) or _hour(made, at - 1) or made.gap(at).count(" ") >= _WIDE


def _logged(made: Tokens, at: int) -> bool:
    """As in "6/12 JB: donor offer declined": letters between a date that begins a line and a colon."""
    if word_at(made, at + 1) != ":" or not at or made.taken[at - 1] != "DATE" or not made.glued(at + 1):
        return False
    first = at - 1
    while first and made.taken[first - 1] == "DATE":
        first -= 1
    return word_at(made, first - 1) == "\n" and kind_at(made, at + 2) != NUMBER


def _typed(made: Tokens, at: int) -> bool:
    """As in "tr/kb", "TT: gp", "mk/P. Akana", "scribe tn": letters beside a name, after who wrote."""
    after = word_at(made, at + 1)
    before = low_at(made, at - 1)
    if after == "/" and made.taken[at + 2 : at + 3] == [NAME] and before in {"\n", ".", "-", "—"}:
        return made.glued(at + 1)
    if before == "/" and at > 1:
        beside = made.taken[at - 2] == NAME or made.low[at - 2] in _TYPISTS
        return beside and made.kind[at] == LOWER and after in {"\n", "."}
    cue = low_at(made, at - 2) if before in {":", "-"} else before
    if cue not in _TYPISTS or made.kind[at] not in {LOWER, UPPER}:
        return False
    dated = made.taken[at + 1 : at + 2] == ["DATE"] or kind_at(made, at + 1) in {NUMBER, MIXED}
    return after in {"\n", "."} or dated or made.word[at] in _UPPER_SIGNS


def mark_spelled(made: Tokens) -> None:
    """Mark names that are spelled letter by letter: "last name H-O-P-E", "Reinwasser R E I N"."""
    at, last = 0, len(made.word) if made.kind.count("I") > _TWICE else 0
    while at < last:
        end = _spelling(made, at) if made.kind[at] == "I" else at
        if end > at:
            _spelled(made, at, end)
        at = max(end, at + 1)


def _spelling(made: Tokens, at: int) -> int:
    """Return where three or more capitals end that one sign, or a blank, parts from each other."""
    joined = word_at(made, at + 1) in {"-", "."} and made.glued(at + 1)
    step, letters, end = 1 + joined, 1, at + 1
    while kind_at(made, at + step * letters) == "I" and made.gap(at + step * letters) == (
        "" if joined else " "
    ):
        if joined and made.word[at + step * letters - 1] != made.word[at + 1]:
            break
        end = at + step * letters + 1
        letters += 1
    return end if letters > 2 else at


def _spelled(made: Tokens, at: int, end: int) -> None:
    if made.taken[at] == "KEPT":
        return
    letters = "".join(made.low[i] for i in range(at, end) if made.kind[i] == "I")
    if letters in _ALPHABET:
        return
    names = {made.low[i] for i in range(len(made.word)) if made.taken[i] == NAME}
    told = [i for i in range(max(0, at - 4), at) if made.low[i][: len(letters)] == letters]
    cued = "name" in made.low[max(0, at - 3) : at] or not {"spelled", "spelt", "spelling"}.isdisjoint(
        made.low[max(0, at - 5) : at]
    )
    if not (told or cued or any(name.startswith(letters) for name in names)):
        return
    for i in told:
        made.taken[i] = NAME
    take(made, at, end)
    rest = told and low_at(made, end) == made.low[told[-1]][len(letters) :]
    if rest and len(made.low[end]) > 1:
        made.taken[end] = NAME
