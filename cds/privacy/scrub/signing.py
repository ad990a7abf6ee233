"""Initials where only somebody's stand: "M.A.", at the end of a line, after who did something."""

from cds.privacy.scrub.extent import NAME, kind_at, low_at, word_at
from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, WORD, listed
from cds.privacy.scrub.patterns import pattern
from cds.privacy.scrub.tokens import INITIAL, LOWER, NUMBER, UPPER, Tokens
from cds.privacy.scrub.weighing import eponym

_SIGNERS = frozenset(
    {"thanks", "thx", "thank", "reviewed", "signed", "checked", "verified", "cosigned", "witnessed", "noted"}
    | {"given", "min", "mins", "minutes", "regards", "entered", "typed", "dictated"}
)
"""What stands before the letters, written low, of who did it: "Reviewed jbk"."""
_SAYING = frozenset(
    {"asks", "asked", "says", "said", "reports", "wants", "called", "calls", "told", "tells", "denies"}
    | {"states", "notes", "worries", "thinks", "agrees", "refuses", "requests", "drove", "drives", "brought"}
)
_LINE_ENDS = frozenset({"\n", ""})
_STOPS = frozenset({".", ",", ";", "\n", "/", ":"})


def mark_signed(made: Tokens) -> None:
    """Mark initials that stand where only somebody's stand: at the end of a line, after who did something."""
    for at, kind in enumerate(made.kind):
        if made.taken[at]:
            continue
        if kind == INITIAL:
            _dotted(made, at)
        elif kind == UPPER and 2 <= len(made.low[at]) <= 3 and (_heads(made, at) or _signs(made, at)):
            made.taken[at] = NAME
            _pair(made, at)
        elif kind == UPPER and len(made.low[at]) > 3 and _aged(made, at):
            made.taken[at] = made.taken[at + 1] = NAME
        elif kind == LOWER and at and (_signs_low(made, at) if len(made.low[at]) < 4 else _aside(made, at)):
            made.taken[at] = NAME


def _signs_low(made: Tokens, at: int) -> bool:
    """Tell whether two or three small letters end a line after who did it, or are the last line."""
    low, after = made.low[at], word_at(made, at + 1)
    ends = after in _LINE_ENDS or (after == "." and word_at(made, at + 2) in _LINE_ENDS)
    if len(low) < 2 or not ends or low in listed("no_signatures"):
        return False
    before = low_at(made, at - 2) if word_at(made, at - 1) in {",", "-", "/"} else low_at(made, at - 1)
    last = at + 1 >= len(made.word) - (after == "\n")
    if low in listed("units") or made.flags[at] >> WORD & 2:
        return False
    if before in {"thanks", "thx"} and last:
        return True
    if low in listed("abbreviations") or low in listed("credentials"):
        return False
    if made.word[at - 1] == "\n":
        return last and not made.flags[at] >> CLINIC & 3
    dated = made.taken[at - 1] == "DATE"
    closing = last and made.word[at - 1] == "." and not made.glued(at)
    return not made.flags[at] and (closing or dated or (before in _SIGNERS and (last or before[:3] != "min")))


def _aged(made: Tokens, at: int) -> bool:
    """As in "MARADEL QUINKENLEY 81 F", "ems brings SEFINA BEGAY": two words in capitals."""
    if kind_at(made, at + 1) != UPPER or made.gap(at + 1) != " " or made.taken[at + 1]:
        return False
    figure = at + 2 + (word_at(made, at + 2) == ",")
    sexed = kind_at(made, figure) == NUMBER and low_at(made, figure + 1) in {"f", "m", "yo", "y"}
    within = (
        kind_at(made, at - 1) == LOWER and made.flags[at + 1] >> FAMILY & 3 >= 2 and len(made.low[at]) > 4
    )
    return (sexed or within) and not any(
        made.flags[i] >> WORD & 3
        or made.flags[i] >> CLINIC & 3
        or made.low[i] in listed("abbreviations")
        or eponym(made.low[i])
        for i in (at, at + 1)
    )


def _aside(made: Tokens, at: int) -> bool:
    """As in "gurleen (19, picks blueberries", "son rich asks": a name with an age, or who says."""
    flags = made.flags[at]
    if kind_at(made, at + 1) == LOWER:
        says = low_at(made, at + 1) in _SAYING and low_at(made, at - 1) in listed("kin")
        return says and flags >> GIVEN & 3 >= 2 and made.gap(at) == made.gap(at + 1) == " "
    if word_at(made, at + 1) != "(" or kind_at(made, at + 2) != NUMBER or len(made.word[at + 2]) > 2:
        return False
    plain = flags >> WORD & 3 or flags >> CLINIC & 3 or made.low[at] in listed("abbreviations")
    return bool(flags >> GIVEN & 3) and not plain and low_at(made, at + 3) in {",", "y", "yo", "f", "m"}


def _heads(made: Tokens, at: int) -> bool:
    """As in "BM/kls  D: 12/23": who dictated and who typed, at the beginning of a line."""
    if word_at(made, at - 1) != "\n" or word_at(made, at + 1) not in {"/", ":"}:
        return False
    beside = made.glued(at + 1) and made.gap(at + 2) == "" and kind_at(made, at + 2) == LOWER
    return beside and len(low_at(made, at + 2)) in {2, 3} and low_at(made, at + 3) in {"\n", "d", "t", "dd"}


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
    if word_at(made, at + 1) not in {"/", ":"} or end >= len(made.word) or made.taken[end]:
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
