"""The models that stand beside the default in the report: what each learns, and how it scores the next order.

Each takes training events and events to score, and returns scores of both over the space's items.
scikit-learn and torch load on first use.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.recommender.history import Event
from models.recommender.matrices import Matrix, Space, ridge

Scored = tuple[Matrix, Matrix]
Factors = NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """One split: what to learn from and what to score, over one space, repeatable by the seed."""

    space: Space
    train: list[Event]
    test: list[Event]
    weights: Matrix
    seed: int


def ridge_next(question: Question, *, penalty: float) -> Scored:
    """Score by the closed-form ridge, the default."""
    space = question.space
    states = space.states(question.train)
    found, base = ridge(states, space.orders(question.train), question.weights, penalty)
    return states @ found + base, space.states(question.test) @ found + base


def popularity(question: Question) -> Scored:
    """Score by how often an item is ordered at all."""
    counts = question.space.orders(question.train).mean(axis=0)
    return np.tile(counts, (len(question.train), 1)), np.tile(counts, (len(question.test), 1))


def ease(question: Question, *, penalty: float = 20.0) -> Scored:
    """Score by items that go together (EASE: Steck H. WWW 2019:3251-3257), and by how each is repeated."""
    space = question.space
    baskets = np.maximum(space.history(question.train), space.orders(question.train))
    between = _between(baskets, penalty)
    first, second = _repeats(question)
    return space.history(question.train) @ between + first, space.history(question.test) @ between + second


def _between(baskets: Matrix, penalty: float) -> Matrix:
    """Return how much each column speaks for each other, none for itself."""
    gram = (baskets.T @ baskets).astype(np.float64)
    gram[np.diag_indices_from(gram)] += penalty
    inverse = np.linalg.inv(gram)
    found: Matrix = (inverse / -np.diag(inverse)).astype(np.float32)
    np.fill_diagonal(found, 0.0)
    return found


def _repeats(question: Question) -> Scored:
    """Score by how often an item is ordered at all, and again soon after it was.

    Collaborative filtering completes a basket; a next order is often one that is in it already.
    """
    space = question.space
    orders, recent = space.orders(question.train), space.history(question.train, recency=True)
    again = (recent * orders).sum(axis=0) / np.maximum((recent * recent).sum(axis=0), 1.0)
    usual = orders.mean(axis=0)
    return recent * again + usual, space.history(question.test, recency=True) * again + usual


def ease_with_conditions(question: Question, *, penalty: float = 20.0) -> Scored:
    """Score as EASE does, with the state's features as further items of the basket."""
    space = question.space
    states = space.states(question.train)
    baskets = np.hstack([states, space.orders(question.train)])
    between = _between(baskets, penalty)
    block = between[: states.shape[1], states.shape[1] :]
    return states @ block, space.states(question.test) @ block


def latent_factors(question: Question, *, rank: int = 24, rounds: int = 8, penalty: float = 5.0) -> Scored:
    """Score by latent factors (weighted ALS: Hu Y et al. ICDM 2008:263-272), folding in each history."""
    space = question.space
    baskets = np.maximum(space.history(question.train), space.orders(question.train)).astype(np.float64)
    chance = np.random.default_rng(question.seed)
    items = chance.normal(0, 0.1, (baskets.shape[1], rank))
    for _ in range(rounds):
        people = _solved(baskets, items, penalty)
        items = _solved(baskets.T, people, penalty)
    first, second = (
        (_solved(space.history(rows).astype(np.float64), items, penalty) @ items.T).astype(np.float32)
        + repeated
        for rows, repeated in zip((question.train, question.test), _repeats(question), strict=True)
    )
    return first, second


def _solved(
    seen: Factors,
    other: Factors,
    penalty: float,
) -> Factors:
    """Return one side's factors for the other's; what was seen weighs eleven times what was not."""
    alpha, base = 10.0, other.T @ other + penalty * np.eye(other.shape[1])
    found = np.zeros((len(seen), other.shape[1]))
    for row, one in enumerate(seen):
        places = np.flatnonzero(one)
        if len(places):
            own = other[places]
            found[row] = np.linalg.solve(base + alpha * own.T @ own, (1 + alpha) * own.sum(axis=0))
    return found


def logistic(question: Question, *, strength: float = 0.3) -> Scored:
    """Score by a multinomial logistic regression, one row for each order."""
    space = question.space
    states, orders = space.states(question.train), space.orders(question.train)
    rows, classes = np.nonzero(orders)
    fitted = import_module("sklearn.linear_model").LogisticRegression(C=strength, max_iter=60, tol=1e-3)
    fitted.fit(states[rows], classes, sample_weight=question.weights[rows])
    return _spread(fitted, states, orders), _spread(fitted, space.states(question.test), orders)


def _spread(fitted: Any, states: Matrix, orders: Matrix) -> Matrix:
    found: Matrix = np.zeros((len(states), orders.shape[1]), np.float32)
    found[:, fitted.classes_] = fitted.predict_proba(states)
    return found


def autoencoder(question: Question, *, hidden: int = 192, epochs: int = 40) -> Scored:
    """Score by a network in torch: the state, features dropped at random, to the next orders."""
    from models.recommender.network import fitted

    space = question.space
    states = space.states(question.train)
    scorer = fitted(
        states,
        space.orders(question.train),
        question.weights,
        hidden=hidden,
        epochs=epochs,
        seed=question.seed,
    )
    return scorer(states), scorer(space.states(question.test))


RIVALS: Mapping[str, Callable[[Question], Scored]] = {
    "popularity": popularity,
    "item-based (EASE)": ease,
    "item-based with features (EASE)": ease_with_conditions,
    "latent factors (ALS)": latent_factors,
    "multinomial logistic": logistic,
    "denoising network (torch)": autoencoder,
}
