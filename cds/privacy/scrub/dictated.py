"""Numbers with blanks between all their figures ("4 0 7 5 5 0 0 1 2"), and with letters before a "#"."""

import re
from collections.abc import Iterator
from itertools import pairwise

from cds.privacy.scrub.checks import public
from cds.privacy.scrub.lexicon import listed
from cds.privacy.scrub.patterns import pattern, tried
from cds.privacy.scrub.spans import Found
from cds.privacy.scrub.tokens import NUMBER, Tokens

_RECITED = re.compile(
    r"(?i)\b(?:digit\sspan|recall\w*|forwards?|backwards?|serial|count(?:s|ed|ing)?|scores?|items?|apgars?|pain|trend"
    r"|reps?|grades?|deficits?|pulses|phq\S*|gad\S*|nihss|gcs)\b[^.\n]{0,30}$"
)
_REACH = 40
_CATEGORIES = (
    ("SSN", re.compile(r"(?i)\b(?:ssn|ss|social|w-?9|tin|itin)\b[^\n]{0,38}$")),
    ("PHONE", re.compile(r"(?i)\b(?:ph|phone|cell|tel|call|mobile|reach)\b[^\n]{0,38}$")),
)


def dictated(made: Tokens) -> Iterator[Found]:
    """Yield numbers written figure by figure, and numbers whose letters end with a "#"."""
    text = made.figures
    alone = [
        made.start[at]
        for at in made.numbered
        if made.kind[at] == NUMBER and made.end[at] - made.start[at] == 1
    ]
    for match in tried(pattern("dictated.spaced"), text, alone):
        figures = [int(c) for c in match[0] if c.isdigit()]
        before = text[max(0, match.start() - _REACH) : match.start()]
        if (
            len(set(figures)) < 3
            or all(b - a in {1, -1} for a, b in pairwise(figures))
            or _RECITED.search(before)
        ):
            continue
        category = next((name for name, asked in _CATEGORIES if asked.search(before)), "ID")
        yield *match.span(), category
    if "#" in text:
        yield from _hashed(text)


def _hashed(text: str) -> Iterator[Found]:
    """Yield numbers with the letters before a "#" that are theirs: "PV#0047716203", "BM#0417"."""
    for match in pattern("dictated.hashed").finditer(text):
        head = match["head"].lower()
        if head in listed("no_hashed") or public(text, match.start("n")):
            continue
        kept = head in listed("number_heads") or head in listed("hashed_words")
        yield match.start("n" if kept else "v"), match.end(), "ID"
