"""The open half of the vignettes in every form that a model reads; the closed half is never read here."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.diagnosis.cases import vignettes
from models.diagnosis.documents import read_case
from models.diagnosis.learning.rows import Rows
from models.diagnosis.measures import Logs, normal
from models.diagnosis.network import LONGEST, PEOPLE, describe
from models.diagnosis.pool import logs_of
from models.diagnosis.recognise import Recognised, recogniser
from models.diagnosis.scorer import Evidence, Scorer
from models.diagnosis.simulate.tables import Tables


@dataclass(frozen=True)
class Seen:
    """Stories, what was understood of them, what the scorer makes of it, and what is right."""

    rows: Rows
    texts: Sequence[str]
    bayes: Logs
    truth: Sequence[Sequence[int]]


def _evidence(found: Recognised) -> Evidence:
    return Evidence(found.present, found.absent, found.words, found.worded)


def seen(tables: Tables) -> Seen:
    """Return the open vignettes whose diagnosis is a condition of the base."""
    at = {name: place for place, name in enumerate(tables.conditions)}
    open_half = [v for v in vignettes() if not v.closed and set(v.conditions) & set(at)]
    cases = [read_case(v.document, recogniser()) for v in open_half]
    judged = [(case.person, _evidence(case.found)) for case in cases]
    truth = [[at[name] for name in v.conditions if name in at] for v in open_half]
    place = {name: number for number, name in enumerate(tables.findings)}
    tokens = np.zeros((len(cases), LONGEST), np.int32)
    people = np.zeros((len(cases), PEOPLE), np.float32)
    for row, (person, evidence) in enumerate(judged):
        own = [2 * place[f] + 1 for f in sorted(evidence.present)]
        own += [2 * place[f] + 2 for f in sorted(evidence.absent)]
        tokens[row, : len(own[:LONGEST])] = own[:LONGEST]
        people[row] = describe(person.age_years, person.sex, emergency=person.setting == "emergency")
    labels = np.array([right[0] for right in truth], np.int32)
    bayes = normal(logs_of(Scorer(tables.base), judged, tables.conditions))
    return Seen(Rows(tokens, people, labels), [v.text for v in open_half], bayes, truth)
