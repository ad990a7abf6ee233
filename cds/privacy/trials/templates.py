"""The templates of the trials and what fills their slots: one cast of people for each text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Final

from cds.privacy.trials import dates, numbers, places, traps
from cds.privacy.trials.people import Person, person, written
from cds.privacy.trials.trial import MARKUP, PLAIN, Piece, literal_piece

_CHOICE: Final = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_HEAD: Final = re.compile(r"^%% *([\w-]+) *$", re.MULTILINE)
_CAST: Final = ("p", "d", "e", "r", "s")
"""Patient, clinician, another clinician, relative, and one person more."""
GROUPS: Final = ("notes", "queries", "edges", "tails", "bodies")
_A_LINE_EACH: Final = ("queries", "tails")


@dataclass(frozen=True, slots=True)
class Template:
    """A text with slots; `kind` is the type of note ("discharge")."""

    name: str
    kind: str
    markup: str


@cache
def templates(group: str) -> tuple[Template, ...]:
    """Return the templates of all data files of a group: one of `GROUPS`."""
    folder = files("cds.privacy.trials").joinpath("data")
    names = sorted(item.name for item in folder.iterdir() if item.name.startswith(f"{group}_"))
    found = [
        each for name in names for each in _parsed(folder.joinpath(name).read_text(encoding="utf-8"), name)
    ]
    return tuple(found)


def _parsed(text: str, name: str) -> Iterator[Template]:
    """Yield the templates of a file: each begins with a line `%% kind`."""
    parts = _HEAD.split(text)
    for number, (kind, markup) in enumerate(zip(parts[1::2], parts[2::2], strict=True), start=1):
        bodies = (
            [line for line in markup.strip().split("\n") if line]
            if name.startswith(_A_LINE_EACH)
            else [markup.strip()]
        )
        for line, body in enumerate(bodies, start=1):
            yield Template(f"{name.removesuffix('.txt')}:{number}.{line}", kind, body)


def cast(chance: Random) -> dict[str, Person]:
    """Return the people of one text; nobody shares a family name by chance."""
    people = {role: person(chance) for role in _CAST}
    return people if len({who.last for who in people.values()}) == len(people) else cast(chance)


def filled(template: Template, people: dict[str, Person], chance: Random) -> list[Piece]:
    """Return a template's pieces, its choices made and its slots drawn."""
    markup = _chosen(template.markup, chance).replace("\\n", "\n")
    pieces, place = [], 0
    for found in MARKUP.finditer(markup):
        pieces.append(Piece(markup[place : found.start()], PLAIN))
        place = found.end()
        pieces += _drawn(found, people, chance)
    pieces.append(Piece(markup[place:], PLAIN))
    return [piece for piece in pieces if piece.text]


def _chosen(markup: str, chance: Random) -> str:
    return _CHOICE.sub(lambda found: chance.choice(found[1].split("|")), markup)


def _drawn(found: "re.Match[str]", people: dict[str, Person], chance: Random) -> Iterator[Piece]:
    if name := found["draw"]:
        yield _trap(name, people, chance)
    elif not (name := found["slot"]):
        yield literal_piece(found)
    elif name.split(".")[0] in people:
        role, _, form = name.partition(".")
        yield written(people[role], form or "full", chance)
    else:
        yield from _identifier(name, chance)


def _identifier(name: str, chance: Random) -> Iterator[Piece]:
    slots = {**places.SLOTS, **dates.SLOTS, **numbers.SLOTS}
    if name not in slots:
        raise KeyError(f"no slot is called {{{name}}}")
    yield from slots[name](chance)


def _trap(name: str, people: dict[str, Person], chance: Random) -> Piece:
    words = _GENDERED.get(name)
    if words:
        return Piece(words[0 if people["p"].female else 1])
    if name not in traps.SLOTS:
        raise KeyError(f"no trap is called <{name}>")
    return traps.SLOTS[name](chance)


_GENDERED: Final = {
    "mr": ("Ms.", "Mr."),
    "she": ("she", "he"),
    "cshe": ("She", "He"),
    "her": ("her", "his"),
    "cher": ("Her", "His"),
    "him": ("her", "him"),
    "sex": ("female", "male"),
    "f": ("F", "M"),
    "woman": ("woman", "man"),
}
