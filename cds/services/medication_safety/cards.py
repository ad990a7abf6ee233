"""The card of what rules say of one drug: what, why, what raises or lowers it, what to do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cds.fhir.dates import ago
from cds.fhir.write import concept, medication_request, service_request
from cds.hooks.cards import Card, Change, Link, OverrideReason, Suggestion, plain, shorten
from cds.services.base import Case, ServiceSettings
from models.base import Finding
from models.record import LOINC, RXNORM, Code

MODEL = "medication-safety"
NO_AI = "Rules from labels and guidelines, no AI."
_RANK: Mapping[str, int] = {"critical": 3, "warning": 2, "info": 1}
_MOST_SUGGESTIONS = 3


def severity(finding: Finding) -> Any:
    """Return critical, warning or info."""
    return finding.reached["severity"]


def alert_card(group: Sequence[Finding], case: Case, settings: ServiceSettings) -> Card:
    """Return one card for alerts of one kind on one draft, the most severe first."""
    head = group[0]
    suggestions = tuple(_suggestions(group, case))[:_MOST_SUGGESTIONS]
    return Card(
        uuid=case.new_uuid(),
        summary=_summary(group),
        indicator=severity(head),
        source=settings.source(head.detail["topic"], model=MODEL, display=head.title[:60]),
        detail=_detail(group),
        suggestions=suggestions,
        selection_behavior="at-most-one" if suggestions else None,
        override_reasons=tuple(_reasons(group)),
        links=tuple(_links(group)),
        findings=tuple(as_data(finding) for finding in group),
        model=head.model,
    )


def notes_card(found: Sequence[Finding], case: Case, settings: ServiceSettings, *, rows: int) -> Card:
    """Return one card for all that informs and asks for no decision."""
    lines = [f"- {plain(f.title)}. {plain(f.detail['action'])}" for f in found[:rows]]
    if len(found) > rows:
        lines.append(f"- and {len(found) - rows} more")
    count = f"{len(found)} note{'s' if len(found) > 1 else ''}"
    return Card(
        uuid=case.new_uuid(),
        summary=shorten(f"{count} on these orders, none urgent: {found[0].title}"),
        indicator="info",
        source=settings.source("MEDnotes", model=MODEL, display="Notes on orders"),
        detail="\n".join(lines) + f"\n\n{NO_AI}",
        findings=tuple(as_data(finding) for finding in found),
        model=found[0].model,
    )


def as_data(finding: Finding) -> dict[str, Any]:
    """Return an alert for the extension of a card: nothing in it points at anybody."""
    return {
        "rule": finding.code,
        "kind": finding.detail["alert"],
        "severity": severity(finding),
        "interruptive": finding.reached["interruptive"],
        "drugs": finding.detail["drugs"],
        "modifiers": list(finding.notes),
        "missing": list(finding.missing),
        "version": finding.model.rpartition("@")[2],
    }


def _summary(group: Sequence[Finding]) -> str:
    more = f" (and {len(group) - 1} more)" if len(group) > 1 else ""
    return shorten(f"{shorten(group[0].title, 140 - len(more))}{more}" if more else group[0].title)


def _detail(group: Sequence[Finding]) -> str:
    head = group[0]
    blocks = [_entries(group), f"**Why:** {plain(head.detail['mechanism'])}", _weighs(head)]
    blocks.append(f"**Do:** {plain(head.detail['action'])}")
    blocks += [
        f"**Also:** {plain(other.title)}. {plain(other.detail['action'])} {_noted(other)}".strip()
        for other in group[1:]
    ]
    passed = [d["name"] for d in head.detail["alternatives"]]
    if passed:
        blocks.append(
            f"**Alternative checked:** {plain(', '.join(passed))}: allergy, interactions, conditions, "
            "kidney, age. Dose to be chosen."
        )
    cited = dict.fromkeys(s["citation"] for f in group for s in f.detail["sources"])
    blocks.append(f"**Evidence:** {plain('; '.join(cited))}. {NO_AI}")
    return "\n\n".join(block for block in blocks if block)


def _entries(group: Iterable[Finding]) -> str:
    """Return what is drafted and what is taken, each once."""
    named: dict[str, list[str]] = {}
    for line in {(i.value, i.note): i for finding in group for i in finding.inputs}.values():
        named.setdefault(line.note, []).append(_aged(str(line.value), line.minutes_ago, line.note))
    titles = (("draft", "Draft"), ("active", "Active"), ("stated", "Stated"), ("ended", "Ended"))
    return " ".join(
        f"**{title}:** {plain('; '.join(named[note]))}." for note, title in titles if note in named
    )


def _aged(text: str, minutes: int | None, note: str) -> str:
    return text if minutes is None or note == "draft" or minutes < 0 else f"{text} ({ago(minutes)})"


def _weighs(finding: Finding) -> str:
    lines = [f"**In this record:** {plain('; '.join(finding.notes))}." if finding.notes else ""]
    lines.append(f"**Not found:** {plain('; '.join(finding.missing))}." if finding.missing else "")
    return " ".join(line for line in lines if line)


def _noted(finding: Finding) -> str:
    return f"({plain('; '.join(finding.notes))})" if finding.notes else ""


def _reasons(group: Iterable[Finding]) -> Iterator[OverrideReason]:
    seen = {r["code"]: r for finding in group for r in finding.detail["overrides"]}
    for reason in seen.values():
        yield OverrideReason(reason["code"], reason["display"])


def _links(group: Iterable[Finding]) -> Iterator[Link]:
    urls = {s["url"]: s for f in group for s in f.detail["sources"] if s["url"].startswith("https://")}
    for source in list(urls.values())[:2]:
        yield Link(shorten(source["citation"], 80), source["url"])


def _suggestions(group: Sequence[Finding], case: Case) -> Iterator[Suggestion]:
    """Yield what one click may do: another drug that passed, the missing test, the draft taken out."""
    head, drafts = group[0], {d["id"] for d in case.drafts}
    draft = next((ref for ref in head.detail["refs"] if ref in drafts), "")
    if draft and severity(head) != "info":
        for drug in head.detail["alternatives"][:1]:
            yield _replacement(head, draft, drug, case)
    labs = {lab["name"]: lab for finding in group for lab in finding.detail["labs_missing"] if lab["loinc"]}
    for lab in list(labs.values())[:1]:
        yield _test(head, lab, case)
    if draft and severity(head) == "critical":
        words = f"Remove {head.detail['drugs'][0]} from these orders"
        yield Suggestion(words, case.new_uuid(), (Change("delete", words, draft),))


def _replacement(head: Finding, draft: str, drug: Mapping[str, str], case: Case) -> Suggestion:
    codes = [Code(RXNORM, drug["rxcui"], drug["name"])] if drug["rxcui"] else []
    made = medication_request(
        patient=case.patient,
        drug=concept(codes, drug["name"]),
        note=f"Proposed in place of another drug: {head.title}. Dose to be chosen.",
        model=head.model,
    )
    changes = (
        Change("delete", "Remove the draft", draft),
        Change("create", f"Draft {drug['name']}, dose to be chosen", resource=made),
    )
    return Suggestion(f"Replace with {drug['name']}", case.new_uuid(), changes)


def _test(head: Finding, lab: Mapping[str, str], case: Case) -> Suggestion:
    made = service_request(
        patient=case.patient,
        code=concept([Code(LOINC, lab["loinc"], lab["title"])], lab["title"]),
        reason=head.title,
        model=head.model,
    )
    return Suggestion(
        f"Order {lab['title']}", case.new_uuid(), (Change("create", f"Draft {lab['title']}", resource=made),)
    )
