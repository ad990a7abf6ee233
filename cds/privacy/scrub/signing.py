"""Initials where only somebody's stand: "M.A.", at the end of a line, after who did something."""

from cds.privacy.scrub.extent import NAME, kind_at, low_at, word_at
from cds.privacy.scrub.lexicon import listed
from cds.privacy.scrub.patterns import pattern
from cds.privacy.scrub.tokens import INITIAL, LOWER, NUMBER, UPPER, Tokens

_STOPS = frozenset({".", ",", ";", "\n", "/", ":"})


def mark_signed(made: Tokens) -> None:
    """Mark initials that stand where only somebody's stand: at the end of a line, after who did something."""
    for at, kind in enumerate(made.kind):
        if made.taken[at]:
            continue
        if kind == INITIAL:
            _dotted(made, at)
        elif kind == UPPER and 2 <= len(made.low[at]) <= 3 and _signs(made, at):
            made.taken[at] = NAME
            _pair(made, at)


def _signs(made: Tokens, at: int) -> bool:
    """Tell whether two or three capitals stand where somebody signs or is meant."""
    if made.low[at] in listed("abbreviations") or made.low[at] in listed("never"):
        return False
    return _after_signer(made, at) or _before_date(made, at) or _of_two(made, at) or _ends_line(made, at)


def _after_signer(made: Tokens, at: int) -> bool:
    """As in "RN CLP.", "Thanks, EBW", "read back RS"."""
    before, after = low_at(made, at - 1), word_at(made, at + 1)
    if before in {"check", "back"} and low_at(made, at - 2) in {"read", "rn", "md"}:
        return True
    cue = low_at(made, at - 2) if before in {":", ","} else before
    if cue not in listed("signed_after"):
        return False
    return after in _STOPS or low_at(made, at + 1) in listed("speaking") | {"md", "rn"}


def _before_date(made: Tokens, at: int) -> bool:
    """As in "Alb 2.9. WC 30-Jan"."""
    return _sentence_ends(made, at) and made.taken[at + 1 : at + 2] == ["DATE"]


def _of_two(made: Tokens, at: int) -> bool:
    """As in "3:21 pm  QD/KBT": who dictated and who typed, after a date or an hour."""
    if not at or word_at(made, at + 1) != "/" or low_at(made, at + 2) in listed("abbreviations"):
        return False
    return made.taken[at - 1] == "DATE" or made.kind[at - 1] == NUMBER


def _ends_line(made: Tokens, at: int) -> bool:
    """Tell whether a token is a sentence of its own at the end of a line."""
    after = word_at(made, at + 1)
    ends = after == "\n" or (after in {".", "/"} and word_at(made, at + 2) == "\n")
    return ends and at > 0 and _sentence_ends(made, at)


def _sentence_ends(made: Tokens, at: int) -> bool:
    """Tell whether a sentence or a date ends before a token."""
    return at > 0 and (made.word[at - 1] in {".", "!", "?"} or made.taken[at - 1] == "DATE")


def _pair(made: Tokens, at: int) -> None:
    """Mark the second of "GRH/abt"."""
    end = at + 2
    if word_at(made, at + 1) != "/" or end >= len(made.word) or made.taken[end]:
        return
    beside = made.glued(at + 1) and made.glued(end)
    if beside and made.kind[end] in {UPPER, LOWER} and len(made.low[end]) < 4:
        made.taken[end] = NAME


def _dotted(made: Tokens, at: int) -> None:
    """Mark "M.A.", "F. O." unless they are known to mean something else."""
    end, letters = at, ""
    while len(letters) < 4 and _letter(made, end) and not (letters and len(made.gap(end)) > 1):
        letters += made.low[end]
        end += 2
    if not 2 <= len(letters) <= 3 or letters in listed("no_initials"):
        return
    if low_at(made, at - 1) == "-" or pattern("people.lettered").match(made.text, made.start[at]):
        return
    for here in range(at, end):
        made.taken[here] = NAME


def _letter(made: Tokens, at: int) -> bool:
    """Tell whether a capital with a dot stands at a token."""
    return kind_at(made, at) == INITIAL and word_at(made, at + 1) == "." and made.glued(at + 1)
