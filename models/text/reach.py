"""How far what a heading says of its section reaches.

`FH: mother diabetic` is of the family; a paragraph later, under no heading that is known, is not. Where the
heading stands in the line of its content, the next line with a label of its own is something else as well.
"""

import re

_PARAGRAPH = re.compile(r"\n[ \t]*\r?\n\s*")
_ITEM = re.compile(r"[ \t]*(?:[-–—*•●▪◦‣+>#]|\(?\d{1,2}[.)]|\(?[a-z][.)]|\[)")
"""What goes on with a list after a blank line."""
_LABEL = re.compile(r"\n[ \t]*(?:[-*•#][ \t]*)?([A-Z][^:\n]{0,30}|[A-Z0-9/&+ -]{2,30}):", re.ASCII)
_SYSTEM = re.compile(
    r"\n[ \t]*(?:[-*•#][ \t]*)?(?:resp|cvs|cv|cns|neuro|gi|gu|renal|feeds?|feeding|id|haem|"
    r"heme|endo|skin|msk|abdo|obs|"
    r"o/e|on examination|exam|vitals|meds|medications|social|fhx?|plan|imp|impression|a/p|"
    r"today|now|currently)\b"
    r"(?![ \t]*(?:\d{4}|bleed|cancer|ca|disease|upset|infection|failure|tb)\b)",
    re.IGNORECASE,
)
"""A line that begins with a system or a part of a note, without a colon."""
_NONE = re.compile(
    r"\s*(?:none|nil|no|neg|negative|denied|denies|absent|n/a|not present|nkda|nka|nkma)\b[^.;\n]*[.;\n]",
    re.IGNORECASE,
)
"""An answer that leaves nothing for a heading to say of what follows: `Red flags: none.`"""
_COLUMNS = re.compile(r"\n[ \t]*\S+(?: \S+)*(?:[ ]{3,}|\t)\S+(?: \S+)*(?:[ ]{3,}|\t)\S")
"""A row of a table: of what its columns say, no heading of a list says anything."""
_KIN = re.compile(
    r"\b(?:mother|father|mom|mum|dad|brother|sister|sib|son|daughter|aunt|uncle|grand|"
    r"cousin|maternal|paternal|"
    r"parent|mgm|mgf|pgm|pgf|famil|relative|mat|pat|children|twin)",
    re.IGNORECASE,
)
_LONGEST = 6000
"""Characters of a section in which its end is sought."""


def ends(text: str, body: tuple[int, int], assume: str) -> int:
    """Return the offset at which what a section's heading says of its content is over."""
    begin, end = body
    last = min(end, begin + _LONGEST)
    if not assume:
        return end
    none = _NONE.match(text, begin, last)
    if none is not None:
        return none.end()
    line = text.find("\n", begin, last)
    if line < 0:
        return end
    found = [_paragraph(text, begin, last)]
    if assume in {"family", "allergy"}:
        row = _COLUMNS.search(text, begin, last)
        found.append(-1 if row is None else row.start())
    if text[begin:line].strip(" \t:-–"):
        if assume == "historical":
            found.append(_system(text, line, last))
        found.append(
            _label(text, line, last, assume) if assume == "historical" else _lines(text, line, last, assume)
        )
    return min((at for at in found if at >= 0), default=end)


def _paragraph(text: str, begin: int, last: int) -> int:
    """Return where the first paragraph with content ends and no list goes on; -1 where none does."""
    for gap in _PARAGRAPH.finditer(text, begin, last):
        if text[begin : gap.start()].strip() and not _ITEM.match(text, gap.end()):
            return gap.start()
    return -1


def _lines(text: str, line: int, last: int, assume: str) -> int:
    """Return where the lines end that go on with the line of a heading; -1 where none ends it."""
    while 0 <= line < last:
        following = text.find("\n", line + 1, last)
        content = text[line + 1 : following if following >= 0 else last]
        goes_on = (
            content.lstrip()[:1].islower()
            or _ITEM.match(content)
            or text[max(0, line - 2) : line].rstrip()[-1:] in {",", ";", "/", "&"}
            or (assume == "family" and _KIN.search(content))
        )
        if not goes_on:
            return line
        line = following
    return -1


def _label(text: str, line: int, last: int, assume: str) -> int:
    """Return where a line begins that has a label, and of a family one that names no relative."""
    for label in _LABEL.finditer(text, line, last):
        if assume != "family" or not _KIN.search(text, label.start(), label.end()):
            return label.start()
    return -1


def _system(text: str, line: int, last: int) -> int:
    """Return where a line begins with a system of the body or a part of a note, behind one of a history."""
    found = _SYSTEM.search(text, line, last)
    return -1 if found is None else found.start()
