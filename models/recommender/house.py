"""The house's own rules on candidates, whichever engine is at hand: conservative, by lists alone."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Literal

from models.knowledge.drugs.rows import Clause, Rule
from models.recommender.drugs import Drugs, load
from models.recommender.patient import Patient
from models.recommender.safety import OK, Verdict

ADULT = 18
FERTILE = (12, 56)


@dataclass(frozen=True)
class Chart:
    """A patient as the rules look at one: read once, asked for each candidate."""

    patient: Patient
    problems: frozenset[str]
    taken: Mapping[str, str]
    """Ingredients that are current, with what the list calls them."""
    allergic: Mapping[str, str]
    """Ingredients that the allergy list means, with the entry's words."""
    allergy_groups: frozenset[str]
    unread: tuple[str, ...] = ()
    """Entries of the lists that name nothing known."""


@dataclass(frozen=True)
class House:
    """Rules that need no engine: allergy, duplicate, age, pregnancy, what is never suggested."""

    drugs: Drugs
    never: Mapping[str, str] = field(default_factory=dict)
    """Ingredients that are never suggested because they were ordered, with the reason."""
    only_listed: Mapping[str, str] = field(default_factory=dict)
    """Ingredients that only the table of indications may suggest, with the reason."""

    def chart(self, patient: Patient) -> Chart:
        """Return a patient's lists as the rules use them."""
        taken = self.drugs.taken(patient.current)
        allergic: dict[str, str] = {}
        groups: set[str] = set()
        unread: list[str] = []
        for entry in patient.allergies:
            words = entry.text or entry.code.code
            found = self.drugs.allergic(entry.code, entry.text)
            allergic.update(dict.fromkeys(found.ingredients, words))
            groups |= found.groups
            if not (found.ingredients or found.groups or found.nothing):
                unread.append(words)
        unknown = self.drugs.unresolved(patient.current)
        return Chart(
            patient,
            self.drugs.problems_of(patient),
            {name: one.text or one.rxcui for name, one in taken.items()},
            allergic,
            frozenset(groups),
            (*(f"drug {one!r} on the list is not known" for one in unknown),
             *(f"allergy {one!r} names no known drug" for one in unread)),
        )  # fmt: skip

    def judge(self, ingredients: Iterable[str], chart: Chart) -> Verdict:
        """Return the verdict of all rules on a learned candidate of these ingredients."""
        names = tuple(ingredients)
        never = (self.never[name] for name in names if name in self.never)
        more = (*self._person(chart.patient, chart), *never, *self._interacting(names, chart))
        return self.therapy(names, chart, more=more)

    def therapy(self, names: tuple[str, ...], chart: Chart, more: Iterable[str] = ()) -> Verdict:
        """Return the verdict on a therapy that a rule proposes, which may be for a child or in pregnancy."""
        if not names:
            return Verdict("blocked", ("its ingredients are not known, so nothing can be checked",))
        blocks = (*more, *self._blocks(names, chart))
        cautions = (*self._cautions(names, chart), *gaps_in(chart))
        if blocks:
            return Verdict("blocked", tuple(dict.fromkeys((*blocks, *cautions))))
        return Verdict("caution", tuple(dict.fromkeys(cautions))) if cautions else OK

    def _interacting(self, names: tuple[str, ...], chart: Chart) -> Iterator[str]:
        """Yield interactions of warning level or above with what is taken, whatever would lower them.

        A guideline's therapy may be worth one; what is suggested because others ordered it is not.
        """
        for name in names:
            for other in chart.taken:
                rule = self.drugs.interaction(name, other)
                if rule:
                    yield f"{rule}: interacts with {other} on the list"

    def _person(self, patient: Patient, chart: Chart) -> Iterator[str]:
        if patient.age_years is None:
            yield "age is not known; nothing is suggested for children"
        elif patient.age_years < ADULT:
            yield "nothing is suggested for children under 18"
        if patient.pregnant or "pregnancy" in chart.problems or patient.gestation_weeks is not None:
            yield "nothing is suggested in pregnancy"
        if "comfort_care" in chart.problems:
            yield "nothing is suggested in comfort care"

    def _blocks(self, names: tuple[str, ...], chart: Chart) -> Iterator[str]:
        for name in names:
            if name in chart.allergic:
                words = chart.allergic[name]
                yield f"allergy on record: {words}" + (f" ({name})" if name not in words.casefold() else "")
            if name in chart.taken:
                yield f"duplicate: {name} is on the list; a renewal is no new therapy"
        yield from self._rules(names, chart, "critical")

    def _cautions(self, names: tuple[str, ...], chart: Chart) -> Iterator[str]:
        yield from self._rules(names, chart, "warning")
        for name in names:
            same = self._same_class(name, chart)
            if same:
                yield f"{name} with {same} on the list: of one class"

    def _rules(self, names: tuple[str, ...], chart: Chart, severity: str) -> Iterator[str]:
        """Yield the words of rules of a severity that plainly hold; what needs more is the engine's."""
        known = self.drugs.knowledge
        for name in names:
            for rule in known.about(name):
                if rule.severity == severity and _plainly(rule, chart):
                    yield f"{rule.id}: {rule.summary.replace('{a}', name)}"
            for other in chart.taken:
                pairs = ((name, other, rule) for rule in known.between(name, other))
                back = ((other, name, rule) for rule in known.between(other, name))
                for a, b, rule in (*pairs, *back):
                    if rule.severity == severity and not rule.when and rule.table == "ddi_rule":
                        yield f"{rule.id}: {rule.summary.replace('{a}', a).replace('{b}', b)}"

    def _same_class(self, name: str, chart: Chart) -> str:
        """Return a current drug that shares a class in which two are one too many."""
        for single in SINGLE & self.drugs.knowledge.classes_of(name):
            members = self.drugs.knowledge.classes[single].members
            for other in chart.taken:
                if other in members and other != name:
                    return other
        return ""


SINGLE = frozenset(
    {
        "raas_blocker", "statin", "beta_blocker", "ccb_dhp", "ccb_nondhp", "nsaid", "oral_anticoagulant",
        "p2y12_inhibitor", "ssri", "ppi", "sglt2_inhibitor", "glp1_agonist", "dpp4_inhibitor", "sulfonylurea",
        "bisphosphonate", "thiazide", "loop_diuretic", "mra", "hormonal_contraceptive",
        "antihistamine_second",
    }
)  # fmt: skip
"""Classes of the knowledge base of which a patient takes one at a time."""


def _plainly(rule: Rule, chart: Chart) -> bool:
    """Tell whether a rule holds by conditions and allergies alone, all that it asks for."""
    if rule.table not in ("contraindication", "allergy_rule") or not rule.when:
        return False
    if any(all(_holds(clause, chart) for clause in part) for part in rule.unless):
        return False
    return any(part and all(_holds(clause, chart) for clause in part) for part in rule.when)


def _holds(clause: Clause, chart: Chart) -> bool:
    if clause.negated:
        return False
    if clause.kind == "condition":
        return bool({clause.subject, *clause.values} & chart.problems)
    if clause.kind == "allergy":
        return bool({clause.subject, *clause.values} & chart.allergy_groups)
    return False


def gaps_in(chart: Chart) -> Iterator[str]:
    """Yield what about the patient is not known and bears on every candidate."""
    patient = chart.patient
    for name, words in (("medications", "drug"), ("allergies", "allergy"), ("conditions", "condition")):
        if name not in patient.given:
            yield f"the {words} list was not given whole"
    empty = {"medications": patient.medicines, "conditions": patient.conditions}
    for name, rows in empty.items():
        if name in patient.given and not rows:
            yield f"the list of {name} is empty: assumed none"
    if patient.pregnant is None and patient.sex != "male" and _fertile(patient.age_years):
        yield "whether the patient is pregnant is not known"
    yield from chart.unread


def _fertile(age: float | None) -> bool:
    return age is not None and FERTILE[0] <= age < FERTILE[1]


@lru_cache(maxsize=2)
def load_reasons(table: Literal["never", "only_listed"]) -> Mapping[str, str]:
    """Return the ingredients of a table of `never.toml`, each with the reason."""
    text = (resources.files("models.recommender") / "never.toml").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for row in tomllib.loads(text)[table]:
        for name in (*load().members(row["classes"]), *row.get("also", ())):
            found.setdefault(name, row["reason"])
    return found


def load_house() -> House:
    """Return the rules over the knowledge that ships with the package."""
    return House(load(), load_reasons("never"), load_reasons("only_listed"))
