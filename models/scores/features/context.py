"""What is worked out of one chart, each thing once, and what is known of each score beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.base import Finding
from models.scores.definition import Definition
from models.scores.features.index import Chart, Index
from models.scores.features.inputs import Found
from models.scores.features.kidney import Compute, Egfr
from models.scores.rules import InputRule, Rule


@dataclass(slots=True)
class Plan:
    """A score's definition and rule joined: what to look for, in which order."""

    definition: Definition
    rule: Rule
    inputs: tuple[tuple[str, InputRule | None], ...]
    blocking: tuple[tuple[InputRule | None, InputRule | None], ...]
    """Inputs without which nothing can be computed, each with the one that may stand in for it."""
    hopeless: bool
    """Whether some of them can only be entered, so that no record will ever do."""
    skeletons: dict[tuple[str, ...], Finding] = field(default_factory=dict)
    """Findings of this score where it neither applies nor can be computed; the same each time."""


_PLANS: dict[str, Plan] = {}


def plan(definition: Definition, rule: Rule) -> Plan:
    """Return the plan of a score, made once for its definition and rule."""
    known = _PLANS.get(definition.name)
    if known is None or known.definition is not definition or known.rule is not rule:
        known = _PLANS[definition.name] = _planned(definition, rule)
    return known


def _planned(definition: Definition, rule: Rule) -> Plan:
    of = rule.inputs.get
    other = {spec.one_of: of(spec.name) for spec in definition.inputs if spec.one_of}
    every = len(definition.outputs)
    names = [name for name, outputs in definition.blocks.items() if len(outputs) == every]
    blocking = [(of(name), other.get(name)) for name in names]
    hopeless = any(_only_entered(first) and second is None for first, second in blocking)
    inputs = tuple((spec.name, of(spec.name)) for spec in definition.inputs)
    return Plan(definition, rule, inputs, tuple(sorted(blocking, key=_cheapness)), hopeless)


def _only_entered(rule: InputRule | None) -> bool:
    return rule is None or (rule.source == "entry" and not rule.conditions and not rule.false_without)


def _cheapness(pair: tuple[InputRule | None, InputRule | None]) -> int:
    """Order plain values first: a missing one is found out at once."""
    order = {"observation": 0, "items": 0, "egfr": 1, "bmi": 1}
    return 0 if pair[0] is None else order.get(pair[0].source, 2)


@dataclass(slots=True)
class Context:
    """What is computed of one chart, each thing once."""

    chart: Chart
    definitions: Mapping[str, Definition]
    rules: Mapping[str, Rule]
    compute: Compute
    options: Mapping[str, Any]
    egfr: Egfr
    found: dict[int, Found] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    earlier: dict[int, "Context"] = field(default_factory=dict)

    def before(self, minutes_ago: int) -> "Context":
        """Return the context of the record as it stood before what came so many minutes ago."""
        known = self.earlier.get(minutes_ago)
        if known is None:
            chart = Chart(self.chart.index, minutes_ago + 1)
            known = Context(chart, self.definitions, self.rules, self.compute, self.options, self.egfr)
            self.earlier[minutes_ago] = known
        return known


def context(
    source: Index,
    definitions: Mapping[str, Definition],
    rules: Mapping[str, Rule],
    compute: Compute,
    options: Mapping[str, Any],
) -> Context:
    """Return the context of a record as it stands now."""
    return Context(Chart(source), definitions, rules, compute, options, Egfr(definitions, compute))
