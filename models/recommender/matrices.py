"""Events as matrices, for training and for the models that are compared."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.recommender.features import View
from models.recommender.history import YEAR, Event

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Space:
    """The columns of the matrices: features by name, items by code, in sorted order."""

    view: View
    features: Mapping[str, int]
    items: Mapping[str, int]

    @classmethod
    def of(cls, events: Sequence[Event], view: View) -> "Space":
        """Return the space of all features and items of some events."""
        names = sorted({name for one in events for name in one.features[view]})
        codes = sorted({code for one in events for code in one.ordered})
        return cls(view, _places(names), _places(codes))

    def states(self, events: Sequence[Event]) -> Matrix:
        """Return a row of features for each event; features that are not of the space are left out."""
        found: Matrix = np.zeros((len(events), len(self.features)), np.float32)
        for row, one in enumerate(events):
            for name, value in one.features[self.view].items():
                place = self.features.get(name)
                if place is not None:
                    found[row, place] = value
        return found

    def orders(self, events: Sequence[Event]) -> Matrix:
        """Return a row of ordered items for each event, 0 or 1."""
        found: Matrix = np.zeros((len(events), len(self.items)), np.float32)
        for row, one in enumerate(events):
            for code in one.ordered:
                place = self.items.get(code)
                if place is not None:
                    found[row, place] = 1.0
        return found

    def history(self, events: Sequence[Event], *, recency: bool = False) -> Matrix:
        """Return a row of the items ordered before each event: 1, or with recency less by the years since."""
        found: Matrix = np.zeros((len(events), len(self.items)), np.float32)
        for row, one in enumerate(events):
            for medicine in one.patient.medicines:
                place = self.items.get(medicine.rxcui)
                if place is not None:
                    value = math.exp(-(medicine.days_ago or 0) / YEAR) if recency else 1.0
                    found[row, place] = max(found[row, place], value)
        return found


def _places(names: Sequence[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}


def ridge(states: Matrix, orders: Matrix, weights: NDArray[Any], penalty: float) -> tuple[Matrix, Matrix]:
    """Return the weights (features by items) and the baseline of the closed-form, event-weighted ridge.

    Solves (X'DX + penalty I) W = X'DY; the column of the baseline is not penalised but for 0.001, which keeps
    the matrix regular.
    """
    ones: Matrix = np.ones((len(states), 1), np.float32)
    design = np.hstack([states, ones])
    weighted = design * np.asarray(weights, np.float32)[:, None]
    gram = (weighted.T @ design).astype(np.float64)
    penalties = np.full(len(gram), penalty)
    penalties[-1] = 0.001
    gram[np.diag_indices_from(gram)] += penalties
    solved = np.linalg.solve(gram, (weighted.T @ orders).astype(np.float64)).astype(np.float32)
    return solved[:-1], solved[-1]
