"""Where names and identifiers known beforehand stand in a text, however they are written there.

Capitals, accents, look-alike letters, hyphens, apostrophes, blanks within a word and a possessive make no
difference: the text is folded letter by letter, with the way back to where each letter stood.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from cds.privacy.folding import compact, folded, visible
from cds.privacy.known import Known
from cds.privacy.scrub.spans import Found

_LEAST_SPLIT = 4
"""Letters from which on a name is found with blanks or hyphens inside it."""
_PIECE = re.compile(r"\S+")


def known_of(*, names: Iterable[str] = (), identifiers: Iterable[str] = ()) -> Known:
    """Return what is known from plain lists, as callers of the command and the interface give them."""
    return Known(names, identifiers=identifiers)


@dataclass(frozen=True, slots=True)
class _Folded:
    """A text in the form in which it is compared; `places` holds for each of its letters where it stood."""

    text: str
    places: list[int]

    def spans(self, form: str) -> Iterator[tuple[int, int]]:
        """Yield where a form stands, as offsets in the text that was folded."""
        at = self.text.find(form)
        while at >= 0:
            yield self.places[at], self.places[at + len(form) - 1] + 1
            at = self.text.find(form, at + 1)


@lru_cache(maxsize=4096)
def _name_form(character: str) -> str:
    return folded(visible(character))


@lru_cache(maxsize=4096)
def _number_form(character: str) -> str:
    return compact(character)


def _letters(text: str, *, numbers: bool, squeezed: bool) -> _Folded:
    form = _number_form if numbers else _name_form
    made: list[str] = []
    places: list[int] = []
    for at, character in enumerate(text):
        if squeezed and not character.isalnum():
            continue
        letters = form(character)
        made.append(letters)
        places.extend([at] * len(letters))
    return _Folded("".join(made), places)


def standing(known: Known, text: str) -> Iterator[Found]:
    """Yield the places of everything known."""
    words, short, alone, anywhere, identifiers = known.forms
    if words or alone or anywhere:
        plain = _letters(text, numbers=False, squeezed=False)
        close = _letters(text, numbers=False, squeezed=True)
        yield from _words(text, plain, close, words)
        yield from _phrases(text, plain, close, alone, anywhere)
    for name in short:
        yield from ((s, e, "NAME") for s, e in _of(text, name) if _edges(text, s, e))
    if identifiers:
        yield from _numbers(text, _letters(text, numbers=True, squeezed=True), identifiers)


def _of(text: str, form: str) -> Iterator[tuple[int, int]]:
    at = text.find(form)
    while at >= 0:
        yield at, at + len(form)
        at = text.find(form, at + 1)


def _words(text: str, plain: _Folded, close: _Folded, words: Iterable[str]) -> Iterator[Found]:
    for word in words:
        folds = (plain, close) if len(word) >= _LEAST_SPLIT else (plain,)
        for start, end in (span for fold in folds for span in fold.spans(word)):
            if _edges(text, start, end) and "\n\n" not in text[start:end]:
                yield start, end, "NAME"


def _phrases(
    text: str, plain: _Folded, close: _Folded, alone: Iterable[str], anywhere: Iterable[str]
) -> Iterator[Found]:
    for phrase in alone:
        yield from ((s, e, "NAME") for s, e in plain.spans(phrase) if _edges(text, s, e))
    for phrase in anywhere:
        yield from ((*_widened(text, s, e), "NAME") for s, e in plain.spans(phrase))
        bare = "".join(c for c in phrase if c.isalnum())
        if len(bare) >= _LEAST_SPLIT:
            yield from ((s, e, "NAME") for s, e in close.spans(bare) if _edges(text, s, e))


def _numbers(text: str, close: _Folded, identifiers: Iterable[str]) -> Iterator[Found]:
    for identifier in identifiers:
        for start, end in close.spans(identifier):
            if _breaks(text, start) and _breaks(text, end):
                yield start, end, "ID"


def _edges(text: str, start: int, end: int) -> bool:
    """Tell whether no letter stands directly before or after."""
    return not (text[start - 1 : start].isalpha() and start) and not text[end : end + 1].isalpha()


def _breaks(text: str, at: int) -> bool:
    """Tell whether a word ends, or figures and letters meet, between two characters."""
    if at <= 0 or at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    return not (before.isalnum() and after.isalnum()) or before.isdigit() != after.isdigit()


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the whole word in which a long name was found: it may be inflected or glued to something."""
    while start > 0 and text[start - 1].isalpha() and text[start - 1].isascii():
        start -= 1
    while end < len(text) and text[end].isalpha() and text[end].isascii():
        end += 1
    return start, end


def leftover(known: Known, text: str, found: list[Found]) -> Iterator[Found]:
    """Yield what is known and still stands after all that was found is gone: word by word, else the line."""
    kept = list(text)
    for start, end, _ in found:
        kept[start:end] = "\n" * (end - start)
    rest = "".join(kept)
    if not known.within(rest):
        return
    for line in re.finditer(r"[^\n]+", rest):
        if not known.within(line[0]):
            continue
        pieces = [m for m in _PIECE.finditer(line[0]) if known.within(m[0])]
        for piece in pieces:
            yield line.start() + piece.start(), line.start() + piece.end(), "NAME"
        if not pieces:
            yield line.start(), line.end(), "NAME"
