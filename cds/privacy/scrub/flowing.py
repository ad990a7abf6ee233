"""Lines that were only broken because a page was full: read as one, so that no name ends with the line."""

import re
from itertools import pairwise

_WIDTHS = range(40, 131)
_FULL = 0.7
"""Share of the longest line from which on a line is full."""
_GOES_ON = re.compile(r"[^\W_]|['\"(]")
_BEGINS_ANEW = re.compile(r"[A-Z][\w /()-]{0,28}:|\d{1,2}[.):]|\d{1,4}[/-]\d{1,2}\b|\w{1,24}[ ]?\|")


def flowed(text: str) -> str:
    """Return a text of the same length with a blank for each line end inside a hard-wrapped paragraph."""
    if "\n" not in text:
        return text
    lines = text.split("\n")
    longest = max(map(len, lines))
    if longest not in _WIDTHS:
        return text
    least = longest * _FULL
    parts = [lines[0]]
    for before, line in pairwise(lines):
        parts += (" " if len(before) >= least and _continues(before, line) else "\n", line)
    return "".join(parts)


def _continues(before: str, line: str) -> bool:
    """Tell whether a line goes on with the full one before it: no label, no list, no column of a table."""
    if not _GOES_ON.match(line) or before[-1:] in {":", "|"} or "|" in line:
        return False
    return "  " not in line.strip() and _BEGINS_ANEW.match(line) is None
