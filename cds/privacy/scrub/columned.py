"""Rows under a row that names their columns: "seq|nm|dob|ssn|plan", then "001|MCILROY JUNE A|060133|...".

Bars, tabs, semicolons or commas part the cells; rows of as many cells below belong to such a heading.
"""

import re
from collections.abc import Iterator
from functools import cache

from cds.privacy.scrub.lexicon import listed
from cds.privacy.scrub.spans import Found

_CATEGORIES = (
    *("NAME", "DATE", "LOCATION", "PHONE", "FAX", "SSN", "PLAN", "ACCOUNT", "MRN", "ID", "DEVICE", "LICENSE"),
    *("VEHICLE", "EMAIL"),
)
_SIGNS = ("|", "\t", ";", ",")
_LEAST_CELLS, _LEAST_COMMA, _LEAST_KNOWN = 3, 4, 2
_HEAD = re.compile(r"[A-Za-z][\w #/.-]{0,19}|")
_RULED = re.compile(r"[\s|:+-]+")
_NOBODY = re.compile(
    r"(?i)(?:none|null|n/?a|self|same|err|unk(?:nown)?|tbd|pending|declined|yes|no|active|inactive|homeless|test\b.*"
    r"|0+|9+|01/01/1900|-+|\?+)"
)
"""What a cell may have that identifies nobody."""
_FIGURED = frozenset(
    {"DATE", "PHONE", "FAX", "SSN", "PLAN", "ACCOUNT", "MRN", "ID", "DEVICE", "LICENSE", "VEHICLE"}
)
_PERSON = re.compile(r"[^\W\d_](?:[^\W\d_]|[,.'’ -]){1,40}")
_INSURER = re.compile(r"[A-Za-z]{2,10}[ #:]{1,2}(?=\S*\d)")
"""The letters of an insurer before the number: "UMR 7740 2218"."""
_REMARK = re.compile(r"(?<=\d)\s[a-z][a-z ]{2,30}$")


def columned(text: str) -> Iterator[Found]:
    """Yield the cells of columns whose heads say what they hold of somebody."""
    if "\n" not in text:
        return
    at, heads, sign = 0, None, ""
    for line in text.split("\n"):
        if heads is not None and not _RULED.fullmatch(line):
            cells = line.split(sign)
            if len(cells) == len(heads):
                yield from _row(cells, heads, at)
            else:
                heads = None
        if heads is None:
            heads, sign = _headed(line)
        at += len(line) + 1


@cache
def _heads() -> dict[str, str]:
    """Return what the head of a column says that its cells are."""
    return {word: category for category in _CATEGORIES for word in listed(f"columns_{category.lower()}")}


def _headed(line: str) -> tuple[list[str] | None, str]:
    """Return the categories of the columns that a line names, and the sign between them."""
    for sign in _SIGNS:
        least = _LEAST_COMMA if sign == "," else _LEAST_CELLS
        if line.count(sign) < least - 1:
            continue
        cells = [cell.strip().lower() for cell in line.split(sign)]
        if not all(_HEAD.fullmatch(cell) for cell in cells):
            continue
        found = [_heads().get(cell, "") for cell in cells]
        untelling = listed("columns_untelling")
        telling = sum(bool(_heads().get(cell)) and cell not in untelling for cell in cells)
        if telling >= _LEAST_KNOWN:
            return found, sign
    return None, ""


def _row(cells: list[str], heads: list[str], at: int) -> Iterator[Found]:
    for cell, category in zip(cells, heads, strict=True):
        value = cell.strip()
        if category and value and _tells(value, category):
            begin = at + cell.index(value)
            yield *_part(value, category, begin), category
        at += len(cell) + 1


def _part(value: str, category: str, begin: int) -> tuple[int, int]:
    """Return where the number of a cell stands, without its insurer and without a remark."""
    end = begin + len(value)
    if category not in _FIGURED:
        return begin, end
    if (remark := _REMARK.search(value)) is not None:
        end -= len(value) - remark.start()
    if category == "PLAN" and (insurer := _INSURER.match(value)) is not None:
        begin += insurer.end()
    return begin, end


def _tells(value: str, category: str) -> bool:
    """Tell whether a cell holds what its column says."""
    if _NOBODY.fullmatch(value) or len(value) > 80:
        return False
    if category in _FIGURED:
        return sum(c.isdigit() for c in value) > 1
    if category == "NAME":
        return _PERSON.fullmatch(value) is not None
    return category != "EMAIL" or "@" in value
