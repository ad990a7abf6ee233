"""Tell whether something is said to be there: one small door to the text model's assertion rules."""

from dataclasses import dataclass
from functools import lru_cache

from models.text.assertion import Sentence, marks, sentence
from models.text.cues import Cues, read_cues
from models.text.rulebook import load
from models.text.tokens import Words, read


@dataclass(frozen=True)
class Story:
    """A text in sentences, each with its cues."""

    words: Words
    sentences: tuple[Sentence, ...]

    def flags(self, at: int, start: int, end: int) -> frozenset[str]:
        """Return what sentence number `at` says of the characters between two offsets."""
        first, last = self.words.covering(start, end)
        place = self.sentences[at]
        return frozenset(mark.flag for mark in marks(place, max(first, place.first), min(last, place.last)))

    def span(self, at: int) -> tuple[int, int]:
        """Return the offsets of a sentence."""
        place = self.sentences[at]
        return self.words.starts[place.first], self.words.ends[place.last - 1]


def told(text: str) -> Story:
    """Return a text in sentences with their cues."""
    words = read(text)
    cues = _cues()
    return Story(words, tuple(sentence(words, first, last, cues) for first, last in words.sentences))


@lru_cache(maxsize=1)
def _cues() -> Cues:
    return read_cues(load()["triggers"]["trigger"], where="triggers.toml")
