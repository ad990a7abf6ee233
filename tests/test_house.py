"""The house stands as it is drawn: arrows, file sizes, names, neighbours, what serving does without."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from cds import check_neighbours

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("cds", "adapters", "models")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
VAGUE = {"utils", "util", "common", "helpers", "helper", "misc", "manager", "handler", "handlers", "managers"}


def test_arrows_between_packages_never_point_back() -> None:
    found = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout[-3000:]


def test_files_stay_near_300_lines() -> None:
    long = {str(p.relative_to(ROOT)): n for p in FILES if (n := len(p.read_text().splitlines())) > 320}
    assert not long


def test_no_module_has_a_vague_name() -> None:
    assert not [path for path in FILES if path.stem in VAGUE]


def test_packages_import_no_sibling_in_their_init() -> None:
    for package in PACKAGES:
        tree = ast.parse((ROOT / package / "__init__.py").read_text())
        names = {n.module.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
        assert not names & set(PACKAGES)


def test_blind_excepts_earn_their_place_in_a_comment() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
        )
        and "#" not in "".join(path.read_text().splitlines()[max(0, node.lineno - 4) : node.lineno + 3])
    ]
    assert not bare


@pytest.mark.parametrize("name", ["torch", "sklearn", "spacy", "numpy", "pandas"])
def test_serving_imports_no_training_library(name: str) -> None:
    code = (
        "import sys, cds.web, cds.wiring, cds.cli.root, models.scores.model as m; m.family.load('scores');"
        f"sys.exit({name!r} in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_it_does_not_start_beside_another_distributions_models(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "__init__.py").write_text("")
    found = subprocess.run(
        [sys.executable, "-c", "import cds"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode != 0
    assert "clinicards does not start" in found.stderr
    check_neighbours(ROOT)


def test_no_file_loads_a_pickle() -> None:
    words = ("import pickle", "joblib.load", "pickle.load", "torch.load(")
    assert not [p for p in FILES for word in words if word in p.read_text()]


def test_the_words_that_must_not_be_said_are_not_said() -> None:
    texts = [*FILES, *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert not [p for p in texts if "hipaa compliant" in p.read_text().lower().replace("-", " ")]
