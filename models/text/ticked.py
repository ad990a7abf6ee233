"""Boxes and cells of forms: `[x] cough`, `Asthma ___  Diabetes _X_`, `| Anaemia | Resolved |`.

What a form says of an item stands beside it in no sentence: a mark before or behind it, or the cell of its
row that gives a status.
"""

import re
from collections.abc import Iterator, Sequence

from models.text.cues import Cue, Cues, Trigger
from models.text.tokens import PLUS_BEFORE, PLUS_BEHIND, TOKEN, Words

MINUS = frozenset("-–−")
_TICKS = frozenset("xX✓✔☑☒")
_OPEN, _CLOSE = "[(", "])"
_BOXES = frozenset({*_CLOSE, *_TICKS, "☐"})
"""What a box before an item ends with."""
_FILLED = re.compile(r"_[xX✓]_")
"""A blank that is ticked: where a text has none, blanks are only to be filled in."""
_REST = 4
"""Words of an item's own cell that may follow it: `DVT left leg`."""
_CELL = re.compile(r"[|\t]|[ ]{3,}|\.{4,}|[ ]\.{2,}(?=[ ])")
"""What parts the cells of a row: a line, or blanks and points that lead the eye."""
_CELLS = 3
"""Cells behind an item that may give its status."""
MINUSES = re.compile(r"[A-Za-z] [-–−+](?:/-)?(?=[,;.]|\Z)")
"""Items of a list with a sign apart behind them: `Urgency -, frequency +/-, dysuria -`."""
_NOT, _IS = Trigger("negated", "answer"), Trigger("present", "answer")


def said(words: Words, cues: Cues, first: int, last: int) -> Sequence[Cue]:
    """Return what the boxes and cells beside an item that covers these tokens say of it."""
    box = _before(words, first) if first and words.texts[first - 1] in _BOXES else None
    if box is None and last < len(words.texts) and words.texts[last] == "_":
        box = _blank(words, last)
    found = () if box is None else (box,)
    if not words.tabled:
        return found
    row = words.text.find("\n", words.ends[last - 1])
    end = row if row >= 0 else len(words.text)
    line = words.text[words.ends[last - 1] : end]
    return (*found, *_status(words, cues, last, line)) if _CELL.search(line) else found


def _before(words: Words, first: int) -> Cue | None:
    """Return the box before an item, where boxes stand before their items: the line begins with one."""
    at = first - 1
    if at >= 0 and words.texts[at] == "☐":
        return Cue(at, first, (_NOT,))
    if at >= 0 and words.texts[at] in _TICKS and not words.texts[at].isalpha():
        return Cue(at, first, (_IS,))
    if at < 1 or words.texts[at] not in _CLOSE:
        return None
    ticked = words.texts[at - 1] in _TICKS
    begin = at - 2 if ticked else at - 1
    if begin < 0 or words.texts[begin] not in _OPEN or words.starts[at] - words.starts[begin] > 3 + ticked:
        return None
    leads = begin == 0 or "\n" in words.text[words.ends[begin - 1] : words.starts[begin]]
    if not leads and not _leading(words, begin):
        return None
    return Cue(begin, first, (_IS if ticked else _NOT,))


def _leading(words: Words, at: int) -> bool:
    """Tell whether the line that a box stands in begins with a box."""
    line = words.text[words.text.rfind("\n", 0, words.starts[at]) + 1 : words.starts[at]].lstrip(" -*•\t")
    return line[:1] in {"[", "☐", "☑", "☒"}


def _blank(words: Words, last: int) -> Cue | None:
    """Return the blank behind an item of a form: `___` is none, `_X_` is one."""
    end = last
    while end < len(words.texts) and end < last + 12 and words.texts[end] in {"_", "X", "x", "✓", "✔"}:
        end += 1
    marks = words.texts[last:end]
    if marks.count("_") < 2 or "_" not in marks[:1] or not _FILLED.search(words.text):
        return None
    return Cue(last, end, (_IS if set(marks) - {"_"} else _NOT,))


def _status(words: Words, cues: Cues, last: int, line: str) -> Iterator[Cue]:
    """Yield the first cell behind an item that is an answer as a whole: `| Anaemia | 2016 | Resolved |`."""
    lines = list(_CELL.finditer(line))
    if len(line[: lines[0].start()].split()) > _REST:
        return
    ends = [*(one.start() for one in lines[1:]), len(line)]
    for one, end in [*zip(lines, ends, strict=True)][: _CELLS if lines[0][0] in "|\t" else 1]:
        at = last + len(TOKEN.findall(line[: one.end()]))
        last_of = last + len(TOKEN.findall(line[:end]))
        found = cues.answer(words.lower, at, last_of) if last_of > at else None
        if found is not None and found.last == last_of:
            yield found
            return


def signed(words: Words, span: tuple[int, int], sentence: tuple[int, int]) -> Iterator[tuple[Cue, str]]:
    """Yield the minus at an item of a list of both signs: `+nausea, -vomiting`, `headache +, fever -`."""
    (first, last), (begin, end) = span, sentence
    texts = words.texts
    if first > begin and texts[first - 1] in MINUS:
        apart = _glued(words, first - 1) or _listed(words, first - 1, begin)
        if apart and PLUS_BEFORE.search(_line(words, first)):
            yield Cue(first - 1, first, (Trigger("negated", "before", 1, commas=False),)), "before"
    if last < end and texts[last] in MINUS and (last + 1 >= end or texts[last + 1] in ",;."):
        behind = words.starts[last] == words.ends[last - 1] and PLUS_BEHIND.search(_line(words, first))
        plus = (at for at in range(begin + 1, last) if texts[at] == "+")
        if (
            behind
            or len(MINUSES.findall(_line(words, first))) > 1
            or any(words.starts[at] > words.ends[at - 1] for at in plus)
        ):
            yield Cue(last, last + 1, (Trigger("negated", "answer"),)), "answer"


def _line(words: Words, at: int) -> str:
    """Return the line that a token stands in."""
    begin = words.text.rfind("\n", 0, words.starts[at]) + 1
    end = words.text.find("\n", words.starts[at])
    return words.text[begin : end if end >= 0 else len(words.text)]


def _glued(words: Words, at: int) -> bool:
    """Tell whether a sign stands before a word without a blank between, and after one."""
    apart = at == 0 or words.ends[at - 1] < words.starts[at] or words.texts[at - 1] in "(,;"
    return apart and words.ends[at] == words.starts[at + 1]


def _listed(words: Words, at: int, begin: int) -> bool:
    """Tell whether a sign with blanks on both sides begins an item within a line: `+ thirst. - HA, - CP`."""
    if at == 0 or "\n" in words.text[words.ends[at - 1] : words.starts[at]]:
        return False
    return at == begin or words.texts[at - 1] in ",;:"
