"""Decide by cross-validation on the open vignettes whether the encoder ships beside the scorer.

The rule was fixed before any figure was seen: in each of five folds the encoder's share is chosen on the
other four; the pool ships where its mean of M1, M3 and M5 over all held-out cases is above the scorer's by
more than one standard error of the paired difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.diagnosis.measures import Logs, ranks

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
FOLDS = 5


@dataclass(frozen=True)
class Decision:
    """What ships, and by which figures; `share` is the encoder's, 0 where the scorer ships alone."""

    ships: str
    share: float
    gain: float
    error: float
    cases: int

    @property
    def why(self) -> str:
        """Return the decision in words."""
        return (
            f"{self.ships} ships: the pool's mean of M1, M3 and M5 on {self.cases} held-out cases is "
            f"{self.gain:+.4f} against the scorer's (standard error {self.error:.4f})"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return it as data."""
        return {
            "ships": self.ships,
            "share": self.share,
            "gain": round(self.gain, 4),
            "standard_error": round(self.error, 4),
            "cases": self.cases,
            "why": self.why,
        }


def decided(bayes: Logs, encoder: Logs, truth: Sequence[Sequence[int]], *, seed: int = 0) -> Decision:
    """Return what ships."""
    worth = {share: _worth((1 - share) * bayes + share * encoder, truth) for share in SHARES}
    fold = np.random.default_rng(seed).permutation(len(truth)) % FOLDS
    held = np.empty(len(truth))
    for at in range(FOLDS):
        best = _best(worth, fold != at)
        held[fold == at] = worth[best][fold == at]
    gains = held - worth[0.0]
    gain, error = float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(len(gains)))
    wins = gain > error
    return Decision(
        "the pool" if wins else "the scorer alone",
        _best(worth, np.ones(len(truth), bool)) if wins else 0.0,
        gain,
        error,
        len(truth),
    )


def _worth(logs: Logs, truth: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    places = ranks(logs, truth)
    found: NDArray[np.float64] = np.mean([places < 1, places < 3, places < 5], axis=0)
    return found


def _best(worth: dict[float, NDArray[np.float64]], rows: NDArray[np.bool_]) -> float:
    """Return the share that is worth most; the least of them where several are."""
    return max(worth, key=lambda share: (round(float(worth[share][rows].mean()), 6), -share))
