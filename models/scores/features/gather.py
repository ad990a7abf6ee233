"""Bring a score's inputs together: each found once a chart, sets that belong together taken together."""

from collections.abc import Callable, Mapping

from models.base import Finding
from models.scores.features.context import Context, Plan
from models.scores.features.derived import DERIVED, consciousness_all, oxygen_all
from models.scores.features.inputs import SIMPLE, Found, observed
from models.scores.rules import InputRule

_SETS = {"observation": observed, "consciousness": consciousness_all, "oxygen": oxygen_all}
_FINDERS = {**SIMPLE, **DERIVED}
_NOWHERE = Found(reason="nothing says where this is recorded")
_REPLACED = Found(reason="a newer value stands in its place")
OtherScore = Callable[[str, Context], Finding]


class Gatherer:
    """Finds inputs; how another score is computed is handed in."""

    def __init__(self, other_score: OtherScore) -> None:
        self.other_score = other_score

    def all(self, plan: Plan, ctx: Context) -> dict[str, Found]:
        """Return every input of the score, those that belong together taken together."""
        found = {name: self.one(rule, ctx) for name, rule in plan.inputs}
        if plan.rule.together is not None:
            found.update(self._together(plan, ctx, found))
        for spec in plan.definition.inputs:
            main = found.get(spec.one_of) if spec.one_of else None
            if main is None or main.value is None or found[spec.name].value is None:
                continue
            older = (found[spec.name].minutes_ago or 0) >= (main.minutes_ago or 0)
            found[spec.name if older else spec.one_of] = _REPLACED
        return found

    def reachable(self, plan: Plan, ctx: Context) -> bool:
        """Tell, stopping at the first gap, whether a score could be computed."""
        if plan.hopeless or not ctx.options.get("all_values", True):
            return False
        for first, second in plan.blocking:
            if self.one(first, ctx).value is not None:
                continue
            if second is None or self.one(second, ctx).value is None:
                return False
        return True

    def one(self, rule: InputRule | None, ctx: Context) -> Found:
        """Return one input, found once a chart."""
        if rule is None:
            return _NOWHERE
        known = ctx.found.get(id(rule))
        if known is None:
            known = ctx.found[id(rule)] = self._find(rule, ctx)
        return known

    def _find(self, rule: InputRule, ctx: Context) -> Found:
        finder = _FINDERS.get(rule.source)
        if finder is not None:
            return finder(ctx.chart, rule)
        if rule.source == "egfr":
            return ctx.egfr.newest(ctx.chart, rule)
        if rule.source == "bmi":
            return ctx.egfr.body_mass_index(ctx.chart, rule)
        if rule.source == "option":
            chosen = ctx.options.get(rule.option)
            if chosen is None:
                return Found(reason=f"needs the setting {rule.option}")
            return Found(chosen, note="a setting of this site")
        return self._other(rule, ctx)

    def _other(self, rule: InputRule, ctx: Context) -> Found:
        if rule.score not in ctx.definitions:
            return Found(reason=f"needs the score {rule.score}")
        finding = ctx.findings.get(rule.score)
        if finding is None:
            finding = ctx.findings[rule.score] = self.other_score(rule.score, ctx)
        conflicts = finding.detail.get("conflicts") or [""]
        if finding.value is None:
            return Found(reason=f"{rule.score} could not be computed", conflict=conflicts[0])
        assumed = bool(finding.detail.get("assumed_none"))
        return Found(finding.value, finding.unit, note=f"computed: {finding.title}", assumed=assumed)

    def _together(self, plan: Plan, ctx: Context, found: Mapping[str, Found]) -> dict[str, Found]:
        """Return the newest set of inputs that lie within the rule's minutes of each other.

        Where no set is complete, the newest one stands and what lies outside of it is missing.
        """
        together, rules = plan.rule.together, plan.rule.inputs
        if together is None:
            return {}
        choices = {name: self._choices(rules[name], ctx) for name in together.inputs if name in found}
        best: dict[str, Found] = {}
        for newest in sorted({f.minutes_ago or 0 for choice in choices.values() for f in choice}):
            picked = _within(choices, newest, newest + together.within_minutes)
            if len(picked) == len(choices):
                return _noted(picked, choices, newest)
            best = best or picked
        outside = Found(reason=f"not {together.says}")
        return {name: best.get(name, outside if choices[name] else found[name]) for name in choices}

    def _choices(self, rule: InputRule, ctx: Context) -> tuple[Found, ...]:
        every = _SETS.get(rule.source)
        if every is not None:
            return every(ctx.chart, rule)
        single = self.one(rule, ctx)
        return (single,) if single.value is not None else ()


def _within(choices: Mapping[str, tuple[Found, ...]], newest: int, oldest: int) -> dict[str, Found]:
    picked = {}
    for name, choice in choices.items():
        first = next((f for f in choice if newest <= (f.minutes_ago or 0) <= oldest), None)
        if first is not None:
            picked[name] = first
    return picked


def _noted(
    picked: dict[str, Found], choices: Mapping[str, tuple[Found, ...]], newest: int
) -> dict[str, Found]:
    """Say of each input whether a newer value exists that no complete set holds."""
    for name, found in picked.items():
        if any((f.minutes_ago or 0) < newest for f in choices[name]):
            note = f"{found.note}; a newer value is in no complete set".removeprefix("; ")
            picked[name] = found._replace(note=note)
    return picked
