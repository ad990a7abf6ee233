"""Train the tagger: batches of sentences, weights averaged over the run, devel files held out."""

import math
import random
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models.text import terms, weights
from models.text.learning import corpora
from models.text.learning.corpora import CLINICAL, LITERATURE, Example, spans_of
from models.text.learning.nets import Crf, Size, Tagger, decoded
from models.text.lexical import BUCKETS, Pieces, grams, membership, shape, stem
from models.text.network import load_pieces

BATCH = 32
RATE = 4e-3
AVERAGE = 0.999


@dataclass(frozen=True)
class Ready:
    """An example with its numbers."""

    example: Example
    dense: Tensor
    members: Tensor
    allowed: Tensor


@lru_cache(maxsize=1)
def pieces() -> Pieces:
    """Return the pieces of words."""
    return load_pieces(weights.read("pieces.bin"))


@lru_cache(maxsize=200_000)
def _dense(word: str) -> Any:
    return np.concatenate([pieces().vector(word), np.array(shape(word), np.float32)])


@lru_cache(maxsize=200_000)
def _grams(word: str) -> tuple[int, ...]:
    return tuple(grams(word))


def members(words: Sequence[str]) -> Any:
    """Return where the words of a sentence stand in terminologies."""
    stems = [stem(word) for word in words]
    groups = [found.matches(stems, 0, len(stems)) for found in (terms.diseases(), terms.drugs())]
    return membership(stems, groups)


def ready(example: Example) -> Ready:
    """Return an example with its numbers."""
    width = len((LITERATURE, CLINICAL)[example.head])
    allowed = torch.zeros(len(example.words), width, dtype=torch.bool)
    for at, tags in enumerate(example.allowed):
        allowed[at, list(tags)] = True
    dense = torch.tensor(np.stack([_dense(word) for word in example.words]))
    return Ready(example, dense, torch.tensor(members(example.words)), allowed)


def batch(rows: Sequence[Ready]) -> dict[str, Tensor]:
    """Return sentences as one padded batch."""
    longest, count = max(len(row.example.words) for row in rows), len(rows)
    made = {
        "rows": torch.zeros(count, longest, dtype=torch.long),
        "dense": torch.zeros(count, longest, rows[0].dense.shape[1]),
        "members": torch.zeros(count, longest, rows[0].members.shape[1]),
        "mask": torch.zeros(count, longest, dtype=torch.bool),
        "allowed": torch.ones(count, longest, rows[0].allowed.shape[1], dtype=torch.bool),
    }
    types: dict[str, int] = {}
    for at, row in enumerate(rows):
        size = len(row.example.words)
        made["rows"][at, :size] = torch.tensor(
            [types.setdefault(word, len(types)) for word in row.example.words]
        )
        made["dense"][at, :size], made["members"][at, :size] = row.dense, row.members
        made["mask"][at, :size], made["allowed"][at, :size] = True, row.allowed
    lists = [_grams(word) for word in types]
    made["grams"] = torch.tensor(list(chain.from_iterable(lists)))
    made["offsets"] = torch.tensor([0, *np.cumsum([len(one) for one in lists])[:-1]])
    return made


def batches(rows: Sequence[Ready], chance: random.Random) -> Iterator[list[Ready]]:
    """Yield batches of one head each, of sentences of like length, in any order."""
    found: list[list[Ready]] = []
    for head in (0, 1):
        own = [row for row in rows if row.example.head == head]
        chance.shuffle(own)
        for at in range(0, len(own), BATCH * 20):
            block = sorted(own[at : at + BATCH * 20], key=lambda row: len(row.example.words))
            found += [block[n : n + BATCH] for n in range(0, len(block), BATCH)]
    chance.shuffle(found)
    yield from found


def fit(
    kind: str, rows: Sequence[Ready], *, seed: int, epochs: int, size: Size | None = None
) -> Iterator[Tagger]:
    """Yield the averaged network after each epoch."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    chance = random.Random(seed)  # noqa: S311  # a training is to be repeatable, not secret
    net = Tagger(kind, size or Size(BUCKETS, pieces=pieces().width))
    steps = epochs * (math.ceil(len(rows) / BATCH) + 40)
    best = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-3)
    pace = torch.optim.lr_scheduler.OneCycleLR(best, RATE, total_steps=steps, pct_start=0.15)
    average = deepcopy(net).eval()
    step = 0
    for _ in range(epochs):
        net.train()
        for block in batches(rows, chance):
            given, head = batch(block), block[0].example.head
            loss = net.loss(given, head)
            best.zero_grad()
            torch.autograd.backward([5 * loss])
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            best.step()
            pace.step()
            step += 1
            _average(average, net, min(AVERAGE, step / (step + 10)))
        yield average


@torch.no_grad()
def _average(average: Tagger, net: Tagger, weight: float) -> None:
    for kept, new in zip(average.parameters(), net.parameters(), strict=True):
        kept.lerp_(new, 1 - weight)


@torch.no_grad()
def tagged(net: Tagger, rows: Sequence[Ready]) -> list[list[int]]:
    """Return the likeliest tags of each sentence."""
    found: list[list[int]] = []
    for at in range(0, len(rows), 64):
        block = rows[at : at + 64]
        head = block[0].example.head
        crf = net.crfs[head]
        assert isinstance(crf, Crf)  # noqa: S101  # a module list does not say what it holds
        found += decoded(crf, net(batch(block), head), [len(row.example.words) for row in block])
    return found


def f1(net: Tagger, rows: Sequence[Ready], kinds: Sequence[int] = (1, 3, 5, 7, 9)) -> float:
    """Return the exact-span F1 over these kinds of entities."""
    right = given = gold = 0
    for row, tags in zip(rows, tagged(net, rows), strict=True):
        truth = {
            span
            for span in spans_of([min(t) if len(t) == 1 else 0 for t in row.example.allowed])
            if span[2] in kinds
        }
        found = {span for span in spans_of(tags) if span[2] in kinds}
        right, given, gold = right + len(truth & found), given + len(found), gold + len(truth)
    return 2 * right / max(1, given + gold)


def arrays(net: Tagger) -> dict[str, Any]:
    """Return a convolution's numbers by the names that `network.load` reads, as half floats."""
    state = {name: part.detach().numpy() for name, part in net.state_dict().items()}
    made = {
        "letters": state["letters.weight"],
        "join.weight": state["join.weight"].T,
        "join.bias": state["join.bias"],
        "belong": state["belong.weight"].T,
        "norm.scale": state["norm.weight"],
        "norm.shift": state["norm.bias"],
    }
    for n in range(net.size.layers):
        made[f"layer{n}.weight"] = state[f"reader.layers.{n}.weight"].transpose(2, 1, 0)
        made[f"layer{n}.bias"] = state[f"reader.layers.{n}.bias"]
        made[f"layer{n}.scale"] = state[f"reader.norms.{n}.weight"]
        made[f"layer{n}.shift"] = state[f"reader.norms.{n}.bias"]
    for n in range(2):
        made[f"head{n}.weight"] = state[f"heads.{n}.weight"].T
        made[f"head{n}.bias"] = state[f"heads.{n}.bias"]
        for part in ("moves", "begin", "end"):
            made[f"head{n}.{part}"] = state[f"crfs.{n}.{part}"]
    return {name: part.astype(np.float16) for name, part in made.items()}


__all__ = ["Ready", "corpora", "f1", "fit", "ready", "replace", "tagged"]
