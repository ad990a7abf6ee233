"""Answers to the clauses of rules: yes, no or not known, with what was found or not found on the way."""

from collections.abc import Callable, Mapping, Sequence

from models.knowledge.drugs.rows import Clause, Condition
from models.medsafety.answers import drugs, life, opioids, values
from models.medsafety.answers.scene import NO, YES, Scene, Verdict

__all__ = ["Scene", "Verdict", "answer", "holds"]


def holds(condition: Condition, scene: Scene) -> Verdict:
    """Return whether any alternative holds with all of its clauses; nothing asked always holds."""
    if not condition:
        return YES
    unknown: Verdict | None = None
    missing: list[str] = []
    for group in condition:
        verdict = _all(group, scene)
        if verdict.value:
            return verdict
        if verdict.value is None:
            unknown = unknown or verdict
        missing += verdict.missing
    return unknown or (Verdict(value=False, missing=tuple(missing)) if missing else NO)


def _all(group: Sequence[Clause], scene: Scene) -> Verdict:
    found: list[str] = []
    missing: list[str] = []
    unknown = False
    for clause in group:
        verdict = answer(clause, scene)
        if verdict.value is False:
            return Verdict(value=False, missing=verdict.missing) if verdict.found else verdict
        unknown = unknown or verdict.value is None
        found += verdict.found
        missing += verdict.missing
    return Verdict(None if unknown else True, tuple(found), tuple(missing))


def answer(clause: Clause, scene: Scene) -> Verdict:
    """Return whether one clause holds."""
    verdict = _ANSWERS[clause.kind](clause, scene)
    if not clause.negated or verdict.value is None:
        return verdict
    return Verdict(not verdict.value, () if verdict.value else verdict.found, verdict.missing)


_ANSWERS: Mapping[str, Callable[[Clause, Scene], Verdict]] = {
    "lab": values.lab,
    "lab-missing": values.lab_missing,
    "age": values.age,
    "age-missing": life.age_missing,
    "weight": values.weight,
    "sex": life.sex,
    "drug": drugs.drug,
    "history": drugs.history,
    "count": drugs.count,
    "condition": life.condition,
    "procedure": life.condition,
    "indication": life.indication,
    "allergy": life.allergy,
    "reaction": life.reaction,
    "route": drugs.route,
    "form": drugs.form,
    "dose": drugs.dose,
    "total": drugs.total,
    "mme": opioids.mme,
    "single": drugs.single,
    "frequency": drugs.frequency,
    "duration": drugs.duration,
    "prn": drugs.prn,
    "new": drugs.new,
    "since": drugs.since,
    "pair": drugs.pair,
    "same": drugs.same,
    "gestation": life.gestation,
    "gestation-missing": life.gestation_missing,
    "trimester": life.trimester,
    "pregnancy": life.pregnancy,
    "could-become-pregnant": life.could,
    "lactation": life.lactation,
    "gene": values.gene,
    "gene-missing": values.gene_missing,
    "hepatic": life.hepatic,
    "qt-sum": life.qt_sum,
    "setting": life.setting,
}
