"""The networks that are compared.

Over the same features of words, four ways of reading what stands beside them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from models.text.learning.corpora import CLINICAL, LITERATURE

KINDS = ("embeddings", "recurrent", "attention", "convolution")


@dataclass(frozen=True)
class Size:
    """How large a network is."""

    buckets: int
    letters: int = 64
    pieces: int = 128
    shapes: int = 8
    members: int = 8
    width: int = 128
    layers: int = 4
    drop: float = 0.4
    hide: float = 0.25


class Crf(nn.Module):
    """How tags follow each other."""

    def __init__(self, tags: int) -> None:
        super().__init__()
        self.moves = nn.Parameter(torch.zeros(tags, tags))
        self.begin = nn.Parameter(torch.zeros(tags))
        self.end = nn.Parameter(torch.zeros(tags))

    def total(self, scores: Tensor, mask: Tensor) -> Tensor:
        """Return the log of the sum over all sequences of tags."""
        total = scores[:, 0] + self.begin
        for at in range(1, scores.shape[1]):
            following = torch.logsumexp(total[:, :, None] + self.moves[None], 1) + scores[:, at]
            total = torch.where(mask[:, at, None], following, total)
        return torch.logsumexp(total + self.end, 1)

    def loss(self, scores: Tensor, allowed: Tensor, mask: Tensor) -> Tensor:
        """Return how unlikely the allowed sequences are, a token."""
        inside = scores.masked_fill(~allowed, -1e4)
        return (self.total(scores, mask) - self.total(inside, mask)).sum() / mask.sum()


class Tagger(nn.Module):
    """Words in, scores of tags out, for both sets of tags."""

    def __init__(self, kind: str, size: Size) -> None:
        super().__init__()
        self.kind, self.size = kind, size
        self.letters = nn.EmbeddingBag(size.buckets, size.letters, mode="mean")
        nn.init.normal_(self.letters.weight, std=0.3)
        self.join = nn.Linear(size.letters + size.pieces + size.shapes, size.width)
        self.belong = nn.Linear(size.members, size.width, bias=False)
        self.norm = nn.LayerNorm(size.width)
        self.drop = nn.Dropout(size.drop)
        self.reader = _reader(kind, size)
        self.heads = nn.ModuleList(nn.Linear(size.width, len(tags)) for tags in (LITERATURE, CLINICAL))
        self.crfs = nn.ModuleList(Crf(len(tags)) for tags in (LITERATURE, CLINICAL))

    def forward(self, batch: Mapping[str, Tensor], head: int) -> Tensor:
        """Return the scores of one head's tags."""
        letters = self.letters(batch["grams"], batch["offsets"])[batch["rows"]]
        if self.training:
            # A word whose letters are hidden now and then must be told by its pieces and its neighbours.
            letters = (
                letters * (torch.rand(letters.shape[:2], device=letters.device) > self.size.hide)[:, :, None]
            )
        joined = self.join(self.drop(torch.cat([letters, batch["dense"]], -1))) + self.belong(
            batch["members"]
        )
        states = self.reader(torch.relu(self.norm(joined)), batch["mask"])
        found: Tensor = self.heads[head](self.drop(states))
        return found

    def loss(self, batch: Mapping[str, Tensor], head: int) -> Tensor:
        """Return how unlikely the allowed tags of a batch are, a token."""
        crf: Any = self.crfs[head]
        found: Tensor = crf.loss(self(batch, head), batch["allowed"], batch["mask"])
        return found


class Convolution(nn.Module):
    """Gated convolutions of three words, each added to what came before it."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Conv1d(size.width, 2 * size.width, 3, padding=1) for _ in range(size.layers)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(size.width) for _ in range(size.layers))
        self.drop = nn.Dropout(size.drop)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Return states that know their neighbours, as far as there are layers."""
        kept = mask[:, :, None].float()
        for layer, norm in zip(self.layers, self.norms, strict=True):
            value, gate = layer((states * kept).transpose(1, 2)).transpose(1, 2).chunk(2, -1)
            states = states + norm(self.drop(value * torch.sigmoid(gate)))
        return states


class Recurrent(nn.Module):
    """One layer of LSTM in both directions."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.lstm = nn.LSTM(size.width, size.width, batch_first=True, bidirectional=True)
        self.back = nn.Linear(2 * size.width, size.width)
        self.drop = nn.Dropout(size.drop)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Return states that know the whole sentence."""
        lengths = mask.sum(1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(
            self.drop(states), lengths, batch_first=True, enforce_sorted=False
        )
        found, _ = nn.utils.rnn.pad_packed_sequence(
            self.lstm(packed)[0], batch_first=True, total_length=mask.shape[1]
        )
        back: Tensor = self.back(found)
        return back


class Attention(nn.Module):
    """Two layers of attention over the sentence, positions by a convolution."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.place = nn.Conv1d(size.width, size.width, 5, padding=2, groups=8)
        layer = nn.TransformerEncoderLayer(
            size.width, 4, 2 * size.width, dropout=0.2, batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Return states that know the words they attend to."""
        kept = (states * mask[:, :, None]).transpose(1, 2)
        found: Tensor = self.layers(
            states + torch.relu(self.place(kept).transpose(1, 2)), src_key_padding_mask=~mask
        )
        return found


class Embeddings(nn.Module):
    """A word and its two neighbours, without any order beyond."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.window = nn.Conv1d(size.width, size.width, 3, padding=1)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Return states that know the word on either side."""
        kept = (states * mask[:, :, None]).transpose(1, 2)
        return states + torch.relu(self.window(kept).transpose(1, 2))


def _reader(kind: str, size: Size) -> nn.Module:
    readers: Mapping[str, Any] = {
        "embeddings": Embeddings,
        "recurrent": Recurrent,
        "attention": Attention,
        "convolution": Convolution,
    }
    found: nn.Module = readers[kind](size)
    return found


def decoded(crf: Crf, scores: Tensor, lengths: Sequence[int]) -> list[list[int]]:
    """Return the likeliest tags of each sentence."""
    from models.text.network import viterbi

    moves, begin, end = (part.detach().numpy() for part in (crf.moves, crf.begin, crf.end))
    return [
        viterbi(row[:n].detach().numpy(), moves, begin, end) for row, n in zip(scores, lengths, strict=True)
    ]
