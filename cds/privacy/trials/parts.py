"""Two parts of the trials: what a scrubber may learn from, and what it is examined on.

Templates, names and places belong to a part by their SHA-256, so that an examined text has neither a sentence
nor a name that was learnt from. Syllables of coined names and words like "Hospital" belong to both.
"""

import hashlib
from functools import cache
from random import Random
from typing import Literal

Part = Literal["all", "learn", "exam"]


class Chance(Random):
    """Repeatable chance that draws names and places of one part only."""

    part: Part = "all"


def chance_for(seed: str, part: Part) -> Chance:
    """Return the chance of a seed and a part."""
    found = Chance(seed)
    found.part = part
    return found


def _rank(words: str) -> bytes:
    return hashlib.sha256(words.encode()).digest()


@cache
def part_of(words: str) -> Part:
    """Return the part that a template belongs to: a third is kept for the exam."""
    return "exam" if _rank(words)[0] % 3 == 0 else "learn"


@cache
def kept(words: tuple[str, ...], part: Part) -> tuple[str, ...]:
    """Return the words of a part: a third of each list, with the smallest digests, is kept for the exam."""
    if part == "all":
        return words
    ranked = sorted(words, key=_rank)
    border = -(-len(ranked) // 3)
    return tuple(ranked[:border] if part == "exam" else ranked[border:])


def drawn(words: tuple[str, ...], chance: Random) -> str:
    """Draw a word of the part that the chance is for."""
    return chance.choice(kept(words, chance.part if isinstance(chance, Chance) else "all"))
