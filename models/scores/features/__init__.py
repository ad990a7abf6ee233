"""From a de-identified record to scores: which apply, their inputs, what is missing, what they reached.

Everything that is clinical here is data: `models/scores/rules/*.toml`, `inputs.toml`, `conflicts.toml` and
the value sets in `models/knowledge/concepts`. The record is indexed once; each input is found once.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from models.base import Deadline, Finding, Input, ModelError
from models.knowledge.concepts import load_concepts
from models.record import Record
from models.scores.definition import Definition
from models.scores.features.assemble import bare, find, other_score
from models.scores.features.chart import Chart
from models.scores.features.context import Context
from models.scores.features.index import index
from models.scores.features.inputs import items
from models.scores.features.kidney import Egfr
from models.scores.features.plan import plans
from models.scores.rules import Rule, load_rules

AF_SCORES = ("cha2ds2-va", "cha2ds2-vasc")
DEFAULTS: Mapping[str, Any] = {
    "af_score": "cha2ds2-va",
    "kfre_region": "north_america",
    "on": (),
    "off": (),
    "all_values": True,
}
"""Settings of this family; `race` has no default and is needed by `pce` alone."""
ITEM_9 = "phq-9-item-9"
_BETWEEN_LOOKS = 4
"""Scores that are computed between two looks at the clock."""
_LATE = "not computed: the deadline passed before this score was begun"


def find_all(
    record: Record,
    *,
    deadline: Deadline,
    options: Mapping[str, Any],
    definitions: Mapping[str, Definition],
) -> list[Finding]:
    """Return one finding for each score that the options enable, in the order of the definitions.

    Options: `on` and `off` (names of scores), `af_score`, `kfre_region`, `race`, and `all_values`: whether
    scores that do not apply are computed all the same where their inputs are there.
    """
    settings = {**DEFAULTS, **options}
    rules = load_rules()
    names = _enabled(tuple(definitions), settings["af_score"], tuple(settings["on"]), tuple(settings["off"]))
    chart = Chart(index(record, load_concepts()))
    ctx = Context(chart, definitions, rules, settings, Egfr(definitions), other_score)
    findings: list[Finding] = []
    late = False
    for number, how in enumerate(plans(names, definitions, rules)):
        # A score takes some microseconds: the time is asked for after every few of them.
        late = late or (number % _BETWEEN_LOOKS == 0 and deadline.left() <= 0)
        if late:
            findings.append(bare(definitions[names[number]], _LATE, out_of_time=True))
        elif how is None:
            findings.append(bare(definitions[names[number]], "no rule says whom this score is applied to"))
        else:
            findings.append(find(how, ctx))
    findings = _beside(findings, rules)
    return [*findings, *_self_harm(ctx, names)]


@lru_cache(maxsize=64)
def _enabled(
    names: tuple[str, ...], af_score: str, on: tuple[str, ...], off: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the names of the scores that these settings enable."""
    if af_score not in AF_SCORES:
        raise ModelError(f"af_score is one of {', '.join(AF_SCORES)}", pointer="/options/af_score")
    dropped = {*off, *(name for name in AF_SCORES if name != af_score)}
    if "pce" in on:
        # Two risks of one disease side by side with different cut-offs would mislead.
        dropped |= {"prevent", "prevent-components"}
    dropped |= {name for name, rule in load_rules().items() if not rule.enabled and name not in on}
    return tuple(name for name in names if name not in dropped or (name == af_score and name not in off))


def _beside(findings: list[Finding], rules: Mapping[str, Rule]) -> list[Finding]:
    """Withdraw scores that may not stand alone where their companion has no value."""
    valued = {f.code for f in findings if f.value is not None or f.values}
    return [_alone(finding, rules, valued) if finding.applies else finding for finding in findings]


def _alone(finding: Finding, rules: Mapping[str, Rule], valued: set[str]) -> Finding:
    rule = rules.get(finding.code)
    if rule is None or not rule.beside or rule.beside in valued:
        return finding
    notes = (*finding.notes, f"never shown without {rule.beside}")
    return replace(finding, applies=False, reached={}, notes=notes)


def _self_harm(ctx: Context, names: tuple[str, ...]) -> list[Finding]:
    """Return item 9 of the PHQ-9 as a finding of its own, whether or not the rest was answered."""
    rule = ctx.rules.get(ITEM_9)
    if rule is None or "phq-9" not in names:
        return []
    found = items(ctx.chart, rule.inputs["item_9"])
    if not isinstance(found.value, tuple):
        return []
    value = found.value[0]
    row = next((t for t in reversed(rule.thresholds) if t.compare.holds(value)), None)
    definition = ctx.definitions["phq-9"]
    return [
        Finding(
            kind="rule",
            code=ITEM_9,
            title="PHQ-9 item 9: thoughts of death or self-harm",
            model=f"scores/phq-9@{definition.version}",
            value=value,
            unit="{score}",
            inputs=(Input("item_9", value, "{score}", found.minutes_ago, found.ref, found.code),),
            source=definition.source,
            reached=dict(row.row) if row else {},
            detail={"topic": rule.topic, "assumed_none": False, "conflicts": [], "lacks_one": None},
        )
    ]
