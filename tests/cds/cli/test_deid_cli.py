"""`clinicards deid`: files in, files out, whole or not at all, and nothing of a patient in what is said."""

import json
import stat

import pytest
from typer.testing import CliRunner

from cds.cli.root import app
from cds.privacy import vault
from cds.settings import load
from cds.wiring import build

PATIENT = {
    "resourceType": "Patient",
    "id": "zq1",
    "name": [{"family": "Zerquist"}],
    "birthDate": "1950-02-03",
}
OBSERVATION = {
    "resourceType": "Observation",
    "id": "zq2",
    "status": "final",
    "code": {"text": "weight"},
    "subject": {"reference": "Patient/zq1", "display": "Zerquist"},
    "effectiveDateTime": "2024-05-06T07:08:09Z",
}
REFUSED = {"resourceType": "Observation", "id": "zq3", "modifierExtension": [{"url": "x"}]}


class Site:
    """A folder with settings; every command is the real one."""

    def __init__(self, folder, monkeypatch):
        self.folder = folder
        monkeypatch.chdir(folder)

    def settings(self, name="clinicards.toml", tenant="default"):
        text = 'mode = "demo"\nbase_url = "http://127.0.0.1:8000"\n'
        text += f'data = "data-{tenant}"\ntenant = "{tenant}"\n'
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def ndjson(self, *rows, name="in.ndjson"):
        (self.folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return name

    def ask(self, *words, code=0, stdin=None):
        result = CliRunner().invoke(app, list(map(str, words)), input=stdin)
        assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
        assert "Zerquist" not in result.stderr
        return result

    def fhir(self, *words, code=0, texts="drop", **more):
        return self.ask("deid", "fhir", "--texts", texts, *words, code=code, **more)

    def rows(self, name="out.ndjson"):
        return [json.loads(line) for line in (self.folder / name).read_text().splitlines()]


@pytest.fixture
def site(tmp_path, monkeypatch):
    return Site(tmp_path, monkeypatch)


def test_ndjson_is_transformed_line_by_line(site):
    site.fhir("-i", site.ndjson(PATIENT, OBSERVATION), "-o", "out.ndjson")
    patient, observation = site.rows()
    assert observation["subject"] == {"reference": f"Patient/{patient['id']}"}
    assert (patient["birthDate"], observation["effectiveDateTime"]) == ("1950", "2024")
    assert "Zerquist" not in (site.folder / "out.ndjson").read_text()


def test_a_bundle_laid_out_over_lines_is_one_document(site):
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": PATIENT}]}
    (site.folder / "b.json").write_text("\n" + json.dumps(bundle, indent=2))
    site.fhir("-i", "b.json", "-o", "out.ndjson")
    assert site.rows()[0]["entry"][0]["resource"]["birthDate"] == "1950"


def test_refused_resources_are_counted_named_and_not_written(site):
    result = site.fhir(
        "-i", site.ndjson(PATIENT, REFUSED), "-o", "out.ndjson", "--manifest", "m.json", "--json", code=1
    )
    assert len(site.rows()) == 1
    manifest = json.loads((site.folder / "m.json").read_text())
    assert manifest["refused_first"] == [
        {"line": 2, "type": "Observation", "reason": next(iter(manifest["refused"])).partition(": ")[2]}
    ]
    assert manifest["policy"] == "transformed by the Safe Harbor policy"
    assert json.loads(result.stdout)["refused_count"] == 1
    assert "zq" not in (site.folder / "m.json").read_text()


def test_limited_is_stable_within_a_tenant_and_differs_between_tenants(site):
    found = []
    for settings in (site.settings(), site.settings(), site.settings("other.toml", "other")):
        limited(site, settings)
        found.append(site.rows())
    assert found[0] == found[1]
    assert found[0][0]["id"] != found[2][0]["id"]
    assert found[0][1]["effectiveDateTime"].endswith("T07:08:09Z")


def limited(site, settings, *words, code=0):
    source = site.ndjson(PATIENT, OBSERVATION)
    asked = ("--texts", "drop", "--profile", "limited", "-i", source, "-o", "out.ndjson")
    return site.ask("--config", settings, "deid", "fhir", *asked, *words, code=code)


def test_what_pseudonyms_stand_for_is_kept_only_where_the_site_says_so(site):
    settings = site.settings()
    refused = limited(site, settings, "--keep", code=2)
    assert "privacy.keep_pseudonyms" in refused.stderr
    assert not (site.folder / "out.ndjson").exists()


def test_a_kept_pseudonym_leads_back_for_whoever_may_ask(site):
    settings = site.settings()
    document = json.loads(site.ask("--config", settings, "config", "get", "--json").stdout)
    changed = {**document.get("document", document), "privacy": {"keep_pseudonyms": True}}
    (site.folder / "new.json").write_text(json.dumps(changed), encoding="utf-8")
    site.ask("--config", settings, "config", "publish", "new.json", "-m", "keep them")
    limited(site, settings, "--keep")
    token = f"Patient/{site.rows()[0]['id']}"
    installed = build(load(site.folder / settings))
    try:
        parts = installed.parts
        assert vault.reveal(parts.store, parts.keys, parts.settings.tenant, token) == "Patient/zq1"
        kinds = [row.kind for row in parts.store.audit_entries(parts.settings.tenant)]
        assert "de-identify" in kinds
    finally:
        installed.close()


def test_safe_harbor_keeps_nothing(site):
    said = site.fhir("--keep", "-i", site.ndjson(PATIENT), "-o", "out.ndjson", code=2)
    assert "destroys its key" in said.stderr


def test_limited_without_settings_says_what_is_missing(site):
    result = site.fhir("--profile", "limited", "-i", site.ndjson(PATIENT), "-o", "out.ndjson", code=2)
    assert "--config" in result.stderr
    assert not (site.folder / "out.ndjson").exists()


def test_a_line_that_is_no_json_leaves_the_output_as_it_was(site):
    (site.folder / "out.ndjson").write_text("before")
    source = site.ndjson(PATIENT)
    with (site.folder / source).open("a") as file:
        file.write('{"resourceType": Zerquist}\n')
    result = site.fhir("-i", source, "-o", "out.ndjson", code=2)
    assert "line 2, column" in result.stderr
    assert (site.folder / "out.ndjson").read_text() == "before"
    assert sorted(p.name for p in site.folder.iterdir()) == ["in.ndjson", "out.ndjson"]


@pytest.mark.parametrize(
    "words",
    [
        ("-i", "absent.ndjson"),
        ("-i", "in.ndjson", "-o", "in.ndjson"),
        ("-i", "in.ndjson", "-o", "out", "--manifest", "out"),
        ("-i", "in.ndjson", "-o", "nowhere/out"),
        ("-i", "in.ndjson", "--profile", "hipaa"),
        ("-i", "in.ndjson", "--shift-weeks", "3"),
        ("-i", "in.ndjson", "--narrative", "clean"),
        ("-i", "in.ndjson", "-o", "-", "--manifest", "-"),
        (),
    ],
)
def test_what_is_asked_wrongly_is_exit_code_2_and_nothing_is_written(site, words):
    site.ndjson(PATIENT)
    site.fhir(*words, code=2)
    assert [p.name for p in site.folder.iterdir()] == ["in.ndjson"]


def test_standard_input_and_output_are_files_too(site):
    result = site.fhir("-i", "-", stdin=json.dumps(PATIENT))
    assert json.loads(result.stdout)["birthDate"] == "1950"
    assert "1 resources written" in result.stderr


def test_an_output_is_for_its_owner_alone(site):
    site.fhir("-i", site.ndjson(PATIENT), "-o", "out.ndjson")
    assert stat.S_IMODE((site.folder / "out.ndjson").stat().st_mode) == 0o600


def test_names_can_be_read_ahead_from_other_files(site):
    people = site.ndjson(PATIENT, name="Patient.ndjson")
    named = {**OBSERVATION, "code": {"text": "weight of Zerquist"}}
    site.fhir("-i", site.ndjson(named), "-o", "out.ndjson", "--people", people)
    assert "Zerquist" not in (site.folder / "out.ndjson").read_text()


def test_an_empty_file_gives_an_empty_file(site):
    site.fhir("-i", site.ndjson(), "-o", "out.ndjson")
    assert (site.folder / "out.ndjson").read_bytes() == b""


def test_texts_are_scrubbed_with_the_places_of_what_was_replaced(site):
    text = "Call 555-201-4477 about Quillfeather."
    source = site.ndjson({"id": 7, "text": text, "known": {"names": ["Quillfeather"]}})
    site.ask("deid", "text", "-i", source, "-o", "out.ndjson", "--manifest", "m.json")
    [row] = site.rows()
    assert row["id"] == 7
    rebuilt, at = "", 0
    for span in row["spans"]:
        rebuilt += text[at : span["start"]] + span["replacement"]
        at = span["end"]
    assert rebuilt + text[at:] == row["text"]
    assert "555-201-4477" not in row["text"]
    assert json.loads((site.folder / "m.json").read_text())["text_spans"]["PHONE"] == 1


def test_a_text_that_cannot_be_read_holds_its_error_in_its_place(site):
    source = site.ndjson(
        {"id": "a", "text": "fine"}, {"id": "b", "text": 7}, {"id": "c", "text": "x", "known": [1]}
    )
    with (site.folder / source).open("a") as file:
        file.write("{Zerquist\n")
    result = site.ask("deid", "text", "-i", source, "-o", "out.ndjson", code=1)
    rows = site.rows()
    assert [row["id"] for row in rows] == ["a", "b", "c", None]
    assert [("error" in row) for row in rows] == [False, True, True, True]
    assert "line 2" in result.stderr
