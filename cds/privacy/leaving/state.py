"""What the walk of one run shares: whose resource it is, what is counted, what was marked."""

from collections.abc import Callable, Mapping
from typing import Any

from cds.privacy.leaving.days import Calendar
from cds.privacy.leaving.manifest import Ledger
from cds.privacy.leaving.policy import Policy, Scrub, Shape
from cds.privacy.leaving.tokens import Tokens
from cds.privacy.leaving.voices import Labels, Voice

REDACTED, ABSTRED, MASKED = 1, 2, 4

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
AGE_GROUP = "https://clinicards.org/fhir/StructureDefinition/age-group"
Act = Callable[[Any], Any]


class State:
    """The run at the resource that is walked now; every action of the run looks here."""

    __slots__ = (
        "calendar", "extensions", "inner", "labels", "ledger", "lived_until", "marks", "mime",
        "names_of_notes", "nested", "references", "shape", "tokens", "voice",
    )  # fmt: skip

    def __init__(self, shape: Shape, nested: Act) -> None:
        self.shape = shape
        self.tokens = Tokens()
        self.labels = Labels()
        self.ledger = Ledger()
        self.marks = 0
        self.calendar = Calendar(self.tokens, limited=shape.limited, generalised=self.generalised)
        self.voice = Voice(self.labels, tuple)
        self.names_of_notes: Any = None
        """Gives the names for free texts where they are more than the voice knows."""
        self.inner: Mapping[str, str] = {}
        """Tokens of the resources contained in the one that is walked, by `#id`."""
        self.references: dict[str, dict[str, str]] = {}
        """References that were rewritten, shared by whatever refers to the same."""
        self.mime = ""
        self.lived_until = 0
        self.nested = nested
        """Walks a resource within a resource."""
        self.extensions: Mapping[str, Act] = {}

    def begin(self, policy: Policy, key: bytes, scrub: Scrub | None) -> None:
        """Make ready for another run under a policy of the same shape."""
        self.labels.begin(policy, scrub)
        self.tokens.begin(key, tenant=policy.tenant, keep=policy.keep)
        self.calendar.begin(policy)
        self.ledger.begin()

    def end(self) -> None:
        """Destroy the key and forget whatever was read."""
        self.tokens.forget()
        self.labels.forget()
        self.calendar.forget()
        self.references.clear()
        self.voice = Voice(self.labels, tuple)
        self.names_of_notes = None
        self.inner = {}
        self.mime = ""

    def generalised(self) -> None:
        """Mark that something is told less exactly than it was."""
        self.marks |= ABSTRED

    def scrubbed(self, text: str) -> str:
        """Return a free text as it leaves."""
        names = self.names_of_notes() if self.names_of_notes is not None else None
        return self.voice.text(text, names)


def masked() -> dict[str, Any]:
    """Return what stands where FHIR requires something that may not leave."""
    return {"extension": [{"url": ABSENT, "valueCode": "masked"}]}
