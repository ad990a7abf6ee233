"""How well log-probabilities of conditions fit the truth: places, F1, calibration, with intervals."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Logs = NDArray[np.float32]
Truth = Sequence[Sequence[int]]
"""The conditions that are right for each case; the first is the diagnosis."""
_BINS = 10
_T_95 = {2: 4.303, 3: 3.182, 4: 2.776, 9: 2.262}
"""Student's t for 95 % intervals, by degrees of freedom."""


def normal(logs: Logs) -> Logs:
    """Return scores as log-probabilities that sum to one."""
    top = logs.max(axis=1, keepdims=True)
    found: Logs = logs - top - np.log(np.exp(logs - top).sum(axis=1, keepdims=True))
    return found


def measured(logs: Logs, truth: Truth) -> dict[str, float]:
    """Return M1, M3, M5, accuracy, macro recall and F1, calibration error and log loss."""
    places = ranks(logs, truth)
    firsts = logs.argmax(axis=1)
    pairs = zip(firsts.tolist(), truth, strict=True)
    named = np.array([first if first in right else right[0] for first, right in pairs])
    best = np.array([max(logs[row, at] for at in right) for row, right in enumerate(truth)])
    recall, f1 = _by_class(firsts, named)
    sure = np.exp(logs.max(axis=1))
    return {
        **{f"m{n}": float((places < n).mean()) for n in (1, 3, 5)},
        "accuracy": float((firsts == named).mean()),
        "macro_recall": recall,
        "macro_f1": f1,
        "calibration_error": calibration(sure, firsts == named),
        "log_loss": float(-best.mean()),
    }


def ranks(logs: Logs, truth: Truth) -> NDArray[np.int64]:
    """Return how many conditions stand before the first right one, case by case."""
    return np.array(
        [int(min((row > row[at]).sum() for at in right)) for row, right in zip(logs, truth, strict=True)],
        np.int64,
    )


def calibration(sure: NDArray[Any], right: NDArray[Any]) -> float:
    """Return the expected calibration error in ten bins."""
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gaps = [abs(sure[bins == at].sum() - right[bins == at].sum()) for at in range(_BINS)]
    return float(sum(gaps) / max(len(sure), 1))


def _by_class(said: NDArray[Any], named: NDArray[Any]) -> tuple[float, float]:
    """Return recall and F1, each the mean over the conditions that occur."""
    recalls, scores = [], []
    for one in np.unique(named):
        hits = float(((said == one) & (named == one)).sum())
        occurs, claimed = float((named == one).sum()), float((said == one).sum())
        recalls.append(hits / occurs)
        scores.append(2 * hits / (occurs + claimed))
    return float(np.mean(recalls)), float(np.mean(scores))


def over_folds(rows: Sequence[Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Return the mean of each measure over folds with its 95 % interval (Student's t)."""
    found = {}
    for name in rows[0]:
        values = np.array([row[name] for row in rows])
        reach = _T_95[len(rows) - 1] * float(values.std(ddof=1)) / sqrt(len(rows))
        mean = float(values.mean())
        found[name] = {"mean": _round(mean), "low": _round(mean - reach), "high": _round(mean + reach)}
    return found


def rounded(row: Mapping[str, float]) -> dict[str, float]:
    """Return measures as they are printed."""
    return {name: _round(value) for name, value in row.items()}


def _round(value: float) -> float:
    return round(value, 4)
