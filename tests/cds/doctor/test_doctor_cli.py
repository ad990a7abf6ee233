"""`clinicards doctor` at the command line: what it prints and exits with."""

import io
import json

import pytest
import typer
from doctor_site import install
from rich.console import Console
from typer.testing import CliRunner

from cds.cli.doctor import doctor
from cds.doctor.report import Check, as_json, exit_code, fail, ok, render, skipped, warn

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(doctor)


def run(*options):
    return CliRunner().invoke(app, [str(option) for option in options])


def test_a_healthy_installation_exits_0_in_json(tmp_path):
    result = run("--config", install(tmp_path), "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["exit_code"]) == (0, 0)
    assert {"name": "trust", "state": "ok", "seen": "registered: ehr"} in told["checks"]


def test_a_broken_installation_exits_1_with_the_fix(tmp_path):
    path = install(tmp_path)
    (tmp_path / "data" / "keys.json").chmod(0o640)
    result = run("--config", path)
    assert result.exit_code == 1
    assert "✗ FAIL" in result.stdout
    assert "fix: chmod 600" in " ".join(result.stdout.split())


def test_an_address_that_is_none_exits_2():
    result = run("--url", "cds.example")
    assert (result.exit_code, "--url" in result.stderr) == (2, True)


def test_services_that_do_not_load_leave_the_vendors_checks_standing(tmp_path, monkeypatch):
    def broken(*_):
        raise ImportError("no module named lost")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cds.plugins.services", broken)
    result = run("--ehr", "epic", "--json")
    states = {check["name"]: check["state"] for check in json.loads(result.stdout)["checks"]}
    assert (result.exit_code, states["services"], states["epic-demo"]) == (1, "fail", "fail")
    assert states["epic-uuids"] == "skipped"


def test_an_unknown_vendor_exits_2_and_names_those_there_are():
    result = run("--ehr", "nobody")
    assert result.exit_code == 2
    assert "athena, epic, generic" in result.stderr


@pytest.mark.slow
def test_a_vendors_checks_are_run_without_an_installation(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = json.loads(run("--ehr", "epic", "--json").stdout)
    states = {check["name"]: check["state"] for check in told["checks"]}
    assert states["epic-one-action"] == states["epic-topics"] == states["epic-uuids"] == "ok"


@pytest.mark.parametrize("width", [80, 120])
def test_states_are_words_and_everything_is_shown_at_every_width(width):
    found = [
        ok("a", "fine"),
        warn("b", "so so", "do this"),
        fail("c", "x" * 200, "do that"),
        skipped("d", "why"),
    ]
    out = io.StringIO()
    Console(file=out, width=width, no_color=True, highlight=False).print(render(found))
    text = out.getvalue()
    for expected in (
        "✓ ok",
        "! warn",
        "✗ FAIL",
        "- skipped",
        "fix: do this",
        "1 ok, 1 warn, 1 fail, 1 skipped.",
    ):
        assert expected in text
    assert text.count("x") >= 200
    assert all(len(line) <= width for line in text.splitlines())


def test_only_a_failure_is_a_failure():
    assert exit_code([ok("a", ""), warn("b", "", ""), skipped("c", "")]) == 0
    assert exit_code([fail("a", "", "")]) == 1
    assert as_json([Check("a", "ok", "x")])["checks"] == [{"name": "a", "state": "ok", "seen": "x"}]
