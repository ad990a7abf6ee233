"""Clauses about what was measured: laboratory values, age, weight, genes."""

from models.knowledge.drugs.clauses import DAYS
from models.knowledge.drugs.rows import Clause
from models.medsafety.answers.scene import COMPARE, NO, Scene, Verdict, lab_words
from models.medsafety.person import Lab

_LABS_WITHIN = 365.0
"""Days a result may be old where a clause does not say."""


def _short(title: str) -> str:
    return title.partition(",")[0]


def lab(clause: Clause, scene: Scene) -> Verdict:
    """Compare the newest result within the days."""
    term = scene.terms.labs.get(clause.subject)
    title = _short(term.title) if term else clause.subject
    within = clause.within_days or _LABS_WITHIN
    lab = scene.person.newest(clause.subject, within_days=within)
    if lab is None:
        return Verdict(None, missing=(f"no {title} within {within:g} days",))
    assert clause.value is not None  # noqa: S101  # the language has no such clause without a number
    verdict = _compared(clause.op, lab, clause.value)
    return Verdict(verdict, (lab_words(title, lab),) if verdict else ())


def _compared(sign: str, lab: Lab, limit: float) -> bool | None:
    """Compare a result; one that is only known to lie beyond a number (`<5`) where that decides."""
    plain = COMPARE[sign](lab.value, limit)
    if not lab.comparator:
        return plain
    below = lab.comparator.startswith("<")
    if sign.startswith("<"):
        return True if below and lab.value <= limit else (False if not below and lab.value >= limit else None)
    return True if not below and lab.value >= limit else (False if below and lab.value <= limit else None)


def lab_missing(clause: Clause, scene: Scene) -> Verdict:
    """Tell whether there is no result within the days."""
    term = scene.terms.labs.get(clause.subject)
    within = clause.within_days or _LABS_WITHIN
    if scene.person.newest(clause.subject, within_days=within) is not None:
        return NO
    words = (f"no {_short(term.title) if term else clause.subject} within {within:g} days",)
    return Verdict(value=True, found=words, missing=words)


def age(clause: Clause, scene: Scene) -> Verdict:
    """Compare the age."""
    years = scene.person.age_years
    if years is None:
        return Verdict(None, missing=("age not recorded",))
    limit = (clause.value or 0) * DAYS[clause.unit] / DAYS["y"]
    verdict = COMPARE[clause.op](years, limit)
    words = f"age {int(years)}" if years >= 2 else f"age {int(years * 12)} months"
    return Verdict(verdict, (words,) if verdict else ())


def weight(clause: Clause, scene: Scene) -> Verdict:
    """Compare the weight."""
    weight = scene.person.weight_kg
    if weight is None:
        return Verdict(None, missing=("weight not recorded",))
    verdict = COMPARE[clause.op](weight, clause.value or 0)
    return Verdict(verdict, (f"weight {weight:g} kg",) if verdict else ())


def gene(clause: Clause, scene: Scene) -> Verdict:
    """Tell whether a gene was found to be one of these."""
    found = scene.person.genes.get(clause.subject)
    if found is None:
        return Verdict(None, missing=(f"{clause.subject} not tested",))
    verdict = found in clause.values
    return Verdict(verdict, (f"{clause.subject} {found}",) if verdict else ())


def gene_missing(clause: Clause, scene: Scene) -> Verdict:
    """Tell whether a gene was never tested."""
    missing = clause.subject not in scene.person.genes
    words = (f"{clause.subject} not tested",)
    return Verdict(missing, words if missing else (), words if missing else ())
