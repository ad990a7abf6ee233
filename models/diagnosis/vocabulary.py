"""What words of a story and pairs of them say, from the wordings of the findings that each condition shows.

A story says more than the findings that are recognised in it: `maroon`, `trousers`, `stairs`. A word is as
likely in a condition as the findings that are worded with it are frequent there; its weight is the log of
that against how likely it is in anybody presenting. Nothing is learned from texts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

from models.diagnosis.folding import Word, fold
from models.diagnosis.wordings import NEGATIVE, also
from models.knowledge.diagnosis import Finding, KnowledgeBase

TOLD = 0.5
"""Share of the findings that somebody has and tells."""
_LEAST = 0.002
"""What any word is likely by chance: keeps rare words from deciding alone."""
_TEMPER = 0.7
"""The power of the incidence by which conditions count in what is usual."""
_SLIGHT = 0.1
"""Weights that differ from the usual one by less are left out."""


@dataclass(frozen=True)
class Vocabulary:
    """By word or pair, what it weighs usually, and by condition where that differs."""

    weights: Mapping[str, tuple[float, Mapping[str, float]]]


def terms(words: Sequence[Word]) -> Iterator[str]:
    """Yield the words of a stretch of text and the pairs that stand beside each other, in either order."""
    for word in words:
        if word.fold != NEGATIVE:
            yield word.fold
    for one, other in pairwise(words):
        if other.place - one.place <= 1:
            yield "+".join(sorted((one.fold, other.fold)))


def vocabulary_of(base: KnowledgeBase) -> Vocabulary:
    """Return what each word says of each condition."""
    further = also()
    spoken = {row.id: _spoken(row, further.get(row.id, ())) for row in base.findings.values()}
    rates = {name: _words(_shown(base, name), spoken) for name in base.conditions}
    chance = _words({row.id: row.base for row in base.findings.values()}, spoken)
    usual = _mean(base, rates)
    found: dict[str, dict[str, float]] = {}
    for name, words in rates.items():
        for word, rate in words.items():
            found.setdefault(word, {})[name] = rate
    return Vocabulary({word: _weighed(chance[word], usual[word], own) for word, own in sorted(found.items())})


def _spoken(row: Finding, further: Iterable[str]) -> Mapping[str, float]:
    """Return the share of a finding's wordings that use each word."""
    texts = (*row.wordings, *further, row.name, row.ask)
    counts = Counter(term for text in texts for term in set(terms(fold(text))))
    return {term: count / len(texts) for term, count in counts.items()}


def _shown(base: KnowledgeBase, condition: str) -> Mapping[str, float]:
    row = base.conditions[condition]
    found = {finding: base.frequency(condition, finding) for finding in base.relevant(condition)}
    return {**{finding: base.frequency(condition, finding) for finding in row.risks}, **found}


def _words(shown: Mapping[str, float], spoken: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return how likely each word is where these findings are this frequent."""
    missed: dict[str, float] = {}
    for finding, rate in shown.items():
        for word, share in spoken[finding].items():
            missed[word] = missed.get(word, 1.0) * (1 - rate * share)
    return {word: 1 - value for word, value in missed.items()}


def _mean(base: KnowledgeBase, rates: Mapping[str, Mapping[str, float]]) -> Mapping[str, float]:
    """Return how likely each word is over all conditions, common ones counting more."""
    parts = {name: sum(row.rates.values()) ** _TEMPER for name, row in base.conditions.items()}
    whole = sum(parts.values())
    found: dict[str, float] = {}
    for name, words in rates.items():
        for word, rate in words.items():
            found[word] = found.get(word, 0.0) + parts[name] / whole * rate
    return found


def _weighed(chance: float, usual: float, own: Mapping[str, float]) -> tuple[float, Mapping[str, float]]:
    among = TOLD * usual + chance + _LEAST
    usually = log((chance + _LEAST) / among)
    differing = {name: log((TOLD * rate + chance + _LEAST) / among) for name, rate in own.items()}
    return usually, {name: value for name, value in differing.items() if value - usually >= _SLIGHT}
