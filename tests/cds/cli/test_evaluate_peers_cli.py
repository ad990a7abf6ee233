"""`clinicards evaluate MODEL --peer-python PYTHON`: for evaluations that know peers, refused by others."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cds.cli.root import app
from models.text import evaluate as text_evaluation


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["evaluate", *arguments])


def test_the_python_reaches_an_evaluation_that_knows_peers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, Any] = {}

    def evaluation(name: str, *, data: str | None, peer_python: Path | None = None) -> dict[str, Any]:
        asked.update(name=name, data=data, peer_python=peer_python)
        return {"model": name}

    monkeypatch.setattr(text_evaluation, "evaluate", evaluation)
    found = run("text", "--peer-python", sys.executable, "--json")
    assert json.loads(found.stdout) == {"model": "text"}
    assert asked == {"name": "text", "data": None, "peer_python": Path(sys.executable)}
    run("text", "--json")
    assert asked["peer_python"] is None


def test_an_evaluation_without_peers_refuses_one() -> None:
    found = run("scores/kfre", "--peer-python", sys.executable)
    assert found.exit_code == 2
    assert "knows no peer" in found.stderr


def test_a_python_that_is_not_there_is_named() -> None:
    found = run("text", "--peer-python", "/no/such/python")
    assert found.exit_code == 2
    assert "names no file" in found.stderr


def test_other_options_of_the_scrubber_stay_its_own() -> None:
    found = run("text", "--peer", "presidio", "--peer-python", sys.executable)
    assert found.exit_code == 2
    assert "--peer: for `clinicards evaluate deid` only" in found.stderr
