"""Model cards over HTTP: every card renders in every form, and pages load nothing from elsewhere."""

import base64
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from fhir.resources.R4B.documentreference import DocumentReference
from models_world import World

from cds.card_formats import NAMESPACE, chai_xml, fhir
from cds.web.model_cards import span
from models.card import card_of
from models.card_attributes import GROUPS
from models.scores.model import family
from models.scores.vectors import vectors_of

WORLD = World()
ALL = family.names()
BOX = f"{{{NAMESPACE}}}"
VOID = {"meta", "link", "br", "img", "input", "hr"}

# The element names of the Applied Model Card v0.2, in their order.
CHAI = {
    "AppliedModelCard": ["BasicInfo", "ReleaseInfo", "ModelSummary", "UsesAndDirections", "Warnings",
                         "TrustIngredients", "KeyMetrics", "Resources", "Bibliography"],
    "BasicInfo": ["ModelName", "ModelDeveloper", "DeveloperContact"],
    "ReleaseInfo": ["ReleaseStage", "ReleaseDate", "ReleaseVersion", "GlobalAvailability", "EHRCompatibility",
                    "RegulatoryApproval"],
    "ModelSummary": ["Summary", "Keywords"],
    "UsesAndDirections": ["IntendedUseAndWorkflow", "PrimaryIntendedUsers", "HowToUse",
                          "TargetedPatientPopulation", "CautionedOutOfScopeSettings"],
    "Warnings": ["KnownRisksAndLimitations", "KnownBiasesOrEthicalConsiderations", "ClinicalRiskLevel"],
    "TrustIngredients": ["AISystemFacts", "TransparencyInformation"],
    "AISystemFacts": ["OutcomesAndOutputs", "ModelType", "FoundationModels", "InputDataSource",
                      "OutputAndInputDataTypes", "DevelopmentDataCharacterization",
                      "BiasMitigationApproaches", "OngoingMaintenance", "Security", "Transparency"],
    "TransparencyInformation": ["FundingSource", "ThirdPartyInformation", "StakeholdersConsulted"],
    "KeyMetrics": ["UsefulnessUsabilityEfficacy", "FairnessEquity", "SafetyReliability"],
    "UsefulnessUsabilityEfficacy": ["MetricGoal", "Results", "Interpretation", "TestType",
                                    "TestingDataDescription", "ValidationProcessAndJustification"],
    "MetricResult": ["Label", "ValueJson"],
    "Resources": ["EvaluationReferences", "PeerReviewedPublications", "PatientConsentOrDisclosure"],
}  # fmt: skip


class Page(HTMLParser):
    """A page's elements, and whether every one that was opened was closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.ids = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.elements.append((tag, given))
        if "id" in given:
            self.ids.append(given["id"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def of(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


def card_page(name):
    response = WORLD.get(f"/models/{name.replace('/', '.')}/card", headers={"Accept": "text/html"})
    assert (response.status_code, response.mimetype) == (200, "text/html")
    return response


@pytest.mark.parametrize("name", ALL)
def test_the_page_of_every_model_is_whole_and_says_research_use(name):
    """Each card renders: sound HTML, one heading of the first rank, all attributes, the statement."""
    text = card_page(name).get_data(as_text=True)
    page = Page(text)
    assert len(page.of("h1")) == 1
    assert len(page.ids) == len(set(page.ids))
    assert "Not a medical device" in text
    assert text.count("<dt>") >= 31
    for one in page.elements:
        for target in one[1].get("aria-labelledby", "").split():
            assert target in page.ids


def test_the_page_of_a_score_shows_inputs_bands_traps_formula_vectors_and_sources():
    """A clinician finds unit, range, band, trap, formula and citation of KFRE."""
    text = card_page("scores/kfre").get_data(as_text=True)
    for words in ("Urine albumin-to-creatinine ratio", "mg/g", "below 60", "5-year risk 3 to 5 %", "-0.2201",
                  "not mg/mmol", "JAMA 2016;315:164-174", "From independent software",
                  "https://doi.org/10.1001/jama.2015.18202"):  # fmt: skip
        assert words in text
    assert f"<dd>{len(vectors_of('kfre'))}</dd>" in text


def test_a_page_loads_nothing_from_elsewhere_and_runs_no_script():
    """The policy allows our own styles and images only, and the page asks for no more."""
    response = card_page("scores/prevent")
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self' data:")
    assert "script-src" not in policy
    page = Page(response.get_data(as_text=True))
    assert page.of("script") == []
    assert all(row["href"].startswith("/static/") for row in page.of("link"))
    assert not any(
        "style" in attrs or any(key.startswith("on") for key in attrs) for _, attrs in page.elements
    )


def test_the_frame_has_a_skip_link_landmarks_and_a_language():
    """The first link leads to the content, and there is one of each landmark."""
    page = Page(card_page("scores/bmi").get_data(as_text=True))
    assert page.of("html")[0]["lang"] == "en"
    assert page.of("a")[0] == {"class": "skip", "href": "#main"}
    assert [attrs["id"] for attrs in page.of("main")] == ["main"]
    assert len(page.of("footer")) == 1
    assert all(attrs.get("aria-label") for attrs in page.of("nav"))


def test_the_index_links_to_every_card():
    """One link for each model."""
    page = Page(WORLD.get("/models").get_data(as_text=True))
    linked = {attrs["href"] for attrs in page.of("a")}
    assert {f"/models/{name.replace('/', '.')}/card" for name in ALL} <= linked


def test_the_demo_banner_is_shown_in_demo_mode_only():
    """Production pages have no banner and no way to the playground."""
    assert "Synthetic patients" in card_page("scores/bmi").get_data(as_text=True)
    production = World("serve").get("/models/scores.bmi/card").get_data(as_text=True)
    assert "Synthetic patients" not in production
    assert "/playground" not in production


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        ("", None, "text/html"),
        ("", "*/*", "text/html"),
        ("", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("", "application/json", "application/json"),
        ("", "application/xml", "application/xml"),
        ("", "application/fhir+json", "application/fhir+json"),
        ("", "application/json;q=0.5, application/fhir+json", "application/fhir+json"),
        ("?format=json", "text/html", "application/json"),
        ("?format=html", "application/json", "text/html"),
        ("?format=chai-xml", None, "application/xml"),
        ("?format=fhir", None, "application/fhir+json"),
    ],
)
def test_the_form_is_what_the_address_or_the_header_asks_for(query, accept, kind):
    """The address decides before the header; a browser gets a page."""
    headers = {"Accept": accept} if accept else {}
    response = WORLD.get(f"/models/scores.kfre/card{query}", headers=headers)
    assert (response.status_code, response.mimetype) == (200, kind)
    assert "Accept" in response.headers["Vary"]


def test_a_form_that_is_not_offered_is_refused_with_those_that_are():
    """400 for the address, 406 for the header, 404 for the model."""
    assert "chai-xml" in WORLD.get("/models/scores.kfre/card?format=pdf").get_json()["detail"]
    assert WORLD.get("/models/scores.kfre/card", headers={"Accept": "image/png"}).status_code == 406
    assert WORLD.get("/models/scores.kfer/card").status_code == 404


def test_the_address_of_a_model_leads_to_its_card():
    """`/models/scores.kfre` is short for the card."""
    assert WORLD.get("/models/scores.kfre").headers["Location"] == "/models/scores.kfre/card"
    assert WORLD.get("/models/none").status_code == 404


@pytest.mark.parametrize("name", ALL)
def test_the_chai_card_has_the_elements_of_the_schema_in_order(name):
    """Every element of v0.2, in its order, none empty but the bibliography; marked as a draft mapping."""
    body = chai_xml(card_of(family.load(name)))
    assert b"Draft mapping" in body
    root = ET.fromstring(body)
    assert root.tag == f"{BOX}AppliedModelCard"
    for parent, children in CHAI.items():
        for found in root.iter(f"{BOX}{parent}"):
            assert [child.tag for child in found] == [f"{BOX}{child}" for child in children]
    for leaf in root.iter():
        if not len(leaf) and leaf.tag != f"{BOX}Bibliography":
            assert (leaf.text or "").strip()


@pytest.mark.parametrize("name", ["scores", "scores/kfre", "scores/prevent"])
def test_the_fhir_card_is_a_document_reference_with_the_card_attached(name):
    """Valid R4, the attachment is the XML card; a formula is not called AI."""
    card = card_of(family.load(name))
    body = fhir(card, address="https://cds.example/models/x/card")
    DocumentReference.model_validate(body)
    attached = body["content"][0]["attachment"]
    assert base64.b64decode(attached["data"]) == chai_xml(card)
    assert "coding" not in body["type"]
    assert "meta" not in body


def test_the_fhir_card_names_the_configured_address():
    """Its links are those people can open, not the Host header of whoever asked."""
    body = WORLD.get("/models/scores.kfre/card?format=fhir", headers={"Host": "evil.example"}).get_json()
    assert (
        body["content"][1]["attachment"]["url"] == "https://cds.example/models/scores.kfre/card?format=json"
    )


def test_the_json_card_has_the_nine_groups():
    """What `?format=json` gives is the whole card."""
    body = WORLD.get("/models/scores.kfre/card?format=json").get_json()
    assert set(body["attributes"]) == set(GROUPS)
    assert body["vectors"] == {"independent": 2}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({}, ""), ({"min": 18}, "18 or more"), ({"below": 60}, "below 60"), ({"max": 40}, "up to 40"),
        ({"min": 30, "below": 80}, "30 to below 80"), ({"min": 90, "max": 200}, "90 to 200"),
        ({"min": 0}, "0 or more"),
    ],
)  # fmt: skip
def test_a_range_is_said_in_words(row, words):
    """Both ends, one, or none."""
    assert span(row) == words


@pytest.mark.parametrize(
    ("name", "kind"),
    [("tokens.css", "text/css"), ("clinicards.css", "text/css"), ("icon.svg", "image/svg+xml")],
)
def test_static_files_have_their_type_and_are_kept_only_by_hash(name, kind):
    """A year where the address holds the hash, else asked again; unchanged is 304."""
    plain = WORLD.get(f"/static/{name}")
    assert (plain.status_code, plain.mimetype, plain.headers["Cache-Control"]) == (200, kind, "no-cache")
    tag = plain.headers["ETag"]
    hashed = WORLD.get(f"/static/{name}?v={tag.strip(chr(34))}")
    assert "immutable" in hashed.headers["Cache-Control"]
    assert WORLD.get(f"/static/{name}", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("name", ["../pages.py", "..%2Fpages.py", "%2e%2e/pages.py", "none.css", ".", "%00"])
def test_no_other_file_is_ever_served(name):
    """Names are looked up, never joined to a path."""
    assert WORLD.get(f"/static/{name}").status_code in (404, 308)


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_pair_of_colours_has_the_contrast_of_wcag_aa(scheme):
    """4.5 for text on every ground it may stand on, 3 for borders of controls and focus."""
    css = WORLD.get("/static/tokens.css").get_data(as_text=True)
    light, dark = css.split("@media (prefers-color-scheme: dark)")
    colours = dict(re.findall(r"--c-([\w-]+): (#[0-9a-f]{6})", light if scheme == "light" else dark))
    grounds = [
        name for name in colours if name in ("page", "surface", "sunken", "mark") or name.endswith("-soft")
    ]
    for text in ("text", "muted"):
        for ground in grounds:
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for text in ("accent", "info", "warning", "critical", "ok"):
        for ground in ("page", "surface", "sunken", f"{text}-soft"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5
    assert contrast(colours["on-accent"], colours["accent-strong"]) >= 4.5
    assert contrast(colours["on-banner"], colours["banner"]) >= 4.5
    for line in ("control", "focus"):
        for ground in ("page", "surface", "sunken"):
            assert contrast(colours[line], colours[ground]) >= 3, (line, ground)
