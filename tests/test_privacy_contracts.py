"""No road leads from identified data into a model: contracts say so, and they bite."""

import ast
import dataclasses
import shutil
import subprocess
import sys
import tomllib
import typing
from pathlib import Path

import pytest

from cds.privacy.notes import Note
from cds.services.base import Case
from models.base import Finding, Input
from models.record import Code, Fact, Quantity, Record

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = "What holds identified data is unknown to the models"
LIBRARIES = "Identified data has no road into a model"


def contracts() -> dict[str, dict[str, typing.Any]]:
    found = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["name"]: contract for contract in found["tool"]["importlinter"]["contracts"]}


def test_the_contract_names_all_that_holds_originals_names_or_real_references() -> None:
    found = contracts()[CONTRACT]
    holders = {
        "cds.privacy",
        "cds.hooks",
        "cds.intake",
        "cds.pipeline",
        "cds.delivery",
        "cds.account",
        "adapters",
    }
    assert holders <= set(found["forbidden_modules"])
    assert (found["type"], found["source_modules"]) == ("forbidden", ["models"])
    assert "allow_indirect_imports" not in found
    assert {"fhir", "http", "socket", "cryptography"} <= set(contracts()[LIBRARIES]["forbidden_modules"])


def test_no_module_of_models_names_the_service_or_its_adapters() -> None:
    """Read without import-linter, and inside functions too."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "models").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        and {name.split(".")[0] for name in _imported(node)} & {"cds", "adapters", "fhir"}
    ]
    assert found == []


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    return [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]


@pytest.mark.slow
@pytest.mark.parametrize(
    "road",
    [
        "from cds.privacy.restore import Wayback",
        "def look():\n    from cds.privacy.pseudonyms import Originals",
        "from cds.hooks.call import Call",
        "import cds.intake",
        "from adapters.ports import Ehr",
    ],
)
def test_a_model_that_takes_a_road_to_identified_data_breaks_the_contract(road: str, tmp_path: Path) -> None:
    for package in ("cds", "adapters", "models"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=_without_data)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "models" / "spy.py").write_text(f'"""Spies."""\n\n{road}\n', encoding="utf-8")
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{CONTRACT} BROKEN" in done.stdout


def _without_data(folder: str, names: list[str]) -> list[str]:
    return [
        n for n in names if (not n.endswith(".py") and (Path(folder) / n).is_file()) or n == "__pycache__"
    ]


def test_what_models_and_services_are_given_has_no_member_for_an_identity() -> None:
    """A Record, a Case and all they are made of: no name, address, birth date, identifier or original."""
    kinds = (Record, Fact, Code, Quantity, Case, Note, Finding, Input)
    names = {field.name for kind in kinds for field in dataclasses.fields(kind)}
    barred = {
        "family",
        "birth_date",
        "birthdate",
        "address",
        "telecom",
        "identifier",
        "mrn",
        "originals",
        "pseudonyms",
    }
    assert not names & barred
