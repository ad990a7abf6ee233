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
from models.text.mentions import ITSELF, KINDS, PLACES, Row, rows
from models.text.sections import Section
from models.text.tokens import Words
from models.text.weights import Weights

BUCKETS = 2**15
SCALE = 0.3
"""What makes a vector of a word as long as counts."""
_AT = {place: at for at, place in enumerate(PLACES)}
_MOST_KEPT = 200_000
_MOST_WORDS = 30_000
"""Words kept of each place; memory stays within a few tens of megabytes whatever is read."""


@dataclass(frozen=True)
class Standing:
    """A weight for each bucket of features, a vector for each group of words, and the least that stands."""

    weight: Floats
    groups: Floats
    bias: float
    least: float
    vector: Callable[[str], Floats]
    kept: dict[str, float] = field(init=False, default_factory=dict)
    """Weights of names that were met."""
    words: dict[str, dict[str, tuple[float, float]]] = field(init=False, default_factory=dict)
    """By place and word: its weight, and what its vector adds."""
    shares: dict[str, list[float]] = field(init=False, default_factory=dict)

    def of(self, row: Row) -> float:
        """Return how likely it is that what has these features is present."""
        raw, kept = self.bias, self.kept
        for name in set(row.names):
            value = kept.get(name)
            raw += self._keep(name) if value is None else value
        for place, words in row.words:
            met, total = self.words.get(place) or self.words.setdefault(place, {}), 0.0
            for word in words:
                weight, share = met.get(word) or self._keep_word(place, word)
                raw += weight
                total += share
            if total:
                raw += total / len(words)
        return 1 / (1 + math.exp(-raw))

    def _keep(self, name: str) -> float:
        """Return the weight of a name not met before."""
        if len(self.kept) > _MOST_KEPT:
            self.kept.clear()
        found = self.kept[name] = float(self.weight[bucket(name)])
        return found

    def _keep_word(self, place: str, word: str) -> tuple[float, float]:
        """Return what a word not met in a place before adds there; what a mention is called has a name."""
        met = self.words.setdefault(place, {})
        if len(met) > _MOST_WORDS:
            met.clear()
            self.shares.clear()
        weight = 0.0 if place == ITSELF else float(self.weight[bucket(f"{place}:{word}")])
        found = met[word] = weight, self._shares(word)[_AT[place]]
        return found

    def _shares(self, word: str) -> list[float]:
        """Return what one word adds in each group."""
        found = self.shares.get(word)
        if found is None:
            found = self.shares[word] = (SCALE * (self.groups @ self.vector(word))).tolist()
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
