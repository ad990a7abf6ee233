"""Figures of rankings and sets: hit@k, ndcg, and Jaccard, F1, PRAUC and DDI rate as SafeDrug defines them.

SafeDrug (Yang C et al. IJCAI 2021:3735-3741): per visit, averaged over a person's visits, then over persons;
PRAUC is the average precision of the scores of all items against the visit's set; the DDI rate is the share
of interacting pairs among all pairs of the predicted sets.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from models.recommender.matrices import Matrix

Interacts = Callable[[str, str], bool]
T_95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
"""Student's t for a two-sided 95 % interval, by the number of seeds."""


def ranks(scores: Matrix) -> NDArray[np.int_]:
    """Return the rank of each item in each row, the best 0; ties go to the item that comes first."""
    order = np.argsort(-scores, axis=1, kind="stable")
    found = np.empty_like(order)
    np.put_along_axis(found, order, np.arange(scores.shape[1])[None, :], axis=1)
    return found


def hit(places: NDArray[np.float64], k: int) -> float:
    """Return the share of orders among the first k; `nan` where there is none."""
    return float((places < k).mean()) if len(places) else math.nan


def ndcg(places: NDArray[np.float64]) -> float:
    """Return the mean of 1 / log2(rank + 1), each order being the only right answer to its question."""
    return float((1 / np.log2(places + 2)).mean()) if len(places) else math.nan


def set_figures(scores: Matrix, truth: Matrix, people: Sequence[int], threshold: float) -> dict[str, float]:
    """Return Jaccard, F1 and PRAUC of sets and scores by SafeDrug's definitions."""
    by_person: dict[int, list[tuple[float, float, float]]] = defaultdict(list)
    for row, person in enumerate(people):
        right, chosen = truth[row] > 0, scores[row] >= threshold
        if not right.any():
            continue
        both = float((right & chosen).sum())
        jaccard = both / float((right | chosen).sum())
        precision, recall = both / max(float(chosen.sum()), 1.0), both / float(right.sum())
        f1 = 2 * precision * recall / (precision + recall) if both else 0.0
        by_person[person].append((jaccard, f1, average_precision(scores[row], right)))
    means = np.mean([np.mean(rows, axis=0) for rows in by_person.values()], axis=0)
    return dict(zip(("jaccard", "f1", "prauc"), (float(one) for one in means), strict=True))


def average_precision(scores: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    """Return the area under the precision-recall curve of one visit, as the sum of its steps."""
    order = np.argsort(-scores, kind="stable")
    hits = right[order]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean()) if hits.any() else 0.0


def best_threshold(scores: Matrix, truth: Matrix) -> float:
    """Return the threshold with the best pooled F1 on training events; SafeDrug's 0.5 needs probabilities."""
    values, right = scores.ravel(), truth.ravel() > 0
    order = np.argsort(-values, kind="stable")
    both = np.cumsum(right[order])
    f1 = 2 * both / (np.arange(1, len(values) + 1) + right.sum())
    return float(values[order][int(np.argmax(f1))])


def ddi_rate(sets: Sequence[Sequence[str]], interacts: Interacts) -> float:
    """Return the share of pairs of items within the same set that interact; `nan` where there is no pair."""
    pairs = [pair for one in sets for pair in combinations(one, 2)]
    return sum(interacts(*pair) for pair in pairs) / len(pairs) if pairs else math.nan


def ddi_rate_with(
    news: Sequence[Sequence[str]], olds: Sequence[Sequence[str]], interacts: Interacts
) -> float:
    """Return the share of pairs of a new item and one the person had within a year that interact."""
    pairs = [
        (new, old) for some, had in zip(news, olds, strict=True) for new in some for old in had if new != old
    ]
    return sum(interacts(*pair) for pair in pairs) / len(pairs) if pairs else math.nan


def interval(values: Sequence[float]) -> dict[str, float]:
    """Return the mean over seeds with its 95 % interval by Student's t."""
    known = [one for one in values if not math.isnan(one)]
    if not known:
        return {}
    mean = sum(known) / len(known)
    if len(known) < 2:
        return {"mean": round(mean, 4)}
    spread = float(np.std(known, ddof=1)) / math.sqrt(len(known)) * T_95.get(len(known), 1.96)
    return {"mean": round(mean, 4), "low": round(mean - spread, 4), "high": round(mean + spread, 4)}


def intervals(runs: Sequence[Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Return the interval of each figure over seeds."""
    names = dict.fromkeys(name for run in runs for name in run)
    return {name: interval([run.get(name, math.nan) for run in runs]) for name in names}
