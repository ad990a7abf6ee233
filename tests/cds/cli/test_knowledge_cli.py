"""`clinicards models knowledge`: coverage and gaps of the drug tables."""

import json

import pytest
from typer.testing import CliRunner

from cds.cli import knowledge as command
from cds.cli.root import app
from models.knowledge.drugs.knowledge import DrugKnowledge
from models.knowledge.drugs.tables import package_files


def ask(*words: str):
    return CliRunner().invoke(app, ["models", "knowledge", *words])


@pytest.fixture(autouse=True)
def _without_data(monkeypatch):
    monkeypatch.delenv("CLINICARDS_DATA", raising=False)


def test_it_prints_rows_and_gaps():
    said = ask("--drugs").stdout
    assert "ddi_rule" in said
    assert "ingredients without a class" in said
    assert "not measured" in said


def test_json_has_the_same_figures():
    found = json.loads(ask("--drugs", "--json").stdout)
    assert found["rows"]["ingredient"] >= 480
    assert sum(found["severities"].values()) == sum(
        number for table, number in found["rows"].items() if table in command_tables()
    )
    assert found["displays"] is None


def command_tables() -> set[str]:
    from models.knowledge.drugs.tables import RULE_TABLES

    return set(RULE_TABLES)


def test_displays_of_a_folder_are_resolved(tmp_path):
    folder = tmp_path / "recommender"
    folder.mkdir()
    listed = {"1": "Lisinopril 10 MG Oral Tablet", "2": "Unheardofium 5 MG Oral Tablet"}
    (folder / "rxnorm_codes.json").write_text(json.dumps(listed), encoding="utf-8")
    found = json.loads(ask("--drugs", "--json", "--data", str(tmp_path)).stdout)["displays"]
    assert (found["displays"], found["resolved"]) == (2, 1)
    assert found["unresolved"] == ["Unheardofium 5 MG Oral Tablet"]
    assert "Unheardofium" in ask("--drugs", "--data", str(tmp_path)).stdout


def test_without_tables_named_it_says_which_there_are():
    answer = ask()
    assert answer.exit_code == 2
    assert "--drugs" in answer.stderr


def test_a_wrong_row_is_an_error_that_names_it(monkeypatch):
    files = dict(package_files())
    files["class.csv"] = files["class.csv"].replace("benazepril;", "benazeprill;", 1)
    monkeypatch.setattr(command, "load_drugs", lambda: DrugKnowledge(files))
    answer = ask("--drugs")
    assert answer.exit_code == 1
    assert "benazeprill" in answer.stderr
