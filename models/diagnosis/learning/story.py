"""The story model: a recurrent network that reads the words of a story, knowing nothing of findings."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from models.diagnosis.folding import fold
from models.diagnosis.learning.rows import Rows
from models.diagnosis.network import PEOPLE
from models.diagnosis.simulate.tables import Floats, Ints

LONGEST_WORDS = 80
_LEAST_SEEN = 3


@dataclass(frozen=True)
class Vocabulary:
    """Folded words by number; 0 pads and 1 is any other word."""

    words: dict[str, int]

    def rows(self, stories: Sequence[str], people: Floats, labels: Ints) -> Rows:
        """Return stories as rows."""
        tokens = np.zeros((len(stories), LONGEST_WORDS), np.int32)
        for at, words in enumerate(_folded(stories)):
            own = [self.words.get(word, 1) for word in words[:LONGEST_WORDS]]
            tokens[at, : len(own)] = own
        return Rows(tokens, people, labels)


def learnt(stories: Sequence[str]) -> Vocabulary:
    """Return the words that stories use more than twice."""
    counts = Counter(word for words in _folded(stories) for word in words)
    kept = sorted(word for word, count in counts.items() if count >= _LEAST_SEEN)
    return Vocabulary({word: at + 2 for at, word in enumerate(kept)})


def _folded(stories: Sequence[str]) -> list[list[str]]:
    return [[word.fold for word in fold(story)] for story in stories]


class Story(nn.Module):
    """Words in order and the person in, scores of conditions out."""

    def __init__(self, words: int, conditions: int, *, width: int = 96, drop: float = 0.2) -> None:
        super().__init__()
        self.words = nn.Embedding(words + 2, width, padding_idx=0)
        self.read = nn.GRU(width, width, batch_first=True, bidirectional=True)
        self.person = nn.Linear(PEOPLE, width)
        self.scores = nn.Linear(3 * width, conditions)
        self.drop = nn.Dropout(drop)

    def forward(self, tokens: Tensor, people: Tensor) -> Tensor:
        """Return the scores of the conditions before any softmax."""
        read, _ = self.read(self.drop(self.words(tokens)))
        heard = torch.where((tokens > 0)[:, :, None], read, torch.full_like(read, -1e4)).amax(1)
        found: Tensor = self.scores(self.drop(torch.cat([heard, torch.relu(self.person(people))], -1)))
        return found

    def penalty(self) -> Tensor:
        """Return what large weights cost: nothing here."""
        return torch.zeros(())
