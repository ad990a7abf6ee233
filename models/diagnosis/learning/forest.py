"""The random forest of the comparison, over one column for each finding: 1 present, -1 absent, 0 unknown."""

import warnings
from importlib import import_module
from typing import Any

import numpy as np

from models.diagnosis.learning.rows import Rows
from models.diagnosis.simulate.tables import Floats

TREES = 30
_LEAST = 1e-4


def dense(rows: Rows, findings: int) -> Any:
    """Return rows as a sparse matrix of findings with the person beside."""
    sparse = import_module("scipy.sparse")
    at, place = np.nonzero(rows.tokens)
    tokens = rows.tokens[at, place]
    values = np.where(tokens % 2 == 1, 1.0, -1.0).astype(np.float32)
    told = sparse.csr_matrix((values, (at, (tokens - 1) // 2)), shape=(len(rows), findings))
    return sparse.hstack([told, sparse.csr_matrix(rows.people)]).tocsr()


def fit(rows: Rows, findings: int, *, seed: int, trees: int = TREES) -> Any:
    """Return a forest fitted to rows; leaves are bounded, so that it fits in memory."""
    forest = import_module("sklearn.ensemble").RandomForestClassifier(
        n_estimators=trees, max_leaf_nodes=800, max_features=0.03, n_jobs=1, random_state=seed
    )
    with warnings.catch_warnings():
        # Conditions are many: with few patients the library takes their numbers for measurements, and asks.
        warnings.filterwarnings("ignore", message="The number of unique classes", category=UserWarning)
        return forest.fit(dense(rows, findings), rows.labels)


def scores(forest: Any, rows: Rows, findings: int, conditions: int) -> Floats:
    """Return the log-probabilities of all conditions; what the forest never saw has the least."""
    found = np.full((len(rows), conditions), _LEAST / conditions, np.float64)
    for start in range(0, len(rows), 1000):
        part = rows.taken(np.arange(start, min(start + 1000, len(rows)), dtype=np.int32))
        found[start : start + 1000, forest.classes_] += forest.predict_proba(dense(part, findings))
    logs: Floats = np.log(found / found.sum(axis=1, keepdims=True)).astype(np.float32)
    return logs
