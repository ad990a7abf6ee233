"""How much a word looks like a person's name by itself: in the lexicon, by its capitals, its ending."""

from functools import cache

from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, WORD, eponyms, listed, strength
from cds.privacy.scrub.patterns import pattern
from cds.privacy.scrub.tokens import LOWER, TITLE, UPPER, Tokens

NEVER = 9.0
_NAMED = (0.7, 1.1, 2.1, 2.7)
_WORDED = (0.0, 0.9, 2.3, 4.2)


def eponym(low: str) -> bool:
    """Tell whether a word names a disease, a sign, a device or a brand where no person is meant."""
    return low in eponyms()


def never(low: str) -> bool:
    """Tell whether a word is a word of forms or grammar that names nobody by itself."""
    return low in listed("never")


@cache
def _nobody() -> frozenset[str]:
    """Return words of forms and grammar, and what is spoken."""
    return listed("never") | {low for low in listed("languages") if not strength(low)}


def names(made: Tokens, at: int) -> int:
    """Return how much a token is a given or a family name, 0 to 3."""
    flags = made.flags[at]
    return max(flags >> GIVEN & 3, flags >> FAMILY & 3)


def opens(made: Tokens, at: int) -> bool:
    """Tell whether a token opens a sentence, where a capital says nothing."""
    return at == 0 or (
        made.word[at - 1] in {"\n", ".", "!", "?", "•", "-", "*", ">", "|", ";", ":"}
        and not (made.word[at - 1] in "-:" and made.glued(at))
    )


def weight(made: Tokens, at: int, *, paired: bool = False) -> float:
    """Return how much a token looks like a name by itself; above 0 it may be one.

    Beside another name (`paired`) it matters less that it is also a word or an eponym.
    """
    low, flags, kind = made.low[at], made.flags[at], made.kind[at]
    if kind not in {TITLE, UPPER, LOWER} or low in _nobody():
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
    if low in eponyms():
        total -= 0.5 if paired else 3.0
    total -= _sounding(low, flags, rare=named == 1 and not word)
    return total - _written(made, at, likely=named >= 2 and not word)


def _sounding(low: str, flags: int, *, rare: bool) -> float:
    """Return what the ending of an unknown or rare word takes from its looking like a name."""
    if not flags:
        return 2.5 if len(low) < 3 or pattern("words.clinical_ending").search(low) else 0.0
    return 0.6 if rare and len(low) > 6 and pattern("words.clinical_ending").search(low) else 0.0


def _written(made: Tokens, at: int, *, likely: bool) -> float:
    """Return what the way a word is written takes from its looking like a name."""
    kind = made.kind[at]
    if kind == UPPER:
        return 1.5 if made.flags[at] and len(made.low[at]) > 3 else 4.0
    if kind == LOWER:
        return 1.6 if likely else 4.0
    return 0.8 if opens(made, at) else 0.0
