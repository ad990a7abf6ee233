"""Phrases that sound like names or places and are none: diseases, scores, societies, makers, herbs."""

from functools import cache

from cds.privacy.scrub.lexicon import lines
from cds.privacy.scrub.tokens import tokens


@cache
def phrases() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return the phrases as words by their first word, the longest first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for line in lines("phrases.txt"):
        first, *rest = tokens(line).low
        found.setdefault(first, []).append(tuple(rest))
    return {first: tuple(sorted(rests, key=len, reverse=True)) for first, rests in found.items()}
