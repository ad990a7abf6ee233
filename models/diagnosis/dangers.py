"""What must be excluded although it is not likely: dangers that explain what the first does not."""

from collections.abc import Sequence
from dataclasses import replace

from models.diagnosis.scorer import Candidate
from models.knowledge.diagnosis import KnowledgeBase

_OWN = 5.0
"""Log-odds that a condition gains by findings which the likeliest leave unexplained; editorial."""
_CLEAR = 1.3
"""Log-odds of a finding that speaks clearly."""
_FLAGGED_OWN = 2.5
_EXPLAINED = 0.6
"""Log-odds from which on a condition counts as explaining a finding."""
_LIKELY = 0.05
_MOST = 2
_TELLING = frozenset(("symptom", "sign", "history", "exposure", "imaging"))
"""Kinds of findings that may point to one more cause; results such as CRP rise in too many conditions."""


def must_exclude(
    base: KnowledgeBase,
    ranked: Sequence[Candidate],
    present: frozenset[str],
    *,
    shown: int,
    flagged: Sequence[frozenset[str]] = (),
    sharpness: float = 1.0,
) -> tuple[str, ...]:
    """Return emergencies that explain findings which the likeliest leave unexplained.

    One cause is assumed by the ranking; a fall on an anticoagulant stays a danger beside another diagnosis.
    `flagged` are the findings that set off each red flag: what they leave unexplained needs less to count.
    Weights are taken without the scorer's `sharpness`, which is set for the ranking.
    """
    ranked = [_plain(one, sharpness) for one in ranked]
    likely = [one for one in ranked[:shown] if one.probability >= _LIKELY] or list(ranked[:1])
    open_ = _unexplained(likely, present)
    names = {one.condition for one in likely}
    dangers = [
        one
        for one in ranked
        if one.condition not in names
        and base.conditions[one.condition].urgency == "emergency"
        and one.log_odds > 0
    ]
    telling = frozenset(name for name in open_ if base.findings[name].kind in _TELLING)
    found = {one.condition: own for one in dangers if (own := _own(one, telling)) >= _OWN}
    kept = sorted(found, key=lambda name: (-found[name], name))[:_MOST]
    for hit in flagged:
        if hit & open_ and not any(_speaks(one, hit & open_) for one in dangers if one.condition in kept):
            kept += _behind(hit & open_, dangers, telling | hit & open_)
    return tuple(dict.fromkeys(kept))[: _MOST + 1]


def _plain(one: Candidate, sharpness: float) -> Candidate:
    weights = tuple(w._replace(weight=w.weight / sharpness) for w in one.weights)
    return replace(one, weights=weights)


def _own(one: Candidate, open_: frozenset[str]) -> float:
    """Return what open findings add to a condition; a single one, read wrong, must not make a danger."""
    weights = [w.weight for w in one.weights if w.finding in open_ and w.weight > 0]
    return sum(weights) if sum(weight >= _CLEAR for weight in weights) >= 2 else 0.0


def _speaks(one: Candidate, hit: frozenset[str]) -> bool:
    return any(w.finding in hit and w.weight >= _EXPLAINED for w in one.weights)


def _behind(hit: frozenset[str], dangers: Sequence[Candidate], open_: frozenset[str]) -> list[str]:
    """Return the likeliest danger that a flag's unexplained findings speak for."""
    found = [
        one.condition
        for one in dangers
        if _speaks(one, hit) and sum(w.weight for w in one.weights if w.finding in open_) >= _FLAGGED_OWN
    ]
    return found[:1]


def _unexplained(likely: Sequence[Candidate], present: frozenset[str]) -> frozenset[str]:
    """Return the findings that none of the likely conditions accounts for."""
    spoken = {w.finding for one in likely for w in one.weights if w.present and w.weight >= _EXPLAINED}
    return present - spoken
