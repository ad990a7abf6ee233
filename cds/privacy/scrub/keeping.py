"""Phrases that sound like names or places and are none: diseases, scores, societies, makers, herbs."""

from collections.abc import Iterator
from functools import cache

from cds.privacy.scrub.lexicon import lines
from cds.privacy.scrub.tokens import Tokens, lows

Phrases = dict[str, tuple[tuple[str, ...], ...]]
"""Phrases as words by their first word, the longest first."""


def standing_in(made: Tokens, table: Phrases) -> Iterator[tuple[int, int]]:
    """Yield where phrases stand, as first token and the one after the last."""
    for at, low in enumerate(made.low):
        for rest in table.get(low, ()):
            if tuple(made.low[at + 1 : at + 1 + len(rest)]) == rest:
                yield at, at + 1 + len(rest)
                break


@cache
def phrases(name: str) -> Phrases:
    """Return the phrases of a list."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for line in lines(name):
        first, *rest = lows(line)
        found.setdefault(first, []).append(tuple(rest))
        if "-" in rest:
            found[first].append(tuple("–" if part == "-" else part for part in rest))
    return {first: tuple(sorted(rests, key=len, reverse=True)) for first, rests in found.items()}
