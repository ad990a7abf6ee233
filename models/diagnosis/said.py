"""Tell whether something is said to be there: one small door to the text model's assertion rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from models.diagnosis.about import relative
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
_UNABLE = _words("cannot couldn unable cant couldnt hardly barely")
_TELLING = _words(
    "rings rang calls called phones phoned says said tells told reports reported brings brought noticed",
    "notices noted found finds can cannot could couldn thinks thought worried describes heard saw sees felt",
    "feels gave took insists reckons remarks remarked remark complains : who wants asks writes of",
)
"""What a relative who tells of somebody else does; `mum of a boy of three` tells of the boy."""
_TURNS = _words(
    "a bit some slight slightly mild occasional lots plenty minor now since started wakes woke feels looks",
    "cries eats gets keeps still has had is was can i he she it they comes goes",
)
"""After a comma these say that something is there: `no pus, bit of a cough`."""


@dataclass(frozen=True)
class Story:
    """A text in sentences, each with its cues."""

    words: Words
    sentences: tuple[Sentence, ...]
    subject: str = ""
    """The relative whom the whole story is about, as it names them; empty where nobody."""

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
            about = self.subject and self.subject in words[cue.first : cue.last]
            return bool(about) or (cue.last < len(words) and words[cue.last] in _TELLING)
        if mark.flag != "negated" or mark.where != "before" or cue.last > first:
            return False
        if _undone(words, cue.first, cue.last, first):
            return True
        if words[cue.first] in _LACKING and "," in words[cue.last : first]:
            # `red eyes without pus, cracked lips and a rash`: only `or` makes a list of what is lacking.
            return "or" not in _rest(words, cue.last)
        verb = words[cue.first] in _VERBS and (cue.last >= len(words) or words[cue.last] not in _LISTING)
        return verb and "," in words[cue.last : first]

    def span(self, at: int) -> tuple[int, int]:
        """Return the offsets of a sentence."""
        place = self.sentences[at]
        return self.words.starts[place.first], self.words.ends[place.last - 1]


def _undone(words: Sequence[str], start: int, end: int, first: int) -> bool:
    """Tell whether what stands between a denial and a word takes the denial back.

    `A headache that he never had before, at the temple` denies nothing of what follows `before`.
    """
    new = words[start] == "never" and "before" in words[end : min(end + 4, first)]
    return new or _turned(words[end : first + 1]) or _twice_denied(words, start, end, first)


def _twice_denied(words: Sequence[str], start: int, end: int, first: int) -> bool:
    """Tell whether two denials make it so: `can't climb the stairs without gasping`."""
    if words[start] in _LACKING:
        return any(_unable(words, at) for at in range(max(0, start - 12), start))
    return _unable(words, start) and any(word in _LACKING for word in words[end:first])


def _unable(words: Sequence[str], at: int) -> bool:
    return words[at] in _UNABLE or tuple(words[at : at + 2]) in {("can", "'"), ("can", "’")}


def _turned(between: Sequence[str]) -> bool:
    """Tell whether a list of what is denied has turned, before its end, to what is there."""
    return any(one == "," and other in _TURNS for one, other in pairwise(between))


def _rest(words: Sequence[str], start: int) -> Sequence[str]:
    """Return what follows in the same sentence."""
    rest = words[start : start + 40]
    return rest[: rest.index(".")] if "." in rest else rest


def told(text: str) -> Story:
    """Return a text in sentences with their cues."""
    words = read(text)
    cues = _cues()
    sentences = tuple(sentence(words, first, last, cues) for first, last in words.sentences)
    return Story(words, sentences, relative(text))


@lru_cache(maxsize=1)
def _cues() -> Cues:
    return read_cues(load()["triggers"]["trigger"], where="triggers.toml")
