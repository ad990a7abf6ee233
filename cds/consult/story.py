"""A story in stretches: what is said to be there, what to be absent, what the model did not get to read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, Literal

from cds.privacy.scrub import Span

Fate = Literal["plain", "present", "absent", "both", "hidden"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some characters of a story with one fate; `names` are the findings, or what stood in their place."""

    text: str
    fate: Fate = "plain"
    names: tuple[str, ...] = ()


def stretches(
    text: str,
    mentions: Iterable[Mapping[str, Any]],
    hidden: Sequence[Span],
    names: Mapping[str, str],
    contradicted: frozenset[str] = frozenset(),
) -> tuple[Stretch, ...]:
    """Return the story whole, in stretches; mentions of no width came from elsewhere and mark nothing.

    `names` are the findings' names by id; of those `contradicted` the story says both. What was replaced
    before the model read it is never a finding.
    """
    marks: list[tuple[int, int, Fate, str]] = [(s.start, s.end, "hidden", s.replacement) for s in hidden]
    for one in mentions:
        fate: Fate = "present" if one["present"] else "absent"
        if one["finding"] in contradicted:
            fate = "both"
        marks.append((one["start"], one["end"], fate, names.get(one["finding"], one["finding"])))
    pieces = _pieces(text, [mark for mark in marks if 0 <= mark[0] < mark[1] <= len(text)])
    return tuple(_joined(fate, list(same)) for fate, same in groupby(pieces, key=lambda piece: piece.fate))


def _joined(fate: Fate, same: list[Stretch]) -> Stretch:
    names = dict.fromkeys(name for piece in same for name in piece.names)
    return Stretch("".join(piece.text for piece in same), fate, tuple(names))


def _pieces(text: str, marks: list[tuple[int, int, Fate, str]]) -> Iterator[Stretch]:
    """Yield the text cut at every boundary of a mark."""
    opened: dict[int, list[int]] = {}
    closed: dict[int, list[int]] = {}
    for at, (start, end, _, _) in enumerate(marks):
        opened.setdefault(start, []).append(at)
        closed.setdefault(end, []).append(at)
    cuts = sorted({0, len(text), *opened, *closed})
    here: dict[int, None] = {}
    for start, end in pairwise(cuts):
        for at in closed.get(start, ()):
            here.pop(at, None)
        here.update(dict.fromkeys(opened.get(start, ())))
        yield _piece(text[start:end], [marks[at] for at in here])


def _piece(text: str, marks: list[tuple[int, int, Fate, str]]) -> Stretch:
    fates = {mark[2] for mark in marks}
    fate: Fate = next(iter(fates)) if len(fates) == 1 else "both" if fates else "plain"
    if "hidden" in fates:
        fate = "hidden"
    names = (mark[3] for mark in marks if fate in ("both", mark[2]))
    return Stretch(text, fate, tuple(dict.fromkeys(names)))
