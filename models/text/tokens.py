"""Split any text into tokens and sentences, by offsets into the text as given.

A token is a run of letters and digits, or one sign. Everything after this works on tokens, so that hyphens,
slashes, missing blanks and capitals never hide a word. One sentence is a line of a list, a cell of a table, a
heading or what ends with a full stop; a line broken by the width of a page is not an end.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

TOKEN = re.compile(r"[^\W_]+|[^\w\s]|_")
LONGEST_SENTENCE = 120
"""Tokens after which a sentence is cut at the next comma or semicolon, or at twice that length anywhere."""

_LINE = re.compile(r"[^\n\r\x0b\x0c\u2028\u2029]+")
_STOP = re.compile(  # It begins with a set, which is sought far faster than alternatives are.
    r"[.?!\t|\s](?:(?<=[.?!])[.?!]*[\"')\]’”]*(?=\s|$)|(?<=[a-z)]{2}[.?!])(?P<glued>(?=[A-Z][a-z]))"
    r"|(?<=[\t|])[\t|]*|(?<=\S\s)\s*(?=[•●▪◦‣*#]\s))"
)
_BULLET = re.compile(r"\s*(?:[-–—*•●▪◦‣+>#]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s")
_HEADING = re.compile(r"\s*[A-Za-z][A-Za-z0-9 /&,'()\-]{0,60}:(?:\s|$)")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[/,])(?:dr|mr|mrs|ms|prof|st|jr|sr|vs|pt|pts|approx|ca|cf|dx|hx|fig|figs|e\.g|i\.e|etc|"
    r"resp|min|max|inc|wt|ht|temp|abd|q\.?d|b\.?i\.?d|t\.?i\.?d|q\.?i\.?d|p\.?o|p\.?r\.?n|i\.?v|i\.?m|h\.?s|a\.m|"
    r"p\.m|et al)\.$",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"[ \t]+(?:yes|no|none|never|denies|y|n)\b", re.IGNORECASE)
_LED = re.compile(r"(?:\s\.\.+|\.{4,})\Z")
"""What leads the eye from an item to its answer: `dysphagia ........ no`."""
_FORM = re.compile(r"\.{4,}|\s\.{2,}\s|[ ]{3}\S")
"""What a line of a form has, which no wrapped line of prose does."""
PLUS_BEFORE = re.compile(r"(?:^|[\s(,;])\+[ ]?[A-Za-z]", re.MULTILINE)
PLUS_BEHIND = re.compile(r"[A-Za-z][ ]?\+(?=[\s,;.)]|$)", re.MULTILINE)
"""Items with a plus before or behind them."""
_LETTERED = re.compile(r"[A-Za-z)] (?:[NnYy]|0)(?=[;.,]|[ \t]*$|[ \t]+/ )", re.MULTILINE)
_NUMBERED = re.compile(r"(?:^|\s)\(?\d{1,2}\.$")


@dataclass(frozen=True)
class Words:
    """The tokens of a text with offsets, and its sentences as ranges of tokens."""

    text: str
    texts: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    sentences: tuple[tuple[int, int], ...]

    @cached_property
    def lower(self) -> tuple[str, ...]:
        """The tokens in lower case, without what makes a letter longer than it was."""
        return tuple(map(str.lower, self.texts))

    @cached_property
    def tabled(self) -> bool:
        """Whether the text may have rows of cells."""
        return "|" in self.text or "\t" in self.text or _FORM.search(self.text) is not None

    @cached_property
    def lettered(self) -> bool:
        """Whether the text answers by single letters: `Angina N. MI N.`."""
        found = _LETTERED.finditer(self.text)
        return next(found, None) is not None and next(found, None) is not None

    @cached_property
    def signing(self) -> bool:
        """Whether the text has items with a plus, so that a minus may deny."""
        return "+" in self.text and bool(
            PLUS_BEFORE.search(self.text) or PLUS_BEHIND.search(self.text) or "+/-" in self.text
        )

    @cached_property
    def sentence_starts(self) -> tuple[int, ...]:
        """The first token of each sentence."""
        return tuple(first for first, _ in self.sentences)

    def sentence_of(self, token: int) -> int:
        """Return which sentence a token stands in."""
        return max(0, bisect_right(self.sentence_starts, token) - 1)

    def at(self, offset: int) -> int:
        """Return the first token that ends after this offset; the number of tokens where there is none."""
        return bisect_right(self.ends, offset)

    def covering(self, start: int, end: int) -> tuple[int, int]:
        """Return the tokens that a span of characters touches, as a range that may be empty."""
        first = bisect_right(self.ends, start)
        return first, bisect_left(self.starts, end, first)


def read(text: str) -> Words:
    """Return the tokens and sentences of a text."""
    texts = tuple(TOKEN.findall(text))
    starts, ends, at = [], [], 0
    for word in texts:
        at = text.find(word, at)  # Only blanks stand between tokens.
        starts.append(at)
        at += len(word)
        ends.append(at)
    return Words(text, texts, tuple(starts), tuple(ends), tuple(_sentences(text, texts, starts)))


def _sentences(text: str, texts: tuple[str, ...], starts: list[int]) -> Iterator[tuple[int, int]]:
    """Yield ranges of tokens; none is empty, and together they are all tokens."""
    first = 0
    for cut in (*_cuts(text), len(text)):
        token = bisect_left(starts, cut, first)
        if token > first:
            yield from _pieces(texts, first, token)
            first = token


def _pieces(texts: tuple[str, ...], first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield a sentence, cut where it is longer than any sentence is."""
    while last - first > LONGEST_SENTENCE:
        end = first + LONGEST_SENTENCE
        while end < min(last, first + 2 * LONGEST_SENTENCE) and texts[end - 1] not in ",;:)-":
            end += 1
        yield first, end
        first = end
    if last > first:
        yield first, last


def _cuts(text: str) -> Iterator[int]:
    """Yield the offsets at which a sentence ends, in order."""
    previous: re.Match[str] | None = None
    for line in _LINE.finditer(text):
        if previous is not None and _line_ends(previous.group(), line.group(), _gap(text, previous, line)):
            yield line.start()
        yield from _cuts_within(text, line.start(), line.end())
        previous = line if line.group().strip() else previous


def _gap(text: str, previous: re.Match[str], line: re.Match[str]) -> str:
    return text[previous.end() : line.start()]


def _line_ends(line: str, following: str, gap: str) -> bool:
    """Tell whether the end of a line ends a sentence; a line wrapped by the page's width goes on."""
    if gap.count("\n") > 1 or gap.count("\r") > 1 or not following.strip():
        return True
    if line.rstrip().endswith((".", ":", ";", "?", "!", "|")) or _BULLET.match(following):
        return True
    if _HEADING.match(following) or "\t" in following or "\t" in line.strip() or _FORM.search(line.strip()):
        return True
    begins = following.lstrip()[0]
    if begins.islower():
        return False
    if line.rstrip().endswith((",", "-", "/", "&")) or line.rstrip().lower().endswith(
        (" and", " or", " the", " of", " with", " no", " to", " a")
    ):
        return False
    return len(line.strip()) < 50


def _cuts_within(text: str, start: int, end: int) -> Iterator[int]:
    for stop in _STOP.finditer(text, start, end):
        at = stop.end()
        sign = text[stop.start()]
        if stop["glued"] is None:
            if sign == "." and _no_end(text, start, at, end):
                continue
            if sign == "?" and _ANSWER.match(text, at, end):
                continue
        yield at


def _no_end(text: str, start: int, at: int, end: int) -> bool:
    """Tell whether a full stop belongs to an abbreviation or the number of a list's item."""
    before = text[max(start, at - 12) : at]
    if before[-2:] == ".." and _LED.search(before):
        return True
    if text[at - 2 : at - 1].isdigit() and _NUMBERED.search(before):
        return True
    following = text[at : min(end, at + 40)].lstrip()
    if following and following[0].islower():
        return True
    # In capitals it is physical therapy, not the patient.
    return bool(following) and not before.endswith(" PT.") and bool(_ABBREVIATION.search(before))
