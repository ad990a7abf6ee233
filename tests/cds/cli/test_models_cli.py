"""`clinicards models`, `train`, `evaluate`: what they print, and what they refuse."""

import json
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from models_site import Site

from models.scores import evaluate as evaluation
from models.scores.model import family
from models.scores.vectors import read

sys.path.insert(0, str(Path(__file__).parents[2] / "models"))
from learned import Lines

DOCS = Path(__file__).parents[3] / "docs" / "models.md"


@pytest.fixture
def site(tmp_path, monkeypatch):
    return Site(tmp_path, monkeypatch, {"scores": family, "lines": Lines()})


@pytest.fixture
def installed(tmp_path, monkeypatch):
    return Site(tmp_path, monkeypatch)


def test_the_list_names_every_model_with_its_version(site):
    """Text for people, JSON for programs, the same models."""
    text = site.ask("models", "list").stdout
    rows = site.json("models", "list")["models"]
    assert [row["name"] for row in rows] == sorted([*family.names(), "risk/line"])
    assert all(row["name"] in text and row["version"] in text for row in rows)
    line = next(row for row in rows if row["name"] == "risk/line")
    assert (line["versions"], line["aliases"]) == (["1.0", "2.0"], {})


def test_the_table_in_the_documentation_is_the_one_that_is_printed(installed):
    """docs/models.md holds what `clinicards models list --markdown` prints."""
    printed = installed.ask("models", "list", "--markdown").stdout.strip()
    text = DOCS.read_text(encoding="utf-8")
    assert text.split("<!-- models: begin -->")[1].split("<!-- models: end -->")[0].strip() == printed


def test_a_card_is_shown_as_text_json_xml_and_fhir(site):
    """Each form is what it says it is."""
    text = site.ask("models", "show", "scores/kfre").stdout
    assert "Not a medical device" in text
    assert "urine_acr: number in mg/g" in text
    assert site.json("models", "show", "scores/kfre")["name"] == "scores/kfre"
    assert ET.fromstring(site.ask("models", "show", "scores/kfre", "--format", "chai-xml").stdout).tag
    reference = json.loads(site.ask("models", "show", "risk/line", "--format", "fhir").stdout)
    assert reference["type"]["coding"][0]["code"] == "AIModelCard"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("models", "show", "scores/kfer"), "did you mean scores/kfre"),
        (("models", "show", "scores/kfre", "--format", "pdf"), "text, json, chai-xml, fhir"),
        (("models", "promote", "scores/kfre", "2016.1"), "published formula: it has one version"),
        (("models", "rollback", "scores/kfre"), "published formula: it has one version"),
        (("models", "compare", "scores/kfre", "a", "b", "-i", "in.jsonl"), "published formula"),
        (("models", "promote", "risk/line", "9.9"), "no version '9.9'"),
        (("models", "promote", "risk/line", "1.0", "--alias", "best"), "champion, challenger, shadow"),
        (("models", "rollback", "risk/line"), "no other version before"),
        (("train", "scores/kfre"), "a published formula is not trained"),
        (("train", "scores"), "a published formula is not trained"),
        (("train", "scores/kfer"), "did you mean scores/kfre"),
        (("evaluate", "scores/kfer"), "did you mean scores/kfre"),
        (("evaluate", "scores/kfre", "--data", "x"), "without --data"),
    ],
)
def test_what_makes_no_sense_is_refused_with_exit_code_2(site, words, hint):
    """One line that says why, and nothing is stored."""
    site.file("in.jsonl", {})
    assert hint in site.ask(*words, code=2).stderr
    assert not (site.folder / "clinicards-data").exists()


def test_a_promotion_is_kept_and_rolled_back(site):
    """The next command finds the alias where the last one left it."""
    site.ask("models", "promote", "risk/line", "2.0")
    assert site.json("models", "promote", "risk/line", "1.0")["version"] == "1.0"
    source = site.file("in.jsonl", {"x": 4})
    assert json.loads(site.ask("run", "risk/line", "-i", source).stdout)["value"] == 8.0
    assert json.loads(site.ask("run", "risk/line@2.0", "-i", source).stdout)["value"] == 10.0
    assert "is now 2.0" in site.ask("models", "rollback", "risk/line").stdout
    assert json.loads(site.ask("run", "risk/line", "-i", source).stdout)["value"] == 10.0


def test_each_alias_is_its_own(site):
    """A shadow is promoted beside the champion."""
    site.ask("models", "promote", "risk/line", "2.0")
    site.ask("models", "promote", "risk/line", "1.0", "--alias", "shadow")
    rows = site.json("models", "list")["models"]
    assert next(r for r in rows if r["name"] == "risk/line")["aliases"] == {
        "champion": "2.0",
        "shadow": "1.0",
    }


def test_a_damaged_alias_file_is_named_and_nothing_runs(site):
    """A model is never chosen by accident."""
    site.ask("models", "promote", "risk/line", "1.0")
    path = site.folder / "clinicards-data" / "models" / "aliases.json"
    path.write_text("{")
    assert "aliases.json" in site.ask("models", "list", code=2).stderr


def test_a_settings_file_moves_the_aliases(site):
    """Two tenants are two files."""
    (site.folder / "other.toml").write_text('mode = "demo"\ndata = "other"\n')
    site.ask("--config", "other.toml", "models", "promote", "risk/line", "1.0")
    assert (site.folder / "other" / "models" / "aliases.json").exists()
    assert site.json("models", "list")["models"][0]["aliases"] == {}


def test_a_comparison_prints_where_versions_differ(site):
    """Counts and the largest difference."""
    source = site.file("in.jsonl", {"x": 0}, {"x": 4})
    report = site.json("models", "compare", "risk/line", "1.0", "2.0", "-i", source)
    assert (report["same"], report["differing"], report["largest_difference"]) == (1, 1, {"/value": 2.0})
    assert (
        "1 alike, 1 differ" in site.ask("models", "compare", "risk/line", "1.0", "2.0", "-i", source).stdout
    )


def test_a_learned_model_is_trained_and_evaluated_by_its_family(tmp_path, monkeypatch):
    """Data folder and seed reach the family, and its lines and report are printed."""
    lines = Lines()
    site = Site(tmp_path, monkeypatch, {"lines": lines})
    assert site.ask("train", "risk/line", "--data", "d", "--seed", 7).stdout == "epoch 1\ndone\n"
    assert lines.trained == [("risk/line", "d", 7)]
    assert site.json("evaluate", "risk/line", "--data", "d") == {
        "model": "risk/line",
        "auroc": 0.5,
        "data": "d",
    }


def test_the_evaluation_of_all_scores_prints_a_line_for_each(site):
    """Every score passes, and the numbers are counted."""
    text = site.ask("evaluate", "scores").stdout
    report = site.json("evaluate", "scores")
    assert f"{report['numbers']} of {report['numbers']} numbers as printed" in text
    assert (report["failed"], report["vectors"] > 100) == (0, True)
    assert "scores/kfre" not in text
    assert "kfre" in text


def test_a_vector_that_is_not_reproduced_is_exit_code_1(site, monkeypatch):
    """A wrong number is seen by scripts."""
    row = {"title": "wrong", "kind": "worked", "source": "none", "decimals": 1,
           "inputs": {"weight": 70, "height": 175}, "expected": {"value": 30.0}}  # fmt: skip
    monkeypatch.setattr(evaluation, "vectors_of", lambda name: (read("bmi", row, "bmi[0]"),))
    result = site.ask("evaluate", "scores/bmi", code=1)
    assert "NO" in result.stdout
    assert "0 of 1 numbers" in result.stdout
