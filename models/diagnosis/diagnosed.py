"""What is said of one case, before it is told to anybody."""

from dataclasses import dataclass

from models.diagnosis.asking import Question
from models.diagnosis.documents import Case
from models.diagnosis.person import disagreement
from models.diagnosis.refusal import Refusal
from models.diagnosis.scorer import Candidate
from models.diagnosis.urgency import Speed


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is said of one case; `refusal` says why nothing is."""

    case: Case
    ranked: tuple[Candidate, ...]
    speed: Speed | None
    questions: tuple[Question, ...] = ()
    alike: tuple[str, ...] = ()
    refusal: Refusal | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever reads it should know of how the story was taken."""
        note = disagreement(self.case.person, self.case.text)
        return (note,) if note else ()
