"""How much a word looks like a person's name by itself: its strengths in the lexicon, its capitals, its ending."""

import re

from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, PLACE, WORD, cues, listed
from cds.privacy.scrub.tokens import INITIAL, LOWER, TITLE, UPPER, Tokens

_CLINICAL_ENDING = re.compile(
    r"(?:mab|nib|ine|ol|itis|osis|emia|aemia|cillin|statin|pril|sartan|azole|mycin|oma|omas|pathy|ase|ide|ate|one|ium|cept|tide|vir|oxacin|olol|pam|lam|zepam|barbital|caine|dronate|parin|xaban|gatran|"
    r"gliptin|glifozin|gliflozin|glutide|terol|sone|solone|phylline|dipine|afil|triptan|setron|prazole|tidine|oxetine|ectomy|otomy|ostomy|plasty|scopy|graphy|gram|metry|lysis|plegia|paresis|algia|uria|rrhea|rrhage|trophy|plasia|genic|"
    r"coccus|bacter|bacterium|ella|monas|virus|viridae|aceae|myces|ing|tion|sion|ment|ness|able|ible|ical|ically|ously|ology|ologist|iatric|iatrics|ively|ally|ed|ized|ised|izing|ities|ity|ous|ular|ary|ory|ism|ist|ists|ics|oid|pts|hrs|wks)$"
)
NEVER = 9.0
_NAMED = (0.7, 1.1, 2.1, 2.7)
_WORDED = (0.0, 0.9, 2.3, 4.2)


def eponym(low: str) -> bool:
    """Tell whether a word names a disease, a sign, a device or a brand where no person is meant."""
    return low in _eponyms()


def _eponyms() -> frozenset[str]:
    from cds.privacy.scrub.lexicon import eponyms

    return eponyms()


def never(low: str) -> bool:
    """Tell whether a word is a word of forms or grammar that names nobody by itself."""
    return low in listed("never")


def names(made: Tokens, at: int) -> int:
    """Return how much a token is a given or a family name, 0 to 3."""
    flags = made.flags[at]
    return max(flags >> GIVEN & 3, flags >> FAMILY & 3)


def opens(made: Tokens, at: int) -> bool:
    """Tell whether a token opens a sentence, where a capital says nothing."""
    return at == 0 or made.word[at - 1] in {"\n", ".", "!", "?", "•", "-", "*", ">", "|", ";", ":"} and not (
        made.word[at - 1] in "-:" and made.glued(at)
    )


def weight(made: Tokens, at: int, *, paired: bool = False) -> float:
    """Return how much a token looks like a name by itself; above 0 it may be one.

    Beside another name (`paired`) it matters less that it is also a word or an eponym.
    """
    low, flags, kind = made.low[at], made.flags[at], made.kind[at]
    if kind not in {TITLE, UPPER, LOWER, INITIAL}:
        return -NEVER
    if low in listed("never") or kind == INITIAL:
        return -NEVER
    named = max(flags >> GIVEN & 3, flags >> FAMILY & 3)
    word, clinic = flags >> WORD & 3, flags >> CLINIC & 3
    total = _NAMED[named] - _WORDED[word]
    if flags >> GIVEN & 3 and flags >> FAMILY & 3:
        total += 0.4
    if paired and named >= 2:
        total += 0.5 * _WORDED[word]
    elif clinic and not (named == 3 and word == 0):
        total -= 1.8
    if low in _eponyms():
        total -= 0.5 if paired else 3.0
    if not flags and (len(low) < 3 or _CLINICAL_ENDING.search(low)):
        total -= 2.5
    elif named == 1 and not word and _CLINICAL_ENDING.search(low) and len(low) > 6:
        total -= 0.6
    if kind == UPPER:
        total -= 1.5 if flags and len(low) > 3 else 4.0
    elif kind == LOWER:
        total -= 1.6 if named >= 2 and not word else 4.0
    elif opens(made, at):
        total -= 0.8
    return total
