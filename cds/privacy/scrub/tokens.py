"""The words of a text with their offsets and what is known of each."""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field

from cds.privacy.scrub import lexicon

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)*|\n|[^\w\s]|_")
TAG = re.compile(r"\[(?:[A-Z]{2,9})\]")

_MISTYPED = re.compile(
    r"(?<=\d)[lIoO](?=[\d/.-]*\d|\b)(?!-)|(?<=[\d/.-][/.-])[lIoO](?=\d)|(?<=\d[/.-]\d)[lIoO](?=\b)|(?<=\d[/.-])[lIoO](?=\d\b)"
    r"|(?<=\d)S(?=\d)|(?<=\d[./-])S(?=\d)|(?<=\d)S(?=[./-]\d)|(?<=\d\d[./-])S\b|(?<=[.-]\d\d\d)S\b"
)

_SCANNED = re.compile(r"[A-Z](?=.{4})[A-Za-z]*[0134][A-Za-z]+(?:[0134][A-Za-z]+)?")
"""A word with a figure that a scanner took for a letter: "Mem0rial", "F4MILY"."""
_UNSCANNED = str.maketrans("0134", "oiea")
_MAYBE_MISTYPED = re.compile(r"\d[lIoOS]|[\d/.-][/.-][lIoOS]")

TITLE, UPPER, INITIAL, LOWER, MIXED, NUMBER, BREAK, MARK = "TUIlXNBM"
"""Kinds of token: Title, UPPER, one capital, lower, letters with digits, digits, line break, other sign."""


@dataclass(slots=True)
class Tokens:
    """Parallel lists, one entry for each token; `low` is the word as the lexicon has it, without 's."""

    text: str
    figures: str
    """The text with letters typed for figures ("16.9.l2") as figures; offsets are the same."""
    word: list[str] = field(default_factory=list)
    low: list[str] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    """The category that a token was given, or nothing."""
    numbered: list[int] = field(default_factory=list)
    """Which tokens hold a figure."""
    figured: list[int] = field(default_factory=list)
    """Where the tokens begin that begin with a figure."""
    capital: list[int] = field(default_factory=list)
    """Where the words begin that begin with a capital."""

    def __len__(self) -> int:
        return len(self.word)

    def level(self, at: int, which: int) -> int:
        """Return one of the strengths of a token, 0 to 3."""
        return self.flags[at] >> which & 3

    def starts_of(self, lows: Container[str]) -> list[int]:
        """Return where certain words begin."""
        return [start for start, low in zip(self.start, self.low, strict=True) if low in lows]

    def glued(self, at: int) -> bool:
        """Tell whether nothing stands between a token and the one before it."""
        return 0 < at < len(self.start) and self.start[at] == self.end[at - 1]

    def gap(self, at: int) -> str:
        """Return what stands between a token and the one before it; nothing where either is none."""
        return self.text[self.end[at - 1] : self.start[at]] if 0 < at < len(self.start) else ""


def _kind(word: str) -> str:
    if word.isalpha() or "'" in word or "’" in word:
        if word[0].isupper():
            if len(word) == 1:
                return INITIAL
            return UPPER if word.isupper() else TITLE
        return LOWER if word.islower() else TITLE if word[1:2].isupper() and len(word) > 3 else LOWER
    if word.isdigit():
        return NUMBER
    if word == "\n":
        return BREAK
    return MIXED if len(word) > 1 else MARK


def _figure(match: re.Match[str]) -> str:
    return "5" if match[0] == "S" else "0" if match[0] in "oO" else "1"


def tokens(text: str) -> Tokens:
    """Return the tokens of a text; tags that already stand in it are single signs."""
    matches = list(_TOKEN.finditer(text) if "[" not in text else _cut(text))
    words = [match[0] for match in matches]
    common, fresh = _COMMON.get, {}
    for word in words:
        if common(word) is None and word not in fresh:
            fresh[word] = _remembered(word)
    entries = [common(word) or fresh[word] for word in words]
    ends = [match.end() for match in matches]
    for at, entry in enumerate(entries):
        if less := entry[3]:
            words[at] = words[at][:-less]
            ends[at] -= less
    starts = [match.start() for match in matches]
    figures = _MISTYPED.sub(_figure, text) if _MAYBE_MISTYPED.search(text) else text
    kinds = [entry[0] for entry in entries]
    numbered = [at for at, kind in enumerate(kinds) if kind in "NX" or figures[starts[at]].isdecimal()]
    return Tokens(
        text,
        figures,
        word=words,
        low=[entry[1] for entry in entries],
        start=starts,
        end=ends,
        kind=kinds,
        flags=[entry[2] for entry in entries],
        taken=[""] * len(words),
        numbered=numbered,
        figured=[starts[at] for at in numbered if figures[starts[at]].isdecimal()],
        capital=[start for start, kind in zip(starts, kinds, strict=True) if kind in "TUI"],
    )


_COMMON: dict[str, tuple[str, str, int, int]] = {}
"""What is known of ordinary and clinical words, as they were written: never of names alone, or of numbers."""
_MOST_COMMON = 40_000


def _remembered(word: str) -> tuple[str, str, int, int]:
    """Return what is known of a word, kept for the next text where it is an ordinary word or a sign."""
    entry = _known(word)
    ordinary = entry[2] >> lexicon.WORD & 3 or entry[2] >> lexicon.CLINIC & 3
    if (ordinary or len(word) == 1) and len(_COMMON) < _MOST_COMMON:
        _COMMON[word] = entry
    return entry


def _cut(text: str) -> Iterator["re.Match[str]"]:
    """Yield words and signs, a tag in one piece."""
    place = 0
    for tag in TAG.finditer(text):
        yield from _TOKEN.finditer(text, place, tag.start())
        yield tag
        place = tag.end()
    yield from _TOKEN.finditer(text, place)


def lows(text: str) -> list[str]:
    """Return the words and signs of a text in their low form alone, for which no lexicon is read."""
    plain = (lexicon.plain(word) for word in _TOKEN.findall(text))
    return [low[:-2] if low[-2:] == "'s" else low for low in plain]


def _unscanned(word: str) -> str:
    """Return a word in lower case with letters for the figures in it."""
    return lexicon.plain(word.translate(_UNSCANNED))


def _known(word: str) -> tuple[str, str, int, int]:
    """Return the kind of a word, its form in the lexicon, its strengths, the length of its possessive."""
    if word[0] == "[":
        return MARK, word, 0, 0
    kind = _kind(word)
    if kind == MIXED and _SCANNED.fullmatch(word) and lexicon.strength(low := _unscanned(word)):
        return UPPER if word.upper() == word else TITLE, low, lexicon.strength(low), 0
    if kind not in "TUIl":
        return kind, word.lower(), 0, 0
    low = lexicon.plain(word)
    less = 2 if low[-2:] in {"'s", "’s"} else 0
    low = low[:-2] if less else low
    flags = lexicon.strength(low)
    if not flags and "'" in low:
        flags = lexicon.strength(low.replace("'", ""))
    flags = flags or lexicon.british(low)
    return kind, low, flags, less
