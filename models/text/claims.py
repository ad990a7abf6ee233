"""What a note claims of this patient, strictly enough to be offered for the chart, and how sure that is.

An entity that is `present` is read once more with the words beside it: what was stopped, tolerated, given
once or is another person's is no claim. How often claims of a group were right, and from which confidence on
one may be written, is in `claims_measured.toml`, which `claiming.py` makes.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from models.text.found import Entity

KINDS: tuple[str, ...] = ("problem", "medication", "allergy")
PLACEHOLDER = re.compile(r"\[[A-Z][A-Z ]*\]")
"""What de-identification leaves in place of a name: it names nothing."""
_END = re.compile(r"[.;!?](?=\s|$)|\n")
_HEADING = re.compile(r"[^\n]*:[ \t]*$")
_BULLET = re.compile(r"\s*(?:[-*•]|\d+[.)])\s")
_LISTED = frozenset(
    {
        "problem_list",
        "past_medical_history",
        "medications",
        "discharge_medications",
        "admission_medications",
        "home_medications",
        "allergies",
        "diagnosis",
        "discharge_diagnosis",
        "assessment",
        "assessment_plan",
    }
)
_NEAR = 60


@dataclass(frozen=True)
class Claim:
    """One thing that a note says of the patient now."""

    kind: str
    entity: Entity
    group: str
    confidence: float
    reactions: tuple[str, ...] = ()
    described: bool = False
    """Whether an allergy is told as an event, rather than named as one."""

    def as_dict(self) -> dict[str, Any]:
        """Return what the model's result says of a claim beside its entity."""
        return {"kind": self.kind, "group": self.group, "confidence": round(self.confidence, 3)} | (
            {"described": True, "reactions": list(self.reactions)} if self.described else {}
        )


def claims(text: str, named: Iterable[Entity]) -> Iterator[Claim]:
    """Yield the claims of a text, in the order of what it names."""
    masks = [match.span() for match in PLACEHOLDER.finditer(text)]
    entities = [e for e in named if not any(a < e.end and e.start < b for a, b in masks)]
    for entity in entities:
        event = _event(text, entity, entities) if entity.kind == "medication" else ()
        if event:
            yield _claim("allergy", entity, "described", event)
        elif entity.kind in KINDS and entity.present and _stands(text, entity):
            yield _claim(entity.kind, entity, _manner(entity))


def _stands(text: str, entity: Entity) -> bool:
    return not _withdrawn(text, entity) and _enough(text, entity)


def stopped(text: str, entity: Entity) -> bool:
    """Tell whether this patient's drug was stopped for good: not held, planned or on condition."""
    if entity.kind != "medication" or not entity.codes or entity.experiencer != "patient":
        return False
    if entity.negated or entity.uncertain or entity.hypothetical:
        return False
    first, last = clause(text, entity.start, entity.end)
    words = _words()["stopped"]
    before, after = text[first : entity.start].lower(), text[entity.end : last].lower()
    told = words["before"].search(before) or words["after"].match(after)
    whole, next_words = text[first:last].lower(), text[last : last + _NEAR].lower()
    if not told or words["not"].search(whole) or words["person"].search(whole):
        return False
    return not words["again"].search(next_words)


def _manner(entity: Entity) -> str:
    """Return how something is told: on a list, with how it is taken, or in a sentence."""
    if entity.section in _LISTED and (entity.kind != "medication" or entity.section.endswith("medications")):
        return "listed"
    taken = entity.kind == "medication" and {"dose", "frequency"} & entity.attributes.keys()
    return "with dose" if taken else "said"


def _enough(text: str, entity: Entity) -> bool:
    """Tell whether it is known what is meant, and that it stays: a cold is no entry of a chart."""
    if entity.kind != "allergy":
        return bool(entity.codes) and (entity.chronic or entity.kind == "medication")
    if entity.attributes.get("reactions"):
        return True
    if entity.section != "allergies":
        first, last = clause(text, entity.start, entity.end)
        return bool(_words()["allergy"]["told"].search(text[first:last].lower()))
    # Behind the sentence that a heading within a line begins, other things are told.
    line = text[text.rfind("\n", 0, entity.start) + 1 : entity.start]
    return not re.search(r":.*[.](?=\s)", line)


def _claim(kind: str, entity: Entity, manner: str, reactions: tuple[str, ...] = ()) -> Claim:
    group = f"{kind}, {'known' if entity.codes else _known(entity)}, {manner}"
    told = reactions or tuple(entity.attributes.get("reactions", ()))
    return Claim(kind, entity, group, confidence(group), told, manner == "described")


def _known(entity: Entity) -> str:
    """Return how an entity without a code was found: by a list of words, or by the learned part."""
    return "learned" if entity.source == "learned" else "uncoded"


def clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the clause begins and ends that a place stands in."""
    first = max((match.end() for match in _END.finditer(text, max(0, start - 400), start)), default=0)
    last = _END.search(text, end)
    return max(first, start - 400), last.start() if last else len(text)


def _withdrawn(text: str, entity: Entity) -> bool:
    """Tell whether the words beside an entity take it back, as far as cues of assertion do not reach."""
    first, last = clause(text, entity.start, entity.end)
    # A name in brackets is nobody's word: what stands in the clause is read without it.
    before = text[max(first, entity.start - _NEAR) : entity.start].lower()
    after = text[entity.end : min(last, entity.end + _NEAR)].lower()
    words = _words()[entity.kind]
    return bool(
        words["before"].search(before)
        or words["after"].match(after)
        or words["heading"].search(_heading(text, first).lower())
        or (entity.kind != "problem" and words["person"].search(text[first:last].lower()))
        or (entity.kind == "problem" and words["person"].search(before))
    )


def _heading(text: str, at: int) -> str:
    """Return the heading above the list that a line is of, or nothing."""
    for _ in range(40):
        begin = text.rfind("\n", 0, max(at - 1, 0)) + 1
        line = text[begin : text.find("\n", begin) if "\n" in text[begin:] else len(text)]
        if _HEADING.fullmatch(line):
            return line
        if begin == 0 or not _BULLET.match(text[at : at + 6] or " ") or not _BULLET.match(line):
            return ""
        at = begin
    return ""


def _event(text: str, drug: Entity, entities: Iterable[Entity]) -> tuple[str, ...]:
    """Return the reactions that a clause tells came of a drug: `hives ten minutes after naproxen`."""
    if drug.negated or drug.hypothetical or drug.uncertain or drug.experiencer != "patient" or not drug.codes:
        return ()
    first, last = clause(text, drug.start, drug.end)
    words = _words()["event"]
    before = text[first : drug.start].lower()
    reaction = words["reaction"].search(before)
    if reaction is None or not words["link"].search(before) or words["not"].search(before):
        return ()
    if words["person"].search(text[first:last].lower()):
        return ()
    told = [e for e in entities if first <= e.start < drug.start and e.kind in {"symptom", "problem"}]
    if any(e.negated or e.hypothetical or e.experiencer != "patient" for e in told):
        return ()
    return tuple(dict.fromkeys(e.text.lower() for e in told)) or (reaction.group(),)


@lru_cache(maxsize=2)
def _file(name: str) -> Mapping[str, Any]:
    path = resources.files("models.text") / name
    return tomllib.loads(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Mapping[str, re.Pattern[str]]]:
    """Return the words that take something back, compiled."""
    rows = _file("claims.toml")["words"]
    person = {"person": rows["person"]["any"]}
    return {
        kind: {place: re.compile(pattern) for place, pattern in (person | dict(own)).items()}
        for kind, own in rows.items()
    }


def confidence(group: str) -> float:
    """Return how likely a claim of a group is right: the rule of succession over all of our notes."""
    row = _file("claims_measured.toml").get("groups", {}).get(group, {})
    return succession(row.get("right", 0), row.get("claims", 0))


def succession(right: int, claims: int) -> float:
    """Return the chance that the next one is right, after so many of so many were."""
    return (right + 1) / (claims + 2)


def thresholds() -> dict[str, float | None]:
    """Return the confidence from which on a kind of claim may be written, None where none is enough."""
    rows = _file("claims_measured.toml").get("thresholds", {})
    return {kind: rows.get(kind, {}).get("from") for kind in KINDS}
