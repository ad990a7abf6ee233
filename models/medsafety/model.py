"""The model `medication-safety`: documents in, alerts and what was not checked out."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any

from models.base import BadInput, Deadline, Document, Finding
from models.knowledge.drugs.knowledge import DrugKnowledge, load_drugs
from models.knowledge.drugs.resolve import Resolver, load_resolver
from models.medsafety.allergens import Allergens
from models.medsafety.alternatives import Alternatives
from models.medsafety.documents import read_person
from models.medsafety.expecting import read_codes
from models.medsafety.features import read_record
from models.medsafety.findings import Teller
from models.medsafety.judge import Judgement, judge
from models.medsafety.person import Person
from models.medsafety.schema import SCHEMA
from models.medsafety.terms import Terms, load_terms
from models.record import RXNORM, Code, Record
from models.sole import Sole

NAME = "medication-safety"


@lru_cache(maxsize=1)
def _card() -> Mapping[str, Any]:
    path = resources.files("models.medsafety") / "card.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class MedicationSafety:
    """The rules behind the door every model stands behind."""

    knowledge: DrugKnowledge
    resolver: Resolver
    terms: Terms

    @property
    def name(self) -> str:
        """The name as in `clinicards run NAME`."""
        return NAME

    @property
    def version(self) -> str:
        """The version that results carry."""
        return str(_card()["version"])

    @cached_property
    def allergens(self) -> Allergens:
        """Return what reads entries of allergy lists."""
        return Allergens(self.knowledge, self.resolver)

    @cached_property
    def ready(self) -> bool:
        """Read and index every table, which a server does before its first call and not in it.

        Tables are read when somebody asks; asked in a call, they cost it half a second, and stay where the
        garbage collector looks through them again and again.
        """
        self.knowledge.check()
        for ingredient in self.knowledge.ingredients:
            self.knowledge.about(ingredient)
        drug = self.resolver.resolve("acetaminophen 500 mg po daily", [Code(RXNORM, "161")])
        self.knowledge.between(*drug.ingredients, *drug.ingredients)
        _ = (self.allergens.read((), "penicillin"), self.knowledge.dose_ranges, self.knowledge.overrides)
        _ = (self.knowledge.given_for(""), self.knowledge.classes_of(""))
        return drug.resolved

    @cached_property
    def observations(self) -> frozenset[str]:
        """The LOINC codes of the observations that `find` looks at; it passes over all others."""
        return read_codes(self.terms)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of one input document."""
        return dict(SCHEMA)

    def run(self, document: Document) -> dict[str, Any]:
        """Judge one document; raise `BadInput` where it is not of the schema's form."""
        if not isinstance(document, Mapping):
            raise BadInput("one JSON object is needed", pointer="")
        found = self.judge(self.read(document))
        answer = {"id": document["id"]} if "id" in document else {}
        return {
            **answer,
            "alerts": [alert.as_dict() for alert in found.alerts],
            "not_checked": [{"item": n.item, "reason": n.reason} for n in found.not_checked],
        }

    def read(self, document: Document) -> Person:
        """Return the person of a document; raise `BadInput`."""
        return read_person(document, resolver=self.resolver, terms=self.terms, allergens=self.allergens)

    def judge(self, person: Person, *, deadline: Deadline | None = None) -> Judgement:
        """Return what the rules say of a person's drafts."""
        return judge(person, knowledge=self.knowledge, terms=self.terms, deadline=deadline)

    def find(self, record: Record, *, deadline: Deadline, options: Mapping[str, Any]) -> Sequence[Finding]:
        """Return what the rules say of draft orders on a record, then what was not checked.

        Options: `drafts` (facts of the draft orders), `without` (references of entries that are drafts
        themselves), `replaced` (references of orders that drafts take the place of), `subjects` (references
        of what to judge where nothing is drafted: a new allergy's drugs).
        """
        _ = self.ready
        person = read_record(
            record,
            options.get("drafts", ()),
            resolver=self.resolver,
            terms=self.terms,
            allergens=self.allergens,
            without=frozenset(options.get("without", ())),
            replaced=frozenset(options.get("replaced", ())),
        )
        wanted = frozenset(options.get("subjects", ()))
        subjects = [t for t in person.current if t.ref in wanted] if wanted else None
        said = judge(person, knowledge=self.knowledge, terms=self.terms, subjects=subjects, deadline=deadline)
        stand_ins = Alternatives(person, self.knowledge, self.resolver, self.terms)
        safe = [stand_ins.of(alert) if deadline.left() > 0 else () for alert in said.alerts]
        teller = Teller(f"{NAME}@{self.version}", self.knowledge, self.terms)
        return tuple(teller.findings(said, person, safe))

    def card(self) -> dict[str, Any]:
        """Return the model card as data."""
        return {"name": NAME, **_card()}


@lru_cache(maxsize=1)
def model() -> MedicationSafety:
    """Return the model with the tables that ship."""
    return MedicationSafety(load_drugs(), load_resolver(), load_terms())


family = Sole(NAME, model)
