"""A sentence with its cues, and what a cue says of an entity in it."""

from typing import NamedTuple

from models.text.cues import Cue, Cues
from models.text.tokens import Words


class Mark(NamedTuple):
    """One flag with the cue that raised it and the tokens it reached."""

    flag: str
    cue: Cue
    where: str
    scope: tuple[int, int]


class Sentence(NamedTuple):
    """One sentence with its cues, found once for all of its entities."""

    words: Words
    first: int
    last: int
    cues: tuple[Cue, ...]
    stops: tuple[Cue, ...]
    all: Cues
    span: tuple[int, int]
    """Its characters."""
    signs: bool
    """Whether its text has items with a plus, so that a minus may deny."""


def sentence(words: Words, first: int, last: int, cues: Cues) -> Sentence:
    """Return a sentence with its cues; a cue may raise a flag and end another's scope at once."""
    found = cues.find(words.lower, first, last)
    stops = tuple([cue for cue in found if "stop" in [trigger.kind for trigger in cue.triggers]])
    span = words.starts[first], words.ends[last - 1]
    return Sentence(words, first, last, tuple(found), stops, cues, span, words.signing)
