"""What a service asks of a record, and the record read once for all that is asked of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from models.base import Document
from models.medsafety.features import read_record
from models.medsafety.model import MedicationSafety
from models.recommender.drugs import Drugs
from models.recommender.gap_rows import Gap
from models.recommender.house import Chart, House
from models.recommender.patient import Condition, Patient, read_patient
from models.recommender.records import UNSURE, document_of
from models.recommender.safety import PersonSafety
from models.record import Code, Fact, Record

LEAST = 0.1
"""The score from which a learned item is worth showing."""
_EMERGENCY, _STAY = frozenset({"EMER"}), frozenset({"EMER", "IMP", "ACUTE", "NONAC"})


@dataclass(frozen=True)
class Asked:
    """What a service wants to know; `selected` is None where a whole chart is looked at."""

    drafts: tuple[Fact, ...] = ()
    selected: frozenset[str] | None = None
    off: frozenset[str] = frozenset()
    learned: bool = True
    af_score: str = "cha2ds2-va"
    most: int = 3
    least: float = LEAST

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "Asked":
        """Return the question of a service's options."""
        chosen = options.get("selected")
        return cls(
            drafts=tuple(options.get("drafts", ())),
            selected=None if chosen is None else frozenset(chosen),
            off=frozenset(options.get("off", ())),
            learned=bool(options.get("learned", True)),
            af_score=str(options.get("af_score", "cha2ds2-va")),
            most=int(options.get("most", 3)),
        )


@dataclass(frozen=True)
class Look:
    """A record as document, patient and chart, with the judge of candidates."""

    record: Record
    asked: Asked
    house: House
    document: Document
    patient: Patient
    chart: Chart
    safety: PersonSafety

    @property
    def drugs(self) -> Drugs:
        """Return the knowledge of drugs and conditions."""
        return self.house.drugs

    @cached_property
    def before(self) -> frozenset[str]:
        """Return the ingredients that were taken before anything was drafted."""
        known = read_patient(document_of(self.record)) if self.asked.drafts else self.patient
        return frozenset(self.drugs.taken(known.current))

    @cached_property
    def active(self) -> Mapping[str, Condition]:
        """Return the sets of conditions that last, each with an entry of it."""
        return {name: one for one in self.patient.active for name in self.drugs.problems(one)}

    @cached_property
    def selected_drugs(self) -> frozenset[str]:
        """Return the ingredients of what is selected."""
        chosen = self.asked.selected or frozenset()
        return frozenset(
            name for fact in self.asked.drafts if fact.ref in chosen for name in self.ingredients(fact)
        )

    @cached_property
    def selected_for(self) -> frozenset[str]:
        """Return the active conditions that what is selected is for: as the order says, else as indicated."""
        chosen = self.asked.selected or frozenset()
        stated = (named for fact in self.asked.drafts if fact.ref in chosen for named in self._reasons(fact))
        meant = frozenset(stated) & set(self.active)
        if meant:
            return self._kin(meant)
        listed = (self.drugs.indicated.get(name, frozenset()) for name in self.selected_drugs)
        return self._kin(frozenset(name for names in listed for name in names) & set(self.active))

    def _kin(self, names: frozenset[str]) -> frozenset[str]:
        """Return these sets with all others of the same entries: diabetes of type 2 is diabetes."""
        entries = [one for one in self.patient.active if self.drugs.problems(one) & names]
        return frozenset(name for one in entries for name in self.drugs.problems(one))

    def _reasons(self, fact: Fact) -> Iterator[str]:
        given = (part.rpartition("|") for part in str(fact.detail.get("reasons", "")).split() if "|" in part)
        yield from self.drugs.terms.conditions_of([Code(system, code) for system, _, code in given])

    def ingredients(self, fact: Fact) -> tuple[str, ...]:
        """Return the ingredients of an entry of a drug list."""
        code = next((one.code for one in fact.codes if one.system.endswith("rxnorm")), "")
        return self.drugs.ingredients(
            code, fact.text or next((c.display for c in fact.codes if c.display), "")
        )

    @cached_property
    def suspected(self) -> frozenset[str]:
        """Return the sets of conditions that are only suspected."""
        facts = (one for one in self.record.of("condition") if one.verification in UNSURE)
        return frozenset(
            name for one in facts for name in self.drugs.terms.conditions_of(one.codes, one.text)
        )

    @cached_property
    def place(self) -> str:
        """Return the class of the encounter that runs: EMER, IMP, AMB or nothing."""
        current = self.record.current_encounter
        here = (one for one in self.record.of("encounter") if current and current in (one.ref, one.encounter))
        first = next(here, None)
        return "" if first is None else str(first.detail.get("class", ""))

    def in_season(self, gap: Gap) -> bool:
        """Tell whether a rule may speak in the setting of this call."""
        silent = {"preventive": _STAY, "chronic": _EMERGENCY}.get(gap.care, frozenset())
        return self.place not in silent

    def relevant(self, gap: Gap) -> bool:
        """Tell whether a rule bears on what is selected; without a selection every rule does."""
        if self.asked.selected is None:
            return True
        names = set(conditions_in(gap.need))
        drugs = {name for names in drugs_in(gap.need) for name in self.drugs.members([names])}
        return bool(names & self.selected_for or drugs & self.selected_drugs)


def look(record: Record, asked: Asked, *, house: House, engine: MedicationSafety, names: Any) -> Look:
    """Return a record read once; `names` gives a patient's bare codes their names."""
    document = document_of(record, asked.drafts)
    patient = names(read_patient(document))
    person = read_record(
        record,
        asked.drafts,
        resolver=engine.resolver,
        terms=engine.terms,
        allergens=engine.allergens,
        without=frozenset(one.ref for one in asked.drafts),
    )
    return Look(record, asked, house, document, patient, house.chart(patient), PersonSafety(engine, person))


def conditions_in(predicates: Any) -> Iterator[str]:
    """Yield the conditions that predicates name, inner ones included."""
    for one in predicates:
        yield from one.get("condition", ())
        for inner in ("any", "all", "of_these"):
            yield from conditions_in(one.get(inner, ()))


def drugs_in(predicates: Any) -> Iterator[str]:
    """Yield the drugs and classes that predicates name, inner ones included."""
    for one in predicates:
        yield from one.get("drug", ())
        for inner in ("any", "all", "of_these"):
            yield from drugs_in(one.get(inner, ()))


def labs_in(predicates: Any) -> Iterator[str]:
    """Yield the laboratory values that predicates name, inner ones included."""
    for one in predicates:
        if "lab" in one:
            yield one["lab"]
        for inner in ("any", "all", "of_these"):
            yield from labs_in(one.get(inner, ()))
