"""Train the linear classifiers: logistic regression over hashed words."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from models.text import weights
from models.text.classify import BUCKETS, columns, features


def rarity(texts: Sequence[Sequence[str]], *, letters: bool) -> Any:
    """Return how rare each bucket is among the texts, as the usual smoothed inverse frequency."""
    counts = np.zeros(BUCKETS, np.float32)
    for words in texts:
        own, inner = columns(words, letters=letters)
        counts[np.unique(np.concatenate([own, inner]))] += 1
    return (np.log((1 + len(texts)) / (1 + counts)) + 1).astype(np.float32)


def matrix(texts: Sequence[Sequence[str]], rare: Any, *, letters: bool) -> Any:
    """Return the texts as rows of a sparse matrix."""
    sparse = import_module("scipy.sparse")
    rows = [features(words, rare, letters=letters) for words in texts]
    ends = np.cumsum([0, *(len(places) for places, _ in rows)])
    places = np.concatenate([places for places, _ in rows])
    values = np.concatenate([values for _, values in rows])
    return sparse.csr_matrix((values, places, ends), shape=(len(texts), BUCKETS))


def fit(
    texts: Sequence[Sequence[str]], labels: Sequence[str], *, letters: bool, seed: int, strength: float = 30.0
) -> tuple[Any, Any]:
    """Return the fitted model and the rarity of buckets; classes count alike, however often they occur."""
    rare = rarity(texts, letters=letters)
    model = import_module("sklearn.linear_model").LogisticRegression(
        C=strength, max_iter=3000, class_weight="balanced", random_state=seed
    )
    return model.fit(matrix(texts, rare, letters=letters), labels), rare


def save(name: str, model: Any, rare: Any, about: dict[str, Any], *, letters: bool) -> str:
    """Write a fitted classifier as half floats; return its hash."""
    weight, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    told = {**about, "labels": [str(label) for label in model.classes_], "letters": letters}
    arrays = {
        "weight": weight.astype(np.float16),
        "bias": bias.astype(np.float32),
        "rarity": rare.astype(np.float16),
    }
    return weights.write(name, told, arrays)
