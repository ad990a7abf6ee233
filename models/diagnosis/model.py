"""The model `differential`: a story in, conditions with reasons, red flags and the next question out."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from models.base import Document, Model, UnknownModel
from models.diagnosis.asking import Question, ask_next, neighbours
from models.diagnosis.documents import Case, read_case
from models.diagnosis.recognise import Recogniser, recogniser
from models.diagnosis.refusal import Refusal, of_findings, of_text
from models.diagnosis.schema import SCHEMA
from models.diagnosis.scorer import Candidate, Evidence, Scorer
from models.diagnosis.urgency import Speed, speed

NAME = "differential"
SHOWN = 15
_HEARD = frozenset(("contradiction", "not-a-story"))


@lru_cache(maxsize=1)
def _card() -> Mapping[str, Any]:
    path = resources.files("models.diagnosis") / "card.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is said of one case; `refusal` says why nothing is."""

    case: Case
    ranked: tuple[Candidate, ...]
    speed: Speed | None
    questions: tuple[Question, ...] = ()
    alike: tuple[str, ...] = ()
    refusal: Refusal | None = None


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
        refusal = refusal or of_findings(self.reader.base, case.found, case.person, case.text, told=case.told)
        if refusal is not None:
            # A story that contradicts itself or gives orders may still be somebody's emergency.
            heard = refusal.code in _HEARD
            said = speed(self.reader.base, case.person, case.found.present, ()) if heard else None
            return Diagnosis(case, (), said, refusal=refusal)
        evidence = Evidence(case.found.present, case.found.absent)
        ranked = tuple(self.scorer.score(case.person, evidence))
        return Diagnosis(
            case,
            ranked,
            speed(self.reader.base, case.person, case.found.present, ranked),
            ask_next(self.scorer, case.person, evidence, ranked),
            neighbours(ranked),
        )

    def _told(self, found: Diagnosis) -> dict[str, Any]:
        understood = [
            {"finding": m.finding, "start": m.start, "end": m.end, "present": m.present}
            for m in found.case.found.mentions
        ]
        said = found.speed
        flags = said.flags if said is not None else ()
        answer: dict[str, Any] = {
            "differential": [self._row(one) for one in found.ranked[:SHOWN]],
            "urgency": said.urgency if said is not None else "routine",
            "red_flags": [
                {"flag": f.id, "says": f.says, "urgency": f.urgency, "source": f.source} for f in flags
            ],
            "understood": understood,
            "ask_next": [self._question(one) for one in found.questions],
            "alike": list(found.alike),
            "contradicted": list(found.case.found.contradicted),
        }
        if found.refusal is not None:
            answer["refused"] = {"code": found.refusal.code, "reason": found.refusal.reason}
        return answer

    def _row(self, one: Candidate) -> dict[str, Any]:
        row = self.reader.base.conditions[one.condition]
        because = sorted(one.weights, key=lambda w: (-abs(w.weight), w.finding))
        return {
            "condition": one.condition,
            "name": row.name,
            "icd10": list(row.icd10),
            "probability": one.probability,
            "prior": one.prior,
            "log_odds": one.log_odds,
            "because": [
                {"finding": w.finding, "present": w.present, "weight": w.weight} for w in because if w.weight
            ],
            "tests": list(row.tests),
        }

    def _question(self, one: Question) -> dict[str, Any]:
        return {"finding": one.finding, "ask": self.reader.base.findings[one.finding].ask, "bits": one.bits}


@lru_cache(maxsize=1)
def model() -> Differential:
    """Return the model with the knowledge base that ships."""
    reader = recogniser()
    return Differential(reader, Scorer(reader.base))


@dataclass(frozen=True)
class DifferentialFamily:
    """The family of this one model."""

    def names(self) -> Sequence[str]:
        """Return the names of the models in this family."""
        return (NAME,)

    def load(self, name: str) -> Model:
        """Return the named model; raise `UnknownModel`."""
        if name != NAME:
            raise UnknownModel(f"there is no model {name!r} here; there is {NAME}")
        return model()


family = DifferentialFamily()
