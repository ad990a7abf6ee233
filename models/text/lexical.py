"""What a word looks like: the features that every learned part reads, the same in training and in use.

A word is known by the hashes of its letters (3 to 5 at a time, and whole), by the mean of the vectors of its
pieces (`weights/pieces.bin`, from a general sentence encoder), by its shape, and by whether a terminology
has it. All but the last depend on the word alone, so that each is computed once for a word and kept.
"""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

BUCKETS = 2**15
SHAPES = 8
LONGEST_WORD = 40
KEPT_WORDS = 30_000
"""How many words are kept with what was computed of them."""
_MOST_GRAMS = 48
_DIGIT = re.compile(r"\d")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return a word as terminologies are searched by it: lower case, American spelling, singular."""
    low = word.lower()
    if len(low) < 5:
        return "'" if low == "’" else low
    low = low.replace("ae", "e").replace("oe", "e").replace("tumour", "tumor")
    if low.endswith("ies"):
        return low[:-3] + "y"
    if low.endswith("s") and not low.endswith(("ss", "us", "is")):
        return low[:-1]
    return low


def grams(word: str) -> list[int]:
    """Return the buckets of a word's letters; digits are alike."""
    marked = _DIGIT.sub("0", f"<{word.lower()[:LONGEST_WORD]}>")
    found = [marked, marked[:3], marked[-3:]]
    for size in (3, 4, 5):
        found += [marked[at : at + size] for at in range(len(marked) - size + 1)]
    return [zlib.crc32(gram.encode("utf-8", "surrogatepass")) % BUCKETS for gram in found[:_MOST_GRAMS]]


def shape(word: str) -> list[float]:
    """Return what capitals, digits and length say of a word."""
    upper = word.isupper()
    marks = (
        upper and len(word) > 1,
        word[0].isupper(),
        any(letter.isdigit() for letter in word),
        word.isdigit(),
        not word[0].isalnum(),
        len(word) == 1,
        len(word) <= 4,
        not upper and any(letter.isupper() for letter in word[1:]),
    )
    return [float(mark) for mark in marks]


@dataclass(frozen=True)
class Pieces:
    """The pieces that words are made of, each with its vector."""

    index: Mapping[str, int]
    vectors: Floats
    met: dict[str, Floats] = field(init=False, default_factory=dict, repr=False, compare=False)
    """Vectors of words that were asked for: a tagger and a score ask for the same."""

    @property
    def width(self) -> int:
        """The length of a vector."""
        return int(self.vectors.shape[1])

    def vector(self, word: str) -> Floats:
        """Return the mean of the vectors of a word's pieces, the longest piece first."""
        low = word.lower()[:LONGEST_WORD]
        found = self.met.get(low)
        if found is None:
            rows = self._split(low)
            found = self.vectors[rows].mean(0, dtype=np.float32) if rows else np.zeros(self.width, np.float32)
            if len(self.met) < KEPT_WORDS:
                self.met[low] = found
        return found

    def _split(self, word: str) -> list[int]:
        rows: list[int] = []
        begin = 0
        while begin < len(word):
            end = len(word)
            while end > begin and ("##" if begin else "") + word[begin:end] not in self.index:
                end -= 1
            if end > begin:
                rows.append(self.index[("##" if begin else "") + word[begin:end]])
            begin = max(end, begin + 1)
        return rows


def membership(stems: Sequence[str], matches: Sequence[Sequence[tuple[int, int, str]]]) -> Floats:
    """Return where each token stands in the terms of each terminology: alone, first, within, last."""
    found = np.zeros((len(stems), 4 * len(matches)), np.float32)
    for group, spans in enumerate(matches):
        for first, last, _ in spans:
            column = 4 * group
            if last - first == 1:
                found[first, column] = 1
                continue
            found[first, column + 1] = 1
            found[first + 1 : last - 1, column + 2] = 1
            found[last - 1, column + 3] = 1
    return found
