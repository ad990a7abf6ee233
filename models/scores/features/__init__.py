"""From a de-identified record to scores: which apply, their inputs, what is missing, what they reached.

Everything that is clinical here is data: `models/scores/rules/*.toml`, `inputs.toml`, `conflicts.toml` and
the value sets in `models/knowledge/concepts`. The record is indexed once; each input is found once.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from models.base import Deadline, Finding, Input, ModelError
from models.knowledge.concepts import load_concepts
from models.record import Record
from models.scores.definition import Definition
from models.scores.features.assemble import bare, find
from models.scores.features.context import Context, context
from models.scores.features.index import index
from models.scores.features.inputs import items
from models.scores.features.kidney import Compute
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
_LATE = "not computed: the deadline passed before this score was begun"


def find_all(
    record: Record,
    *,
    deadline: Deadline,
    options: Mapping[str, Any],
    definitions: Mapping[str, Definition],
    compute: Compute,
) -> list[Finding]:
    """Return one finding for each score that the options enable, in the order of the definitions.

    Options: `on` and `off` (names of scores), `af_score`, `kfre_region`, `race`, and `all_values`: whether
    scores that do not apply are computed all the same where their inputs are there.
    """
    settings = {**DEFAULTS, **options}
    rules = load_rules()
    names = [name for name in definitions if _enabled(name, rules, settings)]
    ctx = context(index(record, load_concepts()), definitions, rules, compute, settings)
    findings: list[Finding] = []
    for name in names:
        if deadline.left() <= 0:
            findings.append(bare(definitions[name], _LATE, out_of_time=True))
            continue
        findings.append(find(name, ctx))
    findings = _beside(findings, rules)
    return [*findings, *_self_harm(ctx, names)]


def _enabled(name: str, rules: Mapping[str, Rule], settings: Mapping[str, Any]) -> bool:
    if settings["af_score"] not in AF_SCORES:
        raise ModelError(f"af_score is one of {', '.join(AF_SCORES)}", pointer="/options/af_score")
    if name in settings["off"]:
        return False
    if name in AF_SCORES:
        return bool(name == settings["af_score"])
    if name in ("prevent", "prevent-components") and "pce" in settings["on"]:
        return False  # Two risks of one disease side by side with different cut-offs would mislead.
    rule = rules.get(name)
    return name in settings["on"] or rule is None or rule.enabled


def _beside(findings: list[Finding], rules: Mapping[str, Rule]) -> list[Finding]:
    """Withdraw scores that may not stand alone where their companion has no value."""
    valued = {f.code for f in findings if f.value is not None or f.values}
    shown = []
    for finding in findings:
        rule = rules.get(finding.code)
        if rule is not None and rule.beside and rule.beside not in valued and finding.applies:
            notes = (*finding.notes, f"never shown without {rule.beside}")
            shown.append(replace(finding, applies=False, reached={}, notes=notes))
        else:
            shown.append(finding)
    return shown


def _self_harm(ctx: Context, names: list[str]) -> list[Finding]:
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
