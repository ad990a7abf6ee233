"""The tagger in use: words to tags in numpy, as `learning.nets` taught it.

What depends on a word alone is computed once and kept; sentences of a text are read together, padded by one
row of zeros so that no word sees another sentence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.text.lexical import KEPT_WORDS, Floats, Pieces, grams, shape
from models.text.weights import Weights

_EPSILON = 1e-5
_TOGETHER = 128


@dataclass(frozen=True)
class Head:
    """One set of tags."""

    tags: tuple[str, ...]
    weight: Floats
    bias: Floats
    moves: Floats
    begin: Floats
    end: Floats


@dataclass(frozen=True)
class Tagger:
    """The network's numbers, and the words it has seen since it was loaded."""

    letters: Floats
    join: tuple[Floats, Floats]
    belong: Floats
    norm: tuple[Floats, Floats]
    layers: tuple[tuple[Floats, Floats, Floats, Floats], ...]
    heads: tuple[Head, ...]
    pieces: Pieces
    plain: frozenset[str] = frozenset()
    """Words that were never part of a name in training."""
    seen: dict[str, Floats] = field(default_factory=dict, repr=False, compare=False)

    def word(self, text: str) -> Floats:
        """Return what a word brings by itself."""
        found = self.seen.get(text)
        if found is None:
            letters = self.letters[grams(text)].mean(0, dtype=np.float32)
            joined = np.concatenate([letters, self.pieces.vector(text), np.array(shape(text), np.float32)])
            found = joined @ self.join[0] + self.join[1]
            if len(self.seen) < KEPT_WORDS:
                self.seen[text] = found
        return found

    def tag(
        self, words: Sequence[str], members: Floats, sentences: Sequence[tuple[int, int]], head: int
    ) -> list[int]:
        """Return a tag for each word; `sentences` are ranges of words, in order and without gaps."""
        if not words:
            return []
        chosen = self.heads[head]
        scores = self._states(words, members, sentences) @ chosen.weight + chosen.bias
        tags = np.zeros(len(words), np.intp)
        longest = sorted(sentences, key=lambda place: place[1] - place[0])
        for at in range(0, len(longest), _TOGETHER):
            _decode(scores, longest[at : at + _TOGETHER], chosen, tags)
        return [int(tag) for tag in tags]

    def _states(self, words: Sequence[str], members: Floats, sentences: Sequence[tuple[int, int]]) -> Floats:
        known = np.stack([self.word(word) for word in words]) + members @ self.belong
        states = np.maximum(_normed(known, *self.norm), 0)
        sizes = [last - first for first, last in sentences]
        rows = np.arange(len(words)) + np.repeat(np.arange(1, len(sizes) + 1), sizes)
        width = states.shape[1]
        padded = np.zeros((len(words) + len(sentences) + 1, width), np.float32)
        for weight, bias, scale, shift in self.layers:
            padded[rows] = states
            mixed = _convolved(padded, weight)[rows - 1]
            mixed += bias
            states += _normed(mixed[:, :width] * _sigmoid(mixed[:, width:]), scale, shift)
        return states


def _convolved(padded: Floats, weight: Floats) -> Floats:
    """Return the sum over each row and its neighbours, but for the first and last row.

    `weight` is (3 in, out).
    """
    found: Floats = np.concatenate([padded[:-2], padded[1:-1], padded[2:]], 1) @ weight
    return found


def _normed(rows: Floats, scale: Floats, shift: Floats) -> Floats:
    width = rows.shape[1]
    centred: Floats = rows - rows.mean(1, keepdims=True)
    spread = np.einsum("ij,ij->i", centred, centred) / np.float32(width) + np.float32(_EPSILON)
    centred /= np.sqrt(spread)[:, None]
    centred *= scale
    centred += shift
    return centred


def _sigmoid(values: Floats) -> Floats:
    found: Floats = values * np.float32(0.5)
    np.tanh(found, out=found)
    found *= np.float32(0.5)
    found += np.float32(0.5)
    return found


def _decode(scores: Floats, places: Sequence[tuple[int, int]], head: Head, tags: NDArray[np.intp]) -> None:
    """Write the likeliest tags of some sentences, read side by side: the longest has the last word."""
    sizes = np.array([last - first for first, last in places])
    longest, count = int(sizes.max()), len(places)
    rows = np.minimum(np.arange(longest)[:, None], sizes - 1) + np.array([first for first, _ in places])
    padded = scores[rows]
    best = padded[0] + head.begin
    back = np.empty((longest, count, scores.shape[1]), np.intp)
    same = np.arange(scores.shape[1])
    for at in range(1, longest):
        paths = best[:, :, None] + head.moves
        going = (at < sizes)[:, None]
        back[at] = np.where(going, paths.argmax(1), same)
        best = np.where(going, paths.max(1) + padded[at], best)
    chosen = (best + head.end).argmax(1)
    each = np.arange(count)
    for at in range(longest - 1, -1, -1):
        kept = at < sizes
        tags[rows[at][kept]] = chosen[kept]
        if at:
            chosen = back[at][each, chosen]


def viterbi(scores: Floats, moves: Floats, begin: Floats, end: Floats) -> list[int]:
    """Return the likeliest sequence of tags of one sentence."""
    tags = np.zeros(len(scores), np.intp)
    _decode(scores, [(0, len(scores))], Head((), scores, scores, moves, begin, end), tags)
    return [int(tag) for tag in tags]


def load(found: Weights, pieces: Pieces) -> Tagger:
    """Return the tagger that a file of weights holds.

    From here on numpy multiplies in one thread: matrices as small as these are done before other threads have
    begun, and waiting for them costs three times the processor time.
    """
    threadpool_limits(1, user_api="blas")
    arrays: Mapping[str, Floats] = {name: np.asarray(part, np.float32) for name, part in found.arrays.items()}
    layers = tuple(
        (
            np.concatenate(arrays[f"layer{n}.weight"]),
            arrays[f"layer{n}.bias"],
            arrays[f"layer{n}.scale"],
            arrays[f"layer{n}.shift"],
        )
        for n in range(int(found.about["layers"]))
    )
    heads = tuple(
        Head(
            tuple(tags), *(arrays[f"head{n}.{part}"] for part in ("weight", "bias", "moves", "begin", "end"))
        )
        for n, tags in enumerate(found.about["tags"])
    )
    return Tagger(
        arrays["letters"],
        (arrays["join.weight"], arrays["join.bias"]),
        arrays["belong"],
        (arrays["norm.scale"], arrays["norm.shift"]),
        layers,
        heads,
        pieces,
        frozenset(found.about.get("plain", ())),
    )


def load_pieces(found: Weights) -> Pieces:
    """Return the pieces of words that a file of weights holds."""
    vectors = found.arrays["vectors"].astype(np.float32) * np.float32(found.about["scale"])
    return Pieces({piece: n for n, piece in enumerate(found.about["pieces"])}, vectors)
