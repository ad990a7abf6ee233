"""The rows of `gaps.toml`, read and checked: an unknown key, drug or condition is an error."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from models.base import ModelError
from models.recommender.drugs import Drugs, load

SETTINGS = ("cha2ds2-va", "cha2ds2-vasc")
CARE = ("preventive", "chronic", "any")
_KINDS: Mapping[str, frozenset[str]] = {
    "condition": frozenset({"within_days"}),
    "age": frozenset(),
    "sex": frozenset(),
    "lab": frozenset({"at_least", "at_most", "above", "below", "within_days", "samples", "of", "over_days"}),
    "drug": frozenset(),
    "score": frozenset({"at_least"}),
    "mme": frozenset(),
    "weight": frozenset(),
    "pregnant": frozenset(),
    "gestation": frozenset(),
    "any": frozenset(),
    "all": frozenset(),
    "count": frozenset({"of_these"}),
}
"""The kinds of predicate, each with the keys it may have beside its own."""
_NEEDED = frozenset(
    {"topic", "family", "title", "says", "population", "strength", "source", "url", "year", "rank", "need"}
)
_OPTIONAL = frozenset(
    {"unless", "ask", "already", "propose", "already_vaccine", "vaccine", "setting", "care"}
)


class GapError(ModelError):
    """A row of the guideline gaps is not of its form."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="gaps")


@dataclass(frozen=True, slots=True)
class Gap:
    """One guideline rule: whom it is for, what stops it, what it proposes and where it stands."""

    topic: str
    family: str
    title: str
    says: str
    population: str
    strength: str
    source: str
    url: str
    year: int
    rank: int
    need: tuple[Mapping[str, Any], ...]
    unless: tuple[Mapping[str, Any], ...] = ()
    ask: tuple[str, ...] = ()
    already: frozenset[str] = frozenset()
    """Ingredients any of which closes the gap."""
    propose: tuple[tuple[str, ...], ...] = ()
    """Therapies in the order of the guideline, each by its ingredients."""
    already_vaccine: Mapping[str, Any] | None = None
    vaccine: Mapping[str, str] | None = None
    setting: str = ""
    care: str = "chronic"
    """preventive: silent in an emergency or a hospital stay. chronic: silent in an emergency. any: never."""


def read(text: str, drugs: Drugs) -> tuple[Gap, ...]:
    """Return the rules of a TOML text; raise `GapError`."""
    return tuple(_gap(row, drugs) for row in tomllib.loads(text)["gap"])


def _gap(row: Mapping[str, Any], drugs: Drugs) -> Gap:
    topic = row.get("topic", "?")
    if not set(row) >= _NEEDED or set(row) - _NEEDED - _OPTIONAL:
        odd = sorted((_NEEDED - set(row)) | (set(row) - _NEEDED - _OPTIONAL))
        raise GapError(f"{topic}: missing or unknown: {', '.join(odd)}")
    if ("vaccine" in row) == ("propose" in row):
        raise GapError(f"{topic}: proposes either drugs or a vaccine")
    if row.get("setting", SETTINGS[0]) not in SETTINGS:
        raise GapError(f"{topic}: settings are {', '.join(SETTINGS)}")
    for predicate in (*row["need"], *row.get("unless", ())):
        check(predicate, topic, drugs)
    if not all(predicate.get("why") for predicate in row.get("unless", ())):
        raise GapError(f"{topic}: what stops a rule says why")
    propose = tuple(tuple(text.split(" + ")) for text in row.get("propose", ()))
    _known([name for names in propose for name in names], topic, drugs)
    return Gap(
        **{key: row[key] for key in _NEEDED - {"need"}},
        need=tuple(row["need"]),
        unless=tuple(row.get("unless", ())),
        ask=tuple(row.get("ask", ())),
        already=_known(row.get("already", ()), topic, drugs),
        propose=propose,
        already_vaccine=row.get("already_vaccine"),
        vaccine=row.get("vaccine"),
        setting=row.get("setting", ""),
        care=_care(row, topic),
    )


def _care(row: Mapping[str, Any], topic: str) -> str:
    care = str(row.get("care", "chronic"))
    if care not in CARE:
        raise GapError(f"{topic}: care is one of {', '.join(CARE)}")
    return care


def _known(names: Any, topic: str, drugs: Drugs) -> frozenset[str]:
    try:
        return drugs.members(names)
    except KeyError as error:
        raise GapError(f"{topic}: {error.args[0]}") from None


def check(predicate: Mapping[str, Any], topic: str, drugs: Drugs) -> None:
    """Raise `GapError` where a predicate is not of its form."""
    kinds = [kind for kind in _KINDS if kind in predicate]
    if len(kinds) != 1:
        raise GapError(f"{topic}: a predicate has one kind of {', '.join(_KINDS)}; here {sorted(predicate)}")
    odd = set(predicate) - _KINDS[kinds[0]] - {kinds[0], "why"}
    if odd:
        raise GapError(f"{topic}: {kinds[0]} has no key {min(odd)!r}")
    for name in predicate.get("condition", ()):
        if name not in drugs.terms.conditions:
            raise GapError(f"{topic}: no condition is called {name!r}")
    _known(predicate.get("drug", ()), topic, drugs)
    if "lab" in predicate and predicate["lab"] not in drugs.terms.labs:
        raise GapError(f"{topic}: no laboratory value is called {predicate['lab']!r}")
    for inner in ("any", "all", "of_these"):
        for one in predicate.get(inner, ()):
            check(one, topic, drugs)


@lru_cache(maxsize=1)
def load_gaps() -> tuple[Gap, ...]:
    """Return the rules that ship with the package."""
    text = (resources.files("models.recommender") / "gaps.toml").read_text(encoding="utf-8")
    return read(text, load())
