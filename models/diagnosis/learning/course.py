"""The course of one training: draw, cross-validate, train in full, judge on vignettes, decide."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from models.diagnosis.learning import compare, fit, forest, story
from models.diagnosis.learning.compare import BAYES, ENCODER, FOREST, POOL, STORY, Cohort
from models.diagnosis.learning.decide import Decision, decided
from models.diagnosis.learning.export import onnx_bytes
from models.diagnosis.learning.fit import Plan
from models.diagnosis.learning.rows import Rows, rows_of
from models.diagnosis.learning.seen import Seen, seen
from models.diagnosis.measures import Logs, measured, normal, rounded
from models.diagnosis.simulate.patients import draw
from models.diagnosis.simulate.stories import Teller
from models.diagnosis.simulate.tables import Tables, packaged
from models.diagnosis.train import digest_of


class Effort(Protocol):
    """How much is simulated and how often it is seen."""

    patients: int
    crossed: int
    stories: int
    held: int
    epochs: int
    rate: float


@dataclass(frozen=True)
class Outcome:
    """What a training leaves: the encoder's bytes, what it learned from, what was measured."""

    encoder: bytes
    about: Mapping[str, Any]
    report: Mapping[str, Any]


@dataclass(frozen=True)
class Full:
    """The models trained in full, each as a function of rows or stories."""

    network: Any
    divisor: float
    words: story.Vocabulary
    heard: Any
    trees: Any

    def logs(self, tables: Tables, rows: Rows, stories: Sequence[str]) -> dict[str, Logs]:
        """Return what each model makes of some people."""
        told = self.words.rows(stories, rows.people, rows.labels)
        return {
            ENCODER: normal(fit.scores(self.network, rows) / self.divisor),
            STORY: fit.scores(self.heard, told),
            FOREST: forest.scores(self.trees, rows, len(tables.findings), len(tables.conditions)),
        }


def run(effort: Any, *, seed: int) -> Generator[str, None, Outcome]:
    """Do all of it; yield lines of progress and return what is to be kept."""
    tables = packaged()
    plan = Plan(epochs=effort.epochs, rate=effort.rate, seed=seed)
    cases = seen(tables)
    small = _cohort(tables, effort.crossed, seed + 1)
    known = f"{len(tables.conditions)} conditions, {len(tables.findings)} findings"
    yield f"{known}; {len(small.rows)} patients are cross-validated"
    figures: Any = None
    for line, found in compare.crossed(tables, small, plan):
        if found is None:
            yield line
        figures = found
    held = _cohort(tables, effort.held, seed + 2)
    ways = compare.regularised(tables, small, held, plan)
    yield ", ".join(f"{name}: M1 {row['m1']:.3f}" for name, row in ways.items())
    full = yield from _full(tables, effort, plan)
    unseen = _unseen(tables, full, held)
    vignettes, decision = _judged(tables, full, cases)
    yield f"open vignettes: {decision.why}"
    report = {
        "cross_validation": figures,
        "regularisation": ways,
        "unseen_patients": unseen,
        "open_vignettes": vignettes,
        "decision": decision.as_dict(),
    }
    about = {"knowledge_sha256": _knowledge(tables)}
    return Outcome(_onnx(tables, full, about), about, report)


def _cohort(tables: Tables, count: int, seed: int) -> Cohort:
    patients = draw(tables, count, seed=seed)
    return compare.cohort(tables, patients, Teller(tables).tell(patients, seed=seed))


def _full(tables: Tables, effort: Any, plan: Plan) -> Generator[str, None, Full]:
    rows = rows_of(draw(tables, effort.patients, seed=plan.seed + 3))
    network, divisor = compare.with_temperature(lambda known: compare.trained(tables, known, plan), rows)
    yield f"encoder: {len(rows)} patients, temperature {divisor:.2f}"
    patients = draw(tables, effort.stories, seed=plan.seed + 4)
    stories, some = Teller(tables).tell(patients, seed=plan.seed), rows_of(patients)
    words = story.learnt(stories)
    told = words.rows(stories, some.people, some.labels)
    heard = fit.fit(compare.story_of(tables, words, plan), told, compare.slower(plan))
    yield f"story model: {len(told)} stories, {len(words.words)} words"
    trees = forest.fit(some, len(tables.findings), seed=plan.seed)
    yield f"random forest: {len(some)} patients"
    return Full(network, divisor, words, heard, trees)


def _unseen(tables: Tables, full: Full, held: Cohort) -> dict[str, dict[str, float]]:
    logs = full.logs(tables, held.rows, held.stories)
    truth = [[int(label)] for label in held.rows.labels]
    return dict(_measured({BAYES: held.bayes, **logs}, truth, compare.SHARE))


def _judged(tables: Tables, full: Full, cases: Seen) -> tuple[dict[str, dict[str, float]], Decision]:
    logs = full.logs(tables, cases.rows, cases.texts)
    decision = decided(cases.bayes, logs[ENCODER], cases.truth)
    share = decision.share or compare.SHARE
    return dict(_measured({BAYES: cases.bayes, **logs}, cases.truth, share)), decision


def _measured(
    logs: Mapping[str, Logs], truth: Sequence[Sequence[int]], share: float
) -> Iterator[tuple[str, dict[str, float]]]:
    both = {**logs, POOL: normal((1 - share) * logs[BAYES] + share * logs[ENCODER])}
    for name in (BAYES, ENCODER, POOL, STORY, FOREST):
        yield name, rounded(measured(both[name], truth))


def _knowledge(tables: Tables) -> str:
    names = ",".join((*tables.conditions, *tables.findings))
    return digest_of(names.encode(), np.round(tables.frequency, 6).tobytes())


def _onnx(tables: Tables, full: Full, about: Mapping[str, Any]) -> bytes:
    size = full.network.size
    return onnx_bytes(
        full.network,
        {
            **about,
            "temperature": full.divisor,
            "layers": size.layers,
            "heads": size.heads,
            "findings": list(tables.findings),
            "conditions": list(tables.conditions),
        },
    )
