"""The scorer and the encoder asked together: a weighted mean of their log-odds (a log-linear pool)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

from models.diagnosis.measures import Logs
from models.diagnosis.network import Encoder
from models.diagnosis.person import Person
from models.diagnosis.scorer import Evidence, Scorer


@dataclass(frozen=True)
class Pool:
    """Two judges of the same evidence; `share` is the encoder's."""

    scorer: Scorer
    encoder: Encoder
    share: float

    def odds(self, person: Person, evidence: Evidence) -> dict[str, float]:
        """Return the pooled log-odds of every condition against `other`.

        The encoder knows no `other`: what the scorer gives all conditions together is shared out by it. A
        condition that it did not learn keeps the scorer's odds.
        """
        own = self.scorer.odds(person, evidence)
        learned = self.encoder.probabilities(person, evidence)
        top = max(own.values())
        whole = top + log(sum(exp(value - top) for value in own.values()))
        return {
            name: (1 - self.share) * value
            + self.share * (learned[name] + whole if name in learned else value)
            for name, value in own.items()
        }


def logs_of(
    judge: Scorer | Pool, cases: Sequence[tuple[Person, Evidence]], conditions: Sequence[str]
) -> Logs:
    """Return the log-probabilities that a judge gives each condition, `other` counted, case by case."""
    found = np.empty((len(cases), len(conditions)), np.float32)
    for row, (person, evidence) in enumerate(cases):
        odds = judge.odds(person, evidence)
        values = np.array([odds[name] for name in conditions])
        top = max(float(values.max()), 0.0)
        found[row] = values - top - np.log(np.exp(-top) + np.exp(values - top).sum())
    return found
