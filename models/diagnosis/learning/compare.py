"""Train every model on the same patients and judge each on those it has not seen, fold by fold."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.diagnosis.learning import fit, forest, story
from models.diagnosis.learning.encoder import Encoder, Size
from models.diagnosis.learning.fit import Plan
from models.diagnosis.learning.rows import Rows, folds, rows_of
from models.diagnosis.measures import Logs, measured, normal, over_folds, rounded
from models.diagnosis.person import Person
from models.diagnosis.pool import logs_of
from models.diagnosis.scorer import Evidence, Scorer
from models.diagnosis.simulate.patients import Patients
from models.diagnosis.simulate.tables import SEXES, Ints, Tables

FOLDS = 5
BAYES, ENCODER, POOL, STORY, FOREST = "bayes", "encoder", "pool", "story", "forest"
SHARE = 0.4
"""The encoder's share of the pool on simulated patients."""
REGULARISED: Mapping[str, Mapping[str, float]] = {
    "none": {"drop": 0.0, "hide": 0.0},
    "l1": {"drop": 0.0, "hide": 0.0, "l1": 1e-6},
    "l2": {"drop": 0.0, "hide": 0.0, "l2": 3e-6},
    "dropout": {"drop": 0.1, "hide": 0.0},
    "dropout and hidden findings": {"drop": 0.1, "hide": 0.1},
}


@dataclass(frozen=True)
class Cohort:
    """Patients in every form that a model reads."""

    patients: Patients
    rows: Rows
    stories: Sequence[str]
    bayes: Logs

    def taken(self, chosen: Ints) -> "Cohort":
        """Return some of them."""
        own = [self.stories[at] for at in chosen]
        return Cohort(self.patients.taken(chosen), self.rows.taken(chosen), own, self.bayes[chosen])


def cohort(tables: Tables, patients: Patients, stories: Sequence[str]) -> Cohort:
    """Return patients with their rows and what the scorer, as it ships, makes of them."""
    found = logs_of(Scorer(tables.base), cases_of(tables, patients), tables.conditions)
    return Cohort(patients, rows_of(patients), stories, normal(found))


def cases_of(tables: Tables, patients: Patients) -> list[tuple[Person, Evidence]]:
    """Return patients as the scorer reads them."""
    found = []
    for at, said in enumerate(patients.said):
        person = Person(
            float(patients.age_years[at]),
            SEXES[patients.male[at]],
            "emergency" if patients.emergency[at] else "primary-care",
        )
        present, absent = ([tables.findings[f] for f in part] for part in (said.present, said.absent))
        found.append((person, Evidence(frozenset(present), frozenset(absent))))
    return found


def crossed(tables: Tables, whole: Cohort, plan: Plan) -> Iterator[tuple[str, Any]]:
    """Yield a line for each fold, and last under "figures" the means with their intervals."""
    fold = folds(whole.rows.labels, FOLDS, seed=plan.seed)
    rows: dict[str, list[dict[str, float]]] = {}
    for at in range(FOLDS):
        known = whole.taken(np.flatnonzero(fold != at).astype(np.int32))
        held = whole.taken(np.flatnonzero(fold == at).astype(np.int32))
        for name, logs in judged(tables, known, held, plan).items():
            rows.setdefault(name, []).append(measured(logs, [[int(y)] for y in held.rows.labels]))
        told = ", ".join(f"{name} M1 {found[-1]['m1']:.3f}" for name, found in rows.items())
        yield f"fold {at + 1} of {FOLDS}: {told}", None
    yield "figures", {name: over_folds(found) for name, found in rows.items()}


def judged(tables: Tables, known: Cohort, held: Cohort, plan: Plan) -> dict[str, Logs]:
    """Return what each model, trained on some patients, makes of others."""
    encoder = calibrated(lambda rows: trained(tables, rows, plan), known.rows)
    learned = encoder(held.rows)
    words = story.learnt(known.stories)
    heard = fit.fit(story_of(tables, words, plan), _words(words, known), slower(plan))
    trees = forest.fit(known.rows, len(tables.findings), seed=plan.seed)
    return {
        BAYES: held.bayes,
        ENCODER: learned,
        POOL: normal((1 - SHARE) * held.bayes + SHARE * learned),
        STORY: fit.scores(heard, _words(words, held)),
        FOREST: forest.scores(trees, held.rows, len(tables.findings), len(tables.conditions)),
    }


def slower(plan: Plan) -> Plan:
    """Return the plan of the story model, which takes more time for each patient and learns faster."""
    return replace(plan, rate=4e-3, epochs=max(plan.epochs - 1, 1))


def calibrated(train: Callable[[Rows], Any], rows: Rows) -> Callable[[Rows], Logs]:
    """Return a trained network's log-probabilities, its temperature fitted on a tenth it did not see."""
    network, divisor = with_temperature(train, rows)
    return lambda other: normal(fit.scores(network, other) / divisor)


def with_temperature(train: Callable[[Rows], Any], rows: Rows) -> tuple[Any, float]:
    """Return a network trained on nine tenths, and the temperature that suits the last tenth."""
    part = folds(rows.labels, 10, seed=1)
    held = rows.taken(np.flatnonzero(part == 0).astype(np.int32))
    network = train(rows.taken(np.flatnonzero(part != 0).astype(np.int32)))
    return network, fit.temperature(fit.scores(network, held), held.labels)


def size_of(tables: Tables, **how: float) -> Size:
    """Return the encoder's size for a knowledge base."""
    return replace(Size(2 * len(tables.findings) + 1, len(tables.conditions)), **how)  # type: ignore[arg-type]


def trained(tables: Tables, rows: Rows, plan: Plan, **how: float) -> Any:
    """Return an encoder trained on rows."""
    fit.seeded(plan.seed)
    return fit.fit(Encoder(size_of(tables, **how)), rows, plan)


def regularised(tables: Tables, known: Cohort, held: Cohort, plan: Plan) -> dict[str, dict[str, float]]:
    """Return what each way of regularising makes of patients held back."""
    truth = [[int(y)] for y in held.rows.labels]
    plan = replace(plan, epochs=max(plan.epochs - 2, 1))
    return {
        name: rounded(measured(fit.scores(trained(tables, known.rows, plan, **how), held.rows), truth))
        for name, how in REGULARISED.items()
    }


def story_of(tables: Tables, words: story.Vocabulary, plan: Plan) -> Any:
    """Return a story model that has learned nothing yet."""
    fit.seeded(plan.seed)
    return story.Story(len(words.words), len(tables.conditions))


def _words(words: story.Vocabulary, whole: Cohort) -> Rows:
    return words.rows(whole.stories, whole.rows.people, whole.rows.labels)
