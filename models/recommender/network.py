"""The denoising network of the report: one hidden layer, features dropped at random in training."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from models.recommender.matrices import Matrix

torch: Any = import_module("torch")
"""Imported by name: types are checked where it is not installed too."""
BATCH = 256
DROPPED = 0.3


def fitted(
    states: Matrix, orders: Matrix, weights: Matrix, *, hidden: int, epochs: int, seed: int
) -> Callable[[Matrix], Matrix]:
    """Return a scorer trained on states and the orders that followed; the seed makes it repeatable."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        network = _trained(states, orders, weights, hidden=hidden, epochs=epochs, seed=seed)
    finally:
        torch.set_num_threads(threads)

    def scorer(rows: Matrix) -> Matrix:
        with torch.no_grad():
            found: Matrix = torch.softmax(network(torch.from_numpy(rows)), dim=1).numpy()
        return found

    return scorer


def _trained(states: Matrix, orders: Matrix, weights: Matrix, *, hidden: int, epochs: int, seed: int) -> Any:
    chance = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    network = _network(states.shape[1], hidden, orders.shape[1])
    inputs, share = torch.from_numpy(states), torch.from_numpy(orders / orders.sum(axis=1, keepdims=True))
    counts = torch.from_numpy(weights)
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-3)
    for _ in range(epochs):
        for chosen in torch.randperm(len(inputs), generator=chance).split(BATCH):
            loss = torch.nn.functional.cross_entropy(network(inputs[chosen]), share[chosen], reduction="none")
            optimiser.zero_grad()
            (loss * counts[chosen]).mean().backward()
            optimiser.step()
    return network.eval()


def _network(features: int, hidden: int, items: int) -> Any:
    nn = torch.nn
    layers = (nn.Dropout(DROPPED), nn.Linear(features, hidden), nn.ReLU(), nn.Dropout(DROPPED))
    return nn.Sequential(*layers, nn.Linear(hidden, items))
