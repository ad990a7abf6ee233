"""Model cards in other people's formats: CHAI's Applied Model Card (XML, v0.2) and a FHIR DocumentReference.

Element names and their order are those of https://mc.chai.org/v0.2/schema.xsd. Which of our attributes goes
where is our own, draft mapping, and the document says so.
"""

import base64
import json
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as ET

import orjson

from models.card import Metric, ModelCard

NAMESPACE = "https://mc.chai.org/v0.2/schema.xsd"
DRAFT = (
    " Draft mapping of clinicards' model card to the CHAI Applied Model Card v0.2; CHAI has not reviewed it. "
)
_AI_CODES = "http://hl7.org/fhir/uv/aitransparency/CodeSystem/AIinputsCS"

Tree = str | Iterable[tuple[str, "Tree"]]
"""The content of an element: a text, or elements by name."""


def chai_xml(card: ModelCard) -> bytes:
    """Return the card as an Applied Model Card."""
    root = ET.Element("AppliedModelCard", xmlns=NAMESPACE)
    root.append(ET.Comment(DRAFT))
    parts: list[tuple[str, Tree]] = [
        *_head(card),
        ("UsesAndDirections", _uses(card)),
        ("Warnings", _warnings(card)),
        (
            "TrustIngredients",
            [("AISystemFacts", _facts(card)), ("TransparencyInformation", _transparency(card))],
        ),
        ("KeyMetrics", _metrics(card)),
        ("Resources", _resources(card)),
        ("Bibliography", _bibliography(card)),
    ]
    _grow(root, parts)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _grow(parent: ET.Element, parts: Tree) -> None:
    if isinstance(parts, str):
        parent.text = _clean(parts)
        return
    for name, content in parts:
        _grow(ET.SubElement(parent, name), content)


def _clean(text: str) -> str:
    """Return a text without the control characters that XML 1.0 cannot hold."""
    return "".join(c for c in text if c in "\t\n" or ord(c) >= 32)


def _head(card: ModelCard) -> list[tuple[str, Tree]]:
    release = card.release
    return [
        (
            "BasicInfo",
            [
                ("ModelName", f"{card.title} ({card.name})"),
                ("ModelDeveloper", card.developer),
                ("DeveloperContact", card.contact),
            ],
        ),
        (
            "ReleaseInfo",
            [
                ("ReleaseStage", release.stage),
                ("ReleaseDate", release.date),
                ("ReleaseVersion", card.version),
                ("GlobalAvailability", release.availability),
                ("EHRCompatibility", [("EHR", name) for name in release.ehr]),
                ("RegulatoryApproval", release.regulatory),
            ],
        ),
        (
            "ModelSummary",
            [
                ("Summary", f"{card.summary} {card.statement}"),
                ("Keywords", [("Keyword", word) for word in release.keywords]),
            ],
        ),
    ]


def _uses(card: ModelCard) -> Tree:
    purpose = card.attributes["purpose"]
    return [
        ("IntendedUseAndWorkflow", f"{purpose['intended_use']} {purpose['decision_role']}"),
        ("PrimaryIntendedUsers", purpose["users"]),
        ("HowToUse", card.release.how_to_use),
        ("TargetedPatientPopulation", " ".join(t for t in (card.population, purpose["population"]) if t)),
        ("CautionedOutOfScopeSettings", card.attributes["caution"]["out_of_scope"]),
    ]


def _warnings(card: ModelCard) -> Tree:
    return [
        ("KnownRisksAndLimitations", " ".join((card.attributes["caution"]["risks"], *card.traps))),
        ("KnownBiasesOrEthicalConsiderations", card.attributes["fairness"]["bias"]),
        ("ClinicalRiskLevel", card.release.risk_level),
    ]


def _facts(card: ModelCard) -> Tree:
    development, upkeep = card.attributes["development"], card.attributes["maintenance"]
    return [
        (
            "OutcomesAndOutputs",
            f"{card.attributes['details']['output']} {card.attributes['details']['output_type']}",
        ),
        ("ModelType", card.release.model_type),
        ("FoundationModels", card.release.foundation_models),
        ("InputDataSource", card.release.input_source),
        ("OutputAndInputDataTypes", card.release.data_types),
        ("DevelopmentDataCharacterization", " ".join(development.values())),
        ("BiasMitigationApproaches", card.attributes["fairness"]["approach"]),
        ("OngoingMaintenance", " ".join((*upkeep.values(), *card.attributes["updates"].values()))),
        ("Security", card.release.security),
        ("Transparency", "Code, formulas, coefficients and test vectors are open."),
    ]


def _transparency(card: ModelCard) -> Tree:
    return [
        ("FundingSource", card.attributes["details"]["funding"]),
        ("ThirdPartyInformation", card.release.third_party),
        ("StakeholdersConsulted", card.release.stakeholders),
    ]


def _metrics(card: ModelCard) -> Tree:
    rows = card.metrics
    return [
        ("UsefulnessUsabilityEfficacy", _metric(rows.usefulness, sum(card.vectors.values()))),
        ("FairnessEquity", _metric(rows.fairness, 0)),
        ("SafetyReliability", _metric(rows.safety, 0)),
    ]


def _metric(metric: Metric, vectors: int) -> Tree:
    found: list[tuple[str, Any]] = [
        (row.label, {"kind": "single", "value": row.value, "unit": row.unit}) for row in metric.results
    ]
    if vectors:
        found.append(
            ("Test vectors that ship with the model", {"kind": "single", "value": vectors, "unit": "count"})
        )
    results: list[tuple[str, Tree]] = [
        ("MetricResult", [("Label", label), ("ValueJson", json.dumps(value))])
        for label, value in found or [("not available: no number was measured", None)]
    ]
    return [
        ("MetricGoal", metric.goal),
        ("Results", results),
        ("Interpretation", metric.interpretation),
        ("TestType", metric.test_type),
        ("TestingDataDescription", metric.data),
        ("ValidationProcessAndJustification", metric.justification),
    ]


def _resources(card: ModelCard) -> Tree:
    citations = "; ".join(source.citation for source in card.sources)
    return [
        ("EvaluationReferences", card.attributes["performance"]["outcomes"]),
        ("PeerReviewedPublications", citations or "The card of each model names its own."),
        ("PatientConsentOrDisclosure", card.release.consent),
    ]


def _bibliography(card: ModelCard) -> str:
    """Return the sources as BibTeX."""
    rows = []
    for number, source in enumerate(card.sources, start=1):
        fields = {"note": source.citation, "url": source.url, "year": str(source.year or "")}
        body = ", ".join(f"{key} = {{{value}}}" for key, value in fields.items() if value)
        rows.append(f"@misc{{source{number}, {body}}}")
    return "\n".join(rows)


def fhir(card: ModelCard, *, address: str) -> dict[str, Any]:
    """Return the card as a FHIR R4 DocumentReference.

    A learned model's card has the codes of HL7's AI Transparency guide; a formula is not called AI.
    """
    kind: dict[str, Any] = {"text": "Model card"}
    made: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"{address}#{card.version}"}],
        "status": "current",
        "type": kind,
        "description": f"{card.title} {card.version}. {card.statement}",
        "content": [
            _attachment(
                "application/xml", chai_xml(card), f"{address}?format=chai-xml", "CHAI Applied Model Card"
            ),
            _attachment(
                "application/json", orjson.dumps(card.as_dict()), f"{address}?format=json", "Model card"
            ),
        ],
    }
    if card.learned:
        kind["coding"] = [{"system": _AI_CODES, "code": "AIModelCard", "display": "AI Model-Card"}]
        form = {"system": _AI_CODES, "code": "AImodelCardCHAIformat", "display": "CHAI Format"}
        made["category"] = [{"coding": [form]}]
    return made


def _attachment(kind: str, body: bytes, url: str, title: str) -> dict[str, Any]:
    data = base64.b64encode(body).decode("ascii")
    return {"attachment": {"contentType": kind, "language": "en", "data": data, "url": url, "title": title}}
