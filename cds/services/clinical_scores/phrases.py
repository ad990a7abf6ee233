"""The words of this service: how a score, an input and a card are said, read from `words/*.toml`.

Unknown keys are errors: a misspelt key must not become a card that says less.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from importlib import resources
from typing import Any, TypeVar

from cds.errors import SettingsError
from cds.hooks.cards import OVERRIDE_SYSTEM, OWN_OVERRIDE_SYSTEM, Indicator, OverrideReason, SelectionBehavior
from models.record import Kind

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Worse:
    """Which way a change of class is bad news, and the topic of the card about it."""

    output: str
    way: str
    topic: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A note of a formula that asks for a card: how it begins, and the topic of the card about it."""

    begins: str
    topic: str


@dataclass(frozen=True, slots=True)
class ScoreWords:
    """How one score is said; the keys are explained in `words/scores.toml`."""

    short: str
    formula: str = ""
    result: tuple[str, ...] = ("{value:g}",)
    brief: tuple[str, ...] = ()
    joined: str = ", "
    band: bool = True
    quiet: bool = False
    quiet_below: float | None = None
    nudge: bool = True
    own: bool = True
    inside: tuple[str, ...] = ()
    inside_says: str = ""
    yields_to: tuple[str, ...] = ()
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    worse: Worse | None = None
    noted: Noted | None = None


@dataclass(frozen=True, slots=True)
class InputWords:
    """What an input is called."""

    label: str
    digits: int | None = None
    unit: str | None = None
    yes: str = ""
    no: str = ""
    previous: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """The action level a topic begins at, as published; a site may raise it."""

    output: str
    score: str
    at: float
    above: bool = False


@dataclass(frozen=True, slots=True)
class Grade:
    """Words for the stretches of an output, each from its lower end on."""

    output: str
    steps: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a rule looks for itself, and how the note begins of a finding for which it could not tell."""

    note: str
    what: str


@dataclass(frozen=True, slots=True)
class Guideline:
    """A guideline's advice for a topic that no action level brings with it."""

    name: str
    year: int
    url: str
    label: str
    consider: tuple[str, ...]
    indicator: Indicator


@dataclass(frozen=True, slots=True)
class Sought:
    """Something else in the record that bears on a card."""

    says: str
    kinds: tuple[Kind, ...]
    days: int
    words: tuple[str, ...] = ()
    snomed: tuple[str, ...] = ()
    icd10: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """A draft order to offer."""

    label: str
    text: str
    category: str
    system: str = ""
    code: str = ""
    display: str = ""


@dataclass(frozen=True, slots=True)
class TopicWords:
    """A card of its own; the keys are explained in `words/topics.toml`."""

    summary: str = ""
    level: Level | None = None
    grade: Grade | None = None
    sought: str = ""
    shown_anyway: bool = False
    doubt: Doubt | None = None
    absent: str = ""
    unchecked: str = ""
    excluded: str = ""
    overrides: tuple[str, ...] = ("known", "not-applicable", "judgement", "not-now")
    orders: tuple[str, ...] = ()
    selection: SelectionBehavior = "at-most-one"
    withheld: tuple[str, ...] = ()
    guideline: Guideline | None = None


@dataclass(frozen=True)
class Words:
    """All words of the service."""

    scores: Mapping[str, ScoreWords]
    inputs: Mapping[str, InputWords]
    topics: Mapping[str, TopicWords]
    sought: Mapping[str, Sought]
    orders: Mapping[str, Order]
    overrides: Mapping[str, OverrideReason]

    def score(self, name: str, title: str) -> ScoreWords:
        """Return how a score is said, plainly by its title where no row says more."""
        return self.scores.get(name) or ScoreWords(short=title, formula=title)

    def input(self, name: str) -> InputWords:
        """Return what an input is called, by its name where no row says more."""
        return self.inputs.get(name) or InputWords(label=name.replace("_", " "))

    def topic(self, code: str) -> TopicWords:
        """Return the words of a topic, plain ones where no row says more."""
        return self.topics.get(code) or TopicWords()


@lru_cache(maxsize=1)
def words() -> Words:
    """Return the words, read once."""
    topics = _table("topics")
    return Words(
        scores={name: _made(ScoreWords, row, f"scores.{name}") for name, row in _table("scores").items()},
        inputs={name: _made(InputWords, row, f"inputs.{name}") for name, row in _table("inputs").items()},
        topics={code: _made(TopicWords, row, f"topics.{code}") for code, row in topics["topics"].items()},
        sought={name: _made(Sought, row, f"sought.{name}") for name, row in topics["sought"].items()},
        orders={name: _made(Order, row, f"orders.{name}") for name, row in topics["orders"].items()},
        overrides={name: _reason(name, row) for name, row in topics["overrides"].items()},
    )


def _table(name: str) -> Mapping[str, Any]:
    path = resources.files("cds.services.clinical_scores") / "words" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _reason(name: str, row: Mapping[str, str]) -> OverrideReason:
    if "hl7" in row:
        return OverrideReason(row["hl7"], row["display"], OVERRIDE_SYSTEM)
    return OverrideReason(name, row["display"], OWN_OVERRIDE_SYSTEM)


_PARTS: Mapping[str, Any] = {
    "worse": Worse,
    "noted": Noted,
    "doubt": Doubt,
    "grade": Grade,
    "guideline": Guideline,
}


def _made(kind: type[T], row: Mapping[str, Any], place: str) -> T:
    """Build a dataclass from a table; an unknown key is an error."""
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]  # every kind here is a dataclass
    unknown = sorted(set(row) - known)
    if unknown:
        raise SettingsError(f"clinical-scores words, {place}: unknown key {unknown[0]!r}")
    return kind(**{key: _member(key, value, place) for key, value in row.items()})


def _member(key: str, value: Any, place: str) -> Any:
    if key in _PARTS:
        return _made(_PARTS[key], value, f"{place}.{key}")
    if key == "level":
        above = "above" in value
        return Level(value["output"], value["score"], float(value["above" if above else "from"]), above)
    if key == "lists":
        return {name: tuple(items) for name, items in value.items()}
    if key == "steps":
        return tuple((float(start), str(text)) for start, text in value)
    return tuple(value) if isinstance(value, list) else value
