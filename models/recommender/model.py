"""The model `recommender`: what is ordered next in such a state, and guideline gaps, each with a verdict."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from heapq import nsmallest
from importlib import resources
from pathlib import Path
from typing import Any

from models.base import Deadline, Document, Finding, OutOfTime, UnknownModel
from models.medsafety.model import MedicationSafety
from models.recommender import artefact as artefacts
from models.recommender.artefact import SCALE, Artefact, Item
from models.recommender.features import View, features
from models.recommender.findings import Ranking, Teller, findings
from models.recommender.gap_rows import load_gaps
from models.recommender.gaps import GapFinder
from models.recommender.house import Chart, House, load_house
from models.recommender.patient import Patient, number, read_patient
from models.recommender.question import Asked, look
from models.recommender.reasons import because
from models.recommender.safety import EngineSafety, Safety, Unchecked, Verdict
from models.recommender.schema import schema
from models.record import Record

NAME = "recommender"
LIMIT = 10
LOOKED_AT = 40
"""How far down the ranking suggestions that are not blocked are looked for."""


@lru_cache(maxsize=1)
def _card() -> Mapping[str, Any]:
    path = resources.files("models.recommender") / "card.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Recommender:
    """One trained ranking with the rules that judge what it ranks."""

    artefact: Artefact
    house: House
    safety: Safety = field(default_factory=Unchecked)
    af_score: str = "cha2ds2-va"

    @property
    def name(self) -> str:
        """The name as in `clinicards run NAME`."""
        return NAME

    @property
    def version(self) -> str:
        """The version that results carry."""
        return self.artefact.version

    def with_safety(self, safety: Safety) -> "Recommender":
        """Return the same ranking, judged by an engine as well."""
        return replace(self, safety=safety)

    @cached_property
    def gap_finder(self) -> GapFinder:
        """Return the guideline rules, judged alike."""
        return GapFinder(load_gaps(), self.house, self.safety, self.af_score)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of one input document."""
        return schema(self.version)

    def run(self, document: Document) -> dict[str, Any]:
        """Return ranked orders and guideline gaps; raise `BadInput` where it is not of the schema's form."""
        patient = read_patient(document)
        limit = number(document, "limit", "", 1, 50)
        found = self.recommend(patient, document, limit=int(limit) if limit is not None else LIMIT)
        return {**({"id": document["id"]} if "id" in document else {}), **found}

    def recommend(self, patient: Patient, document: Document, *, limit: int = LIMIT) -> dict[str, Any]:
        """Return the answer on a patient that was read, items in the order of their scores.

        The first `limit` are all there, blocked ones too, so that what was withheld and why can be seen.
        After them come items that are not blocked, until there are `limit` of those or no more are ranked.
        """
        patient = self._with_names(patient)
        chart = self.house.chart(patient)
        view: View = "dated" if patient.dated else "plain"
        terms = self.terms(patient, view)
        gaps, undecided = self.gap_finder.find(chart, document)
        rows = [self._row(one, terms, chart, document) for one in self._ranked(terms, chart, limit)]
        supported = {name: gap["topic"] for gap in gaps for name in gap["name"].split("/")}
        for row in rows:
            row["guideline"] = next(
                (supported[name] for name in row["ingredients"] if name in supported), None
            )
        return {
            "recommendations": rows,
            "gaps": gaps,
            "gaps_undecided": undecided,
            "view": view,
            "not_known": self._not_known(patient, chart),
            "version": self.version,
        }

    def find(self, record: Record, *, deadline: Deadline, options: Mapping[str, Any]) -> Sequence[Finding]:
        """Return guideline gaps, the most pressing first, what could not be decided, then learned items.

        Options: `drafts` (facts of draft orders, which count as taken), `selected` (references of those that
        are looked at; None for the whole chart), `off` (topics), `learned`, `af_score`, `most`.
        """
        _in_time(deadline)
        asked = Asked.of(options)
        seen = look(record, asked, house=self.house, engine=self.engine, names=self._with_names)
        rules = [one for one in load_gaps() if one.topic not in asked.off]
        rules = [one for one in rules if one.setting in ("", asked.af_score)]
        finder = GapFinder(tuple(rules), self.house, seen.safety, asked.af_score)
        view: View = "dated" if seen.patient.dated else "plain"
        return findings(
            seen,
            finder,
            Teller(seen, f"{NAME}@{self.version}", self.names),
            Ranking(self.artefact.items, lambda: self.terms(seen.patient, view)),
            deadline=deadline,
        )

    @cached_property
    def engine(self) -> MedicationSafety:
        """Return the medication-safety rules over the knowledge that the house's own rules use."""
        known = self.house.drugs
        return MedicationSafety(known.knowledge, known.resolver, known.terms)

    def _with_names(self, patient: Patient) -> Patient:
        """Return the patient with names for bare codes, so that what is in them is known as in training."""
        named = (
            one if one.text else replace(one, text=self.names.get(one.rxcui, "")) for one in patient.medicines
        )
        return replace(patient, medicines=tuple(named))

    def terms(self, patient: Patient, view: View) -> Sequence[Mapping[str, int]]:
        """Return each item's terms in ten-thousandths by feature; their sum is its score."""
        weights = self.artefact.views[view]
        found: list[dict[str, int]] = [{"baseline": base} for base in weights.baseline]
        for name, value in features(patient, self.house.drugs, view).items():
            for place, weight in weights.by_feature.get(name, ()):
                found[place][name] = weight if value == 1.0 else round(weight * value)
        return found

    def _ranked(
        self, terms: Sequence[Mapping[str, int]], chart: Chart, limit: int
    ) -> Iterator[tuple[int, Verdict]]:
        """Yield the first items with the house's verdict, then those not blocked until there are enough."""
        scores = [sum(one.values()) for one in terms]
        ranked = nsmallest(max(LOOKED_AT, limit), range(len(scores)), key=lambda i: (-scores[i], i))
        left = limit
        for position, place in enumerate(ranked):
            if left <= 0 or (position >= limit and scores[place] <= 0):
                return
            verdict = self._verdict(self.artefact.items[place], chart)
            left -= verdict.verdict != "blocked"
            if position < limit or verdict.verdict != "blocked":
                yield place, verdict

    def _row(
        self, one: tuple[int, Verdict], terms: Sequence[Mapping[str, int]], chart: Chart, document: Document
    ) -> dict[str, Any]:
        place, verdict = one
        item, own = self.artefact.items[place], terms[place]
        if verdict.verdict != "blocked":
            verdict = verdict.joined(self.safety.judge(item.rxcui, item.name, document))
        return {
            "kind": "learned",
            "rxcui": item.rxcui,
            "name": item.name,
            "ingredients": list(item.ingredients),
            "score": sum(own.values()) / SCALE,
            "because": because(own, self.names, self.house.drugs),
            "indication": self._indication(item, chart),
            "safety": verdict.as_dict(),
        }

    def _verdict(self, item: Item, chart: Chart) -> Verdict:
        verdict = self.house.judge(item.ingredients, chart)
        if self._indication(item, chart):
            return verdict
        strict = [self.house.only_listed[one] for one in item.ingredients if one in self.house.only_listed]
        reasons = ("no active indication on the list", *strict)
        return Verdict("blocked", reasons).joined(verdict)

    def _indication(self, item: Item, chart: Chart) -> str:
        """Return the active condition that the item is for: by the table of indications, else as learned."""
        drugs, active = self.house.drugs, chart.patient.active
        listed = {name for one in item.ingredients for name in drugs.indicated.get(one, ())}
        for one in active:
            if listed & drugs.problems(one):
                return drugs.title(min(listed & drugs.problems(one)))
        if listed or any(one in self.house.only_listed for one in item.ingredients):
            return ""
        return next((self._named(one.code.code) for one in active if one.code.code in item.links), "")

    def _named(self, code: str) -> str:
        return self.names.get(code, code)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Return what codes in features are called."""
        return {**self.artefact.names, **{item.rxcui: item.name for item in self.artefact.items}}

    def _not_known(self, patient: Patient, chart: Chart) -> list[str]:
        known = {item.rxcui for item in self.artefact.items}
        new = [one.rxcui or one.text for one in patient.medicines if one.rxcui not in known]
        absent = [] if patient.dated else ["when conditions began and orders were given"]
        absent += ["age"] if patient.age_years is None else []
        absent += ["sex"] if patient.sex == "unknown" else []
        return [
            *absent,
            *(f"order of {code!r} before: not in the training data" for code in new),
            *chart.unread,
        ]

    def card(self) -> dict[str, Any]:
        """Return the model card as data, with what this version was trained on."""
        entry = artefacts.entry_of(self.version)
        made = {
            "sha256": entry.sha256,
            "code": "models/recommender/train.py",
            "data_licence": entry.data_licence,
            "seed": entry.seed,
        }
        return {**_card(), "name": NAME, "version": self.version, "artefact": made}


def _in_time(deadline: Deadline) -> None:
    if deadline.left() <= 0:
        raise OutOfTime


def suggestions(answer: Mapping[str, Any], *, limit: int = 3, least: float = 0.1) -> list[dict[str, Any]]:
    """Return what may be shown of an answer: guideline gaps, then learned items, none that is blocked.

    Learned items need a score of `least`, and never repeat what a gap proposes.
    """
    gaps = [gap for gap in answer["gaps"] if gap["safety"]["verdict"] != "blocked"]
    learned = [
        row
        for row in answer["recommendations"]
        if row["safety"]["verdict"] != "blocked" and row["score"] >= least and not row["guideline"]
    ]
    return [*gaps, *learned][:limit]


def engine(house: House) -> Safety:
    """Return the medication-safety model over the knowledge that the house's own rules use."""
    known = house.drugs
    return EngineSafety(MedicationSafety(known.knowledge, known.resolver, known.terms).run)


_FIRST: Document = {
    "age_years": 60,
    "sex": "male",
    "conditions": ["E11.9"],
    "medications": ["314076"],
    "labs": {"2160-0": {"value": 1.0, "unit": "mg/dL", "days_ago": 9}},
}


class RecommenderFamily:
    """The entry point `recommender` of the group `clinicards.models`: a version for each training."""

    def __init__(self, folder: Path = artefacts.FOLDER) -> None:
        self.folder = folder

    def names(self) -> Sequence[str]:
        """Return the one name."""
        return (NAME,)

    def versions(self, name: str) -> Sequence[str]:
        """Return the versions trained so far, oldest first."""
        return [entry.version for entry in artefacts.entries(self.folder)] if name == NAME else []

    def load(self, name: str) -> Recommender:
        """Return the newest version; raise `UnknownModel`."""
        known = self.versions(name)
        if not known:
            raise UnknownModel(
                f"no model {name!r} is here; it is called {NAME} and made by `clinicards train {NAME}`"
            )
        return self.load_version(name, known[-1])

    def load_version(self, name: str, version: str) -> Recommender:
        """Return one version; raise `UnknownModel`."""
        if name != NAME:
            raise UnknownModel(f"no model is called {name!r} here; this family has {NAME}")
        house = load_house()
        made = Recommender(artefacts.load(version, self.folder), house, engine(house))
        # Tables and indexes are read on first use: asked once here, no caller waits for them.
        made.run(_FIRST)
        return made


family = RecommenderFamily()
