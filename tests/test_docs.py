"""The documentation says what there is: commands, services, settings, errors, links."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import typer

from cds import errors, plugins
from cds.cli.root import app
from cds.config.document import ServiceConfig
from cds.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DOCS = {path.name: path.read_text() for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]}
ALL = "\n".join(DOCS.values())


def commands() -> list[str]:
    """Return every command as it is typed."""
    root = typer.main.get_command(app)
    found = []
    for name, command in root.commands.items():
        inner = getattr(command, "commands", None)
        found += [f"{name} {sub}" for sub in inner] if inner else [name]
    return found


@pytest.mark.parametrize("command", commands())
def test_every_command_is_named_in_the_documentation(command: str) -> None:
    assert re.search(rf"\b{re.escape(command)}\b", ALL)


@pytest.mark.parametrize("command", commands())
def test_every_command_explains_itself(command: str) -> None:
    node = typer.main.get_command(app)
    for part in command.split():
        node = node.commands[part]
    assert node.help
    assert all(getattr(p, "help", None) for p in node.params if isinstance(p, typer.core.TyperOption))


def test_every_setting_has_its_line() -> None:
    text = DOCS["configuration.md"]
    assert not [f.name for f in fields(Settings) if f.name != "sandbox" and f"`{f.name}`" not in text]


def test_every_service_has_its_heading() -> None:
    assert all(f"## {name}" in DOCS["services.md"] for name in plugins.services())


def test_what_an_administrator_may_set_of_a_service_is_documented() -> None:
    named = ALL
    assert not [name for name in ServiceConfig.model_fields if name not in named]


def test_every_error_stands_in_the_drawing_of_its_tree() -> None:
    kinds = [n for n, v in vars(errors).items() if isinstance(v, type) and issubclass(v, errors.CdsError)]
    assert not [name for name in kinds if name not in (errors.__doc__ or "")]


POLICIES = {
    "SECURITY.md": (ROOT / "SECURITY.md").read_text(encoding="utf-8"),
    **{name: DOCS[name] for name in ("threat-model.md", "hipaa-mapping.md")},
}
TESTS = {path.name: path for path in (ROOT / "tests").rglob("test_*.py")}


def named_tests() -> list[tuple[str, str, str]]:
    """Return (document, file, test) of each test that is named; without a test the whole file is meant."""
    pattern = re.compile(r"`(test_\w+\.py)(?:::(\w+))?`")
    return [
        (name, *found) for name, text in DOCS.items() | POLICIES.items() for found in pattern.findall(text)
    ]


@pytest.mark.parametrize(("document", "file", "test"), sorted(set(named_tests())))
def test_every_test_a_document_names_exists(document: str, file: str, test: str) -> None:
    assert file in TESTS, f"{document} names {file}, which is not there"
    text = TESTS[file].read_text(encoding="utf-8")
    assert not test or re.search(rf"^def {test}\(", text, re.MULTILINE), f"{document} names {file}::{test}"


def test_the_policies_name_a_test_for_each_threat_and_each_technical_safeguard() -> None:
    rows = [
        r for r in POLICIES["threat-model.md"].partition("## Threats")[2].splitlines() if r.startswith("|")
    ]
    technical = POLICIES["hipaa-mapping.md"].partition("(164.312)")[2].partition("## Organisational")[0]
    rows += [r for r in technical.splitlines() if r.startswith("|")]
    bare = [
        r
        for r in rows
        if "`test_" not in r and "---" not in r and not r.startswith(("| threat", "| standard"))
    ]
    assert len(rows) > 40
    assert bare == []


def test_the_policies_name_every_safeguard_of_the_rule() -> None:
    text = POLICIES["hipaa-mapping.md"]
    assert [n for n in ("308", "310", "312", "314", "316", "514") if f"164.{n}" not in text] == []
    administrative = text.partition("(164.308)")[2].partition("## Physical")[0]
    assert [n for n in range(1, 9) if f"(a)({n})" not in administrative] == []
    technical = text.partition("(164.312)")[2].partition("## Organisational")[0]
    assert [c for c in "abcde" if f"| ({c})" not in technical] == []


@pytest.mark.parametrize("name", POLICIES)
def test_the_policies_claim_no_more_than_is_true(name: str) -> None:
    text = POLICIES[name].lower()
    assert "not a medical device" in text or name == "threat-model.md"
    assert "compliant" not in text
    assert "hipaa-certified" not in text


@pytest.mark.parametrize("name", [*DOCS, "SECURITY.md"])
def test_links_between_pages_lead_somewhere(name: str) -> None:
    folder = ROOT if name in {"README.md", "SECURITY.md"} else ROOT / "docs"
    text = {**DOCS, **POLICIES}[name]
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text)
    assert not [t for t in targets if not (folder / t).exists()]
