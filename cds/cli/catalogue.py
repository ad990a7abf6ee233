"""The models as commands find them, and how commands refuse: one line that says the fix, exit code 2 or 1."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import typer

from cds import plugins
from cds.cli.settings import DEFAULT, settings_of
from cds.settings import Settings
from models.base import ModelError
from models.registry import Pointers, Registry

USAGE = 2
FAILED = 1
_USAGE_CODES = frozenset(
    {"unknown-model", "one-version", "no-history", "usage", "no-data", "not-trained", "aliases"}
)


def settings_or_default(context: typer.Context) -> Settings:
    """Return the settings where a file is named or lies here; models need none."""
    named = context.find_root().params.get("config")
    return settings_of(context) if named or DEFAULT.exists() else Settings()


def registry(context: typer.Context) -> Registry:
    """Return the installed models, with the aliases that promotions set."""
    settings = settings_or_default(context)
    return plugins.models(settings.plugins, aliases=plugins.aliases_path(settings))


def write_pointers(path: Path, pointers: Pointers) -> None:
    """Keep aliases in a file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(json.dumps(pointers.as_dict(), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    part.replace(path)


@contextlib.contextmanager
def refusals(*, as_json: bool) -> Iterator[None]:
    """Turn a model's errors into a line and an exit code: 2 for what was asked wrongly, 1 for the rest."""
    try:
        yield
    except ModelError as error:
        refuse(error.message, code=error.code, as_json=as_json)


def refuse(message: str, *, code: str = "usage", as_json: bool = False) -> NoReturn:
    """Say what is wrong and stop."""
    if as_json:
        say_json({"error": {"code": code, "message": message}})
    else:
        typer.echo(f"error: {message}", err=True)
    raise typer.Exit(USAGE if code in _USAGE_CODES else FAILED)


def say_json(answer: Any) -> None:
    """Print JSON for programs."""
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
