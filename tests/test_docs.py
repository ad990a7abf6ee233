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


@pytest.mark.parametrize("name", DOCS)
def test_links_between_pages_lead_somewhere(name: str) -> None:
    folder = ROOT if name == "README.md" else ROOT / "docs"
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", DOCS[name])
    assert not [t for t in targets if not (folder / t).exists()]
