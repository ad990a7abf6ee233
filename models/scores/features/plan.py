"""What is known of each score before any record is seen: its definition and rule joined."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.base import Finding
from models.scores.definition import Definition
from models.scores.features.gate import Door, door
from models.scores.features.predicates import Question, question
from models.scores.features.slots import Slot, slot
from models.scores.rules import InputRule, Rule, Threshold


@dataclass(slots=True)
class Plan:
    """A score's definition and rule joined: what to look for, in which order."""

    definition: Definition
    rule: Rule
    blank: Finding
    """What every finding of this score says."""
    slots: tuple[tuple[str, int, Slot], ...]
    """Where each input is found, after its name and the identity of the place."""
    blocking: tuple[tuple[Slot, Slot | None], ...]
    """Inputs without which nothing can be computed, each with the one that may stand in for it."""
    measured: frozenset[str]
    """Observation concepts among them that nothing may stand in for: one look tells most gaps."""
    needed: frozenset[str]
    """Inputs without which some output cannot be given."""
    hopeless: bool
    """Whether some of them can only be entered, so that no record will ever do."""
    together: tuple[Slot, ...]
    """Inputs that must lie within the rule's minutes of each other."""
    door: Door
    levels: tuple[tuple[Threshold, Question | None], ...]
    """Action levels, each with what makes it void."""
    skeletons: dict[tuple[str, ...], Finding] = field(default_factory=dict)
    """Findings of this score where it neither applies nor can be computed; the same each time."""


_PLANS: dict[str, Plan] = {}
_SETS: dict[
    tuple[str, ...], tuple[Mapping[str, Definition], Mapping[str, Rule], tuple[Plan | None, ...]]
] = {}


def plan(definition: Definition, rule: Rule) -> Plan:
    """Return the plan of a score, made once for its definition and rule."""
    known = _PLANS.get(definition.name)
    if known is None or known.definition is not definition or known.rule is not rule:
        known = _PLANS[definition.name] = _planned(definition, rule)
    return known


def plans(
    names: tuple[str, ...], definitions: Mapping[str, Definition], rules: Mapping[str, Rule]
) -> tuple[Plan | None, ...]:
    """Return the plans of these scores, None for one without a rule."""
    made = _SETS.get(names)
    if made is None or made[0] is not definitions or made[1] is not rules:
        found = ((definitions[name], rules.get(name)) for name in names)
        every = tuple(plan(definition, rule) if rule else None for definition, rule in found)
        made = _SETS[names] = (definitions, rules, every)
    return made[2]


def _planned(definition: Definition, rule: Rule) -> Plan:
    slots = {spec.name: slot(spec, rule.inputs.get(spec.name)) for spec in definition.inputs}
    blocking = _blocking(definition, slots)
    return Plan(
        definition=definition,
        rule=rule,
        blank=_blank(definition),
        slots=tuple((name, one.key, one) for name, one in slots.items()),
        blocking=blocking,
        measured=frozenset(
            first.rule.concept
            for first, second in blocking
            if second is None and first.rule is not None and first.rule.source == "observation"
        ),
        needed=frozenset(definition.blocks),
        hopeless=any(_only_entered(first.rule) and second is None for first, second in blocking),
        together=tuple(slots[name] for name in _joined(rule) if name in slots),
        door=door(rule),
        levels=tuple((row, question(row.unless) if row.unless else None) for row in rule.thresholds),
    )


def _blank(definition: Definition) -> Finding:
    return Finding(
        kind="score",
        code=definition.name,
        title=definition.title,
        model=f"scores/{definition.name}@{definition.version}",
        unit=definition.unit,
        source=definition.source,
    )


def _joined(rule: Rule) -> tuple[str, ...]:
    return rule.together.inputs if rule.together is not None else ()


def _blocking(definition: Definition, slots: Mapping[str, Slot]) -> tuple[tuple[Slot, Slot | None], ...]:
    other = {main: slots[name] for name, main in definition.alternatives}
    every = len(definition.outputs)
    names = [name for name, outputs in definition.blocks.items() if len(outputs) == every]
    return tuple(sorted(((slots[name], other.get(name)) for name in names), key=_cheapness))


def _only_entered(rule: InputRule | None) -> bool:
    return rule is None or (rule.source == "entry" and not rule.conditions and not rule.false_without)


def _cheapness(pair: tuple[Slot, Slot | None]) -> int:
    """Order plain values first: a missing one is found out at once."""
    order = {"observation": 0, "items": 0, "egfr": 1, "bmi": 1}
    return 0 if pair[0].rule is None else order.get(pair[0].rule.source, 2)
