"""Displays of public lists resolve, by words and by code, to the same ingredients."""

import csv
import json
import sys
from pathlib import Path

import pytest

from models.knowledge.drugs import build_products
from models.knowledge.drugs.coverage import coverage
from models.knowledge.drugs.knowledge import load_drugs
from models.knowledge.drugs.resolve import load_resolver

HERE = Path(__file__).parent
SHARED = Path(__file__).resolve().parents[5] / "shared" / "data"
needs_shared = pytest.mark.skipif(
    not (SHARED / "recommender" / "rxnorm_codes.json").exists(),
    reason="the public lists of RxNorm codes (Synthea, Apache-2.0; HL7 PDDI-CDS, CC0) are not here",
)
with (HERE / "displays.csv").open(encoding="utf-8", newline="") as _file:
    DISPLAYS = list(csv.DictReader(_file))


def test_there_are_150_displays():
    assert len(DISPLAYS) >= 150


@pytest.mark.parametrize("row", DISPLAYS, ids=[row["display"] for row in DISPLAYS])
def test_a_display_and_its_code_name_the_same_ingredients(row):
    wanted = set(row["ingredients"].split("; "))
    words, code = load_resolver().resolve(row["display"]), load_resolver().coded(row["rxcui"])
    assert words.resolved
    assert set(words.ingredients) == wanted
    assert code is not None
    assert set(code.ingredients) == wanted


@needs_shared
def test_nearly_all_displays_of_the_shared_list_resolve(capsys):
    found = coverage(load_drugs(), SHARED).displays
    with capsys.disabled():
        sys.stdout.write(f" {found.resolved}/{found.displays} displays")
    assert found.resolved / found.displays >= 0.999


@needs_shared
def test_codes_and_displays_never_contradict_each_other():
    listed = json.loads((SHARED / "recommender" / "rxnorm_codes.json").read_text(encoding="utf-8"))
    resolver = load_resolver()
    for code, display in listed.items():
        words, coded = resolver.resolve(display), resolver.coded(code)
        if words.resolved and coded is not None:
            assert set(words.ingredients) == set(coded.ingredients), display


@pytest.fixture
def data(tmp_path):
    """Return a small folder of public data in the form the builder reads."""
    folder = tmp_path / "recommender"
    folder.mkdir()
    listed = {
        "1": "Lisinopril 10 MG Oral Tablet [Nopressa]",
        "2": "Nopressa",
        "3": "Nopressa Oral Product",
        "4": "Unheardofium 5 MG Oral Tablet",
    }
    (folder / "rxnorm_codes.json").write_text(json.dumps(listed), encoding="utf-8")
    return tmp_path


def test_the_builder_learns_brands_from_displays_and_lists_what_it_leaves_out(data, tmp_path, capsys):
    target = tmp_path / "product.csv"
    assert build_products.main(["--data", str(data), "--target", str(target)]) == 0
    with target.open(encoding="utf-8", newline="") as file:
        rows = {row["rxcui"]: row for row in csv.DictReader(file)}
    assert {code: row["parts"] for code, row in rows.items()} == {
        "1": "lisinopril 10 mg",
        "2": "lisinopril",
        "3": "lisinopril",
    }
    assert "4 Unheardofium 5 MG Oral Tablet" in capsys.readouterr().out
