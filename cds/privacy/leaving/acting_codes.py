"""Actions on codes and quantities: the parts of a record that make it worth reading."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from cds.privacy.leaving import codings, quantities
from cds.privacy.leaving.days import OLDEST
from cds.privacy.leaving.rules import Rule
from cds.privacy.leaving.state import REDACTED, Act, State
from cds.privacy.leaving.strays import stray

More = Callable[[Mapping[str, Any], dict[str, Any]], None]

_SAMPLE = r"(?:-?[0-9]{1,9}(?:\.[0-9]{1,9})?|E|U|L)"
_IS_SAMPLES = re.compile(rf"{_SAMPLE}(?: {_SAMPLE})*+\Z").match
_LONG = 200
"""Characters of samples from which on they are a curve and nobody's number."""
_CODING = frozenset({"system", "code", "display"})
_CONCEPT = frozenset({"coding", "text"})
_IS_CURRENCY = re.compile(r"[A-Z]{3}\Z").match


def _coding(state: State, path: str, _rule: Rule) -> Act:
    counts = state.ledger.counts
    dropped = state.ledger.slot(f"{path}.coding", "dropped")
    more = _others(state, path, _CODING | {"userSelected"})

    def coding(value: Any) -> Any:
        if type(value) is not dict:
            return None
        get = value.get
        kept = codings.cleaned(get("system"), get("code"), get("display"), state.voice)
        if kept is None:
            counts[dropped] += 1
            state.marks |= REDACTED
            return None
        if len(value) > len(kept):
            if value.get("userSelected") is True or value.get("userSelected") is False:
                kept["userSelected"] = value["userSelected"]
            more(value, kept)
        return kept

    return coding


def _concept(state: State, path: str, rule: Rule) -> Act:
    """Return the action on a concept; concepts come again, so that each is made once and shared."""
    counts, make = state.ledger.counts, _maker(state, path, rule)
    dropped = state.ledger.slot(f"{path}.coding", "dropped")

    def concept(value: Any) -> Any:
        if type(value) is not dict:
            return None
        mark = _mark(value)
        if mark is None:
            return make(value)
        try:
            kept, lost, spans = state.voice.concepts[mark]
        except KeyError:
            return _remembered(value, mark, make, state, dropped)
        except TypeError:  # a member that is no text
            return make(value)
        if lost:
            counts[dropped] += lost
            state.marks |= REDACTED
        if spans:
            state.labels.spans.update(spans)
        return kept

    return concept


def _remembered(value: Mapping[str, Any], mark: Any, make: Act, state: State, dropped: int) -> Any:
    """Make a concept for the first time, and remember it with what was counted for it."""
    counts, spans = state.ledger.counts, state.labels.spans
    lost, before = counts[dropped], dict(spans)
    kept = make(value)
    new = {n: c - before.get(n, 0) for n, c in spans.items() if c != before.get(n, 0)}
    state.voice.tidy()
    state.voice.concepts[mark] = kept, counts[dropped] - lost, new
    return kept


def _maker(state: State, path: str, rule: Rule) -> Act:
    coding = _coding(state, path, rule)
    more = _others(state, path, _CONCEPT)

    def make(value: Mapping[str, Any]) -> Any:
        kept: dict[str, Any] = {}
        found = value.get("coding")
        if type(found) is list and (clean := [one for one in map(coding, found) if one is not None]):
            kept["coding"] = clean
        text = value.get("text")
        if type(text) is str and (text := state.voice.label(text)):
            kept["text"] = text
        if len(value) > len(kept):
            more(value, kept)
        return kept or None

    return make


def _mark(value: Mapping[str, Any]) -> Any:
    """Return what decides all of a concept, None where there is more to it than codes and words."""
    found = value.get("coding")
    if found is None:
        return value.get("text") if len(value) == 1 else None
    if type(found) is not list or not value.keys() <= _CONCEPT:
        return None
    parts = [value.get("text")]
    for one in found:
        if type(one) is not dict or not one.keys() <= _CODING:
            return None
        parts += (one.get("system"), one.get("code"), one.get("display"))
    return tuple(parts)


def _others(state: State, path: str, known: frozenset[str]) -> More:
    """Return what is done with the members of a data type beyond those that are kept."""
    strange = stray(state, path, frozenset())

    def others(value: Mapping[str, Any], kept: dict[str, Any]) -> None:
        for name, item in value.items():
            if name not in known:
                strange(name, item, kept)

    return others


def _quantity(state: State, path: str, _rule: Rule) -> Act:
    generalises = not state.shape.limited
    more = _others(state, path, frozenset({"value", "comparator", "unit", "system", "code"}))

    def quantity(value: Any) -> Any:
        if type(value) is not dict:
            return None
        get = value.get
        number = quantities.number(get("value"), state.voice.within)
        if number is None:
            return None
        mark = (get("unit"), get("system"), get("code"))
        units = state.voice.units
        try:
            part, years = units[mark]
        except KeyError:
            part, years = units[mark] = quantities.unit(*mark, state.voice)
        except TypeError:  # a member that is no text
            part, years = {}, 0.0
        kept = {"value": number, **part}
        comparator = get("comparator")
        if comparator is not None:
            if comparator not in quantities.COMPARATORS:
                return None  # "about 5" must not become 5
            kept["comparator"] = comparator
        if years and generalises and quantities.age(number, years):
            state.generalised()
            return {**part, "value": round((OLDEST + 1) / years), "comparator": ">="}
        if len(value) > len(kept):
            more(value, kept)
        return kept

    return quantity


def _ends(
    names: tuple[str, str], make: Callable[[State, str, Rule], Act]
) -> Callable[[State, str, Rule], Act]:
    """Return the action on something with two ends, both kept or neither: half a range is another range."""

    def made(state: State, path: str, rule: Rule) -> Act:
        act = make(state, path, rule)
        more = _others(state, path, frozenset(names))

        def ends(value: Any) -> Any:
            if type(value) is not dict:
                return None
            kept: dict[str, Any] = {}
            for name in names:
                sent = value.get(name)
                if sent is not None:
                    one = act(sent)
                    if one is None:
                        return None
                    kept[name] = one
            if kept and len(value) > len(kept):
                more(value, kept)
            return kept or None

        return ends

    return made


def _when(state: State, _path: str, _rule: Rule) -> Act:
    return state.calendar.when


def _end_of_range(state: State, path: str, rule: Rule) -> Act:
    """Return the action on a range's end: FHIR gives it no comparator, so an age over 89 is 90."""
    act = _quantity(state, path, rule)

    def end(value: Any) -> Any:
        kept = act(value)
        if kept is not None and "comparator" in kept and "comparator" not in value:
            del kept["comparator"]
        return kept

    return end


def _sampled(state: State, path: str, rule: Rule) -> Act:
    quantity = _quantity(state, f"{path}.origin", rule)

    def sampled(value: Any) -> Any:
        if not isinstance(value, dict):
            return None
        numbers = ("period", "factor", "lowerLimit", "upperLimit", "dimensions")
        kept = {
            n: v for n in numbers if (v := quantities.number(value.get(n), state.voice.within)) is not None
        }
        data, origin = value.get("data"), quantity(value.get("origin"))
        if (
            isinstance(data, str)
            and _IS_SAMPLES(data)
            and (len(data) > _LONG or not state.voice.within(data))
        ):
            kept["data"] = data
        return {**kept, "origin": origin} if origin is not None and "period" in kept else None

    return sampled


def _money(state: State, _path: str, _rule: Rule) -> Act:
    def money(value: Any) -> Any:
        number = (
            quantities.number(value.get("value"), state.voice.within) if isinstance(value, dict) else None
        )
        if number is None:
            return None
        currency = value.get("currency")
        fits = isinstance(currency, str) and _IS_CURRENCY(currency)
        return {"value": number, **({"currency": currency} if fits else {})}

    return money


CODE_ACTIONS: Mapping[str, Callable[[State, str, Rule], Act]] = {
    "coding": _coding,
    "concept": _concept,
    "quantity": _quantity,
    "range": _ends(("low", "high"), _end_of_range),
    "ratio": _ends(("numerator", "denominator"), _quantity),
    "period": _ends(("start", "end"), _when),
    "sampled": _sampled,
    "money": _money,
}
