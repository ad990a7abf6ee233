"""The one summary card: every other score computed, what lacks one input, what contradicts itself."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from cds.hooks.cards import SUMMARY_LIMIT, Card, plain, shorten
from cds.services.base import Case, ServiceSettings
from cds.services.clinical_scores.action_card import NO_AI
from cds.services.clinical_scores.findings_data import NOT_USED, as_data
from cds.services.clinical_scores.numbers import (
    aged,
    band_text,
    brief,
    named_outputs,
    outputs,
    readable,
    result,
)
from cds.services.clinical_scores.phrases import ScoreWords, words
from cds.services.clinical_scores.selection import Plan, comfort, computed
from models.base import Finding

TOPIC = "SCOREsummary"
_ASSUMED = ": assumed none"
_NOT_FOR_IT = "; this score is not for it"
_NEWER = "newer: "
_NO_UNIT = "in a unit that cannot be converted"
_REASONS = {
    "a value from the future": "dated in the future",
    "a value without a time": "without a date",
    "a value was not used, the unit is empty": "without a unit",
    "an implausible value": "outside of what is possible",
}
_SPECIMEN = re.compile(r" in |, ")
_NAMED = 3
_LACKING = 6
_LATE = 8
_ROOM_FOR_COUNT = 28


def summary_card(
    plan: Plan, findings: Sequence[Finding], case: Case, *, settings: ServiceSettings, rows: int
) -> Card | None:
    """Return the summary card, or None where there is nothing to tell that applies to this patient."""
    told = _ordered(f for f in plan.told if f.applies)
    if not told or _empty(told, findings):
        return None
    return Card(
        uuid=case.new_uuid(),
        summary=_summary(told),
        indicator="info",
        source=settings.source(TOPIC, model="scores", display="Scores computed from the record"),
        detail=_detail(plan, told, findings, rows, ask=not comfort(case.record)),
        findings=tuple(as_data(f) for f in (*told, *(f for f in plan.told if not f.applies))),
        model="scores",
    )


def _empty(told: Sequence[Finding], findings: Sequence[Finding]) -> bool:
    """Tell whether a card would say nothing but that sums are zero."""
    zeros = all(_quiet(f) and f.value == 0 and not f.values for f in told)
    return zeros and not any((_conflicts(findings), _refused(findings), _lacking(findings), _late(findings)))


def _ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings as the words rank them: what is acted on first, arithmetic last."""
    order = _places()
    return sorted(findings, key=lambda f: (_quiet(f), order.get(f.code, len(order))))


@lru_cache(maxsize=1)
def _places() -> Mapping[str, int]:
    """Return the place of each score in the order of the words."""
    return {name: place for place, name in enumerate(words().scores)}


def _said(finding: Finding) -> ScoreWords:
    return words().score(finding.code, finding.title)


def _quiet(finding: Finding) -> bool:
    """Tell whether a score is arithmetic or too low to matter, and stands in one line at the end."""
    said = _said(finding)
    low = said.quiet_below
    return said.quiet or (low is not None and (finding.value or 0) < low)


def _summary(told: Sequence[Finding]) -> str:
    """Return the scores that fit into one line, and how many more there are."""
    loud = [f for f in told if not _quiet(f)] or list(told)
    texts = [f"{_said(f).short} {brief(outputs(f, _said(f)), _said(f))}" for f in loud]
    text = texts[0]
    shown = 1
    while shown < len(texts) and len(text) + len(texts[shown]) + 2 <= SUMMARY_LIMIT - _ROOM_FOR_COUNT:
        text = f"{text}; {texts[shown]}"
        shown += 1
    more = len(told) - shown
    tail = f"; {more} more {'score' if more == 1 else 'scores'}" if more else ""
    return shorten(f"Scores: {text}{tail}")


def _detail(plan: Plan, told: Sequence[Finding], findings: Sequence[Finding], rows: int, *, ask: bool) -> str:
    loud = [f for f in told if not _quiet(f)]
    quiet = [f for f in told if _quiet(f)]
    listed = [f"- {_row(f, plan.why_not)}" for f in loud[:rows]]
    if len(loud) > rows:
        listed.append(f"- and {len(loud) - rows} more (in the data of this card)")
    blocks = [
        "**Computed from the record, for information.**",
        _assumed(told),
        _not_excluded(told),
        "\n".join(listed),
        _also(quiet),
        _conflicts(findings),
        _refused(findings),
        _lacking(findings) if ask else "",
        _late(findings),
        NO_AI,
    ]
    return "\n\n".join(block for block in blocks if block)


def _row(finding: Finding, why_not: Mapping[str, str]) -> str:
    said = _said(finding)
    band = band_text(finding, said)
    parts = [f"**{_short_name(said.short)}** {plain(result(outputs(finding, said), said))}"]
    parts[0] += f": {plain(band)}" if band else ""
    newest = min(_ages(finding), default=None)
    if newest is not None:
        parts[0] += f" ({aged(newest)})"
    parts += _was(finding, said)
    if finding.code in why_not:
        parts.append(f"{readable(str(finding.reached.get('label', '')))}; no card: {why_not[finding.code]}")
    return "; ".join(parts)


@lru_cache(maxsize=512)
def _short_name(short: str) -> str:
    """Return a score's short name, which is of our words, as plain text."""
    return plain(short)


def _ages(finding: Finding) -> list[int]:
    """Return the ages of dated values; since when a diagnosis is on record says nothing here."""
    values = (line for line in finding.inputs if not isinstance(line.value, bool))
    return [line.minutes_ago for line in values if line.minutes_ago is not None]


def _was(finding: Finding, said: ScoreWords) -> list[str]:
    """Return what a score was whose class has changed since."""
    before = finding.detail.get("previous")
    if not finding.detail.get("changed_band") or not before or before["minutes_ago"] is None:
        return []
    given = named_outputs(before["value"], before["values"], said)
    return [f"was {plain(brief(given, said))} ({aged(before['minutes_ago'])})"]


def _assumed(told: Iterable[Finding]) -> str:
    """Say conspicuously which numbers rest on an empty list."""
    by_note: dict[str, list[str]] = {}
    for finding in told:
        for note in finding.notes:
            if note.endswith(_ASSUMED):
                by_note.setdefault(note, []).append(_said(finding).short)
    lines = [f"**{note[:1].upper()}{note[1:]}** ({', '.join(names)})." for note, names in by_note.items()]
    return " ".join(lines)


def _not_excluded(told: Iterable[Finding]) -> str:
    """Gather what could not be excluded, by the reason why, with the scores that are not for it."""
    by_reason: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for finding in told:
        for text in finding.detail.get("unknown") or ():
            what, _, reason = text.removesuffix(_NOT_FOR_IT).partition(": ")
            whats, scores = by_reason.setdefault(reason, ({}, {}))
            whats[what] = scores[_said(finding).short] = None
    lines = [
        f"**Could not be excluded** ({reason}): {', '.join(whats)}; {', '.join(scores)} would then mislead."
        for reason, (whats, scores) in by_reason.items()
    ]
    return " ".join(lines)


def _refused(findings: Iterable[Finding]) -> str:
    """Count the values that were there and could not be used, by reason, and name some of each."""
    by_reason: dict[str, dict[str, None]] = {}
    for finding in findings:
        for what, reason in _unused(finding) if finding.applies else ():
            by_reason.setdefault(reason, {})[what] = None
    texts = [f"{len(whats)} {reason} ({_some(list(whats))})" for reason, whats in by_reason.items()]
    return f"**Values not used:** {plain('; '.join(texts))}." if texts else ""


def _unused(finding: Finding) -> Iterable[tuple[str, str]]:
    """Yield what could not be used, with the reason."""
    for text in (finding.detail.get("why_missing") or {}).values():
        title, _, reason = text.partition(": ")
        if NOT_USED in reason:
            yield _short(title), _reason(reason)
    for line in finding.inputs:
        for note in line.note.split("; ") if line.note else ():
            if note.startswith(_NEWER):
                yield words().input(line.name).label, _reason(note.removeprefix(_NEWER))


def _reason(text: str) -> str:
    return next((said for begins, said in _REASONS.items() if text.startswith(begins)), _NO_UNIT)


def _short(title: str) -> str:
    """Return the name of a measurement without its specimen, as it stands within a sentence."""
    name = _SPECIMEN.split(title, maxsplit=1)[0]
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def _some(whats: Sequence[str]) -> str:
    more = f" and {len(whats) - _NAMED} more" if len(whats) > _NAMED else ""
    return f"{', '.join(whats[:_NAMED])}{more}"


def _also(quiet: Sequence[Finding]) -> str:
    texts = [f"{_said(f).short} {result(outputs(f, _said(f)), _said(f))}" for f in quiet]
    return f"**Also:** {plain('; '.join(texts))}." if texts else ""


def _conflicts(findings: Iterable[Finding]) -> str:
    found = dict.fromkeys(text for f in findings if f.applies for text in f.detail.get("conflicts") or ())
    if not found:
        return ""
    return f"**Contradiction, not scored:** {'; '.join(plain(readable(text)) for text in found)}."


def _lacking(findings: Iterable[Finding]) -> str:
    """Name what one input more would give, gathered by that input; never everything that is missing."""
    by_input: dict[str, list[str]] = {}
    for finding in _ordered(f for f in findings if f.applies and _one_short(f)):
        by_input.setdefault(_lacked(finding), []).append(_said(finding).short)
    texts = [f"{what} for {' and '.join(scores)}" for what, scores in by_input.items()]
    return f"**Lacks one input:** {plain('; '.join(texts[:_LACKING]))}." if texts else ""


def _lacked(finding: Finding) -> str:
    """Return what the one missing input is; where one is there that belongs elsewhere, which it must be."""
    name = str(finding.detail["lacks_one"])
    reason = str((finding.detail.get("why_missing") or {}).get(name, ""))
    where = reason.removeprefix("not ") if reason.startswith("not of ") else ""
    return f"{words().input(name).label} {where}".rstrip()


def _one_short(finding: Finding) -> bool:
    said = _said(finding)
    open_question = finding.detail.get("lacks_one") and not finding.detail.get("conflicts")
    return bool(open_question and said.nudge and not said.quiet and not computed(finding))


def _late(findings: Iterable[Finding]) -> str:
    names = [_said(f).short for f in findings if f.detail.get("out_of_time")]
    more = f" and {len(names) - _LATE} more" if len(names) > _LATE else ""
    return f"**Not computed, time ran out:** {plain(', '.join(names[:_LATE]))}{more}." if names else ""
