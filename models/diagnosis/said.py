"""Tell whether something is said to be there: one small door to the text model's assertion rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from models.text.assertion import Mark, Sentence, marks, sentence
from models.text.cues import Cues, read_cues
from models.text.rulebook import load
from models.text.tokens import Words, read


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


_VERBS = _words(
    "can cannot could couldn won doesn didn isn wasn don does did is was cant wont doesnt didnt isnt wasnt"
)
_LISTING = _words("have had has feel notice report complain suffer any see")
"""After these verbs a list is denied as a whole: `doesn't have fever, cough or rash`."""
_LACKING = frozenset(("without", "minus"))
_TELLING = _words(
    "rings rang calls called phones phoned says said tells told reports reported brings brought noticed",
    "notices noted found finds can cannot could couldn thinks thought worried describes heard saw sees felt",
    "feels gave took insists reckons remarks remarked remark complains : who wants asks",
)
"""What a relative who tells of somebody else does."""


@dataclass(frozen=True)
class Story:
    """A text in sentences, each with its cues."""

    words: Words
    sentences: tuple[Sentence, ...]

    def flags(self, at: int, start: int, end: int) -> frozenset[str]:
        """Return what sentence number `at` says of the characters between two offsets."""
        first, last = self.words.covering(start, end)
        place = self.sentences[at]
        first = max(first, place.first)
        found = marks(place, first, min(last, place.last))
        return frozenset(mark.flag for mark in found if not self._spent(mark, first))

    def _spent(self, mark: Mark, first: int) -> bool:
        """Tell whether a cue means something else: a relative who tells, or a denied verb before a comma.

        `Daughter can't wake her` is about her; `can't get a breath, chest tight` denies no chest.
        """
        words, cue = self.words.lower, mark.cue
        if mark.flag in {"family", "other"}:
            return cue.last < len(words) and words[cue.last] in _TELLING
        if mark.flag != "negated" or mark.where != "before" or cue.last > first:
            return False
        if words[cue.first] in _LACKING and "," in words[cue.last : first]:
            # `red eyes without pus, cracked lips and a rash`: only `or` makes a list of what is lacking.
            return "or" not in _rest(words, cue.last)
        verb = words[cue.first] in _VERBS and (cue.last >= len(words) or words[cue.last] not in _LISTING)
        return verb and "," in words[cue.last : first]

    def span(self, at: int) -> tuple[int, int]:
        """Return the offsets of a sentence."""
        place = self.sentences[at]
        return self.words.starts[place.first], self.words.ends[place.last - 1]


def _rest(words: Sequence[str], start: int) -> Sequence[str]:
    """Return what follows in the same sentence."""
    rest = words[start : start + 40]
    return rest[: rest.index(".")] if "." in rest else rest


def told(text: str) -> Story:
    """Return a text in sentences with their cues."""
    words = read(text)
    cues = _cues()
    return Story(words, tuple(sentence(words, first, last, cues) for first, last in words.sentences))


@lru_cache(maxsize=1)
def _cues() -> Cues:
    return read_cues(load()["triggers"]["trigger"], where="triggers.toml")
