"""A text under trial and its markup: what identifies, what only looks so, what counts neither way."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

CATEGORIES: Final = (
    "NAME",
    "LOCATION",
    "DATE",
    "AGE",
    "PHONE",
    "FAX",
    "EMAIL",
    "SSN",
    "MRN",
    "PLAN",
    "ACCOUNT",
    "LICENSE",
    "VEHICLE",
    "DEVICE",
    "URL",
    "IP",
    "BIOMETRIC",
    "PHOTO",
    "ID",
)
"""The classes of 45 CFR 164.514(b)(2); dates and ages stand apart, everything else unique is ID."""
PLAIN: Final = ""
TRAP: Final = "trap"
EITHER: Final = "either"

MARKUP: Final = re.compile(
    r"""
      \{\{(?P<category>[A-Z]+):(?P<literal>.*?)\}\}   # {{NAME:Ann Lee}}: an identifier as it stands
    | \{(?P<slot>[a-z][a-z0-9_.]*)\}                  # {p.last}: an identifier that is drawn
    | <<(?P<trap>.*?)>>                               # <<Parkinson disease>>: identifies nobody
    | <(?P<draw>[a-z][a-z0-9_]*)>                     # <bp>: drawn, and identifies nobody
    | ~(?P<either>[^~]+)~                             # ~64~: may stay or go
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Marked:
    """An identifier: where it stands, its class, and the form it was written in ("loc.hospital")."""

    start: int
    end: int
    category: str
    form: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text with one meaning: a category, `TRAP`, `EITHER` or `PLAIN`."""

    text: str
    kind: str = PLAIN
    form: str = ""

    @property
    def identifies(self) -> bool:
        """Tell whether the piece has to go."""
        return self.kind in CATEGORIES


@dataclass(frozen=True, slots=True)
class Trial:
    """A text with everything in it that must go (`spans`), must stay (`traps`) or may do either."""

    id: str
    text: str
    spans: tuple[Marked, ...]
    traps: tuple[tuple[int, int], ...]
    either: tuple[tuple[int, int], ...] = ()
    kind: str = "note"
    style: str = "plain"
    origin: str = ""
    template: str = ""


def put_together(pieces: Iterable[Piece]) -> tuple[str, tuple[Marked, ...], dict[str, list[tuple[int, int]]]]:
    """Return the text of pieces, its identifiers and its other stretches by kind; offsets in characters."""
    text, place = [], 0
    spans: list[Marked] = []
    others: dict[str, list[tuple[int, int]]] = {TRAP: [], EITHER: []}
    for piece in pieces:
        end = place + len(piece.text)
        if piece.identifies and piece.text:
            spans.append(Marked(place, end, piece.kind, piece.form or piece.kind.lower()))
        elif piece.kind and piece.text:
            others[piece.kind].append((place, end))
        text.append(piece.text)
        place = end
    return "".join(text), tuple(spans), others


def literal_pieces(markup: str) -> Iterator[Piece]:
    """Yield the pieces of a text that holds nothing to draw; raise ValueError naming what cannot be read."""
    place = 0
    for found in MARKUP.finditer(markup):
        yield Piece(markup[place : found.start()])
        place = found.end()
        yield literal_piece(found)
    yield Piece(markup[place:])


def literal_piece(found: "re.Match[str]") -> Piece:
    """Return the piece that one mark stands for."""
    if category := found["category"]:
        if category not in CATEGORIES:
            raise ValueError(f"{found[0]!r}: the category is one of {', '.join(CATEGORIES)}")
        return Piece(found["literal"], category)
    if found["trap"] is not None:
        return Piece(found["trap"], TRAP)
    if found["either"] is not None:
        return Piece(found["either"], EITHER)
    raise ValueError(f"{found[0]!r} has to be drawn, which this text does not allow")
