"""Patients as arrays that a network reads: a padded set of findings with polarity, and the person."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.diagnosis.network import LONGEST, PEOPLE, describe
from models.diagnosis.simulate.patients import Patients
from models.diagnosis.simulate.tables import Floats, Ints


@dataclass(frozen=True)
class Rows:
    """One row a patient: tokens (twice the finding, one more where absent, plus one; 0 pads), the person."""

    tokens: Ints
    people: Floats
    labels: Ints

    def __len__(self) -> int:
        return len(self.labels)

    def taken(self, rows: Ints) -> "Rows":
        """Return some of them."""
        return Rows(self.tokens[rows], self.people[rows], self.labels[rows])


def rows_of(patients: Patients) -> Rows:
    """Return patients as rows, as they were understood."""
    tokens = np.zeros((len(patients), LONGEST), np.int32)
    people = np.zeros((len(patients), PEOPLE), np.float32)
    for at, said in enumerate(patients.said):
        own = [2 * f + 1 for f in said.present] + [2 * f + 2 for f in said.absent]
        tokens[at, : len(own[:LONGEST])] = own[:LONGEST]
        people[at] = describe(
            float(patients.age_years[at]),
            "male" if patients.male[at] else "female",
            emergency=bool(patients.emergency[at]),
        )
    return Rows(tokens, people, patients.condition)


def folds(labels: Sequence[int] | Ints, count: int, *, seed: int) -> Ints:
    """Return the fold of each patient; each condition's patients are spread over all folds."""
    chance = np.random.default_rng(seed)
    labels = np.asarray(labels)
    found = np.zeros(len(labels), np.int32)
    order = chance.permutation(len(labels))
    ranked = order[np.argsort(labels[order], kind="stable")]
    found[ranked] = np.arange(len(labels)) % count
    return found
