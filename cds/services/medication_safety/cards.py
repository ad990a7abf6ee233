"""The cards of what rules say: one for each draft and kind of alert, and one for all that only informs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cds.hooks.cards import Card, Link, OverrideReason, shorten
from cds.services.base import Case, ServiceSettings
from cds.services.medication_safety.needs import MODEL
from cds.services.medication_safety.suggestions import suggestions, taken_out
from cds.services.medication_safety.words import NO_AI, cited, detail, note_line, summary
from models.base import Finding
from models.record import Fact

_MOST_REASONS = 7
_LAST_REASON = "comfort-care"
_LONGEST_TOPIC = 100


def severity(finding: Finding) -> Any:
    """Return critical, warning or info."""
    return finding.reached["severity"]


def alert_card(
    group: Sequence[Finding], case: Case, settings: ServiceSettings, entries: Mapping[str, Fact]
) -> Card:
    """Return one card for alerts of one kind on one draft, the most severe first."""
    head, evidence = group[0], settings.options["evidence"]
    offered = suggestions(group, case)
    return Card(
        uuid=case.new_uuid(),
        summary=summary(group),
        indicator=severity(head),
        source=settings.source(_topic(head), model=MODEL, display=shorten(head.title, 60)),
        detail=detail(group, entries, evidence=evidence, out=taken_out(group, case)),
        suggestions=offered,
        selection_behavior="at-most-one" if offered else None,
        override_reasons=tuple(_reasons(group)),
        links=tuple(_links(group)) if evidence else (),
        findings=tuple(as_data(finding) for finding in group),
        model=head.model,
        refs=_refs(group),
    )


def notes_card(found: Sequence[Finding], case: Case, settings: ServiceSettings) -> Card:
    """Return one card for all that informs and asks for no decision."""
    rows, evidence = settings.options["notes_rows"], settings.options["evidence"]
    lines = [note_line(f, evidence=evidence) for f in found[:rows]]
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
        refs=_refs(found),
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


def _refs(group: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ref for finding in group for ref in finding.detail["refs"]))


def _topic(head: Finding) -> str:
    """Return the rule with its drugs: what was overridden for one drug is not overridden for the next."""
    code = str(head.detail["topic"])
    for drug in head.detail["drugs"]:
        words = "".join(w.capitalize() for w in "".join(_letter(c) for c in drug).split())
        if words.casefold() not in code.casefold():
            code += words
    return code[:_LONGEST_TOPIC]


def _letter(character: str) -> str:
    return character if character.isalnum() and character.isascii() else " "


def _reasons(group: Iterable[Finding]) -> Iterator[OverrideReason]:
    """Yield a handful of reasons; comfort care is always among them where the rules give it."""
    given = {r["code"]: r["display"] for finding in group for r in finding.detail["overrides"]}
    if not any(finding.detail["labs_missing"] for finding in group):
        given.pop("monitored", None)
    last = given.pop(_LAST_REASON, "")
    for code, display in list(given.items())[: _MOST_REASONS - bool(last)]:
        yield OverrideReason(code, display)
    if last:
        yield OverrideReason(_LAST_REASON, last)


def _links(group: Iterable[Finding]) -> Iterator[Link]:
    urls = {s["url"]: s for f in group for s in f.detail["sources"] if s["url"].startswith("https://")}
    for source in list(urls.values())[:2]:
        yield Link(shorten(cited(source["citation"]), 80), source["url"])
