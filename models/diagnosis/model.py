"""The model `differential`: a story in, conditions with reasons, red flags and the next question out."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any

from models.base import Deadline, Document, Finding, OutOfTime
from models.diagnosis.asking import Question, ask_next, neighbours
from models.diagnosis.diagnosed import Diagnosis
from models.diagnosis.documents import Case, read_case
from models.diagnosis.recognise import Recogniser, recogniser
from models.diagnosis.records import of_reading, read_record
from models.diagnosis.refusal import Refusal, is_of_somebody, of_findings, of_text
from models.diagnosis.schema import SCHEMA
from models.diagnosis.scorer import Candidate, Evidence, Scorer
from models.diagnosis.shelves import Shelves
from models.diagnosis.telling import Teller
from models.diagnosis.urgency import Speed, speed
from models.diagnosis.weighing import ranked as weighed
from models.knowledge.diagnosis.rows import URGENCIES
from models.record import Record
from models.sole import Sole

NAME = "differential"
SHOWN = 15
_FIRST = {"text": "Chest pain for two hours, sweating, no fever.", "age_years": 61, "sex": "male"}
"""Told once before the first record is read, so that no call waits for what a first story makes."""
_HEARD = frozenset(("contradiction", "not-a-story"))
_UNFOUND = frozenset(("nothing-understood",))
_LEAST_POINTED, _LEAST_SAID = 0.2, 3.0
"""Probability, and log-odds by words alone, from which a story without a finding is answered; editorial."""
_PLAIN = 0.5


@lru_cache(maxsize=1)
def _card() -> Mapping[str, Any]:
    path = resources.files("models.diagnosis") / "card.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Differential:
    """The recogniser, the scorer and the rules of urgency behind the door every model stands behind."""

    reader: Recogniser
    scorer: Scorer

    @property
    def name(self) -> str:
        """The name as in `clinicards run NAME`."""
        return NAME

    @property
    def version(self) -> str:
        """The version that results carry."""
        return str(_card()["version"])

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of one input document."""
        return dict(SCHEMA)

    def run(self, document: Document) -> dict[str, Any]:
        """Compute one document; raise `BadInput` where it is not of the schema's form."""
        found = self.diagnose(document)
        answer = {"id": document["id"]} if "id" in document else {}
        return {**answer, **self._told(found)}

    def card(self) -> dict[str, Any]:
        """Return the model card as data."""
        return {"name": NAME, **_card()}

    def diagnose(self, document: Document) -> Diagnosis:
        """Return what is said of one document; raise `BadInput`."""
        case = read_case(document, self.reader)
        return self.consider(case)

    def consider(self, case: Case) -> Diagnosis:
        """Return what is said of one case: nothing, with the reason, where it is no story of an illness."""
        refusal = None if case.told and not case.text.strip() else of_text(case.text)
        return self.conclude(case, refusal)

    def conclude(
        self, case: Case, refusal: Refusal | None = None, *, background: frozenset[str] = frozenset()
    ) -> Diagnosis:
        """Return what is said of a case whose words were refused for this reason, or not at all.

        `background` are findings that a record tells and nobody spoke of; they count in part.
        """
        about = case.told or case.named
        refusal = refusal or of_findings(self.reader.base, case.found, case.person, case.text, told=about)
        found = case.found
        evidence = Evidence(found.present, found.absent, found.words, found.worded)
        worded = refusal is not None and refusal.code in _UNFOUND and self._tells(case, evidence)
        if worded:
            refusal = None
        if refusal is not None:
            # A story that contradicts itself or gives orders may still be somebody's emergency.
            heard = refusal.code in _HEARD
            named = self.reader.base.closure([*case.found.present, *case.found.contradicted])
            said = speed(self.reader.base, case.person, named, ()) if heard else None
            return Diagnosis(case, (), said, refusal=refusal)
        ranked = weighed(self.scorer, case.person, evidence, background)
        fast = speed(self.reader.base, case.person, found.present, ranked)
        return Diagnosis(
            case,
            ranked,
            _no_calmer(fast) if worded and ranked[0].probability < _PLAIN else fast,
            ask_next(self.scorer, case.person, evidence, ranked),
            neighbours(ranked),
        )

    def _tells(self, case: Case, evidence: Evidence) -> bool:
        """Tell whether the words of a person's story point somewhere, though no finding was read in it."""
        if not evidence.words or not is_of_somebody(case.text):
            return False
        first = self.scorer.score(case.person, evidence)[0]
        said = sum(weight for _, weight in first.words)
        return first.probability >= _LEAST_POINTED and said >= _LEAST_SAID

    def find(self, record: Record, *, deadline: Deadline, options: Mapping[str, Any]) -> Sequence[Finding]:
        """Return what is said of a record and the texts of its encounter: the whole, red flags, conditions.

        Options: see `models.diagnosis.records.read_record`. Nothing where nobody tells of anything.
        """
        if deadline.left() <= 0:
            raise OutOfTime
        reading = read_record(record, options, self.shelves)
        if not (reading.complains or reading.new or reading.refused):
            return ()
        said = self.conclude(reading.case, of_reading(reading), background=reading.background)
        return tuple(Teller(f"{NAME}@{self.version}", self.scorer).findings(said, reading))

    @cached_property
    def ready(self) -> bool:
        """Whether all that a story needs is loaded; that takes a while, so a server asks at its start."""
        return bool(self.run(_FIRST)) and bool(self.shelves)

    @cached_property
    def shelves(self) -> Shelves:
        """The findings by the codes of records."""
        return Shelves(self.reader)

    def _told(self, found: Diagnosis) -> dict[str, Any]:
        understood = [
            {"finding": m.finding, "start": m.start, "end": m.end, "present": m.present}
            for m in found.case.found.mentions
        ]
        said = found.speed
        flags = said.flags if said is not None else ()
        answer: dict[str, Any] = {
            "differential": [self._row(one) for one in found.ranked[:SHOWN]],
            "urgency": _urgency(said, found.refusal),
            "red_flags": [
                {"flag": f.id, "says": f.says, "urgency": f.urgency, "source": f.source} for f in flags
            ],
            "understood": understood,
            "ask_next": [self._question(one) for one in found.questions],
            "alike": list(found.alike),
            "contradicted": list(found.case.found.contradicted),
        }
        if found.notes:
            answer["notes"] = list(found.notes)
        if found.refusal is not None:
            answer["refused"] = {"code": found.refusal.code, "reason": found.refusal.reason}
        return answer

    def _row(self, one: Candidate) -> dict[str, Any]:
        row = self.reader.base.conditions[one.condition]
        because = sorted([w for w in one.weights if w.weight], key=lambda w: (-abs(w.weight), w.finding))
        return {
            "condition": one.condition,
            "name": row.name,
            "icd10": list(row.icd10),
            "probability": one.probability,
            "prior": one.prior,
            "log_odds": one.log_odds,
            "words": sum(weight for _, weight in one.words),
            "because": [{"finding": w.finding, "present": w.present, "weight": w.weight} for w in because],
            "tests": list(row.tests),
        }

    def _question(self, one: Question) -> dict[str, Any]:
        return {"finding": one.finding, "ask": self.reader.base.findings[one.finding].ask, "bits": one.bits}


def _no_calmer(said: Speed) -> Speed:
    """Return an urgency that is at least urgent: what was hardly read is never called routine."""
    return replace(said, urgency=max(said.urgency, "urgent", key=URGENCIES.index))


def _urgency(said: Speed | None, refusal: Refusal | None) -> str:
    """Return the urgency: what flags and conditions say, never less than what could not be read deserves."""
    spoken = [one.urgency for one in (said, refusal) if one is not None]
    return max(spoken, key=URGENCIES.index, default="routine")


@lru_cache(maxsize=1)
def model() -> Differential:
    """Return the model with the knowledge base that ships."""
    reader = recogniser()
    scorer = Scorer(reader.base)
    return Differential(reader, scorer)


family = Sole(NAME, model)
