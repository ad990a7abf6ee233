"""Render what is told of a patient as a story: clinical or in own words, with slips of the pen."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.diagnosis.simulate.patients import Patients
from models.diagnosis.simulate.tables import Tables
from models.diagnosis.wordings import also

_MISSPELT = 0.015
"""Share of words that lose a letter or swap two."""
_OWN_WORDS = 0.5
_OPENINGS = {
    False: (
        "A {age} {sex} presents with {first}.",
        "{age} {sex} with {first}.",
        "This {age} {sex} comes in because of {first}.",
        "{short}, c/o {first}.",
        "{short}: {first}.",
    ),
    True: (
        "I'm a {age} {sex} and I have {first}.",
        "{first}. I am a {age} {sex}.",
        "Hello, I have had {first}. {age} {sex}.",
        "My problem is {first}, I am a {age} {sex}.",
    ),
}
_FURTHER = {
    False: ("There is also {rest}.", "Also {rest}.", "{rest}.", "Further: {rest}.", "On review {rest}."),
    True: ("I also have {rest}.", "Also {rest}.", "{rest} too.", "And {rest}."),
}
_DENIALS = {
    False: ("No {gone}.", "Denies {gone}.", "Negative for {gone}.", "There is no {gone}."),
    True: ("No {gone}.", "I don't have {gone}.", "I have no {gone}.", "There is no {gone}."),
}
_JOIN = {False: " or ", True: " and "}
"""Between the last two: of what is there, and of what is not."""


@dataclass(frozen=True)
class Teller:
    """The wordings of every finding, by its place."""

    tables: Tables

    @cached_property
    def wordings(self) -> tuple[tuple[str, ...], ...]:
        """Return what may be said for each finding."""
        further = also()
        rows = (self.tables.base.findings[name] for name in self.tables.findings)
        return tuple((*row.wordings, *further.get(row.id, ())) for row in rows)

    def tell(self, patients: Patients, *, seed: int) -> list[str]:
        """Return one story for each patient; the seed makes it repeatable."""
        chance = np.random.default_rng(seed)
        return [self._story(patients, row, chance) for row in range(len(patients))]

    def _story(self, patients: Patients, row: int, chance: np.random.Generator) -> str:
        own = bool(chance.random() < _OWN_WORDS)
        there = [self._said(at, chance) for at in patients.said[row].told_present]
        gone = [self._said(at, chance) for at in patients.said[row].told_absent]
        first, rest = there[: 1 + int(chance.integers(3))], there[3:]
        opening = _one(_OPENINGS[own], chance).format(
            first=_listed(first or ["feeling ill"], present=True),
            **_who(float(patients.age_years[row]), male=bool(patients.male[row])),
        )
        parts = [opening]
        parts += [
            _one(_FURTHER[own], chance).format(rest=_listed(some, present=True)) for some in _threes(rest)
        ]
        parts += [
            _one(_DENIALS[own], chance).format(gone=_listed(some, present=False)) for some in _threes(gone)
        ]
        return _slipped(" ".join(parts), chance)

    def _said(self, at: int, chance: np.random.Generator) -> str:
        return _one(self.wordings[at], chance)


def _one(choices: Sequence[str], chance: np.random.Generator) -> str:
    return choices[int(chance.integers(len(choices)))]


def _threes(said: Sequence[str]) -> list[Sequence[str]]:
    return [said[at : at + 3] for at in range(0, len(said), 3)]


def _listed(said: Sequence[str], *, present: bool) -> str:
    *most, last = said
    return f"{', '.join(most)}{_JOIN[present]}{last}" if most else last


def _who(age: float, *, male: bool) -> dict[str, str]:
    child = age < 15
    sex = ("boy" if child else "man") if male else ("girl" if child else "woman")
    if age < 0.12:
        return {
            "age": f"{max(int(age * 365), 1)}-day-old",
            "sex": sex,
            "short": f"{sex}, {int(age * 52) + 1} weeks old",
        }
    if age < 2:
        return {
            "age": f"{max(int(age * 12), 1)}-month-old",
            "sex": sex,
            "short": f"{max(int(age * 12), 1)} months old {sex}",
        }
    return {"age": f"{int(age)}-year-old", "sex": sex, "short": f"{int(age)}{'M' if male else 'F'}"}


def _slipped(text: str, chance: np.random.Generator) -> str:
    words = text.split(" ")
    for at in np.flatnonzero(chance.random(len(words)) < _MISSPELT):
        word = words[at]
        if len(word) > 4 and word.isalpha():
            place = int(chance.integers(1, len(word) - 2))
            swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
            words[at] = swapped if chance.random() < 0.5 else word[:place] + word[place + 1 :]
    return " ".join(words)
