"""The cards: one for each guideline rule, one for all that was learned, told apart in words and data."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cds.hooks.cards import Card, Link, OverrideReason, plain, shorten
from cds.services.base import Case, ServiceSettings
from cds.services.medication_recommender.drafts import learned_draft, rule_drafts
from cds.services.medication_recommender.selection import Plan
from cds.services.medication_recommender.words import allergies, detail, reasons, summary
from models.base import Finding, Input

MODEL = "recommender"
_OVERRIDES = (
    OverrideReason("declined", "Offered and declined by the patient"),
    OverrideReason("past-harm", "Harm from it in the past"),
    OverrideReason("prescribed-elsewhere", "Prescribed elsewhere"),
    OverrideReason("contraindication-not-recorded", "Contraindication that is not recorded (which)"),
    OverrideReason("cost", "Cost or coverage"),
    OverrideReason("not-my-role", "Not my role"),
)
_WARNING = "A frequent order is not a good order."
_TERMS, _SEEN = 3, 0.005
"""Terms that are shown at most, and the least that is seen in two decimals."""


def cards_of(plan: Plan, case: Case, settings: ServiceSettings) -> list[Card]:
    """Return the cards of a plan, the most pressing rule first."""
    cards = [
        _rule_card(finding, count, case, settings, further=plan.further if last else ())
        for (finding, count), last in zip(plan.rules, _last(len(plan.rules)), strict=True)
    ]
    return [*cards, *([_learned_card(plan.learned, case, settings)] if plan.learned else [])]


def _last(count: int) -> Iterator[bool]:
    yield from (place == count - 1 for place in range(count))


def _rule_card(
    finding: Finding, count: int, case: Case, settings: ServiceSettings, *, further: Sequence[str]
) -> Card:
    suggestions = tuple(rule_drafts(finding, case, count))
    source = finding.source
    links = (Link(shorten(finding.detail["guideline"], 80), source.url),) if source and source.url else ()
    return Card(
        uuid=case.new_uuid(),
        summary=summary(finding),
        indicator="info",
        source=settings.source(finding.code, model=MODEL, display=shorten(finding.title, 60)),
        detail=detail(finding, case, further=further),
        suggestions=suggestions,
        selection_behavior="at-most-one" if suggestions else None,
        override_reasons=_OVERRIDES,
        links=links,
        findings=(_rule_data(finding),),
        model=finding.model,
        refs=_refs([finding]),
    )


def _rule_data(finding: Finding) -> dict[str, Any]:
    """Return a rule's finding for the extension of a card."""
    found = finding.detail
    return {
        "rule": finding.code,
        "kind": "guideline",
        "rank": finding.reached["rank"],
        "strength": finding.reached["strength"],
        "source": _cited(finding),
        "because": list(finding.notes),
        "values": [_value(line) for line in finding.inputs if line.name == "value"],
        "options": [
            {key: one[key] for key in ("name", "rxcui", "cvx", "verdict", "reasons", "unchecked") if one[key]}
            for one in found["options"]
        ],
        "not_found": found["excluded"],
        "not_known": list(finding.missing),
        "also": found["also"],
    }


def _cited(finding: Finding) -> dict[str, Any]:
    source = finding.source
    return {"citation": source.citation, "url": source.url, "year": source.year} if source else {}


def _value(line: Input) -> dict[str, Any]:
    days = None if line.minutes_ago is None else round(line.minutes_ago / 1440, 1)
    return {"name": line.code, "value": line.value, "unit": line.unit, "days_ago": days}


def _learned_card(found: Sequence[Finding], case: Case, settings: ServiceSettings) -> Card:
    first = found[0]
    named = "; ".join(f"{plain('/'.join(f.detail['ingredients']))} ({_for(f)})" for f in found)
    when = "with what is selected" if case.hook == "order-select" else "next in a like state"
    unknown = list(dict.fromkeys([*(text for f in found for text in f.missing), *allergies(case)]))
    blocks = [
        f"**Learned from {plain(first.detail['learned_from'])}, no guideline rule.** {_WARNING}",
        "\n".join(_item(finding, case) for finding in found),
        f"**How good:** {plain(first.detail['evaluation'])}",
        f"**Unknown:** {plain('; '.join([*unknown, 'coverage', 'outside prescriptions', 'preference']))}.",
    ]
    return Card(
        uuid=case.new_uuid(),
        summary=shorten(f"Learned, no guideline: often ordered {when}: {named}"),
        indicator="info",
        source=settings.source(_topic(found), model=MODEL, display="Learned from orders"),
        detail="\n\n".join(blocks),
        suggestions=tuple(learned_draft(finding, case) for finding in found),
        selection_behavior="any",
        override_reasons=_OVERRIDES,
        findings=tuple(_learned_data(finding) for finding in found),
        model=first.model,
        refs=_refs(found),
    )


def _topic(found: Sequence[Finding]) -> str:
    """Return a topic by the ingredients: what was declined of one drug is not declined of the next."""
    words = dict.fromkeys(name for finding in found for name in finding.detail["ingredients"])
    letters = "".join("".join(filter(str.isalnum, name.title())) for name in words)
    return f"{found[0].code}{letters.encode('ascii', 'ignore').decode()}"[:100]


def _for(finding: Finding) -> str:
    return plain(", ".join(finding.detail["indication"][:1]))


def _item(finding: Finding, case: Case) -> str:
    """Return one learned item: for what, its largest terms that add up to its score, and its verdict."""
    largest = [one for one in finding.detail["because"][:_TERMS] if abs(one["weight"]) >= _SEEN]
    terms = [_term(one) for one in largest]
    rest = (finding.value or 0.0) - sum(one["weight"] for one in largest)
    against = finding.detail["reasons"]
    verdict = f"caution: {reasons(against)}" if against else "safety check passed"
    if not against and finding.missing:
        verdict = "nothing found against it, not everything checked"
    alone = "nothing else on the list" if case.hook == "order-select" else "nothing on the list"
    return (
        f"- **{plain(str(finding.detail['product']))}** for {_for(finding)}: active, and {alone} "
        f"treats it. Score {finding.value:.2f}: {', '.join(terms)}, all else {rest:+.2f}. "
        f"{verdict[:1].upper()}{verdict[1:]}."
    )


def _term(one: Mapping[str, Any]) -> str:
    return f"{plain(one['text'])} {one['weight']:+.2f}"


def _learned_data(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.code,
        "kind": "learned",
        "name": finding.detail["product"],
        "rxcui": finding.detail["rxcui"],
        "score": round(finding.value or 0.0, 4),
        "because": finding.detail["because"],
        "indication": finding.detail["indication"],
        "verdict": finding.detail["verdict"],
        "reasons": finding.detail["reasons"],
        "not_known": list(finding.missing),
    }


def _refs(found: Sequence[Finding]) -> tuple[str, ...]:
    lines = (line for finding in found for line in finding.inputs if line.ref and line.name != "checked")
    return tuple(dict.fromkeys(line.ref for line in lines))
