"""How a text may look: capitals, lower case, typing errors, missing spaces, hard line breaks, a bad scan."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Final

from cds.privacy.trials.trial import PLAIN, TRAP, Piece

Pieces = list[Piece]
Style = Callable[[Sequence[Piece], Random], Pieces]
_KEEPS_CASE: Final = frozenset({"URL", "PHOTO", "EMAIL"})
_SCAN_DIGITS: Final = str.maketrans("015", "OlS")
_SCAN_LETTERS: Final = (("l", "1"), ("rn", "m"), ("e", "c"), ("i", "l"), ("O", "0"), ("S", "5"), ("m", "rn"))
_WRAP: Final = (44, 56, 64, 78)


def _plain(pieces: Sequence[Piece], _chance: Random) -> Pieces:
    return list(pieces)


def _caps(pieces: Sequence[Piece], _chance: Random) -> Pieces:
    return [replace(p, text=p.text.upper()) for p in pieces]


def _lower(pieces: Sequence[Piece], _chance: Random) -> Pieces:
    return [p if p.kind in _KEEPS_CASE else replace(p, text=p.text.lower()) for p in pieces]


def _typos(pieces: Sequence[Piece], chance: Random) -> Pieces:
    return [
        replace(p, text=_mistyped(p.text, chance, rate=0.02)) if _typeable(p, chance) else p for p in pieces
    ]


def _typeable(piece: Piece, chance: Random) -> bool:
    """Tell whether errors may stand here; in every third name too, in numbers and traps never."""
    return piece.kind == PLAIN or (piece.kind == "NAME" and chance.random() < 0.3)


def _mistyped(text: str, chance: Random, *, rate: float) -> str:
    letters = list(text)
    for place in range(1, len(letters) - 1):
        if letters[place].isalpha() and letters[place + 1].isalpha() and chance.random() < rate:
            error = chance.randrange(3)
            if error == 0:
                letters[place], letters[place + 1] = letters[place + 1], letters[place]
            elif error == 1:
                letters[place] *= 2
            else:
                letters[place] = ""
    return "".join(letters)


def _squeezed(pieces: Sequence[Piece], chance: Random) -> Pieces:
    """Drop the blanks after punctuation and some others, so that labels and values touch."""
    found = []
    for piece in pieces:
        text = piece.text
        if piece.kind == PLAIN:
            for mark in (": ", ", ", ". ", "; "):
                text = text.replace(mark, mark[0]) if chance.random() < 0.6 else text
        found.append(replace(piece, text=text))
    return found


def _wrapped(pieces: Sequence[Piece], chance: Random) -> Pieces:
    """Break lines hard at a width, inside names and numbers as well."""
    width, column, found = chance.choice(_WRAP), 0, []
    for piece in pieces:
        letters = []
        for letter in piece.text:
            column = 0 if letter == "\n" else column + 1
            if column >= width and letter == " ":
                letter, column = "\n", 0  # noqa: PLW2901  # a blank past the width becomes the break
            letters.append(letter)
            if column >= width and letter == "-" and piece.identifies:
                letters.append("\n")
                column = 0
        found.append(replace(piece, text="".join(letters)))
    return found


def _scanned(pieces: Sequence[Piece], chance: Random) -> Pieces:
    """Misread letters and digits as a scanner does; traps are read well, or they would be no traps."""
    return [p if p.kind == TRAP else replace(p, text=_misread(p, chance)) for p in pieces]


def _misread(piece: Piece, chance: Random) -> str:
    if piece.kind == PLAIN:
        words = piece.text.split(" ")
        return " ".join(_misread_word(word, chance) if chance.random() < 0.06 else word for word in words)
    if any(c.isdigit() for c in piece.text) and piece.kind != "NAME":
        return "".join(c.translate(_SCAN_DIGITS) if chance.random() < 0.06 else c for c in piece.text)
    return _misread_word(piece.text, chance) if chance.random() < 0.15 else piece.text


def _misread_word(word: str, chance: Random) -> str:
    was, now = chance.choice(_SCAN_LETTERS)
    return word.replace(was, now, 1)


STYLES: Final[dict[str, Style]] = {
    "plain": _plain,
    "caps": _caps,
    "lower": _lower,
    "typos": _typos,
    "squeezed": _squeezed,
    "wrapped": _wrapped,
    "scanned": _scanned,
}
_WEIGHTS: Final = {
    "note": (50, 11, 11, 8, 8, 8, 4),
    "query": (56, 4, 22, 12, 6, 0, 0),
}


def style_for(kind: str, chance: Random) -> str:
    """Return the name of a style for a note or a query."""
    return chance.choices(tuple(STYLES), weights=_WEIGHTS[kind])[0]
