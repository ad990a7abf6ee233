"""What stands beside a guideline gap: its name, what to expect, what of the record to show, what to draft."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from models.medsafety.terms import LabTerm
from models.recommender.drugs import Drugs, load
from models.recommender.gap_facts import Facts
from models.recommender.gap_rows import Gap, GapError, check, load_gaps

_ADVICE = frozenset({"topics", "consider", "who", "expect", "show", "headline", "beside", "source"})
_DRAFT = frozenset(
    {
        "drug",
        "topics",
        "when",
        "product",
        "rxcui",
        "sig",
        "dose",
        "times",
        "as_needed",
        "route",
        "note",
        "source",
    }
)
_BESIDE = frozenset({"drug", "says", "lab", "below"})
_ORAL = "26643006"
EXTRA_LABS: Mapping[str, LabTerm] = {
    "ldl_cholesterol": LabTerm(
        "ldl_cholesterol",
        "LDL cholesterol",
        "mg/dL",
        ("13457-7", "18262-6", "2089-1"),
        5,
        900,
        "cholesterol",
    )
}
"""Values that no rule asks for and that a card shows."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Drugs that bear on a decision; the remark is made where the value lies below the number, or always."""

    drugs: frozenset[str]
    says: str = ""
    lab: str = ""
    below: float = 0.0


@dataclass(frozen=True, slots=True)
class Draft:
    """A product with its starting dose."""

    ingredients: tuple[str, ...]
    topics: frozenset[str]
    product: str
    sig: str
    source: str
    rxcui: str = ""
    """The product's code, where it is known for certain; else the ingredient's code is used."""
    when: tuple[Mapping[str, Any], ...] = ()
    dose: Mapping[str, Any] | None = None
    times: Mapping[str, Any] | None = None
    as_needed: bool = False
    route: str = _ORAL
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the draft as data."""
        found = {"product": self.product, "rxcui": self.rxcui, "sig": self.sig, "route": self.route}
        return {
            **found,
            "dose": self.dose,
            "times": self.times,
            "as_needed": self.as_needed,
            "note": self.note,
            "source": self.source,
        }


@dataclass(frozen=True, slots=True)
class Advice:
    """What is said beside a gap of some topics."""

    topics: frozenset[str]
    consider: str
    source: str
    who: str = ""
    expect: tuple[str, ...] = ()
    show: tuple[str, ...] = ()
    headline: tuple[str, ...] = ()
    """Values that a summary has room for, of those that are shown."""
    beside: tuple[Beside, ...] = ()


@dataclass(frozen=True)
class Library:
    """All advice, drafts in the order in which they are tried, and what guidelines are called."""

    guidelines: Mapping[str, str]
    by_topic: Mapping[str, Advice]
    drafts: tuple[Draft, ...]

    def draft(self, gap: Gap, names: tuple[str, ...], facts: Facts) -> Draft | None:
        """Return the first draft of a drug whose conditions hold; none where one cannot be decided."""
        for one in self.drafts:
            if one.ingredients != names or gap.topic not in one.topics:
                continue
            answers = [facts.answer(predicate).holds for predicate in one.when]
            if all(answers):
                return one
            if None in answers and False not in answers:
                return None
        return None

    def guideline(self, gap: Gap) -> str:
        """Return what the guideline is called, with the strength of its recommendation."""
        return f"{self.guidelines[gap.url]}, {gap.strength}"


def read(text: str, gaps: Iterable[Gap], drugs: Drugs) -> Library:
    """Return the advice of a TOML text; raise `GapError` where a row is not of its form."""
    document, rules = tomllib.loads(text), list(gaps)
    topics = {gap.topic for gap in rules}
    advice = [_advice(row, drugs) for row in document["advice"]]
    drafts = tuple(_draft(row, drugs) for row in document["draft"])
    strange = {name for rows in (advice, drafts) for one in rows for name in one.topics} - topics
    if strange:
        raise GapError(f"advice: no gap has the topic {min(strange)!r}")
    by_topic = {topic: one for one in advice for topic in one.topics}
    lacking = topics - set(by_topic)
    if lacking:
        raise GapError(f"{min(lacking)}: has no advice")
    nameless = {gap.url for gap in rules} - set(document["guidelines"])
    if nameless:
        raise GapError(f"advice: no guideline is named for {min(nameless)}")
    return Library(document["guidelines"], by_topic, drafts)


def _advice(row: Mapping[str, Any], drugs: Drugs) -> Advice:
    place = f"advice of {', '.join(row.get('topics', ['?']))}"
    _keys(row, _ADVICE, {"topics", "consider", "source"}, place)
    for name in (*row.get("show", ()), *row.get("headline", ())):
        if name not in EXTRA_LABS:
            check({"lab": name}, place, drugs)
    return Advice(
        topics=frozenset(row["topics"]),
        consider=row["consider"],
        source=row["source"],
        who=row.get("who", ""),
        expect=tuple(row.get("expect", ())),
        show=tuple(row.get("show", ())),
        headline=tuple(row.get("headline", ())),
        beside=tuple(_beside(one, place, drugs) for one in row.get("beside", ())),
    )


def _beside(row: Mapping[str, Any], place: str, drugs: Drugs) -> Beside:
    _keys(row, _BESIDE, {"drug"}, place)
    check({"drug": row["drug"]}, place, drugs)
    if "lab" in row:
        check({"lab": row["lab"]}, place, drugs)
    return Beside(drugs.members(row["drug"]), row.get("says", ""), row.get("lab", ""), row.get("below", 0.0))


def _draft(row: Mapping[str, Any], drugs: Drugs) -> Draft:
    place = f"draft of {row.get('drug', '?')}"
    _keys(row, _DRAFT, {"drug", "topics", "product", "sig", "source"}, place)
    for predicate in row.get("when", ()):
        check(predicate, place, drugs)
    names, rxcui = tuple(row["drug"].split(" + ")), row.get("rxcui", "")
    found = drugs.ingredients(rxcui, row["product"])
    if set(found) != set(names):
        raise GapError(f"{place}: its product and code mean {', '.join(found) or 'no known drug'}")
    given = {key: row[key] for key in ("dose", "times", "as_needed", "route", "note") if key in row}
    return Draft(
        ingredients=names,
        topics=frozenset(row["topics"]),
        product=row["product"],
        sig=row["sig"],
        source=row["source"],
        rxcui=rxcui,
        when=tuple(row.get("when", ())),
        **given,
    )


def _keys(row: Mapping[str, Any], known: frozenset[str], needed: set[str], place: str) -> None:
    odd = (set(row) - known) | (needed - set(row))
    if odd:
        raise GapError(f"{place}: missing or unknown: {', '.join(sorted(odd))}")


@lru_cache(maxsize=1)
def load_library() -> Library:
    """Return the advice that ships with the package."""
    text = (resources.files("models.recommender") / "advice.toml").read_text(encoding="utf-8")
    return read(text, load_gaps(), load())
