"""A Bayesian scorer over the knowledge base whose weights sum, exactly, to the log-odds it reports.

Each finding weighs `sharpness * log(P(finding | condition) / P(finding | anybody presenting))`, given
what it is a kind of, so that nothing counts twice. Log-odds are against `other`: a presentation that is no
condition of the base. What is not said does not weigh.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import exp, log
from typing import NamedTuple

from models.diagnosis.person import Person
from models.diagnosis.vocabulary import Vocabulary, vocabulary_of
from models.knowledge.diagnosis import KnowledgeBase, band_of
from models.knowledge.diagnosis.rows import MOST, Sex

SHARPNESS = 0.8
"""How much of each weight counts; set on the open half, with the published vignettes in view."""
PRIOR = 0.4
"""Stories tell of rare conditions more often than they occur: this part of the log incidence counts."""
WORDED = 0.6
"""How much a finding counts that was read from words, since the words count too."""
SPOKEN = 0.5
"""How much of the weight of each word counts: words of one story repeat each other."""
OTHER = 400.0
"""Presentations a year per 100,000 that no condition of the base explains; editorial."""
KEPT = 30
"""How many of the likeliest conditions are returned; probabilities are over all of them and `other`."""
_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Column:
    """A finding or a word: what it weighs usually, and by condition where that differs."""

    name: str
    usual: float
    own: Mapping[str, float]
    at: tuple[int, ...]
    """The places of those conditions among all."""
    beyond: tuple[float, ...]
    """What it weighs there beyond what it weighs usually."""
    present: bool = True


class Weight(NamedTuple):
    """What one finding adds to the log-odds of one condition."""

    finding: str
    present: bool
    weight: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """One condition with its probability, and the log-odds against `other` as a sum."""

    condition: str
    probability: float
    prior: float
    weights: tuple[Weight, ...]
    words: tuple[tuple[str, float], ...] = ()
    """What words of the story and pairs of them (`+`) add; last, under "", all that say nothing of it."""

    @property
    def log_odds(self) -> float:
        """Return the log-odds against `other`."""
        return self.prior + sum(weight.weight for weight in self.weights) + sum(w for _, w in self.words)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known to be there, with all it implies, and what is known not to be."""

    present: frozenset[str]
    absent: frozenset[str]
    words: frozenset[str] = frozenset()
    """The folded words of a story that are not denied."""
    worded: frozenset[str] = frozenset()
    """What is there by those words; their weight is shared with the words."""


@dataclass(frozen=True)
class Scorer:
    """One knowledge base, with the columns of frequencies that were asked for so far."""

    base: KnowledgeBase
    sharpness: float = SHARPNESS
    prior: float = PRIOR
    worded: float = WORDED
    spoken: float = SPOKEN
    _columns: dict[tuple[str, int, Sex], Mapping[str, float]] = field(default_factory=dict)
    _priors: dict[tuple[str, int, Sex, bool | None], Mapping[str, float]] = field(default_factory=dict)
    _weights: dict[tuple[str, tuple[str, ...], int, Sex, bool, float], Column] = field(default_factory=dict)
    _words: dict[str, Column] = field(default_factory=dict)
    _names: dict[str, frozenset[str]] = field(default_factory=dict)

    def score(self, person: Person, evidence: Evidence) -> list[Candidate]:
        """Return the likeliest conditions with their weights, likeliest first, ties by name."""
        priors = self._prior(person, band_of(person.age_years))
        columns, words = self._columns_of(person, evidence), self._words_of(evidence)
        odds = _summed(priors, [*columns, *words])
        usually = sum([one.usual for one in words])
        top = max(0.0, *odds)
        whole = exp(-top) + sum(map(exp, [value - top for value in odds]))
        least = sorted(odds)[-KEPT:][0]
        order = sorted([(-value, name) for name, value in zip(priors, odds, strict=True) if value >= least])
        return [
            Candidate(
                name,
                exp(-negative - top) / whole,
                priors[name],
                tuple([Weight(one.name, one.present, one.own.get(name, one.usual)) for one in columns]),
                _spoken(words, usually, name),
            )
            for negative, name in order[:KEPT]
        ]

    def odds(self, person: Person, evidence: Evidence) -> Mapping[str, float]:
        """Return the log-odds of every condition against `other`."""
        priors = self._prior(person, band_of(person.age_years))
        summed = _summed(priors, [*self._columns_of(person, evidence), *self._words_of(evidence)])
        return dict(zip(priors, summed, strict=True))

    def frequency(self, condition: str, finding: str, band: int, sex: Sex) -> float:
        """Return how often a condition shows a finding, from the column of that finding."""
        column = self.column(finding, band, sex)
        return column.get(condition, column[""])

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Return what words say of the conditions: half a second of work, done once for a base."""
        return vocabulary_of(self.base)

    def _columns_of(self, person: Person, evidence: Evidence) -> list[Column]:
        """Return what each finding weighs, usually and where it differs."""
        band, sex = band_of(person.age_years), person.sex
        told = [(name, True) for name in self._present(evidence)]
        told += [(name, False) for name in self._absent(evidence)]
        return [self._weighed(name, evidence, band, sex, present=there) for name, there in told]

    def _words_of(self, evidence: Evidence) -> list[Column]:
        """Return what each word weighs that the base knows."""
        known = self.vocabulary.weights if evidence.words else {}
        return [
            self._words.get(word)
            or self._words.setdefault(word, self._column(word, self.spoken, *known[word]))
            for word in sorted(evidence.words)
            if word in known
        ]

    def _present(self, evidence: Evidence) -> Sequence[str]:
        return sorted(evidence.present)

    def _absent(self, evidence: Evidence) -> Sequence[str]:
        """Return what is absent, without kinds of what is absent already."""
        gone = evidence.absent
        return sorted(f for f in gone if not gone & self.base.ancestors[f])

    def _weighed(self, finding: str, evidence: Evidence, band: int, sex: Sex, *, present: bool) -> Column:
        """Return the weight of a finding, usually and where it differs, given its parents that are there."""
        row = self.base.findings[finding]
        parents = tuple([p for p in row.parents if present or p in evidence.present])
        factor = self.worded if present and finding in evidence.worded else 1.0
        key = (finding, parents, band, sex, present, factor)
        found = self._weights.get(key)
        if found is None:
            above = min((self.base.findings[p].base_in(band) for p in parents), default=1.0)
            rate = min(max(row.base_in(band) / above, _LEAST), MOST)
            own = {
                name: self.sharpness * _log_ratio(share, rate, present=present)
                for name, share in self._given(finding, parents, band, sex).items()
            }
            found = self._column(finding, factor, own.pop(""), own, present=present)
            self._weights[key] = found
        return found

    def _column(
        self, name: str, factor: float, usual: float, own: Mapping[str, float], *, present: bool = True
    ) -> Column:
        return Column(
            name,
            factor * usual,
            {condition: factor * value for condition, value in own.items()},
            tuple([self._places[condition] for condition in own]),
            tuple([factor * (value - usual) for value in own.values()]),
            present,
        )

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {name: at for at, name in enumerate(self.base.conditions)}

    def _given(self, finding: str, parents: Iterable[str], band: int, sex: Sex) -> Mapping[str, float]:
        """Return a finding's frequency among those who have what it is a kind of."""
        column = self.column(finding, band, sex)
        above = [self.column(parent, band, sex) for parent in parents]
        if not above:
            return column
        names = set(column).union(*above)
        return {
            name: column.get(name, column[""]) / max(min(up.get(name, up[""]) for up in above), _LEAST)
            for name in names
        }

    def column(self, finding: str, band: int, sex: Sex) -> Mapping[str, float]:
        """Return the frequency of a finding in each condition that bears on it; under "" in all others."""
        key = (finding, band, sex)
        found = self._columns.get(key)
        if found is None:
            named = self._bearing(finding)
            rest = next((name for name in self.base.conditions if name not in named), None)
            found = {name: self.base.frequency(name, finding, band=band, sex=sex) for name in named}
            usual = self.base.findings[finding].base_in(band)
            found[""] = usual if rest is None else self.base.frequency(rest, finding, band=band, sex=sex)
            self._columns[key] = found
        return found

    def _bearing(self, finding: str) -> frozenset[str]:
        """Return the conditions that state something of a finding, its kinds or what it is a kind of."""
        if not self._names:
            self._names.update(_bearing(self.base))
        return self._names.get(finding, frozenset())

    def _prior(self, person: Person, band: int) -> Mapping[str, float]:
        key = (person.setting, band, person.sex, person.pregnant)
        found = self._priors.get(key)
        if found is None:
            found = {
                name: self.prior
                * log(
                    self.base.incidence(
                        name, setting=person.setting, band=band, sex=person.sex, pregnant=person.pregnant
                    )
                    / OTHER
                )
                for name in self.base.conditions
            }
            self._priors[key] = found
        return found


def _summed(priors: Mapping[str, float], columns: Sequence[Column]) -> list[float]:
    """Return the sum of each condition, adding what a finding usually weighs once for all of them."""
    usually = sum([one.usual for one in columns])
    odds = [value + usually for value in priors.values()]
    for one in columns:
        for at, beyond in zip(one.at, one.beyond, strict=True):
            odds[at] += beyond
    return odds


def _spoken(words: Sequence[Column], usually: float, condition: str) -> tuple[tuple[str, float], ...]:
    """Return what each word adds that bears on a condition, and last what all others do together."""
    bearing = [one for one in words if condition in one.own]
    rest = usually - sum([one.usual for one in bearing])
    own = [(one.name, one.own[condition]) for one in bearing]
    return (*own, ("", rest)) if words else ()


def _log_ratio(share: float, rate: float, *, present: bool) -> float:
    inside = min(max(share, _LEAST), MOST)
    return log(inside / rate) if present else log((1 - inside) / (1 - rate))


def _bearing(base: KnowledgeBase) -> Mapping[str, frozenset[str]]:
    stated: dict[str, set[str]] = {name: set() for name in base.findings}
    for condition, row in base.conditions.items():
        own = {*base.relevant(condition), *row.risks, *(v.finding for v in row.variations)}
        for finding in own:
            stated[finding].add(condition)
    found = {name: set(conditions) for name, conditions in stated.items()}
    for name, above in base.ancestors.items():
        for parent in above:
            found[parent] |= stated[name]
            found[name] |= stated[parent]
    return {name: frozenset(conditions) for name, conditions in found.items()}
