"""Words with capitals that what follows them tells to be no person: grades, signs, instruments, makes.

"Clark IV", "Bunnell neg", "Levey-Jennings drift" and "FiberWire" stand where no title, kin or label does,
and what follows them is said of things alone.
"""

import re

from cds.privacy.scrub.extent import low_at, word_at
from cds.privacy.scrub.lexicon import GIVEN, WORD, eponyms, listed
from cds.privacy.scrub.tokens import TITLE, Tokens
from cds.privacy.scrub.weighing import names, opens

_FOLLOWED = re.compile(
    r"[ ](?:(?:neg|pos|negative|positive)\b(?!\s(?:for|that|about|thinking|attitude))|\+(?!\w|\s[A-Z])"
    r"|(?:II|III|IV|VI)[ab]?(?=[,.;)\n]|\s-|$)|grade\b|graded\s\d|stage\s[\dI]|score\b|type\s[\dIVab]"
    r"|criteria\b|scale\b|index\b|plaque\b|fingers\b|forceps\b|retractor\b|sheath\b|basket\b|cement\b|ring\b"
    r"|cells\b|anastomosis\b|drift\b|gauge\b|probe\b|needle\b|wire\b|blade\b|clamp\b|stain\b|brush\b|nodes\b"
    r"|pins?\b|frame\b|setting\b|bed\b(?=[,.;])|in\suse\b|(?:high|low)(?=[.,;])"
    r"|not\s(?:needed|applicable|used|seen|required)\b)"
)
"""What is said of a sign, a grade or an instrument, whoever it is called after."""
_FIGURED = re.compile(
    r"[ ](?:\d{1,2}/\d{1,2}(?![\d/])|\d{1,3}%|\d\+|\d,\d,\d|\d-portal|[A-D](?=[.,;] )"
    r"|[IV](?=[.,;)] )|[A-Z]\d[A-Z]\d"
    r")"
)
"""What follows a score or a class called after somebody whose name is rare."""
_ONE = re.compile(r"\s\d(?:\.\d)?(?=[,.;)\n]|$)")
_VERSUS = frozenset({"vs", "versus"})
_FAMILY = re.compile(
    r"(?:"
    r"Mc|Mac|De|Di|La|Le|Van|Fitz|Du|St|Al|El|Ab|Jo|Lu|Ke|Da|Ty|Sha|Mary|Ann|Ja|"
    r"Ra|Qua|Que|Tre|Bre|Ka|Ta|Te|Ma|San|Von|Del|Ni|Bel|Vande|Ver|Des|Saint|Lee|"
    r"Ro|Sue"
    r").{2}[^\W\d_A-Z]+\Z"
)
"""Names with a capital within: "McDonald", "DeShawn"."""
_DONE = ("ed", "ing")


def shown(made: Tokens, at: int, rules: list[str]) -> bool:
    """Tell whether a word is a thing by what stands beside it, whatever it is called after."""
    if made.kind[at] != TITLE:
        return False
    if _branded(made, at):
        return not _announced(made, at)
    if opens(made, at) and made.flags[at] >> WORD & 2 and made.low[at].endswith(_DONE):
        return not names(made, at)
    first, last = _whole(made, at)
    denied = low_at(made, first - 1) == "no" and made.gap(first) == " "
    if not denied and (_announced(made, first) or _beside_name(made, first, last, rules)):
        return False
    return denied or _qualified(made, at, first, last)


def _qualified(made: Tokens, at: int, first: int, last: int) -> bool:
    """Tell whether what follows a word, or what hyphens join to it, is said of things alone."""
    if _FOLLOWED.match(made.text, made.end[last]) and made.taken[last + 1 : last + 2] != ["DATE"]:
        return True
    return _rare(made, at, first, last)


def _rare(made: Tokens, at: int, first: int, last: int) -> bool:
    """Tell the same of a word that few are called: by a score, by "vs"."""
    named, end = names(made, at), made.end[last]
    if named >= 3 and first == last:
        return False
    given = made.flags[at] >> GIVEN & 2
    if not given and _FIGURED.match(made.text, end):
        return made.taken[last + 1 : last + 2] != ["DATE"] and not _initialled(made, last + 1)
    if named < 3 and (low_at(made, last + 1) in _VERSUS or low_at(made, first - 1) in _VERSUS):
        return True
    if not given and _ONE.match(made.text, end):
        return opens(made, first) or made.word[first - 1] == ","
    return _in_a_list(made, at)


def _initialled(made: Tokens, at: int) -> bool:
    """Tell whether a letter with a dot stands within a name: "Arnel B. Tuiasosopo"."""
    after = at + 2
    if word_at(made, at + 1) != "." or word_at(made, after) == "\n":
        return False
    if made.kind[after] != TITLE:
        return True
    return word_at(made, after + 1) != ":" and (names(made, after) > 0 or not made.flags[after])


def _in_a_list(made: Tokens, at: int) -> bool:
    """Tell whether an unknown word follows a dressing, a drug or a test after a comma: "Ethilon, Alumax."""
    if made.flags[at] or at < 2 or made.word[at - 1] != "," or word_at(made, at + 1) not in {",", ".", ";"}:
        return False
    before = at - 2
    return made.kind[before] == TITLE and (
        (made.low[before] in eponyms() and names(made, before) < 2) or _branded(made, before)
    )


def _branded(made: Tokens, at: int) -> bool:
    """Tell whether a word has a capital within, as brands and tests have, and no name: "TrueBeam", "PEth"."""
    word = made.word[at]
    if word[1:] == word[1:].lower() or word.isupper() or word[0] == word[1] or "'" in word:
        return False
    if names(made, at) > 1:
        return False
    return _FAMILY.match(word) is None


def _whole(made: Tokens, at: int) -> tuple[int, int]:
    """Return the first and the last token of what hyphens join to a word: "Levey-Jennings"."""
    first = last = at
    if word_at(made, at + 1) == "-" and made.kind[at + 2 : at + 3] == [TITLE] and made.glued(at + 1):
        last = at + 2 if made.glued(at + 2) else at
    if at > 1 and made.word[at - 1] == "-" and made.kind[at - 2] == TITLE and made.glued(at):
        first = at - 2 if made.glued(at - 1) else at
    return first, last


def _announced(made: Tokens, at: int) -> bool:
    """Tell whether a title, a kin, a role or a label of one stands before a word."""
    back = at - 1
    while back >= 0 and made.word[back] in {".", ":", "-", "(", '"'} and at - back < 3:
        back -= 1
    if back < 0 or made.word[back] == "\n":
        return False
    low = made.low[back]
    return any(low in listed(group) for group in ("titles", "kin", "patients", "staff", "telling_to"))


def _beside_name(made: Tokens, first: int, last: int, rules: list[str]) -> bool:
    """Tell whether a name goes on over a word: "Royal Dupree III", "Tae-yang Jeong III", "Garcia, Ana"."""
    if first > 1 and made.word[first - 2] == "-" and made.glued(first - 1) and made.gap(first) == " ":
        return True
    if first and made.kind[first - 1] == TITLE and made.gap(first) == " ":
        if made.low[first - 1] in eponyms():
            return False
        return names(made, first - 1) > 1 or not made.flags[first - 1] >> WORD & 2
    return "NAME" in rules[max(0, first - 1) : first] or (
        made.kind[last + 1 : last + 2] == [TITLE] and rules[last + 1] == "NAME"
    )
