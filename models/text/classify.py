"""Say what a text is: the section a passage is of, and whether it is a note or science.

Linear over hashed words.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.text.lexical import Floats
from models.text.sections import Section
from models.text.weights import Weights

BUCKETS = 2**16
_ROWS = NDArray[np.int64]
_NO_ROWS: _ROWS = np.zeros(0, np.int64)
_NOTE_KINDS = (
    (
        "radiology",
        {"radiology_comparison", "radiology_technique", "radiology_indication", "findings", "impression"},
        2,
    ),
    (
        "operative",
        {"preoperative_diagnosis", "postoperative_diagnosis", "estimated_blood_loss", "anaesthesia"},
        2,
    ),
    (
        "discharge-summary",
        {
            "discharge_diagnosis",
            "discharge_medications",
            "hospital_course",
            "discharge_instructions",
            "admission_diagnosis",
        },
        2,
    ),
    ("emergency", {"ed_course", "return_precautions", "disposition"}, 1),
    ("soap", {"subjective", "objective", "assessment", "plan", "assessment_plan"}, 3),
    (
        "history-and-physical",
        {
            "history_present_illness",
            "past_medical_history",
            "physical_exam",
            "review_of_systems",
            "family_history",
        },
        3,
    ),
)


@dataclass(frozen=True)
class Linear:
    """A linear classifier: rows of classes, a column for each bucket."""

    labels: tuple[str, ...]
    weight: Floats
    bias: Floats
    rarity: Floats
    letters: bool

    def scores(self, words: Sequence[str]) -> Floats:
        """Return a probability for each label."""
        columns, values = features(words, self.rarity, letters=self.letters)
        raw = self.weight[:, columns] @ values + self.bias
        raw = np.exp(raw - raw.max())
        found: Floats = raw / raw.sum()
        return found

    def best(self, words: Sequence[str]) -> tuple[str, float]:
        """Return the likeliest label and its probability."""
        found = self.scores(words)
        at = int(found.argmax())
        return self.labels[at], float(found[at])


@lru_cache(maxsize=32768)
def _letters(word: str) -> _ROWS:
    marked = f" {word[:30]} "
    grams = [marked[at : at + size] for size in (2, 3, 4, 5) for at in range(len(marked) - size + 1)]
    found = [zlib.crc32(b"c" + gram.encode("utf-8", "surrogatepass")) % BUCKETS for gram in grams]
    return np.array(found, np.int64)


@lru_cache(maxsize=65536)
def _word(text: str) -> tuple[int, bytes]:
    """Return the checksum of a word, and what one goes on with where it is the second of a pair."""
    letters = text.encode("utf-8", "surrogatepass")
    return zlib.crc32(b"w" + letters), b" " + letters


def columns(words: Sequence[str], *, letters: bool) -> tuple[_ROWS, _ROWS]:
    """Return the buckets of words and pairs of words, and those of letters, each as often as it is there."""
    met = [_word(word) for word in words]
    own = [first for first, _ in met] + [zlib.crc32(then, first) for (first, _), (_, then) in pairwise(met)]
    inner = np.concatenate([_letters(word) for word in words]) if letters and words else _NO_ROWS
    return np.array(own, np.int64) % BUCKETS, inner


def features(words: Sequence[str], rarity: Floats, *, letters: bool) -> tuple[_ROWS, Floats]:
    """Return buckets and their weights.

    The log of the count times how rare it is, each group of length one.
    """
    places, values = [], []
    for group in columns(words, letters=letters):
        if len(group):
            found, counts = np.unique(group, return_counts=True)
            weighed = (1 + np.log(counts)) * rarity[found]
            places.append(found)
            values.append(weighed / max(1e-9, float(np.linalg.norm(weighed))))
    if not places:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    return np.concatenate(places), np.concatenate(values).astype(np.float32)


def load(found: Weights) -> Linear:
    """Return the classifier that a file of weights holds."""
    arrays = {name: np.asarray(part, np.float32) for name, part in found.arrays.items()}
    return Linear(
        tuple(found.about["labels"]),
        arrays["weight"],
        arrays["bias"],
        arrays["rarity"],
        bool(found.about["letters"]),
    )


def note_kind(found: Sequence[Section]) -> str:
    """Return the kind of note that its sections make, or nothing."""
    names = {section.kind.name for section in found}
    for kind, marks, least in _NOTE_KINDS:
        if len(names & marks) >= least:
            return kind
    return "note" if names else ""
