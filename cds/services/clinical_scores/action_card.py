"""The card of a score that reached an action level: one decision, why, on what, and what to do."""

from collections.abc import Iterable, Mapping
from typing import Any

from cds.fhir.write import concept, service_request
from cds.hooks.cards import Card, Change, Link, Suggestion, plain, shorten
from cds.services.base import Case, ServiceSettings
from cds.services.clinical_scores.findings_data import as_data
from cds.services.clinical_scores.input_lines import told
from cds.services.clinical_scores.numbers import (
    aged,
    band_text,
    brief,
    fields_of,
    input_value,
    named_outputs,
    outputs,
    readable,
    result,
)
from cds.services.clinical_scores.phrases import Grade, Order, words
from cds.services.clinical_scores.selection import Advice, Chosen
from models.base import Finding, Input
from models.record import SNOMED, Code

NO_AI = "Formula, no AI."
_CATEGORIES: Mapping[str, Code] = {
    "referral": Code(SNOMED, "3457005", "Patient referral"),
    "diagnostic": Code(SNOMED, "103693007", "Diagnostic procedure"),
}


def action_card(
    chosen: Chosen, case: Case, *, settings: ServiceSettings, others: Mapping[str, Finding]
) -> Card:
    """Return the card of one finding."""
    finding, advice = chosen.finding, chosen.advice
    name, _, _ = finding.model.partition("@")
    suggestions = tuple(_suggestion(words().orders[o], chosen, case) for o in chosen.topic.orders)
    return Card(
        uuid=case.new_uuid(),
        summary=_summary(chosen),
        indicator=advice.indicator,
        source=settings.source(advice.topic, model=name, display=chosen.score.short),
        detail=_detail(chosen, case, others),
        suggestions=suggestions,
        selection_behavior=chosen.topic.selection if suggestions else None,
        override_reasons=tuple(words().overrides[name] for name in chosen.topic.overrides),
        links=tuple(_links(chosen)),
        findings=tuple(as_data(one) for one in (finding, *chosen.inside)),
        model=finding.model,
    )


def _given(chosen: Chosen) -> dict[str, Any]:
    """Return what the summary's template may name."""
    finding, score = chosen.finding, chosen.score
    label = readable(chosen.advice.label)
    given = outputs(finding, score) | {
        "short": score.short,
        "band": band_text(finding, score),
        "level": label.partition(": ")[2] or label,
    }
    given |= {f"in_{line.name}": input_value(line, words().input(line.name)) for line in finding.inputs}
    if chosen.topic.grade is not None:
        given["grade"] = _grade(chosen.topic.grade, finding)
    before = finding.detail.get("previous")
    if before:
        then = named_outputs(before["value"], before["values"], score)
        class_before = then.get(score.worse.output) if score.worse else None
        given |= {"before": class_before or brief(then, score), "ago": aged(before["minutes_ago"])}
    return given


def _grade(grade: Grade, finding: Finding) -> str:
    value = finding.value if grade.output == "value" else finding.values.get(grade.output)
    fitting = [text for start, text in grade.steps if value is not None and value >= start]
    return fitting[-1] if fitting else ""


def _summary(chosen: Chosen) -> str:
    """Return the number, what it means and what was not found, within the limit."""
    given = _given(chosen)
    template = chosen.topic.summary
    if template and fields_of(template) <= given.keys():
        text = template.format_map(given)
    else:
        text = f"{chosen.score.short} {brief(given, chosen.score)}: {given['level']}"
    tail = _tail(chosen)
    return shorten(f"{text}; {tail}" if tail else text)


def _in_doubt(chosen: Chosen) -> bool:
    """Tell whether the rule itself could not tell what it looks for."""
    doubt = chosen.topic.doubt
    return doubt is not None and any(note.startswith(doubt.note) for note in chosen.finding.notes)


def _tail(chosen: Chosen) -> str:
    if chosen.topic.doubt is not None:
        return chosen.topic.unchecked if _in_doubt(chosen) else chosen.topic.absent
    if chosen.seen is None:
        return ""
    return {"found": "", "absent": chosen.topic.absent, "unchecked": chosen.topic.unchecked}[
        chosen.seen.state
    ]


def _detail(chosen: Chosen, case: Case, others: Mapping[str, Finding]) -> str:
    finding, score = chosen.finding, chosen.score
    inputs = told(finding, case.record, others)
    how = ", ".join((_published(score.formula), *inputs.settings))
    band = band_text(finding, score)
    head = f"{score.short}: {result(outputs(finding, score), score)}"
    blocks = [
        f"**{plain(head)}**{f', {plain(band)}' if band else ''} ({plain(how)}). {_guideline(chosen)}",
        f"**Consider:** {readable('; '.join(chosen.advice.consider))}." if chosen.advice.consider else "",
        *(_further(one, chosen) for one in chosen.further),
        "\n".join(f"- {line}" for line in inputs.lines),
        *(_inside(one) for one in chosen.inside),
        _before(chosen),
        _found(chosen),
        _not_found(chosen, inputs.not_found),
        _unknown(chosen),
        _remarks(finding, inputs.set_aside),
        NO_AI,
    ]
    return "\n\n".join(block for block in blocks if block)


def _published(formula: str) -> str:
    return f"published {formula}" if formula.isdigit() else formula


def _guideline(chosen: Chosen) -> str:
    advice = chosen.advice
    above = chosen.finding.detail.get("not_reached") if chosen.finding.reached else None
    further = f" Not reached: {readable(above[0])}." if above else ""
    label = readable(advice.label)
    return f"[{advice.guideline} {advice.year}]({advice.url}): {label[:1]}{label[1:]}.{further}"


def _further(other: Advice, chosen: Chosen) -> str:
    """Return another guideline's level that the same numbers reach."""
    more = [text for text in other.consider if text not in chosen.advice.consider]
    consider = f". Consider: {readable('; '.join(more))}" if more else ""
    guideline = f"[{other.guideline} {other.year}]({other.url})"
    return f"**Also reached:** {guideline}: {readable(other.label)}{consider}."


def _inside(guest: Finding) -> str:
    """Return a score that informs this card, in one line."""
    said = words().score(guest.code, guest.title)
    given = outputs(guest, said)
    because = ", ".join([*(_flag(line) for line in guest.inputs if line.value is True), *_age(guest)])
    counts = f" ({because})" if because else ""
    return f"**{said.short}: {result(given, said)}**{counts}: {said.inside_says}."


def _flag(line: Input) -> str:
    label = words().input(line.name).label
    return f"{label} {plain(readable(line.note))}" if line.note else label


def _age(guest: Finding) -> list[str]:
    return ["age" for line in guest.inputs if line.name == "age_years"]


def _before(chosen: Chosen) -> str:
    before = chosen.finding.detail.get("previous")
    if not before or before["minutes_ago"] is None:
        return ""
    then = result(named_outputs(before["value"], before["values"], chosen.score), chosen.score)
    return f"**Before:** {plain(then)} ({aged(before['minutes_ago'])})." if then else ""


def _found(chosen: Chosen) -> str:
    if chosen.seen is None or chosen.seen.state != "found":
        return ""
    return f"**Found:** {words().sought[chosen.topic.sought].says} ({aged(chosen.seen.minutes_ago)})."


def _not_found(chosen: Chosen, flags: Iterable[str]) -> str:
    """Say what was looked for and is not there; outside care is never seen."""
    sought = words().sought.get(chosen.topic.sought)
    parts = list(flags)
    if sought is not None and chosen.seen is not None and chosen.seen.state == "absent":
        months = round(sought.days / 30.44)
        parts.insert(0, f"{sought.says} in {months} months (outside care invisible)")
    doubt = chosen.topic.doubt
    if doubt is not None and not _in_doubt(chosen) and doubt.what not in parts:
        parts.append(doubt.what)
    parts += [chosen.topic.excluded] if chosen.topic.excluded else []
    return f"**Not found:** {', '.join(parts)}." if parts else ""


def _unknown(chosen: Chosen) -> str:
    finding = chosen.finding
    said = [plain(readable(text)) for text in finding.detail.get("unknown") or ()]
    said += [words().input(name).label for name in finding.missing]
    if chosen.seen is not None and chosen.seen.state == "unchecked":
        said.append(f"{words().sought[chosen.topic.sought].says} (the lists did not arrive whole)")
    return f"**Unknown:** {'; '.join(said)}." if said else ""


def _remarks(finding: Finding, set_aside: Iterable[str]) -> str:
    """Return the remaining notes: limits of the formula, ranges, capped values, newer values set aside."""
    elsewhere = set(finding.detail.get("unknown") or ())
    notes = [plain(readable(n)) for n in finding.notes if n not in elsewhere]
    newer = ", ".join(set_aside)
    notes += [f"newer {newer} not used: no complete set with it"] if newer else []
    return f"**Note:** {'; '.join(notes)}." if notes else ""


def _links(chosen: Chosen) -> Iterable[Link]:
    advice, source = chosen.advice, chosen.finding.source
    yield Link(f"{advice.guideline} {advice.year}", advice.url)
    if source is not None and source.url and source.url != advice.url:
        yield Link(f"{chosen.score.short}: the paper", source.url)


def _suggestion(order: Order, chosen: Chosen, case: Case) -> Suggestion:
    codes = [Code(order.system, order.code, order.display)] if order.code else []
    given = outputs(chosen.finding, chosen.score)
    resource = service_request(
        patient=case.patient,
        code=concept(codes, order.text),
        reason=f"{chosen.score.short} {result(given, chosen.score)}",
        model=chosen.finding.model,
        category=_CATEGORIES[order.category],
    )
    change = Change(kind="create", description=f"{order.label}, for review and signature", resource=resource)
    return Suggestion(label=order.label, uuid=case.new_uuid(), actions=(change,))
