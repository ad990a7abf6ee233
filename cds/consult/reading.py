"""One consultation: the scrubbed story put to the model, and its answer as what a person reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cds.consult import wording
from cds.consult.asking import Query
from cds.consult.story import Stretch, stretches
from cds.privacy.asked import Asked
from cds.privacy.scrub import Span, scrub
from models.base import Model
from models.knowledge.diagnosis import KnowledgeBase

MODEL = "differential"
_NAMED = 3
_SLIGHT = 0.1
"""A weight under this is not worth a line: it moves even odds by less than three percentage points."""


@dataclass(frozen=True)
class Consulted:
    """What the model answered, with offsets into the story as given, and what it did not get to read."""

    query: Query
    answer: Mapping[str, Any] = field(repr=False)
    hidden: tuple[Span, ...] = field(repr=False, default=())


@dataclass(frozen=True, slots=True)
class Known:
    """A finding that is known; `words` are those of the story, empty where it came from a field."""

    code: str
    name: str
    present: bool
    words: str = field(repr=False, default="")
    lack: str = "absent"

    @property
    def told(self) -> str:
        """Return the finding as it stands."""
        return self.name if self.present else f"{self.name}: {self.lack}"


@dataclass(frozen=True, slots=True)
class Reason:
    """What one finding adds to the log-odds of a condition."""

    name: str
    present: bool
    weight: float
    lack: str = "absent"

    @property
    def words(self) -> str:
        """Return the finding as it stands: by its name, or absent."""
        return self.name if self.present else f"{self.name}: {self.lack}"

    @property
    def said(self) -> str:
        """Return the weight with its sign."""
        return wording.weight(self.weight)


@dataclass(frozen=True, slots=True)
class Row:
    """One condition of the list."""

    rank: int
    code: str
    name: str
    icd10: tuple[str, ...]
    probability: float
    pro: tuple[Reason, ...]
    contra: tuple[Reason, ...]
    slight: int
    """Findings that weigh next to nothing."""
    tests: tuple[str, ...]
    neighbours: tuple[tuple[str, str], ...]
    """Names with what tells each from this one, those that are on the list first."""
    level: str
    """How urgent the condition itself is."""
    alike: bool
    """Whether what is known does not tell it from the first."""

    @property
    def percent(self) -> str:
        """Return the probability in words."""
        return wording.percent(self.probability)


@dataclass(frozen=True, slots=True)
class Ask:
    """A question worth asking."""

    code: str
    text: str


@dataclass(frozen=True)
class Reading:
    """An answer as a person reads it."""

    story: tuple[Stretch, ...] = field(repr=False)
    understood: tuple[Known, ...] = field(repr=False)
    beside: tuple[Known, ...]
    """What fields and values told."""
    both: tuple[str, ...]
    """What the story says to be there and not; it weighs nothing."""
    flags: tuple[Mapping[str, Any], ...]
    level: str
    heading: tuple[str, str]
    refusal: tuple[str, str] | None
    """Why there is no list, and what to do."""
    rows: tuple[Row, ...]
    rest: float
    questions: tuple[Ask, ...]
    given: tuple[tuple[Ask, str], ...]
    """What was answered, with the answer."""
    hidden: int
    """How many identifiers were replaced before the model read the story."""


def consult(model: Model, query: Query) -> Consulted:
    """Put a query to the model, its story scrubbed first; raise `models.base.ModelError`."""
    clean = scrub(query.story)
    asked = Asked({**query.document(), "text": clean.text}, clean.back)
    return Consulted(query, asked.answered(model.run(asked.document)), clean.spans)


def longest(model: Model) -> int:
    """Return how many characters of a story the model reads."""
    return int(model.schema()["properties"]["text"]["maxLength"])


def read(consulted: Consulted, base: KnowledgeBase) -> Reading:
    """Return an answer with names for codes, and each reason on its side."""
    answer, query = consulted.answer, consulted.query
    mentions: Sequence[Mapping[str, Any]] = answer["understood"]
    names = {one["finding"]: wording.finding(base, one["finding"]) for one in mentions}
    rows = tuple(_rows(answer, base))
    asked = {one.finding for one in query.given}
    questions = (Ask(one["finding"], one["ask"]) for one in answer["ask_next"])
    both = tuple(wording.finding(base, code) for code in answer.get("contradicted", ()))
    known = tuple(_known(mentions, base, query.story))
    return Reading(
        story=stretches(
            query.story, mentions, consulted.hidden, names, frozenset(answer.get("contradicted", ()))
        ),
        understood=tuple(one for one in known if one.words),
        beside=tuple(one for one in known if not one.words and one.code not in asked),
        both=both,
        flags=tuple(answer["red_flags"]),
        level=answer["urgency"],
        heading=_heading(answer, rows),
        refusal=_refusal(answer, both),
        rows=rows,
        rest=max(0.0, 1 - sum(row.probability for row in rows)),
        questions=tuple(one for one in questions if one.code not in asked),
        given=tuple((Ask(one.finding, wording.question(base, one.finding)), one.said) for one in query.given),
        hidden=len(consulted.hidden),
    )


def _heading(answer: Mapping[str, Any], rows: Sequence[Row]) -> tuple[str, str]:
    """Return how fast to act, and because of what where no red flag says so."""
    level = answer["urgency"]
    if "refused" in answer and not answer["red_flags"]:
        return wording.NOT_JUDGED
    said = wording.LEVELS.get(level)
    if said is None:
        return wording.NO_HASTE
    raised = [row for row in rows if row.level == level and wording.is_change(0, row.probability)]
    likely = [f"{row.name} ({row.percent})" for row in raised[:_NAMED]]
    flagged = any(flag["urgency"] == level for flag in answer["red_flags"])
    return said if flagged or not likely else (said[0], f"Because of what is likely: {', '.join(likely)}.")


def _refusal(answer: Mapping[str, Any], both: Sequence[str]) -> tuple[str, str] | None:
    refused = answer.get("refused")
    if refused is None:
        return None
    code, reason = refused["code"], str(refused["reason"])
    if code == "contradiction" and both:
        reason = f"the story says both that it is there and that it is not: {', '.join(both)}"
    return f"{reason[:1].upper()}{reason[1:]}.", wording.REMEDIES.get(code, "")


def _known(mentions: Sequence[Mapping[str, Any]], base: KnowledgeBase, story: str) -> Iterator[Known]:
    """Yield each finding once on each side, with the longest words that told it."""
    found: dict[tuple[str, bool], Known] = {}
    for one in mentions:
        key = (one["finding"], bool(one["present"]))
        words = " ".join(story[one["start"] : one["end"]].split())
        if key not in found or len(words) > len(found[key].words):
            found[key] = Known(
                one["finding"],
                wording.finding(base, one["finding"]),
                key[1],
                words,
                wording.lack(base, one["finding"]),
            )
    yield from found.values()


def _rows(answer: Mapping[str, Any], base: KnowledgeBase) -> Iterator[Row]:
    listed = [one["condition"] for one in answer["differential"]]
    alike = set(answer.get("alike", ()))
    for rank, one in enumerate(answer["differential"], 1):
        reasons = [_reason(why, base) for why in one["because"]]
        telling = [reason for reason in reasons if abs(reason.weight) >= _SLIGHT]
        row = base.conditions.get(one["condition"])
        yield Row(
            rank=rank,
            code=one["condition"],
            name=one.get("name") or wording.plain(one["condition"]),
            icd10=tuple(one["icd10"]),
            probability=one["probability"],
            pro=tuple(reason for reason in telling if reason.weight > 0),
            contra=tuple(reason for reason in telling if reason.weight < 0),
            slight=len(reasons) - len(telling),
            tests=tuple(wording.investigation(base, code) for code in one.get("tests", ())),
            neighbours=_neighbours(base, one["condition"], listed),
            level=row.urgency if row else "",
            alike=one["condition"] in alike,
        )


def _reason(why: Mapping[str, Any], base: KnowledgeBase) -> Reason:
    code = why["finding"]
    return Reason(wording.finding(base, code), why["present"], why["weight"], wording.lack(base, code))


def _neighbours(base: KnowledgeBase, code: str, listed: Sequence[str]) -> tuple[tuple[str, str], ...]:
    row = base.conditions.get(code)
    if row is None:
        return ()
    near = sorted(row.neighbours, key=lambda one: one.condition not in listed)
    return tuple((_named(one.name), one.tells_apart) for one in near if one.tells_apart)


def _named(name: str) -> str:
    """Return a neighbour's name; one that is no condition of the base may be written as a code."""
    return wording.plain(name) if name.islower() else name
