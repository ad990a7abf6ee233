"""Fit a network by cross-entropy, and the temperature that calibrates it on patients it has not seen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models.diagnosis.learning.rows import Rows
from models.diagnosis.simulate.tables import Floats, Ints

BATCH = 256
RATE = 2e-3


@dataclass(frozen=True)
class Plan:
    """How long and how fast to learn."""

    epochs: int = 5
    rate: float = RATE
    seed: int = 0


def seeded(seed: int) -> None:
    """Make what torch draws from here on repeatable, on one thread."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)


def fit(network: Any, rows: Rows, plan: Plan, *, say: Callable[[str], None] = lambda _: None) -> Any:
    """Return the network trained on rows; the learning rate rises, then falls to nothing."""
    chance = torch.Generator().manual_seed(plan.seed)
    optimiser = torch.optim.AdamW(network.parameters(), lr=plan.rate, weight_decay=0.0)
    steps = plan.epochs * -(-len(rows) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, plan.rate, total_steps=steps + 1, pct_start=0.15
    )
    network.train()
    for epoch in range(plan.epochs):
        total = 0.0
        for chosen in _batches(rows, chance):
            loss = nn.functional.cross_entropy(network(*_tensors(rows, chosen)), _labels(rows, chosen))
            optimiser.zero_grad()
            (loss + network.penalty()).backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) * len(chosen)
        say(f"epoch {epoch + 1}: loss {total / len(rows):.3f}")
    return network.eval()


def _batches(rows: Rows, chance: torch.Generator) -> Iterator[Ints]:
    """Yield batches of rows of about the same length, in an order that changes."""
    order = torch.randperm(len(rows), generator=chance).numpy()
    lengths = (rows.tokens[order] > 0).sum(axis=1)
    for start in range(0, len(order), 32 * BATCH):
        part = slice(start, start + 32 * BATCH)
        near = order[part][np.argsort(lengths[part], kind="stable")]
        groups = [near[at : at + BATCH] for at in range(0, len(near), BATCH)]
        for at in torch.randperm(len(groups), generator=chance).tolist():
            yield groups[at]


def _tensors(rows: Rows, chosen: Ints) -> tuple[Tensor, Tensor]:
    tokens = rows.tokens[chosen]
    longest = max(int((tokens > 0).sum(axis=1).max()), 1)
    return torch.from_numpy(tokens[:, :longest].astype(np.int64)), torch.from_numpy(rows.people[chosen])


def _labels(rows: Rows, chosen: Ints) -> Tensor:
    return torch.from_numpy(rows.labels[chosen].astype(np.int64))


def scores(network: Any, rows: Rows) -> Floats:
    """Return the log-probabilities that a network gives each condition."""
    found = []
    with torch.no_grad():
        for start in range(0, len(rows), 1024):
            chosen = np.arange(start, min(start + 1024, len(rows)))
            found.append(torch.log_softmax(network(*_tensors(rows, chosen)), -1).numpy())
    return np.concatenate(found)


def temperature(logs: Floats, labels: Ints) -> float:
    """Return the divisor under which held-out labels are likeliest (Guo C et al. ICML 2017:1321-1330)."""
    tried = np.exp(np.linspace(np.log(0.4), np.log(2.5), 61))
    losses = [_loss(logs / t, labels) for t in tried]
    return float(tried[int(np.argmin(losses))])


def _loss(logs: Floats, labels: Ints) -> float:
    whole = np.log(np.exp(logs - logs.max(axis=1, keepdims=True)).sum(axis=1)) + logs.max(axis=1)
    return float((whole - logs[np.arange(len(labels)), labels]).mean())
