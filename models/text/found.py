"""What a text is understood as: entities, sections, and what is known of each. Frozen.

Offsets are into the text given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from models.text.lexicon import Code
from models.text.sections import Section

KINDS: tuple[str, ...] = ("problem", "symptom", "medication", "lab", "vital", "procedure", "allergy")


NOTHING: Mapping[str, Any] = MappingProxyType({})
"""What is known beside its place of most of what is named."""


class Cause(NamedTuple):
    """The words that raised a flag, where they stand, and how far they reach."""

    flag: str
    start: int
    end: int
    text: str
    scope: tuple[int, int]


class Entity(NamedTuple):
    """One thing that a text names, with what it says of it; a tuple, as a note has hundreds."""

    start: int
    end: int
    text: str
    kind: str
    codes: tuple[Code, ...] = ()
    negated: bool = False
    uncertain: bool = False
    historical: bool = False
    hypothetical: bool = False
    experiencer: str = "patient"
    causes: tuple[Cause, ...] = ()
    section: str = ""
    section_title: str = ""
    sentence: tuple[int, int] = (0, 0)
    expansion: str = ""
    """What an abbreviation stands for here."""
    chronic: bool = False
    over: bool = False
    """Whether the text says that it ended: resolved, removed, in the past; not merely `history of`."""
    source: str = ""
    confidence: float = 1.0
    standing: float = 1.0
    """Of what reads as present: how likely it is so, by where and how it is told."""
    stands: bool = True
    """Whether that is enough for `present`."""
    attributes: Mapping[str, Any] = NOTHING
    """Dose, route and frequency of a medication, value and unit of a measurement, reaction to an allergen."""

    @property
    def present(self) -> bool:
        """Whether the text says that this patient has it now."""
        if self.negated or self.uncertain or self.hypothetical or self.experiencer != "patient":
            return False
        if not self.stands:
            return False
        return not self.historical or (self.chronic and not self.over)

    def as_dict(self) -> dict[str, Any]:
        """Return the entity as the model record has it."""
        first = self.causes[0] if self.causes else None
        return {
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "kind": self.kind,
            "codes": [
                {"system": c.system, "code": c.code, "display": c.display, "confidence": c.confidence}
                for c in self.codes
            ],
            "negated": self.negated,
            "uncertain": self.uncertain,
            "historical": self.historical,
            "hypothetical": self.hypothetical,
            "experiencer": self.experiencer,
            "present": self.present,
            "trigger": None
            if first is None
            else {"start": first.start, "end": first.end, "text": first.text},
            "triggers": [
                {"flag": c.flag, "start": c.start, "end": c.end, "text": c.text, "scope": list(c.scope)}
                for c in self.causes
            ],
            "section": self.section,
            "chronic": self.chronic,
            "source": self.source,
            "confidence": round(self.confidence, 3),
            **({"expansion": self.expansion} if self.expansion else {}),
            **({"attributes": dict(self.attributes)} if self.attributes else {}),
        }


@dataclass(frozen=True)
class Understood:
    """A text understood."""

    entities: tuple[Entity, ...]
    sections: tuple[Section, ...]
    kind: str = ""
    """What kind of note it is, where that can be told."""
    sentences: tuple[tuple[int, int], ...] = ()
    notes: tuple[str, ...] = ()
    """What was left unread, and why."""

    def present(self, *kinds: str) -> tuple[Entity, ...]:
        """Return the entities of these kinds that the patient has now, by the text."""
        return tuple(e for e in self.entities if e.present and (not kinds or e.kind in kinds))
