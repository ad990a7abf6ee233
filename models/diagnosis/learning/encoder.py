"""The set encoder: attention over present and absent findings and the person, one score a condition."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from models.diagnosis.network import PEOPLE


@dataclass(frozen=True)
class Size:
    """How large the encoder is, and how it is kept from learning patients by heart."""

    tokens: int
    conditions: int
    width: int = 96
    heads: int = 4
    layers: int = 2
    drop: float = 0.1
    hide: float = 0.1
    l1: float = 0.0
    l2: float = 0.0


class Layer(nn.Module):
    """Attention among a set, then each by itself; normalised before, added to what was."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.heads = size.heads
        self.before = nn.LayerNorm(size.width)
        self.asked = nn.Linear(size.width, 3 * size.width)
        self.joined = nn.Linear(size.width, size.width)
        self.between = nn.LayerNorm(size.width)
        self.wide = nn.Linear(size.width, 2 * size.width)
        self.back = nn.Linear(2 * size.width, size.width)
        self.drop = nn.Dropout(size.drop)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Return the states after one round; `mask` is 0 where there is a finding and very low elsewhere."""
        count, places, width = states.shape
        parts = self.asked(self.before(states)).reshape(count, places, 3, self.heads, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        scores = query @ key.transpose(2, 3) / (width // self.heads) ** 0.5 + mask[:, None, None]
        heard = (torch.softmax(scores, -1) @ value).transpose(1, 2).reshape(count, places, width)
        states = states + self.drop(self.joined(heard))
        inner = self.back(torch.relu(self.wide(self.between(states))))
        result: Tensor = states + self.drop(inner)
        return result


class Encoder(nn.Module):
    """Findings and person in, scores of conditions out."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self.findings = nn.Embedding(size.tokens, size.width, padding_idx=0)
        self.person = nn.Linear(PEOPLE, size.width)
        self.layers = nn.ModuleList(Layer(size) for _ in range(size.layers))
        self.last = nn.LayerNorm(2 * size.width)
        self.scores = nn.Linear(2 * size.width, size.conditions)
        self.drop = nn.Dropout(size.drop)
        nn.init.normal_(self.findings.weight, std=0.3)

    def forward(self, tokens: Tensor, people: Tensor) -> Tensor:
        """Return the scores of the conditions before any softmax."""
        if self.training and self.size.hide:
            # A finding that is left out now and then cannot be leant on alone.
            tokens = tokens * (torch.rand(tokens.shape) > self.size.hide)
        there = (tokens > 0).float()
        states = torch.cat([self.person(people)[:, None], self.findings(tokens)], 1)
        known = torch.cat([torch.ones_like(people[:, :1]), there], 1)
        mask = (known - 1) * 1e4
        for layer in self.layers:
            states = layer(states, mask)
        pooled = (states * known[:, :, None]).sum(1) / 4
        found: Tensor = self.scores(self.drop(self.last(torch.cat([states[:, 0], pooled], -1))))
        return found

    def penalty(self) -> Tensor:
        """Return what large weights cost."""
        named: Mapping[str, Any] = dict(self.named_parameters())
        weights = [value for name, value in named.items() if name.endswith("weight")]
        zero = torch.zeros(())
        first = sum((w.abs().sum() for w in weights), zero) if self.size.l1 else zero
        second = sum((w.square().sum() for w in weights), zero) if self.size.l2 else zero
        result: Tensor = self.size.l1 * first + self.size.l2 * second
        return result
