"""What the knowledge base covers, as text: by field, urgency and age, and what nothing uses yet."""

from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import mean

from models.knowledge.diagnosis.base import KnowledgeBase, load_knowledge
from models.knowledge.diagnosis.lint import by_rule, lint
from models.knowledge.diagnosis.rows import BAND_SHARES, BANDS, URGENCIES, Condition

_SEEN = 1.0
"""Presentations a year per 100,000 of an age band from which a condition counts as occurring in it."""


def report(base: KnowledgeBase | None = None) -> str:
    """Return the coverage of this base, or of the packaged one, as lines of text."""
    known = base or load_knowledge()
    parts = (_totals(known), _fields(known), _bands(known), _findings(known), _problems(known))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def unused(base: KnowledgeBase) -> tuple[str, ...]:
    """Return the findings that neither a condition nor another finding names."""
    named = {name for row in base.conditions.values() for name in _named(row)}
    named.update(parent for row in base.findings.values() for parent in row.parents)
    named.update(name for table in (*base.onsets.values(), *base.courses.values()) for name in table)
    return tuple(sorted(set(base.findings) - named))


def _named(row: Condition) -> Iterable[str]:
    return (*row.frequencies, *row.risks, *row.red_flags, *(v.finding for v in row.variations))


def _totals(base: KnowledgeBase) -> list[str]:
    rows, findings = base.conditions.values(), base.findings.values()
    urgency = Counter(row.urgency for row in rows)
    return [
        f"conditions: {len(base.conditions)}",
        f"findings: {len(base.findings)}; investigations: {len(base.investigations)}",
        f"findings a condition states: {mean(len(row.frequencies) for row in rows):.1f} on average",
        f"risk factors a condition states: {mean(len(row.risks) for row in rows):.1f} on average",
        f"a finding has {mean(len(row.wordings) for row in findings):.1f} wordings on average",
        "urgency: " + ", ".join(f"{level} {urgency[level]}" for level in reversed(URGENCIES)),
        f"conditions that a red flag makes more urgent: {sum(bool(row.raised) for row in rows)}",
    ]


def _fields(base: KnowledgeBase) -> list[str]:
    found: dict[str, list[Condition]] = {}
    for row in base.conditions.values():
        found.setdefault(row.field, []).append(row)
    lines = [f"{'field':42}{'conditions':>11}{'emergency':>11}{'findings each':>15}"]
    for name, rows in sorted(found.items(), key=lambda item: -len(item[1])):
        urgent = sum(row.urgency == "emergency" for row in rows)
        each = mean(len(row.frequencies) for row in rows)
        lines.append(f"{name:42}{len(rows):>11}{urgent:>11}{each:>15.1f}")
    return lines


def _bands(base: KnowledgeBase) -> list[str]:
    lines = [f"{'age':10}{'conditions':>11}{'emergency':>11}{'primary care':>15}{'emergency dept':>16}"]
    for band, name in enumerate(BANDS):
        rows = [row for row in base.conditions.values() if _occurs(row, band)]
        urgent = sum(row.urgency == "emergency" for row in rows)
        shares = {s: _sum(base, s, band) for s in ("primary-care", "emergency")}
        lines.append(
            f"{name:10}{len(rows):>11}{urgent:>11}{shares['primary-care']:>15,.0f}{shares['emergency']:>16,.0f}"
        )
    return [*lines, "(the last two: presentations a year per 100,000 of that age)"]


def _occurs(row: Condition, band: int) -> bool:
    return sum(row.rates.values()) * row.ages[band] >= _SEEN


def _sum(base: KnowledgeBase, setting: str, band: int) -> float:
    return sum(
        rate * row.ages[band]
        for row in base.conditions.values()
        for name, rate in row.rates.items()
        if name == setting and BAND_SHARES[band]
    )


def _findings(base: KnowledgeBase) -> list[str]:
    kinds = Counter(row.kind for row in base.findings.values())
    idle = unused(base)
    return [
        "findings by kind: " + ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()),
        f"findings with a measured threshold: {sum(bool(_threshold(r)) for r in _measured(base))}",
        f"findings with an HPO term: {sum(row.hpo is not None for row in base.findings.values())}",
        f"findings that nothing names yet: {len(idle)}" + (f" ({', '.join(idle[:8])} ...)" if idle else ""),
    ]


def _measured(base: KnowledgeBase) -> Iterable[tuple[float | None, float | None]]:
    return ((row.measure.above, row.measure.below) for row in base.findings.values() if row.measure)


def _threshold(limits: tuple[float | None, float | None]) -> bool:
    return any(limit is not None for limit in limits)


def _problems(base: KnowledgeBase) -> list[str]:
    found: Mapping[str, int] = by_rule(lint(base))
    return ["linter: " + (", ".join(f"{rule} {count}" for rule, count in found.items()) or "no problem")]
