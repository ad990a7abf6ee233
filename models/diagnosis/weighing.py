"""Weigh what a record tells of a person less than what was told of the complaint.

A story names the background that its teller holds relevant, and the scorer is set on stories. A record
names all of it, unasked and correlated (kidney disease comes with its drugs): at full weight a long list
alone would make a diagnosis.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import exp

from models.diagnosis.person import Person
from models.diagnosis.scorer import Candidate, Evidence, Scorer, Weight
from models.knowledge.diagnosis import band_of

CAUSED = 0.3
"""Share of a condition's cases with a drug from which on the drug counts as its cause."""
UNTAKEN = 3.0
"""Log-odds that such a condition loses where a whole medication list lacks the drug; editorial."""
BACKGROUND = 0.5
"""How much of each weight of an entry counts that nobody spoke of; editorial."""


def ranked(
    scorer: Scorer, person: Person, evidence: Evidence, background: frozenset[str]
) -> tuple[Candidate, ...]:
    """Return the likeliest conditions, entries of the record that nobody spoke of counting in part."""
    whole = scorer.score(person, evidence)
    if not background & (evidence.present | evidence.absent):
        return tuple(whole)
    told = replace(evidence, present=evidence.present - background, absent=evidence.absent - background)
    names = {one.condition for one in whole}
    # Without its background a condition may come among the likeliest that had none.
    both = [*whole, *(one for one in scorer.score(person, told) if one.condition not in names)]
    return tuple(_normalised([_lighter(one, background, scorer, person) for one in both])[: len(whole)])


def _lighter(one: Candidate, background: frozenset[str], scorer: Scorer, person: Person) -> Candidate:
    return replace(
        one,
        weights=tuple(
            _in_part(w, one, scorer, person) if w.finding in background else w for w in one.weights
        ),
    )


def _in_part(w: Weight, one: Candidate, scorer: Scorer, person: Person) -> Weight:
    """Return what an entry weighs; a drug that a whole list lacks hardly causes what it is the cause of."""
    part = w.weight * BACKGROUND
    if w.present or w.finding not in scorer.base.conditions[one.condition].risks:
        return w._replace(weight=part)
    share = scorer.frequency(one.condition, w.finding, band_of(person.age_years), person.sex)
    return w._replace(weight=part - (UNTAKEN if share >= CAUSED else 0.0))


def _normalised(found: Sequence[Candidate]) -> list[Candidate]:
    """Return candidates with probabilities that fit their log-odds against `other`."""
    top = max(0.0, *(one.log_odds for one in found))
    whole = exp(-top) + sum(exp(one.log_odds - top) for one in found)
    made = [replace(one, probability=exp(one.log_odds - top) / whole) for one in found]
    return sorted(made, key=lambda one: (-one.probability, one.condition))
