"""The recommender as served to held-out people: what safety leaves, how it interacts, how long it takes."""

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

from models.base import Document
from models.recommender.corpus import Corpus
from models.recommender.drugs import Drugs
from models.recommender.history import Event
from models.recommender.house import load_house
from models.recommender.metrics import ddi_rate, ddi_rate_with
from models.recommender.model import Recommender, engine
from models.recommender.patient import Condition
from models.recommender.safety import OK, Verdict
from models.recommender.train import fit

SAMPLE = 250
YEAR = 365
Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Permissive:
    """An engine that finds everything safe, so that the drill shows what the house's own rules stop."""

    def judge(self, _rxcui: str, _name: str, _document: Document) -> Verdict:
        """Return `ok`."""
        return OK


def interacts(drugs: Drugs, names: Mapping[str, str]) -> Callable[[str, str], bool]:
    """Return whether two products interact by a rule of the knowledge base that is a warning or critical."""

    @cache
    def between(first: str, second: str) -> bool:
        pairs = (
            (a, b)
            for a in drugs.ingredients(first, names.get(first, ""))
            for b in drugs.ingredients(second, names.get(second, ""))
            if a != b
        )
        return any(drugs.interaction(a, b) for a, b in pairs)

    return lambda first, second: between(*sorted((first, second)))


def report(
    split: tuple[list[Event], list[Event]],
    corpus: Corpus,
    drugs: Drugs,
    interact: Callable[[str, str], bool],
) -> dict[str, Any]:
    """Return the figures of serving a model trained on one split to the held-out people of it."""
    train, test = split
    house = load_house()
    recommender = Recommender(fit(train, corpus.histories, drugs), house, engine(house))
    sample = test[:: max(1, len(test) // SAMPLE)]
    documents = [document_of(one) for one in sample]
    recommender.run(documents[0])
    answers, milliseconds = _timed(recommender, documents)
    return {
        "documents": len(sample),
        "latency": {
            "p50_ms": round(sorted(milliseconds)[len(milliseconds) // 2], 2),
            "p95_ms": round(sorted(milliseconds)[int(len(milliseconds) * 0.95)], 2),
        },
        "verdicts": _verdicts(answers),
        "left_after_safety": _left(answers),
        "ranked": _ranked(sample, answers),
        "ddi": _ddi(sample, answers, interact),
        "drill": drill(recommender.with_safety(Permissive()), documents),
    }


def document_of(one: Event) -> dict[str, Any]:
    """Return the state before an event as a document, with the ages of its entries."""
    patient = one.patient
    return {
        "age_years": patient.age_years,
        "sex": patient.sex if patient.sex in ("female", "male", "other") else "unknown",
        "conditions": [_condition(one) for one in patient.conditions],
        "medications": [
            {"rxcui": one.rxcui, "text": one.text, "days_ago": one.days_ago} for one in patient.medicines
        ],
        "allergies": [
            {"code": one.code.code, "system": one.code.system, "text": one.text} for one in patient.allergies
        ],
    }


def _condition(one: Condition) -> dict[str, Any]:
    found = {"code": one.code.code, "system": one.code.system, "days_ago": one.days_ago}
    return found if one.ended_days_ago is None else {**found, "ended_days_ago": one.ended_days_ago}


def _timed(recommender: Recommender, documents: Sequence[Document]) -> tuple[list[Answer], list[float]]:
    answers: list[Answer] = []
    milliseconds: list[float] = []
    for document in documents:
        start = time.process_time()
        answers.append(recommender.run(document))
        milliseconds.append((time.process_time() - start) * 1000)
    return answers, milliseconds


def _open(answer: Answer) -> list[dict[str, Any]]:
    return [row for row in answer["recommendations"] if row["safety"]["verdict"] != "blocked"]


def _verdicts(answers: Sequence[Answer]) -> dict[str, int]:
    return dict(Counter(row["safety"]["verdict"] for one in answers for row in one["recommendations"]))


def _left(answers: Sequence[Answer]) -> dict[str, float]:
    counts = [len(_open(answer)) for answer in answers]
    return {
        "mean": round(sum(counts) / len(counts), 2),
        "none": round(sum(not count for count in counts) / len(counts), 3),
    }


def _ranked(sample: Sequence[Event], answers: Sequence[Answer]) -> dict[str, float]:
    """Return hit@5 of the list as answered, and how many recorded orders may be suggested at all."""
    hits, allowed = [], []
    for one, answer in zip(sample, answers, strict=True):
        top = [row["rxcui"] for row in answer["recommendations"][:5]]
        open_ = [row["rxcui"] for row in _open(answer)]
        hits += [code in top for code in one.ordered]
        allowed += [code in open_ for code in one.ordered]
    return {
        "orders": len(hits),
        "hit@5": round(sum(hits) / len(hits), 4),
        "recorded orders that may be suggested": round(sum(allowed) / len(allowed), 4),
    }


def _ddi(
    sample: Sequence[Event], answers: Sequence[Answer], interact: Callable[[str, str], bool]
) -> dict[str, float]:
    """Return DDI rates with what was taken within a year: of the five served, and of the recorded orders."""
    taken = [sorted({m.rxcui for m in one.patient.medicines if (m.days_ago or 0) <= YEAR}) for one in sample]
    five = [[row["rxcui"] for row in islice(_open(answer), 5)] for answer in answers]
    raw = [[row["rxcui"] for row in answer["recommendations"][:5]] for answer in answers]
    recorded = [list(one.ordered) for one in sample]
    together = [sorted(set(a) | set(b)) for a, b in zip(recorded, taken, strict=True)]
    rates = {
        "served": ddi_rate_with(five, taken, interact),
        "before the safety filter": ddi_rate_with(raw, taken, interact),
        "recorded": ddi_rate_with(recorded, taken, interact),
        "recorded, all pairs of a person's drugs": ddi_rate(together, interact),
    }
    return {name: round(rate, 4) if not math.isnan(rate) else 0.0 for name, rate in rates.items()}


def drill(recommender: Recommender, documents: Sequence[Document]) -> dict[str, int]:
    """Return how many suggestions stayed open after being made unsafe: allergy, duplicate, child, pregnancy.

    The engine of the drill says `ok` to all, so that the house's own rules alone are tried.
    """
    tried = unsafe = 0
    for document in documents:
        for row in _open(recommender.run(document))[:2]:
            for changed in _made_unsafe(document, row):
                tried += 1
                again = recommender.run(changed)["recommendations"]
                unsafe += any(
                    one["rxcui"] == row["rxcui"] and one["safety"]["verdict"] != "blocked" for one in again
                )
    return {"tried": tried, "unsafe": unsafe}


def _made_unsafe(document: Document, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    name = row["ingredients"][0]
    return [
        {**document, "allergies": [*document["allergies"], {"text": name}]},
        {**document, "medications": [*document["medications"], {"text": name, "days_ago": 30}]},
        {**document, "age_years": 9.0},
        {**document, "pregnant": True},
    ]
