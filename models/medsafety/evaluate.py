"""Evaluate medication safety on the simulator: sensitivity by kind, PPV, alert burden, speed, gates."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from time import process_time_ns
from typing import Any

from models.base import ModelError
from models.medsafety.model import NAME, MedicationSafety, model
from models.medsafety.simulator.cases import Case, load_cases
from models.medsafety.simulator.charts import Order, clean, injected
from models.medsafety.simulator.measuring import Outcome, burden, by, kinds, outcome, share

REPETITIONS = {"must": 5, "silent": 3}
CLEAN_CHARTS = 1000
SEED = 20261122
_FEWEST = 100
"""Orders a subgroup needs to be named the worst."""
GATES: Mapping[str, float] = {"sensitivity": 0.95, "clean_per_100": 5.0, "ppv": 0.60, "engine_p95_ms": 8.0}
_ACTIVE, _DRAFTS, _ROUNDS = 12, 5, 120


def evaluate(name: str = NAME, *, data: str | None = None) -> dict[str, Any]:
    """Return the report; `failed` counts the gates that are missed and `missed` names them.

    `data` is not used: the simulator makes its own charts.
    """
    if data is not None:
        raise ModelError("the simulator makes its own charts; leave --data out", code="usage")
    judge = model()
    must, silent, ordinary = measured(judge.run)
    report = {"model": name, "seed": SEED, **told(must, silent, ordinary), "speed": speed(judge)}
    missed = list(_missed(report))
    return {**report, "gates": dict(GATES), "missed": missed, "failed": len(missed)}


def measured(
    run: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    *,
    repetitions: Mapping[str, int] = REPETITIONS,
    charts: int = CLEAN_CHARTS,
) -> tuple[list[Outcome], list[Outcome], list[Outcome]]:
    """Return what came of the violations, of the silent situations and of the clean charts."""
    random = Random(SEED)  # noqa: S311  # charts that are made up need no secret chance
    cases = load_cases()
    must = list(_repeated([c for c in cases if c.must_alert], repetitions["must"], random))
    silent = list(_repeated([c for c in cases if not c.must_alert], repetitions["silent"], random))
    ordinary = [clean(random) for _ in range(charts)]
    return tuple([outcome(order, run) for order in orders] for orders in (must, silent, ordinary))  # type: ignore[return-value]


def _repeated(cases: Sequence[Case], times: int, random: Random) -> Iterator[Order]:
    return (injected(case, number, random) for case in cases for number in range(times))


def told(must: Sequence[Outcome], silent: Sequence[Outcome], ordinary: Sequence[Outcome]) -> dict[str, Any]:
    """Return the measurements as data, with the cases that were missed."""
    excluded = [one for one in must if one.order.case and one.order.case.level == "critical"]
    traps = [one for one in silent if _list(one) == "first"]
    usual = [*ordinary, *(one for one in silent if _list(one) != "first")]
    return {
        "sensitivity": share(must),
        "sensitivity_by_kind": kinds(must),
        "called_critical_where_excluded": sum(o.graded for o in excluded) / max(len(excluded), 1),
        "silent": share(silent),
        "silent_without_a_word": sum(o.graded for o in silent) / max(len(silent), 1),
        "silent_by_situation": by(silent, _kind),
        "burden": burden(must, traps, usual),
        "subgroups": {**_subgroups(must)},
        "worst_subgroup": _worst(must),
        "cases": {
            "must_alert": len({o.order.case.id for o in must if o.order.case}),
            "must_stay_silent": len({o.order.case.id for o in silent if o.order.case}),
            "clean_charts": len(ordinary),
        },
        "missed_cases": _names(must),
        "noisy_cases": _names(silent),
        "clean_rules": dict(Counter(rule for one in ordinary for rule in one.wrong_rules).most_common(20)),
        "not_checked_items": sum(one.unread for one in (*must, *silent, *ordinary)),
    }


def _list(one: Outcome) -> str:
    return one.order.case.list if one.order.case else ""


def _kind(one: Outcome) -> str:
    return one.order.case.kind if one.order.case else ""


_GROUPS: Mapping[str, Callable[[Outcome], str]] = {
    "age": lambda one: one.order.age,
    "sex": lambda one: one.order.sex,
    "wording": lambda one: one.order.variant,
    "arrangement": lambda one: one.order.arrangement,
    "list": _list,
}


def _subgroups(must: Sequence[Outcome]) -> Mapping[str, Any]:
    return {name: by(must, key) for name, key in _GROUPS.items()}


def _worst(must: Sequence[Outcome]) -> dict[str, Any]:
    """Return the subgroup of enough orders with the lowest sensitivity, kinds among them."""
    found = {**_subgroups(must), "kind": kinds(must)}
    rows = [
        {"group": f"{name}: {label}", **row}
        for name, groups in found.items()
        for label, row in groups.items()
        if row["orders"] >= _FEWEST or name == "kind"
    ]
    return min(rows, key=lambda row: (float(row["value"]), str(row["group"])))


def _names(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return the cases that came out wrong, with what was ordered and in how many of the repetitions."""
    wrong = Counter(one.order.case for one in outcomes if not one.found and one.order.case)
    return [
        {
            "case": case.id,
            "kind": case.kind,
            "draft": "; ".join(case.drafts),
            "taken": "; ".join(case.taken),
            "chart": "; ".join(case.facts),
            "wrong": count,
            "source": case.source,
        }
        for case, count in wrong.items()
    ]


def speed(judge: MedicationSafety) -> dict[str, Any]:
    """Return milliseconds of CPU for 12 drugs and 5 drafts: reading and judging, and judging alone."""
    random = Random(SEED)  # noqa: S311  # as above
    documents = [_long(random) for _ in range(_ROUNDS)]
    for document in documents[:10]:
        judge.run(document)
    whole = sorted(_milliseconds(lambda d=d: judge.run(d)) for d in documents)  # type: ignore[misc]
    people = [judge.read(document) for document in documents]
    alone = sorted(_milliseconds(lambda p=p: judge.judge(p)) for p in people)  # type: ignore[misc]
    return {
        "active_drugs": _ACTIVE,
        "drafts": _DRAFTS,
        "documents": _ROUNDS,
        "run_ms": {"p50": _at(whole, 0.5), "p95": _at(whole, 0.95)},
        "judge_ms": {"p50": _at(alone, 0.5), "p95": _at(alone, 0.95)},
    }


def _long(random: Random) -> dict[str, Any]:
    """Return a chart with the drugs of several people, so that many rules speak."""
    orders: dict[str, Any] = {}
    while len(orders) < _ACTIVE + _DRAFTS:
        order = clean(random)
        found = (*order.document["draft"], *order.document["medications"])
        orders |= {str(entry["text"]): entry for entry in found}
        document = dict(order.document)
    entries = list(orders.values())[: _ACTIVE + _DRAFTS]
    drafts = [{k: v for k, v in entry.items() if k != "status"} for entry in entries[:_DRAFTS]]
    return {**document, "draft": drafts, "medications": entries[_DRAFTS:]}


def _milliseconds(work: Callable[[], object]) -> float:
    start = process_time_ns()
    work()
    return (process_time_ns() - start) / 1e6


def _at(ordered: Sequence[float], place: float) -> float:
    return round(ordered[min(int(len(ordered) * place), len(ordered) - 1)], 2)


def _missed(report: Mapping[str, Any]) -> Iterator[str]:
    for kind, row in report["sensitivity_by_kind"].items():
        if row["value"] < GATES["sensitivity"]:
            yield f"sensitivity of {kind} is {row['value']:.3f}; it must be {GATES['sensitivity']} or more"
    per_100, ppv = report["burden"]["clean_alerts_per_100_orders"], report["burden"]["ppv"]
    if per_100 > GATES["clean_per_100"]:
        yield f"{per_100:.1f} warnings per 100 clean orders; at most {GATES['clean_per_100']:g}"
    if ppv is None or ppv < GATES["ppv"]:
        yield f"PPV is {ppv}; it must be {GATES['ppv']} or more"
    if report["speed"]["judge_ms"]["p95"] > GATES["engine_p95_ms"]:
        took = report["speed"]["judge_ms"]["p95"]
        yield f"judging takes {took} ms (p95); at most {GATES['engine_p95_ms']:g}"
