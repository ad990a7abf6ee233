"""The report on the recommender: the default and its rivals with intervals, by group, and as it is served."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from models.base import ModelError
from models.recommender import served
from models.recommender.corpus import Corpus, read_corpus
from models.recommender.drugs import load
from models.recommender.features import VIEWS, View, age_band
from models.recommender.history import Event, events
from models.recommender.matrices import Space
from models.recommender.metrics import (
    best_threshold,
    ddi_rate,
    hit,
    intervals,
    ndcg,
    ranks,
    set_figures,
)
from models.recommender.rivals import RIVALS, Question, Scored, ridge_next
from models.recommender.tables import lines
from models.recommender.train import PENALTY, event_weights

SEEDS = (100, 101, 102, 103, 104)
"""Others than those by which features and penalties were chosen (0 to 4)."""
HELD_OUT = 0.2
LEAST = 20
"""Orders below which a group is not reported."""
GATES = {
    "hit@5": (0.83, 0.86),
    "first order of a person hit@5": (0.80, 0.84),
    "first order of an item hit@5": (0.80, 0.84),
}
"""What must be reached by the default with dates, and what is aimed at."""
P95_MS = 20.0
Interacts = Callable[[str, str], bool]


def evaluate(_name: str, *, data: str | None, seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Return the report on data in a folder; raise `ModelError` (`no-data`) where there is none."""
    missing = [name for name in ("sklearn", "torch") if find_spec(name) is None]
    if missing:
        raise ModelError(
            f"the report compares models that need {', '.join(missing)}: install clinicards[train]",
            code="usage",
        )
    corpus, drugs = read_corpus(data), load()
    moments = events(corpus.histories, drugs, VIEWS)
    interacts = served.interacts(drugs, {one.rxcui: one.name for h in corpus.histories for one in h.orders})
    splits = [_split(moments, len(corpus.histories), seed) for seed in seeds]
    default = {
        view: [_default(split, seed, view, interacts) for split, seed in zip(splits, seeds, strict=True)]
        for view in VIEWS
    }
    rivals = {
        name: intervals(
            [
                _figures(_question(*split, seed, "dated"), rival, interacts)
                for split, seed in zip(splits, seeds, strict=True)
            ]
        )
        for name, rival in RIVALS.items()
    }
    report = {
        "model": "recommender",
        "data": _data(corpus, moments),
        "split": "by person, a fifth held out; the state before an order holds only what was before it",
        "seeds": list(seeds),
        "default": {view: intervals([run["figures"] for run in runs]) for view, runs in default.items()},
        "rivals": rivals,
        "by_condition": _grouped([run["conditions"] for run in default["dated"]], corpus),
        "subgroups": _grouped([run["subgroups"] for run in default["dated"]], corpus),
        "served": served.report(splits[0], corpus, drugs, interacts),
    }
    return _judged(report)


def _split(moments: Sequence[Event], people: int, seed: int) -> tuple[list[Event], list[Event]]:
    """Return training and held-out events; no person is in both."""
    order = np.random.default_rng(seed).permutation(people)
    held = {int(one) for one in order[: int(people * HELD_OUT)]}
    return [e for e in moments if e.person not in held], [e for e in moments if e.person in held]


def _question(train: list[Event], test: list[Event], seed: int, view: View) -> Question:
    return Question(Space.of(train, view), train, test, event_weights(train), seed)


def _default(
    split: tuple[list[Event], list[Event]], seed: int, view: View, interacts: Interacts
) -> dict[str, Any]:
    question = _question(*split, seed, view)
    scored = ridge_next(question, penalty=PENALTY[view])
    places = ranks(scored[1])
    return {
        "figures": _all_figures(question, scored, interacts),
        "conditions": _by_group(question, places, _new_conditions),
        "subgroups": _by_group(question, places, _sex_and_age),
    }


def _figures(
    question: Question, rival: Callable[[Question], Scored], interacts: Interacts
) -> dict[str, float]:
    return _all_figures(question, rival(question), interacts)


def _all_figures(question: Question, scored: Scored, interacts: Interacts) -> dict[str, float]:
    """Return all figures of some scores; an item that was never trained on counts as missed."""
    train, test = scored
    rows = list(_orders(question, ranks(test)))
    of = {
        name: np.array([row[0] for row in rows if row[at]], float)
        for name, at in (("person", 1), ("item", 2), ("warm", 3))
    }
    every = np.array([row[0] for row in rows], float)
    truth = question.space.orders(question.test)
    threshold = best_threshold(train, question.space.orders(question.train))
    codes = list(question.space.items)
    chosen = [[codes[i] for i in np.flatnonzero(row >= threshold)] for row in test]
    return {
        "hit@1": hit(every, 1),
        "hit@5": hit(every, 5),
        "hit@10": hit(every, 10),
        "ndcg": ndcg(every),
        "warm hit@5": hit(of["warm"], 5),
        "first order of a person hit@5": hit(of["person"], 5),
        "first order of an item hit@5": hit(of["item"], 5),
        **set_figures(test, truth, [one.person for one in question.test], threshold),
        "DDI rate": ddi_rate(chosen, interacts),
    }


def _orders(question: Question, places: "np.ndarray[tuple[int, ...], np.dtype[np.int_]]") -> Any:
    """Yield for each held-out order: rank, first of person, first of item, warm."""
    for row, one in enumerate(question.test):
        for code, new in zip(one.ordered, one.first_of_item, strict=True):
            place = question.space.items.get(code)
            rank = float("inf") if place is None else float(places[row, place])
            yield rank, one.first_of_person, new, not one.first_of_person


def _by_group(
    question: Question, places: Any, groups: Callable[[Event], Sequence[str]]
) -> dict[str, tuple[float, int]]:
    found: dict[str, list[bool]] = defaultdict(list)
    for row, one in enumerate(question.test):
        for code in one.ordered:
            place = question.space.items.get(code)
            right = place is not None and bool(places[row, place] < 5)
            for group in groups(one):
                found[group].append(right)
    return {name: (float(np.mean(rows)), len(rows)) for name, rows in found.items()}


def _new_conditions(one: Event) -> Sequence[str]:
    return sorted({c.code.code for c in one.patient.active if c.days_ago is not None and c.days_ago < 1})


def _sex_and_age(one: Event) -> Sequence[str]:
    age = one.patient.age_years or 0
    return (f"{one.patient.sex}, {'under 18' if age < 18 else age_band(age)}",)


def _grouped(runs: Sequence[Mapping[str, tuple[float, int]]], corpus: Corpus) -> list[dict[str, Any]]:
    """Return the groups with enough orders over all seeds, the worst first."""
    names = {one.code: one.name for history in corpus.histories for one in history.problems}
    rows = []
    for group in sorted({name for run in runs for name in run}):
        own = [run[group] for run in runs if group in run]
        orders = sum(number for _, number in own)
        if orders >= LEAST:
            mean = sum(share * number for share, number in own) / orders
            rows.append({"group": names.get(group, group), "orders": orders, "hit@5": round(mean, 4)})
    return sorted(rows, key=lambda row: row["hit@5"])


def _data(corpus: Corpus, moments: Sequence[Event]) -> dict[str, Any]:
    return {
        "kind": corpus.kind,
        "licence": corpus.licence,
        "sha256": corpus.sha256,
        "people": len(corpus.histories),
        "left_out": corpus.left_out,
        "moments": len(moments),
        "orders": sum(len(one.ordered) for one in moments),
    }


def _judged(report: dict[str, Any]) -> dict[str, Any]:
    """Return the report with its gates and as lines of a table."""
    figures, shown = report["default"]["dated"], report["served"]
    gates = [
        _gate(name, figures[name]["mean"], must, figures[name]["mean"] >= must) | {"aim": aim}
        for name, (must, aim) in GATES.items()
    ]
    unsafe, ddi, p95 = shown["drill"]["unsafe"], shown["ddi"], shown["latency"]["p95_ms"]
    gates += [
        _gate("unsafe items that stay open", unsafe, 0, unsafe == 0),
        _gate(
            "DDI rate of the five served", ddi["served"], ddi["recorded"], ddi["served"] <= ddi["recorded"]
        ),
        _gate("p95 in ms", p95, P95_MS, p95 <= P95_MS),
    ]
    judged = {**report, "gates": gates, "failed": sum(not gate["passed"] for gate in gates)}
    return {**judged, "table": lines(judged)}


def _gate(name: str, value: float, must: float, passed: bool) -> dict[str, Any]:  # noqa: FBT001
    return {"gate": name, "value": value, "must": must, "passed": passed}
