"""The documentation says what there is: commands, services, settings, errors, links."""

import re
from dataclasses import fields
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import typer

from cds import errors, plugins
from cds.cli.root import app
from cds.config.document import ServiceConfig
from cds.settings import Settings
from cds.testing import check_service

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


PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OF_A_DATA_FOLDER = {"models/aliases.json"}
OF_AN_ARGUMENT = {"models.find", "models.run"}
"""What `answer` calls on its argument of this name."""


def anchors(page: Path) -> set[str]:
    """Return the places of a page that a link may name, as its headings make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        there = page.parent / name if name else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_and_folders_that_a_page_names_exist(page: Path) -> None:
    pattern = r"`(?:python )?((?:cds|adapters|models|tests|bench|fixtures|docs)/[\w./-]+)`"
    named = set(re.findall(pattern, page.read_text(encoding="utf-8"))) - OF_A_DATA_FOLDER
    assert not [name for name in named if not (ROOT / name).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_modules_that_a_page_names_exist(page: Path) -> None:
    pattern = r"`((?:cds|adapters|models)(?:\.\w+)+)(?:\([^`]*\))?`"
    named = set(re.findall(pattern, page.read_text(encoding="utf-8"))) - OF_AN_ARGUMENT
    assert not [name for name in named if not is_there(name)]


def is_there(name: str) -> bool:
    """Tell whether a dotted name is a module or a package, or begins with one that holds the next word."""
    parts = name.split(".")
    for count in range(len(parts), 1, -1):
        place = ROOT.joinpath(*parts[:count])
        file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        if file.is_file():
            rest = parts[count : count + 1]
            return not rest or re.search(rf"\b{rest[0]}\b", file.read_text(encoding="utf-8")) is not None
    return False


def run_code_of(name: str) -> ModuleType:
    """Return what the one block of Python of a page makes when it is run."""
    [code] = re.findall(r"```python\n(.*?)```", DOCS[name], re.DOTALL)
    module = ModuleType("page")
    exec(compile(code, f"docs/{name}", "exec"), module.__dict__)
    return module


def test_the_service_that_is_written_in_the_documentation_keeps_the_promises_of_every_service() -> None:
    """What a site would begin with."""
    service = run_code_of("services.md").service
    check_service(service, SimpleNamespace())
    assert service.check_options({"treshold": 3}) == ["treshold: no such option"]


def test_the_check_of_a_model_that_is_written_in_the_documentation_runs() -> None:
    assert run_code_of("models.md").family.load("scores/kfre").name == "scores/kfre"
