"""Notes and queries without end, the same for the same seed, every identifier in them marked exactly."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from random import Random
from typing import Final

from cds.privacy.trials.parts import Part, chance_for, part_of
from cds.privacy.trials.people import Person
from cds.privacy.trials.styles import STYLES, style_for
from cds.privacy.trials.templates import Template, cast, filled, templates
from cds.privacy.trials.trial import EITHER, PLAIN, TRAP, Piece, Trial, put_together

_SURROUNDINGS: Final = {
    "note": (("bodies", 0.6, {"body"}), ("edges", 0.35, {"header", "footer"})),
    "query": (("tails", 0.25, {"before"}), ("tails", 0.5, {"after"})),
}
"""What may stand around a text: the group of templates, the share of texts that have it, and its kinds."""
_TRIES: Final = 60
_TOKEN: Final = re.compile(r"[^\W\d_]{3,}|\d{5,}")


def notes(seed: int, count: int, *, part: Part = "all") -> Iterator[Trial]:
    """Yield difficult clinical notes; every template is used before one is used again."""
    return _made("notes", "note", seed, count, part=part)


def queries(seed: int, count: int, *, part: Part = "all") -> Iterator[Trial]:
    """Yield short messages of a clinician to an assistant."""
    return _made("queries", "query", seed, count, part=part)


def _made(group: str, label: str, seed: int, count: int, *, part: Part) -> Iterator[Trial]:
    for number, template in enumerate(_dealt(group, seed, count, part=part)):
        chance = chance_for(f"{seed}:{group}:{number}", part)
        yield _trial(template, f"{label}-{seed}-{number}", label, chance)


def _dealt(group: str, seed: int, count: int, *, part: Part) -> Iterator[Template]:
    """Yield templates like cards from a pack that is shuffled anew when it is through."""
    chance = Random(f"{seed}:{group}")  # noqa: S311  # trials need to be repeatable, not secret
    pack: list[Template] = []
    for _ in range(count):
        if not pack:
            pack = [each for each in templates(group) if part in {"all", part_of(each.markup)}]
            chance.shuffle(pack)
        yield pack.pop()


def _trial(template: Template, name: str, label: str, chance: Random) -> Trial:
    """Return a trial in which no word of an identifier stands unmarked; draw again where one does."""
    for _ in range(_TRIES):
        people = cast(chance)
        style = style_for(label, chance)
        pieces = STYLES[style](_surrounded(template, people, label, chance), chance)
        if not unmarked(pieces):
            return _told(pieces, name, template, style, people["p"])
    raise ValueError(f"{template.name}: its own words are identifiers in {_TRIES} draws of {_TRIES}")


def _surrounded(template: Template, people: dict[str, Person], label: str, chance: Random) -> list[Piece]:
    """Return a template's pieces, sometimes with a page's edge, a paragraph, a greeting or a closing line."""
    before, after = _SURROUNDINGS[label]
    blank = [Piece("\n" if label == "note" else " ")]
    pieces = filled(template, people, chance)
    for group, share, kinds in (before, after):
        if chance.random() < share:
            found = chance.choice([each for each in templates(group) if each.kind in kinds])
            more = filled(found, people, chance)
            ahead = found.kind in {"header", "before"}
            pieces = [*more, *blank, *pieces] if ahead else [*pieces, *blank, *more]
    return pieces


def unmarked(pieces: list[Piece]) -> set[str]:
    """Return the words and long numbers of identifiers that also stand outside every mark.

    A trap may hold them on purpose: Dr. Foley beside a Foley catheter.
    """
    inside = {word for p in pieces if p.identifies for word in _TOKEN.findall(p.text)}
    outside = {word for p in pieces if p.kind in {PLAIN, EITHER} for word in _TOKEN.findall(p.text)}
    return {word for word in inside & outside if word.lower() not in _everyday()}


@cache
def _everyday() -> frozenset[str]:
    """Return words that say nothing though they are parts of identifiers: `street`, `hospital`, `and`."""
    return frozenset(files("cds.privacy.trials").joinpath("data/everyday.txt").read_text("utf-8").split())


def _told(pieces: list[Piece], name: str, template: Template, style: str, patient: Person) -> Trial:
    text, spans, others = put_together(pieces)
    return Trial(
        id=name,
        text=text,
        spans=spans,
        traps=tuple(others[TRAP]),
        either=tuple(others[EITHER]),
        kind=template.kind,
        style=style,
        origin=patient.origin,
        template=template.name,
    )
