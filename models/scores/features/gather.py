"""Bring a score's inputs together: each found once a chart, sets that belong together taken together."""

from collections.abc import Iterator, Mapping

from models.scores.features.context import Context
from models.scores.features.derived import confusion_all, consciousness_all, oxygen_all
from models.scores.features.inputs import Found, observed
from models.scores.features.plan import Plan
from models.scores.features.slots import Slot
from models.scores.rules import Together

_SETS = {
    "observation": observed,
    "consciousness": consciousness_all,
    "confusion": confusion_all,
    "oxygen": oxygen_all,
}
_REPLACED = Found(reason="a newer value stands in its place")
Choices = Mapping[str, tuple[Found, ...]]


def gather(plan: Plan, ctx: Context) -> dict[str, Found]:
    """Return every input of the score, those that belong together taken together."""
    known = ctx.found
    found = {}
    for name, key, slot in plan.slots:
        one = known.get(key)
        if one is None:
            one = known[key] = slot.find(ctx)
        found[name] = one
    if plan.rule.together is not None:
        found.update(_together(plan, plan.rule.together, ctx, found))
    for name, main in plan.definition.alternatives:
        if found[main].value is None or found[name].value is None:
            continue
        older = (found[name].minutes_ago or 0) >= (found[main].minutes_ago or 0)
        found[name if older else main] = _REPLACED
    return found


def reachable(plan: Plan, ctx: Context) -> bool:
    """Tell, stopping at the first gap, whether a score could be computed."""
    if plan.hopeless or not ctx.all_values or not plan.measured <= ctx.chart.index.observations.keys():
        return False
    known = ctx.found.get
    for first, second in plan.blocking:
        if (known(first.key) or first.found(ctx)).value is None and (
            second is None or second.found(ctx).value is None
        ):
            return False
    return True


def _together(
    plan: Plan, together: Together, ctx: Context, found: Mapping[str, Found]
) -> Mapping[str, Found]:
    """Return the newest set of inputs that lie within the rule's minutes of each other.

    Where no set is complete, the newest one stands and what lies outside of it is missing.
    """
    choices = {slot.name: _choices(slot, ctx) for slot in plan.together}
    best: Mapping[str, Found] = {}
    for newest in _times(choices):
        picked = _within(choices, newest, newest + together.within_minutes)
        if len(picked) == len(choices):
            return _noted(picked, choices, newest)
        best = best or picked
    outside = Found(reason=f"not {together.says}")
    return {name: best.get(name, outside if choices[name] else found[name]) for name in choices}


def _times(choices: Choices) -> Iterator[int]:
    """Yield the times of all values, newest first; mostly the first of them already has a whole set."""
    firsts = [choice[0].minutes_ago or 0 for choice in choices.values() if choice]
    if firsts:
        newest = min(firsts)
        yield newest
        every = {found.minutes_ago or 0 for choice in choices.values() for found in choice}
        yield from sorted(every - {newest})


def _choices(slot: Slot, ctx: Context) -> tuple[Found, ...]:
    """Return every value that an input may take, newest first."""
    known = ctx.choices.get(slot.key)
    if known is None:
        known = ctx.choices[slot.key] = _every(slot, ctx)
    return known


def _every(slot: Slot, ctx: Context) -> tuple[Found, ...]:
    every = _SETS.get(slot.rule.source) if slot.rule is not None else None
    if every is not None and slot.rule is not None:
        return every(ctx.chart, slot.rule)
    single = slot.found(ctx)
    return (single,) if single.value is not None else ()


def _within(choices: Choices, newest: int, oldest: int) -> dict[str, Found]:
    picked = {}
    for name, choice in choices.items():
        for found in choice:
            if newest <= (found.minutes_ago or 0) <= oldest:
                picked[name] = found
                break
    return picked


def _noted(picked: dict[str, Found], choices: Choices, newest: int) -> dict[str, Found]:
    """Say of each input whether a newer value exists that no complete set holds."""
    for name, found in picked.items():
        # Choices are in the order of their age, so that the first one tells.
        if (choices[name][0].minutes_ago or 0) < newest:
            note = f"{found.note}; a newer value is in no complete set".removeprefix("; ")
            picked[name] = found._replace(note=note)
    return picked
