"""What may be done to one member on its way through the door: each action by its name in `rules.toml`."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cds.fhir import dates
from cds.fhir.codes import ALIASES, well_formed
from cds.privacy.known import Known
from cds.privacy.pseudonyms import Pseudonyms
from cds.privacy.text import label
from models.record import UCUM

Walk = Callable[[Any, "Pass"], Any]
Clean = dict[str, Any]

UNREADABLE_UNIT = "?"
"""Stands for a unit that was sent and may not pass: a number must never look as if it had none."""

_UNIT = re.compile(r"[!-~]{1,40}\Z")
_MEMBER = re.compile(r"[a-z][A-Za-z0-9]{0,39}\Z")
_LARGEST = 2**31
_LONG_NUMBER = 99_999
_COMPARATORS = frozenset({"<", "<=", ">", ">="})


class Pass:
    """What the walk of one call shares; dies with the call."""

    __slots__ = (
        "_dropped", "codings", "concepts", "inner", "known", "now", "path", "pseudonyms", "times", "units",
        "words",
    )  # fmt: skip

    def __init__(
        self, *, now: datetime, known: Known, pseudonyms: Pseudonyms, words: frozenset[str] = frozenset()
    ) -> None:
        self.now = now
        self.known = known
        self.pseudonyms = pseudonyms
        self.words = words
        """The words of FHIR's required value sets: what a coded word may be."""
        self.inner: Mapping[str, str] = {}
        """Tokens of the resources contained in the one that is walked, by `#id`."""
        self.path = ""
        self.codings: dict[tuple[str, str, Any], Clean | None] = {}
        self.concepts: dict[tuple[Any, ...], Clean | None] = {}
        self.units: dict[tuple[Any, ...], Clean] = {}
        self.times: dict[str, dates.Offset | None] = {}
        self._dropped: defaultdict[tuple[str, str], int] = defaultdict(int)

    def drop(self, member: str) -> None:
        """Count a member that was not kept."""
        self._dropped[self.path, member] += 1

    def dropped(self) -> dict[str, int]:
        """Return how often what was dropped, by path; a name that a sender made up is not repeated."""
        counts: Counter[str] = Counter()
        for (path, member), count in self._dropped.items():
            plain = _MEMBER.match(member) and not self.known.within(member)
            counts[f"{path}.{member if plain else '?'}"] += count
        return dict(counts)


def _word(value: Any, walk: Pass) -> Any:
    return value if isinstance(value, str) and value in walk.words else None


def _words(value: Any, walk: Pass) -> Any:
    items = value if isinstance(value, list) else [value]
    return [v for v in (_word(x, walk) for x in items) if v is not None] or None


def _flag(value: Any, _walk: Pass) -> Any:
    return value if isinstance(value, bool) else None


def _number(value: Any, walk: Pass) -> Any:
    """Return a number that can be a measurement; a record number typed as one is known by its digits."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_LARGEST < value < _LARGEST:
        return None
    return None if value > _LONG_NUMBER and walk.known.within(f"{value:.0f}") else value


def _coding(value: Any, walk: Pass) -> Any:
    if not isinstance(value, dict):
        return None
    system, code, display = value.get("system"), value.get("code"), value.get("display")
    if not isinstance(system, str) or not isinstance(code, str):
        return None
    mark = (system, code, display if isinstance(display, str) else "")
    try:
        kept = walk.codings[mark]
    except KeyError:
        kept = walk.codings[mark] = _clean_coding(*mark, walk)
    return dict(kept) if kept is not None else None


def _clean_coding(system: str, code: str, display: str, walk: Pass) -> Clean | None:
    system = ALIASES.get(system, system)
    if not well_formed(system, code) or walk.known.within(code):
        return None
    shown = label(display, walk.known)
    return {"system": system, "code": code, "display": shown} if shown else {"system": system, "code": code}


def _concept(value: Any, walk: Pass) -> Any:
    """Return a concept; most of a chart are equal, and are worked out once."""
    if not isinstance(value, dict):
        return None
    codings = value.get("coding")
    if isinstance(codings, list) and len(codings) == 1 and isinstance(one := codings[0], dict):
        get = one.get
        mark = (get("system"), get("code"), get("display"), value.get("text"))
        try:
            return _copied(walk.concepts[mark])
        except KeyError:
            kept = walk.concepts[mark] = _clean_concept(value, walk)
            return _copied(kept)
        except TypeError:
            pass  # a list or an object stands where a text should: nothing to remember it by
    return _clean_concept(value, walk)


def _copied(concept: Clean | None) -> Clean | None:
    """Return a concept that no other resource shares."""
    if concept is None:
        return None
    copied = concept.copy()
    if "coding" in copied:
        copied["coding"] = [coding.copy() for coding in copied["coding"]]
    return copied


def _clean_concept(value: Mapping[str, Any], walk: Pass) -> Clean | None:
    kept: Clean = {}
    codings = value.get("coding")
    if isinstance(codings, list):
        clean = [c for c in (_coding(x, walk) for x in codings) if c is not None]
        if clean:
            kept["coding"] = clean
    text = value.get("text")
    if isinstance(text, str) and (text := label(text, walk.known)):
        kept["text"] = text
    return kept or None


def wordless(value: Any, walk: Pass) -> bool:
    """Tell whether the text of a concept may not pass, or nothing of it that people read."""
    kept = _concept(value, walk) or {}
    text = value.get("text") if isinstance(value, dict) else None
    if isinstance(text, str) and text.strip():
        return "text" not in kept
    return not any("display" in coding for coding in kept.get("coding", ()))


def _concepts(value: Any, walk: Pass) -> Any:
    kept = []
    for item in value if isinstance(value, list) else (value,):
        concept = _concept(item, walk)
        if concept is not None:
            kept.append(concept)
    return kept or None


def _ref(value: Any, walk: Pass) -> Any:
    reference = value.get("reference") if isinstance(value, dict) else None
    if not isinstance(reference, str):
        return None
    token = (walk.inner and walk.inner.get(reference)) or walk.pseudonyms.token(reference)
    return {"reference": token} if token else None


def _refs(value: Any, walk: Pass) -> Any:
    items = value if isinstance(value, list) else [value]
    return [r for r in (_ref(x, walk) for x in items) if r is not None] or None


def _when(value: Any, walk: Pass) -> Any:
    if not isinstance(value, str):
        return None
    try:
        return walk.times[value]
    except KeyError:
        walk.times[value] = moment = _offset(value, walk.now)
        return moment


def _offset(text: str, now: datetime) -> dates.Offset | None:
    try:
        return dates.offset(text, now=now)
    except ValueError:
        return None


def _ends(value: Any, walk: Pass, names: tuple[str, str], action: Walk) -> Clean | None:
    """Return both ends of something, or nothing where one was sent that cannot be read.

    A stay whose end cannot be read has not gone on since, and a range is not open because half of it is odd.
    """
    if not isinstance(value, dict):
        return None
    sent = [name for name in names if value.get(name) is not None]
    ends = {name: action(value[name], walk) for name in sent}
    return None if not ends or None in ends.values() else ends


def _period(value: Any, walk: Pass) -> Any:
    return _ends(value, walk, ("start", "end"), _when)


def _range(value: Any, walk: Pass) -> Any:
    return _ends(value, walk, ("low", "high"), _quantity)


def _ratio(value: Any, walk: Pass) -> Any:
    return _ends(value, walk, ("numerator", "denominator"), _quantity)


def _quantity(value: Any, walk: Pass) -> Any:
    if not isinstance(value, dict):
        return None
    number = value.get("value")
    # Results are fractions below the largest number that is looked into, nearly all of them.
    if type(number) is not float or not 0 <= number <= _LONG_NUMBER:
        number = _number(number, walk)
        if number is None:
            return None
    kept: Clean = {"value": number}
    comparator = value.get("comparator")
    if comparator is not None:
        if not isinstance(comparator, str) or comparator not in _COMPARATORS:
            return None  # "about 5" or "at least 5" must not become 5
        kept["comparator"] = comparator
    return kept | _unit(value, walk)


def _unit(value: Mapping[str, Any], walk: Pass) -> Clean:
    """Return the UCUM code, else the unit as it was written; what may not pass leaves a mark of itself."""
    mark = (value.get("code"), value.get("unit"), value.get("system"))
    try:
        return walk.units[mark]
    except KeyError:
        kept = walk.units[mark] = _clean_unit(*mark, walk)
        return kept
    except TypeError:
        return _clean_unit(*mark, walk)


def _clean_unit(code: Any, unit: Any, system: Any, walk: Pass) -> Clean:
    ucum = isinstance(system, str) and ALIASES.get(system, system) == UCUM
    if isinstance(code, str) and ucum and _UNIT.match(code) and not walk.known.within(code):
        return {"code": code}
    written = unit or code
    if not written:
        return {}
    shown = label(written, walk.known) if isinstance(written, str) else ""
    return {"unit": shown or UNREADABLE_UNIT}


def _label(value: Any, walk: Pass) -> Any:
    return (label(value, walk.known) or None) if isinstance(value, str) else None


ACTIONS: Mapping[str, Walk] = {
    "word": _word,
    "words": _words,
    "flag": _flag,
    "number": _number,
    "concept": _concept,
    "concepts": _concepts,
    "coding": _coding,
    "ref": _ref,
    "refs": _refs,
    "when": _when,
    "period": _period,
    "quantity": _quantity,
    "range": _range,
    "ratio": _ratio,
    "label": _label,
}
