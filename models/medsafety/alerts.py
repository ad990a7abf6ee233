"""What is said of a drug: the alert of a rule, with what raised or lowered it and what was not known."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from models.knowledge.drugs.rows import Clause, Effect, Rule, Severity
from models.medsafety.answers import Scene, holds
from models.medsafety.person import Taken

RANK: Mapping[str, int] = {"critical": 3, "warning": 2, "info": 1, "silent": 0}


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert; `refs` are the entries it is about, the draft first."""

    rule: str
    kind: str
    severity: Severity
    interruptive: bool
    drugs: tuple[str, ...]
    summary: str
    mechanism: str = ""
    action: str = ""
    modifiers: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    topic: str = ""
    labs_missing: tuple[str, ...] = ()
    """Names of the values that the rule asks for and the record does not hold."""
    allergy: str = ""
    """The reference of the entry of the allergy list that an allergy rule speaks of."""

    def as_dict(self) -> dict[str, Any]:
        """Return what `run` and `/v2` answer with."""
        return {
            "rule": self.rule,
            "kind": self.kind,
            "severity": self.severity,
            "interruptive": self.interruptive,
            "drugs": list(self.drugs),
            "summary": self.summary,
            "mechanism": self.mechanism,
            "action": self.action,
            "modifiers": list(self.modifiers),
            "missing": list(self.missing),
            "sources": list(self.sources),
            "alternatives": list(self.alternatives),
        }


def judged(rule: Rule, scene: Scene) -> Alert | None:
    """Return the alert that a rule comes to in a scene, or None where it is silent.

    Of the modifiers that hold, the one that raises most decides; only where none raises, the one that lowers
    most. What could not be told is named and changes nothing.
    """
    when = holds(rule.when, scene)
    severity: Severity = rule.severity
    if when.value is False or (when.value is None and rule.unknown == "silent"):
        return None
    if rule.unless and holds(rule.unless, scene).value:
        return None
    if when.value is None and rule.unknown == "info":
        severity = "info"
    effects: list[Effect] = []
    words: list[str] = []
    missing: list[str] = list(when.missing)
    for modifier in rule.modifiers:
        verdict = holds(modifier.when, scene)
        if verdict.value:
            effects.append(modifier.effect)
            words.append(_with_found(modifier.words, verdict.found))
        if modifier.effect != "silent":
            missing += verdict.missing
    decided = _decided(severity, effects)
    if decided == "silent":
        return None
    severity = decided
    drugs = _drugs(rule, scene)
    return Alert(
        rule=rule.id,
        kind=rule.kind,
        severity=severity,
        interruptive=severity == "critical" or (severity == "warning" and rule.interruptive),
        drugs=drugs,
        summary=_filled(rule.summary, scene),
        mechanism=rule.mechanism,
        action=_filled(rule.action, scene),
        modifiers=tuple(dict.fromkeys((*when.found, *words))),
        missing=tuple(dict.fromkeys(missing)),
        sources=rule.provenance.source,
        alternatives=rule.alternatives,
        overrides=rule.overrides,
        refs=tuple(t.ref for t in _draft_first(scene) if t.ref),
        topic=topic(rule.id, drugs if rule.b is not None else ()),
        labs_missing=tuple(dict.fromkeys(_labs_missing(rule, scene))),
        allergy=scene.allergy.ref if scene.allergy is not None else "",
    )


def _labs_missing(rule: Rule, scene: Scene) -> Iterator[str]:
    asked = (rule.when, *(modifier.when for modifier in rule.modifiers))
    for clause in (c for condition in asked for group in condition for c in group):
        if clause.kind in ("lab", "lab-missing") and _unmeasured(clause, scene):
            yield clause.subject


def _draft_first(scene: Scene) -> list[Taken]:
    both = [t for t in (scene.a, scene.b) if t is not None]
    return sorted(both, key=lambda taken: taken.place != "draft")


def _unmeasured(clause: Clause, scene: Scene) -> bool:
    return scene.person.newest(clause.subject, within_days=clause.within_days or 365) is None


def _with_found(words: str, found: Sequence[str]) -> str:
    new = [f for f in found if f.casefold() not in words.casefold()]
    return f"{words} ({'; '.join(new)})" if words and new else words or "; ".join(found)


def _decided(severity: Severity, effects: Iterable[Effect]) -> Any:
    weighing = [e for e in effects if e != "note"]
    raising = [e for e in weighing if RANK[e] > RANK[severity]]
    if raising:
        return max(raising, key=RANK.__getitem__)
    lowering = [e for e in weighing if RANK[e] < RANK[severity]]
    return min(lowering, key=RANK.__getitem__) if lowering else severity


def _drugs(rule: Rule, scene: Scene) -> tuple[str, ...]:
    first = scene.a_ingredient or scene.a.name
    if rule.b is None or scene.b is None:
        return (first,)
    return (first, scene.b_ingredient or scene.b.name)


def _filled(text: str, scene: Scene) -> str:
    """Return a text of a rule with the drugs' names in their places, beginning with a capital."""
    second = scene.b_ingredient or (scene.b.name if scene.b is not None else "")
    said = text.replace("{a}", scene.a_ingredient or scene.a.name).replace("{b}", second)
    return said[:1].upper() + said[1:]


def topic(rule: str, drugs: Iterable[str]) -> str:
    """Return the topic code: the rule with the ingredients it is about, stable for an EHR to remember."""
    words = ("".join(w.capitalize() for w in _letters(drug).split()) for drug in sorted(drugs))
    return rule + "".join(words)


def _letters(name: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else " " for c in name)


def calmed(alert: Alert) -> Alert:
    """Return an alert of a pair that never interrupts: no more than information."""
    return replace(alert, severity="info", interruptive=False)
