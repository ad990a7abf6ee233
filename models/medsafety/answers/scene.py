"""What a rule is asked about, and what an answer is."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from models.knowledge.drugs.rows import Clause, Selector
from models.medsafety.person import Allergy, Lab, Person, Taken
from models.medsafety.terms import Terms

COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}
FERTILE = (12.0, 55.0)
"""Years in which a pregnancy is thought of."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a clause holds; None where the record cannot tell. The rest is words for people."""

    value: bool | None
    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


YES, NO = Verdict(value=True), Verdict(value=False)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a rule is asked about: the person, the drug `a`, the other drug `b`, the allergy in question."""

    person: Person
    terms: Terms
    a: Taken
    b: Taken | None = None
    allergy: Allergy | None = None
    qt_sum: int = 0
    a_ingredient: str = ""
    b_ingredient: str = ""

    def side(self, name: str) -> tuple[Taken, str] | None:
        """Return the entry that `a` or `b` means, with the ingredient the rule is about."""
        if name == "a":
            return self.a, self.a_ingredient or self.a.drug.ingredients[0]
        return (self.b, self.b_ingredient or self.b.drug.ingredients[0]) if self.b is not None else None


def days_words(days: float) -> str:
    """Return an age as a card says it."""
    if days < 1:
        return "today"
    whole = round(days)
    if whole < 60:
        return f"{whole} day{'s' if whole != 1 else ''} ago"
    return f"{round(days / 30.44)} months ago" if days < 730 else f"{round(days / 365.25)} years ago"


def lab_words(title: str, lab: Lab) -> str:
    """Return a result as a card says it."""
    unit = "" if lab.unit == "1" else f" {lab.unit}"
    return f"{title} {lab.comparator}{lab.value:g}{unit} ({days_words(lab.days_ago)})"


def selector(clause: Clause) -> Selector:
    """Return the drugs that a clause names."""
    assert clause.selector is not None  # noqa: S101  # the language has no such clause without drugs
    return clause.selector


def could_not(scene: Scene) -> bool:
    """Tell whether nobody would ask: outside the ages, or recorded as male with a complete condition list."""
    years, person = scene.person.age_years, scene.person
    if years is not None and not FERTILE[0] <= years < FERTILE[1]:
        return True
    return person.sex == "male" and person.conditions_known
