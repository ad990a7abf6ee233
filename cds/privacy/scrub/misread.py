"""Numbers and dates in which a machine read letters for figures: "O1/l4", "6O3 555 O144", "OO2I88"."""

import re
from collections.abc import Iterator

from cds.privacy.scrub.patterns import pattern, tried
from cds.privacy.scrub.spans import Found
from cds.privacy.scrub.tokens import MIXED, Tokens

_MISREAD = re.compile(r"[\dOolI|]{1,12}")
_RUN = re.compile(r"\(?[\dOolI|](?:[\dOolI|]|[ /.()-]{1,2}(?=[\dOolI|])){2,22}(?![\w|])")
_FIGURES = str.maketrans("OolI|", "00111")
_LEAST_READ = 2
_MISREAD_MONTHS = frozenset({"0ct", "n0v", "ju1", "apr", "5ep", "aug", "au9"})
_SHAPES = (
    ("DATE", re.compile(r"(?:1[0-2]|0?[1-9])[/-](?:3[01]|[12]\d|0?[1-9])(?:[/-](?:(?:19|20)\d\d|\d\d))?")),
    ("DATE", re.compile(r"(?:3[01]|[12]\d|0?[1-9])[/-](?:1[0-2]|0?[1-9])[/-](?:(?:19|20)\d\d|\d\d)")),
    ("PHONE", re.compile(r"\(?\d{3}\)?[ .-]{0,2}\d{3}[ .-]\d{4}|\d{3}[.-]\d{4}")),
    ("ID", re.compile(r"\d{5,12}|\d{2,4}(?:[ -]\d{3,4}){2,3}")),
)


def misread(made: Tokens) -> Iterator[Found]:
    """Yield what is a date, a telephone number or a long number once its letters are read as figures."""
    done = 0
    yield from ((*m.span(), "DATE") for m in tried(pattern("dates.scanned"), made.text, _months(made)))
    for at, kind in enumerate(made.kind):
        if kind != MIXED or not _MISREAD.fullmatch(made.word[at]) or made.start[at] < done:
            continue
        begin = _begin(made, at)
        match = _RUN.match(made.text, begin)
        if match is None or sum(c.isdigit() for c in match[0]) < _LEAST_READ:
            continue
        found = match[0].translate(_FIGURES)
        category = next((name for name, shape in _SHAPES if shape.fullmatch(found)), "")
        if category:
            done = match.end()
            yield begin, done, category


def _months(made: Tokens) -> list[int]:
    """Return where words with figures begin that may be months which a machine misread: "0ct", "Ju1y"."""
    words = zip(made.start, made.kind, made.low, strict=True)
    return [start for start, kind, low in words if kind == MIXED and low[:3] in _MISREAD_MONTHS]


def _begin(made: Tokens, at: int) -> int:
    """Return where a run begins in which a misread word stands: at most four groups before it."""
    first = at
    for before in range(at - 1, max(-1, at - 9), -1):
        word = made.word[before]
        figures = _MISREAD.fullmatch(word) and any(map(str.isdigit, word))
        if len(made.gap(before + 1)) > 1 or not (figures or word in "/.()-"):
            break
        first = before if word not in "/.)-" else first
    return made.start[first]
