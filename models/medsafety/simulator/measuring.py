"""What the model says of the simulator's orders, counted against what it has to say and may say."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from models.medsafety.simulator.cases import KINDS, MUST
from models.medsafety.simulator.charts import Order

RANK: Mapping[str, int] = {"critical": 3, "warning": 2, "info": 1}
Z = 1.959964
"""The normal quantile of a 95 % interval."""
MIX: Mapping[str, float] = {"violation": 0.10, "trap": 0.05, "clean": 0.85}
"""Of orders as they come, how many carry a violation, a situation that looks like one, or nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One order with what was said: whether the violation was found, and which alerts were right or wrong."""

    order: Order
    found: bool
    graded: bool
    """Whether a violation was called critical, or a silent situation left without a word."""
    right: int
    wrong: int
    interruptions: int
    wrong_rules: tuple[str, ...]
    severities: Mapping[str, int]
    unread: int


def outcome(order: Order, run: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Outcome:
    """Run one order, and its controls where it has any."""
    answer = run(order.document)
    alerts = answer["alerts"]
    before = _ranks(alert for control in order.controls for alert in run(control)["alerts"])
    told = [a for a in alerts if RANK[a["severity"]] > before.get(a["rule"], 0)]
    matching = [a for a in told if _about(a, order)]
    case = order.case
    speaking = [a for a in alerts if RANK[a["severity"]] >= RANK["warning"]]
    wrong = [a for a in speaking if not (case and case.must_alert and a in matching)]
    return Outcome(
        order=order,
        found=_found(order, alerts, matching),
        graded=_graded(order, alerts, matching),
        right=len(speaking) - len(wrong),
        wrong=len(wrong),
        interruptions=sum(a["interruptive"] for a in alerts),
        wrong_rules=tuple(a["rule"] for a in wrong),
        severities=Counter(a["severity"] for a in alerts),
        unread=len(answer["not_checked"]),
    )


def _ranks(alerts: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    ranks: dict[str, int] = {}
    for alert in alerts:
        ranks[alert["rule"]] = max(RANK[alert["severity"]], ranks.get(alert["rule"], 0))
    return ranks


def _about(alert: Mapping[str, Any], order: Order) -> bool:
    """Tell whether an alert names the drugs of the case: all of a set, or what a salt or form adds to one."""
    named = [str(drug).casefold() for drug in alert["drugs"]]
    sets = order.case.about if order.case is not None else ()
    return any(all(any(_is(name, drug) for drug in named) for name in names) for names in sets)


def _is(name: str, drug: str) -> bool:
    return drug == name or drug.startswith(f"{name} ")


def _graded(order: Order, alerts: Sequence[Mapping[str, Any]], matching: Sequence[Mapping[str, Any]]) -> bool:
    case = order.case
    if case is None or case.must_alert:
        return any(a["severity"] == "critical" for a in matching)
    return not any(_named(a, names) for names in case.about for a in alerts)


def _found(order: Order, alerts: Sequence[Mapping[str, Any]], matching: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether a violation was found, or whether a silent situation was left in peace."""
    case = order.case
    if case is None:
        return not any(RANK[a["severity"]] >= RANK["warning"] for a in alerts)
    if case.must_alert:
        return any(RANK[a["severity"]] >= min(MUST[case.level], RANK["warning"]) for a in matching)
    about = [a for a in alerts if any(_named(a, names) for names in case.about)]
    if case.level == "quiet":
        return not any(a["interruptive"] for a in about)
    return all(RANK[a["severity"]] <= RANK["info"] for a in about)


def _named(alert: Mapping[str, Any], names: frozenset[str]) -> bool:
    return any(_is(name, str(drug).casefold()) for name in names for drug in alert["drugs"])


def wilson(successes: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson EB. J Am Stat Assoc 1927;22:209-212)."""
    if not total:
        return 0.0, 1.0
    share, z2 = successes / total, Z * Z
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z * sqrt(share * (1 - share) / total + z2 / (4 * total * total)) / (1 + z2 / total)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def share(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return how many orders came out right, with an interval over cases: repetitions are no new cases."""
    by_case: dict[str, list[bool]] = {}
    for one in outcomes:
        by_case.setdefault(one.order.case.id if one.order.case else "", []).append(one.found)
    whole = sum(all(found) for found in by_case.values())
    low, high = wilson(whole, len(by_case))
    right = sum(one.found for one in outcomes)
    return {
        "value": right / len(outcomes) if outcomes else None,
        "orders": len(outcomes),
        "right": right,
        "cases": len(by_case),
        "cases_always_right": whole,
        "interval_95_of_cases": [round(low, 4), round(high, 4)],
    }


def by(outcomes: Sequence[Outcome], key: Callable[[Outcome], str]) -> dict[str, dict[str, Any]]:
    """Return the shares of each subgroup."""
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault(key(one), []).append(one)
    return {name: share(found) for name, found in sorted(groups.items())}


def burden(must: Sequence[Outcome], traps: Sequence[Outcome], clean: Sequence[Outcome]) -> dict[str, Any]:
    """Return PPV and alerts per order at the mix of orders that `MIX` states."""
    parts = {"violation": must, "trap": traps, "clean": clean}
    right = sum(MIX[name] * _per_order(found, lambda o: o.right) for name, found in parts.items())
    wrong = sum(MIX[name] * _per_order(found, lambda o: o.wrong) for name, found in parts.items())
    stops = sum(MIX[name] * _per_order(found, lambda o: o.interruptions) for name, found in parts.items())
    critical = sum(
        MIX[name] * _per_order(found, lambda o: o.severities.get("critical", 0))
        for name, found in parts.items()
    )
    return {
        "mix": dict(MIX),
        "ppv": right / (right + wrong) if right + wrong else None,
        "alerts_per_1000_orders": 1000 * (right + wrong),
        "interruptions_per_100_orders": 100 * stops,
        "critical_share": critical / (right + wrong) if right + wrong else None,
        "clean_alerts_per_100_orders": 100 * _per_order(clean, lambda o: o.wrong),
        "clean_interruptions_per_100_orders": 100 * _per_order(clean, lambda o: o.interruptions),
        "clean_orders": sum(one.order.drafts for one in clean),
    }


def _per_order(outcomes: Sequence[Outcome], count: Callable[[Outcome], int]) -> float:
    orders = sum(one.order.drafts for one in outcomes)
    return sum(map(count, outcomes)) / orders if orders else 0.0


def kinds(outcomes: Sequence[Outcome]) -> dict[str, dict[str, Any]]:
    """Return the sensitivity of each kind in the order of the interface."""
    found = by(outcomes, lambda one: one.order.case.kind if one.order.case else "")
    return {kind: found[kind] for kind in KINDS}
