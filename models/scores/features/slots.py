"""One input of one score, joined with what finds it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from models.scores.definition import InputSpec
from models.scores.features.context import Context
from models.scores.features.derived import DERIVED
from models.scores.features.flags import flag
from models.scores.features.inputs import SIMPLE, Finder, Found
from models.scores.rules import InputRule

_PLACES: dict[InputRule, InputRule] = {}
_NOWHERE = Found(reason="nothing says where this is recorded")


class Slot(NamedTuple):
    """An input's name and form, and how it is found in a context."""

    name: str
    spec: InputSpec
    rule: InputRule | None
    key: int
    """The identity of the rule: scores that share it share what was found."""
    find: Callable[[Context], Found]

    def found(self, ctx: Context) -> Found:
        """Return what the input came to, found once a chart."""
        known = ctx.found.get(self.key)
        if known is None:
            known = ctx.found[self.key] = self.find(ctx)
        return known


def slot(spec: InputSpec, rule: InputRule | None) -> Slot:
    """Return the slot of an input whose place in records this rule says."""
    if rule is None:
        return Slot(spec.name, spec, None, 0, lambda _: _NOWHERE)
    # Rules of several scores that differ in the input's name alone find the same: what one found serves all.
    place = _PLACES.setdefault(replace(rule, name=""), rule)
    return Slot(spec.name, spec, rule, id(place), _finder(place))


def _finder(rule: InputRule) -> Callable[[Context], Found]:
    in_chart = _IN_CHARTS.get(rule.source)
    if in_chart is not None:
        return lambda ctx: in_chart(ctx.chart, rule)
    of_context = _IN_CONTEXTS[rule.source]
    return lambda ctx: of_context(ctx, rule)


def _option(ctx: Context, rule: InputRule) -> Found:
    chosen = ctx.options.get(rule.option)
    if chosen is None:
        return Found(reason=f"needs the setting {rule.option}")
    return Found(chosen, note="a setting of this site")


def _other_score(ctx: Context, rule: InputRule) -> Found:
    if rule.score not in ctx.definitions:
        return Found(reason=f"needs the score {rule.score}")
    finding = ctx.score(rule.score, ctx)
    conflicts = finding.detail.get("conflicts") or [""]
    if finding.value is None:
        return Found(reason=f"{rule.score} could not be computed", conflict=conflicts[0])
    assumed = bool(finding.detail.get("assumed_none"))
    return Found(finding.value, finding.unit, note=f"computed: {finding.title}", assumed=assumed)


_IN_CHARTS: Mapping[str, Finder] = {**SIMPLE, **DERIVED, "flag": flag}
_IN_CONTEXTS: Mapping[str, Callable[[Context, InputRule], Found]] = {
    "egfr": lambda ctx, rule: ctx.egfr.newest(ctx.chart, rule),
    "bmi": lambda ctx, rule: ctx.egfr.body_mass_index(ctx.chart, rule),
    "option": _option,
    "score": _other_score,
}
