"""How likely it is that what reads as present is: a linear score over where and how a mention stands.

Cues tell what a text says in so many words; lists of effects, reasons to come back, the past told like the
present and the names of examinations come without one. The score sees what stands around a mention: words on
both sides, how its sentence and line begin, its list, what cues said of its neighbours, its section, whether
the note names it elsewhere. `present` needs both, cues and score.
"""

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from models.text.found import Entity
from models.text.lexical import Floats, Pieces
from models.text.mentions import KINDS, rows
from models.text.sections import Section
from models.text.tokens import Words
from models.text.weights import Weights

BUCKETS = 2**15
GROUPS = ("ln", "rn", "lf", "rf", "s1", "prev", "text")
"""Features that are words, read by their vectors too: near, far, at the beginning, before, itself."""
SCALE = 0.3
"""What makes a vector of a word as long as counts."""
_AT = {group: at for at, group in enumerate(GROUPS)}
_MOST_KEPT = 200_000


@dataclass(frozen=True)
class Standing:
    """A weight for each bucket of features, a vector for each group of words, and the least that stands."""

    weight: Floats
    groups: Floats
    bias: float
    least: float
    vector: Callable[[str], Floats]
    kept: dict[str, tuple[float, int, float, int]] = field(init=False, default_factory=dict)
    """Of features that were met: weight, and of those that are words, group, share and number."""
    shares: dict[str, list[float]] = field(init=False, default_factory=dict)

    def of(self, row: Sequence[str]) -> float:
        """Return how likely it is that what has these features is present."""
        raw, kept = self.bias, self.kept
        sums, counts = [0.0] * len(GROUPS), [0] * len(GROUPS)
        for name in set(row):
            weight, group, share, count = kept.get(name) or self._keep(name)
            raw += weight
            if count:
                sums[group] += share
                counts[group] += count
        raw += sum(share / count for share, count in zip(sums, counts, strict=True) if count)
        return 1 / (1 + math.exp(-raw))

    def _keep(self, name: str) -> tuple[float, int, float, int]:
        """Return what a feature not met before adds: its weight and, of words, what their vectors do."""
        if len(self.kept) > _MOST_KEPT:
            self.kept.clear()
            self.shares.clear()
        group, words = _words_of(name)
        share = sum(self._shares(word)[group] for word in words)
        found = self.kept[name] = float(self.weight[bucket(name)]), group, share, len(words)
        return found

    def _shares(self, word: str) -> list[float]:
        """Return what one word adds in each group."""
        found = self.shares.get(word)
        if found is None:
            found = self.shares[word] = (SCALE * (self.groups @ self.vector(word))).tolist()
        return found


def _words_of(name: str) -> tuple[int, list[str]]:
    """Return the group of a feature and its words; none where it is not of words."""
    group, colon, words = name.partition(":")
    return (_AT[group], words.split(" ")) if colon and group in _AT else (0, [])


def spoken(row: Sequence[str]) -> list[list[str]]:
    """Return the words of each group of features, to be read by their meaning too."""
    found: list[list[str]] = [[] for _ in GROUPS]
    for name in dict.fromkeys(row):
        group, words = _words_of(name)
        found[group] += words
    return found


@lru_cache(maxsize=65536)
def bucket(name: str) -> int:
    """Return the column of a feature."""
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) % BUCKETS


def load(found: Weights, pieces: Pieces) -> Standing:
    """Return the score that a file of weights holds."""
    weight, groups = (np.asarray(found.arrays[name], np.float32) for name in ("weight", "groups"))
    return Standing(weight, groups, float(found.about["bias"]), float(found.about["least"]), pieces.vector)


def scored(one: Entity) -> bool:
    """Tell whether something is of a kind that is scored, whatever it reads as."""
    return one.kind in KINDS


def asked(one: Entity) -> bool:
    """Tell whether it matters how likely something is: it reads as present."""
    return scored(one) and one.present


def weighed(
    known: Standing, words: Words, named: Sequence[Entity], found: tuple[Section, ...]
) -> list[Entity]:
    """Return the entities of a note, those that read as present with how likely that is."""
    told = list(named)
    for at, row in rows(words, named, found, asked):
        likely = round(known.of(row), 3)
        told[at] = named[at]._replace(standing=likely, stands=likely >= known.least)
    return told
